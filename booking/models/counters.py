"""Counters, when they serve, and when they don't."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from config.foundation.office import CounterGroup, in_language

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]


class Counter(models.Model):
    """A desk at which one person at a time is served."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.JSONField(_("name"), help_text=_("language: text; German is needed"))
    group = models.ForeignKey(
        CounterGroup, models.PROTECT, related_name="counters", verbose_name=_("group")
    )
    in_service = models.BooleanField(_("in service"), default=True)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        default_permissions = ("view", "add", "change")
        ordering = ["slug"]

    def __str__(self) -> str:
        return in_language(self.name)


class ServiceWindow(models.Model):
    """Weekly hours of a counter in local wall time, end exclusive, valid between two days."""

    counter = models.ForeignKey(
        Counter, models.CASCADE, related_name="windows", verbose_name=_("counter")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    # for whom: null is the published emergency quota
    quota = models.ForeignKey(
        "booking.Quota",
        models.PROTECT,
        related_name="windows",
        null=True,
        blank=True,
        verbose_name=_("quota"),
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until (exclusive)"), null=True, blank=True)

    class Meta:
        verbose_name = _("service window")
        verbose_name_plural = _("service windows")
        default_permissions = ("view", "add", "change")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                name="window_ends_after_it_starts", condition=Q(closes__gt=F("opens"))
            ),
            models.CheckConstraint(name="window_on_a_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="window_validity_in_order",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
            models.UniqueConstraint(
                fields=["counter", "weekday", "opens", "valid_from"], name="window_listed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def serves_on(self, day: date) -> bool:
        """Whether the window is valid on a local day and falls on its weekday."""
        until = self.valid_until
        in_time = self.valid_from <= day and (until is None or day < until)
        return in_time and day.weekday() == self.weekday


class Closure(models.Model):
    """Time in which a counter, or the whole office, serves nobody; end exclusive."""

    counter = models.ForeignKey(
        Counter,
        models.CASCADE,
        related_name="closures",
        null=True,
        blank=True,
        verbose_name=_("counter"),
        help_text=_("empty: all counters"),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.JSONField(_("public reason"), default=dict, blank=True)
    # what a closure did is undone by name, so it is kept when it is lifted
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        default_permissions = ("view", "add", "change")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{localtime(self.starts_at):%d.%m.%Y %H:%M}"
