"""How often which answer was given on which day: numbers, no persons."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from eligibility.rules import Decision


class Outcome(models.Model):
    """One reason in one category on one day, and how often it was given."""

    day = models.DateField(_("day"))
    category = models.CharField(_("category"), max_length=20)
    eligible = models.BooleanField(_("eligible"))
    reason = models.CharField(_("reason"), max_length=40)
    count = models.PositiveIntegerField(_("how often"), default=0)

    class Meta:
        verbose_name = _("outcome of the check")
        verbose_name_plural = _("outcomes of the check")
        default_permissions = ("view",)
        ordering = ["-day", "category", "reason"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "category", "reason"], name="outcome_one_row_per_day_and_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.category} {self.reason}"


def count_outcome(decision: Decision, *, today: date) -> None:
    """Adds one to the day's count of each of the decision's reasons; exact under concurrency."""
    for reason in decision.reasons:
        rows = Outcome.objects.filter(day=today, category=decision.category, reason=reason)
        if rows.update(count=F("count") + 1):
            continue
        empty = Outcome(
            day=today, category=decision.category, reason=reason, eligible=decision.eligible
        )
        Outcome.objects.bulk_create([empty], ignore_conflicts=True)
        rows.update(count=F("count") + 1)
