"""Rights of the team lead that somebody else of the desk has until a day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Substitution(models.Model):
    """One right, handed on to one person of the desk; it ends by the calendar."""

    class Right(models.TextChoices):
        SERVICE = "service", _("booking status: restrict, pause, notices")
        HOURS = "hours", _("counters and their hours")
        CATALOGUE = "catalogue", _("catalogue: edit and publish")
        EXPORT = "export", _("export of lists")
        BOX = "box", _("settings of the pickup box")

    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("substitute")
    )
    right = models.CharField(_("right"), max_length=10, choices=Right.choices)
    until = models.DateField(_("last day"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed on by")
    )
    granted_at = models.DateTimeField(_("handed on at"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("ended by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        default_permissions = ("view",)
        permissions = [("hand_on_rights", _("Can hand rights on until a day"))]
        constraints = [
            models.UniqueConstraint(
                fields=["substitute", "right", "until"],
                name="substitution_once_until_a_day",
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="substitution_to_somebody_else", condition=~Q(substitute=F("granted_by"))
            ),
            models.CheckConstraint(
                name="substitution_ended_by_iff_ended",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"substitution {self.pk}"
