"""Quotas: what times are kept for that nobody may take without an invitation."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.foundation.office import in_language

# Times exist for four weeks: whoever could look further would find an end that is none.
MOST_DAYS_AHEAD = 27


class Quota(models.Model):
    """Times kept for invited people; the published emergency quota has no row."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.JSONField(_("name"), help_text=_("language: text; German is needed"))
    intro = models.JSONField(
        _("what people read about it"),
        default=dict,
        blank=True,
        help_text=_("language: text; in the invitation and above the times"),
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("minutes per appointment"), validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("days ahead that can be chosen"),
        default=MOST_DAYS_AHEAD,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS_AHEAD)],
    )
    valid_days = models.PositiveSmallIntegerField(
        _("days an invitation is valid"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    changes = models.PositiveSmallIntegerField(
        _("how often a person may change the time"), default=3, validators=[MaxValueValidator(20)]
    )
    # a procedure of the catalogue, by its name there: versions come and go
    procedure = models.SlugField(
        _("procedure whose papers are to be brought"), max_length=60, blank=True
    )
    in_service = models.BooleanField(_("in service"), default=True)
    # Special hours, as at the start of a semester: others than the desk know who needs them.
    registrars = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="+",
        blank=True,
        verbose_name=_("who else registers people"),
        help_text=_("accounts of other services, which have no desk"),
    )
    per_week = models.PositiveSmallIntegerField(
        _("people each of them registers in a week at most"),
        default=20,
        db_default=20,
        validators=[MaxValueValidator(500)],
    )
    collects = models.BooleanField(
        _("for collecting documents at the counter"),
        default=False,
        db_default=False,
        help_text=_("offered to whoever has a document in the pickup box; one quota at most"),
    )
    # Every act that is counted takes a turn first: the lock on this row makes counts exact.
    turn = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        default_permissions = ("view", "add", "change")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                name="quota_within_the_times_that_exist",
                condition=Q(days_ahead__gte=1, days_ahead__lte=MOST_DAYS_AHEAD),
            ),
            models.CheckConstraint(
                name="quota_times_have_a_length", condition=Q(slot_minutes__gte=1)
            ),
            models.UniqueConstraint(
                fields=["collects"],
                name="quota_one_for_collecting",
                condition=Q(collects=True),
                violation_error_message=_("There is a quota for collecting documents already."),
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name)

    def take_turn(self) -> None:
        """Makes everybody else who counts in this quota wait for the end of the transaction."""
        Quota.objects.filter(pk=self.pk).update(turn=F("turn") + 1)
