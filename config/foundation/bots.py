"""Signs of a machine: noted for the desk, never a reason to turn a person away by themselves."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

# The name of the field in templates/components/trap.html.
TRAP = "homepage"


class BotSignal(models.Model):
    """Something that people rarely do, about a row; retention removes it."""

    class Kind(models.TextChoices):
        HONEYPOT = "honeypot", _("filled in a field that nobody sees")

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


def is_trapped(form: forms.Form, *, now: datetime) -> bool:
    """Whether a machine filled in the field that no person sees; notes it, and says so in the form.

    The field comes back empty, so a person whose browser filled it in just sends the form again.
    """
    if not form.data.get(TRAP):
        return False
    flag(kind=BotSignal.Kind.HONEYPOT, now=now)
    form.add_error(None, _("Something went wrong. Please send the form again."))
    return True
