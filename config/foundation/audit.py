"""Who looked at whose data: rows are only ever added; retention alone removes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.foundation.staff import Staff

# A list that refreshes itself, or comes back after each scan, is one look, not hundreds.
ONE_LOOK = timedelta(minutes=15)


class AccessRecord(models.Model):
    """One look at, search for or export of personal data by a member of staff."""

    class Kind(models.TextChoices):
        VIEW = "view", _("viewed")
        LIST = "list", _("listed")
        SEARCH = "search", _("searched")
        EXPORT = "export", _("exported")
        OPEN = "open", _("opened a compartment")

    at = models.DateTimeField(_("at"), db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    # "appointment/17": a row, never a name
    subject = models.CharField(_("subject"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access log")
        ordering = ["-at"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


def record_access(
    *, by: Staff, kind: AccessRecord.Kind, subject: str, now: datetime, reason: str = ""
) -> AccessRecord:
    """Adds a line to the access log: `by` looked at `subject` ("appointment/17") at `now` (UTC)."""
    return AccessRecord.objects.create(by=by, kind=kind, subject=subject, at=now, reason=reason)


def record_repeated(
    *,
    by: Staff,
    subject: str,
    now: datetime,
    kind: AccessRecord.Kind = AccessRecord.Kind.LIST,
) -> None:
    """Adds a line about what comes again and again, unless one is there (ADR 29)."""
    mine = AccessRecord.objects.filter(by=by, subject=subject, at__gt=now - ONE_LOOK)
    if not mine.exists():
        record_access(by=by, kind=kind, subject=subject, now=now)
