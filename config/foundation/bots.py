"""Signs of a machine: noted for the desk, never a reason to turn a person away by themselves."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

# A person needs longer than this to read what they are about to confirm.
FASTEST_PERSON_SECONDS = 2


class BotSignal(models.Model):
    """Something that people rarely do, about a row; retention removes it."""

    class Kind(models.TextChoices):
        HONEYPOT = "honeypot", _("filled in a field that nobody sees")
        FAST = "fast", _("confirmed faster than a person reads")
        LIMIT = "limit", _("reached a limit")
        GUESSING = "guessing", _("tried many links or codes")

    at = models.DateTimeField(_("at"), db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # "appointment/17", "applicant/3" or nothing: a row, never a name or an address
    subject = models.CharField(_("subject"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("sign of a machine")
        verbose_name_plural = _("signs of machines")
        ordering = ["-at"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


def flag(*, kind: BotSignal.Kind, now: datetime, subject: str = "") -> None:
    """Notes a sign of a machine at `now` (UTC) about `subject` ("appointment/17")."""
    BotSignal.objects.create(kind=kind, subject=subject, at=now)


class HoneypotField(forms.CharField):
    """A field that no person sees and many machines fill in.

    Its wrapper is hidden by a class; whoever meets it with a screen reader is told to leave it
    empty. A value refuses the form once and comes back empty, so a person just submits again.
    """

    default_error_messages = {"filled": _("Please leave this field empty and send the form again.")}

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=1000,
            label=_("Please leave this field empty"),
            widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
        )

    def bound_data(self, data: object, initial: object) -> str:
        """Nothing: the field is empty again when the form comes back."""
        return ""

    def validate(self, value: object) -> None:
        """Refuses any value."""
        if value:
            raise forms.ValidationError(self.error_messages["filled"], code="filled")
