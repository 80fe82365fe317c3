"""Intakes: which procedure can be applied for online, and since when."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class IntakeQuerySet(models.QuerySet["Intake"]):
    """Intakes by their time."""

    def open(self, *, now: datetime) -> IntakeQuerySet:
        """Those that the office has opened and not closed again at `now` (UTC)."""
        return self.filter(opens_at__lte=now).filter(Q(closes_at=None) | Q(closes_at__gt=now))


class Intake(models.Model):
    """What the office takes online; without a time from which it is open it is closed."""

    procedure = models.CharField(_("procedure"), max_length=40, unique=True)
    opens_at = models.DateTimeField(_("open from"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closed from"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("opened by"),
    )
    # when the title ends within these days, the page says how to apply at once without papers
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=7)
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        default_permissions = ("view",)
        permissions = [("open_intake", _("Can open and close online applications"))]
        constraints = [
            models.CheckConstraint(
                name="intake_closes_after_it_opens",
                condition=Q(closes_at=None)
                | Q(opens_at__isnull=False, closes_at__gte=F("opens_at")),
            ),
            models.CheckConstraint(
                name="intake_opened_pair",
                condition=Q(opened_by=None) | Q(opened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.procedure

    @property
    def subject(self) -> str:
        """How the access log names this row."""
        return f"intake/{self.pk}"
