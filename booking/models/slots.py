"""Slots: ten minutes of one counter for one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from booking.deadlines import TOO_LATE_TO_OFFER
from booking.models.appointments import Appointment
from booking.models.counters import Closure, Counter
from booking.models.quotas import Quota
from booking.models.waiting import WaitingEntry
from booking.states import PROVISIONAL, SETTLED
from booking.windows import Release, day_bounds, local_day, open_before
from config.foundation.office import Office, in_language

# While somebody who fits waits, a free slot is the waiting list's for so long.
HEAD_START = timedelta(minutes=10)


def booking_horizon(office: Office) -> Release:
    """The office's policy of opening new times."""
    fixed = office.release_mode == Office.Release.CALENDAR_DAY
    return Release(
        zone=office.zone,
        days=office.horizon_days,
        at=office.release_time if fixed else None,
    )


class SlotQuerySet(models.QuerySet["Slot"]):
    """Slots in the words of the desk; free or taken is always derived, never stored."""

    def free(self, *, now: datetime) -> SlotQuerySet:
        """Slots in service that no booking, hold or offer occupies at `now`."""
        return self.in_service().exclude(Exists(_occupying(now)))

    def in_service(self) -> SlotQuerySet:
        """Slots within the hours of their counter that no closure takes away."""
        return self.filter(closure=None, in_hours=True)

    def opened(self, *, now: datetime, office: Office, quota: Quota | None) -> SlotQuerySet:
        """Slots in the future that the horizon has reached, of one quota (None: the published)."""
        if quota is None:
            before = open_before(now, release=booking_horizon(office))
        else:
            last_day = local_day(now, zone=office.zone) + timedelta(days=quota.days_ahead)
            before = day_bounds(last_day, zone=office.zone)[1]
        return self.of_quota(quota).filter(starts_at__gt=now, starts_at__lt=before)

    def of_quota(self, quota: Quota | None) -> SlotQuerySet:
        """Slots kept for one quota; None: those that are published."""
        return self.filter(quota=quota)

    def offerable(self, *, now: datetime, office: Office) -> SlotQuerySet:
        """Free slots that may be offered to somebody who waits; a quarantine does not bar that."""
        early_enough = Q(starts_at__gt=now + TOO_LATE_TO_OFFER)
        opened = self.opened(now=now, office=office, quota=None)
        return opened.free(now=now).filter(early_enough)

    def bookable(self, *, now: datetime, office: Office, quota: Quota | None) -> SlotQuerySet:
        """Free, open slots that are not in quarantine after somebody let go of them."""
        rested = Q(bookable_from=None) | Q(bookable_from__lte=now)
        return self.opened(now=now, office=office, quota=quota).free(now=now).filter(rested)

    def takeable(self, *, now: datetime, office: Office, quota: Quota | None) -> SlotQuerySet:
        """What may be taken now: by who is invited into `quota`; by anybody where it is None."""
        if quota is None:
            return self.public(now=now, office=office)
        return self.bookable(now=now, office=office, quota=quota)

    def public(self, *, now: datetime, office: Office) -> SlotQuerySet:
        """Bookable slots that anybody may take: those that no waiting person has a claim to."""
        bookable = self.bookable(now=now, office=office, quota=None)
        if office.distribution == Office.Distribution.OPEN:
            return bookable
        claimed_until = WaitingEntry.objects.claim_ends(now=now)
        if claimed_until is None:
            return bookable
        earlier = now - HEAD_START
        long_free = (
            (Q(free_since=None) | Q(free_since__lte=earlier))
            & Q(starts_at__lt=open_before(earlier, release=booking_horizon(office)))
            & ~Exists(_occupying(earlier, until=now))
        )
        too_late = Q(starts_at__lte=now + TOO_LATE_TO_OFFER)
        last_claimed = day_bounds(claimed_until, zone=office.zone)[1]
        return bookable.filter(long_free | too_late | Q(starts_at__gte=last_claimed))


def _occupying(now: datetime, *, until: datetime | None = None) -> models.QuerySet[Appointment]:
    """Appointments that hold the outer slot at `now`; with `until`, holds that ended in between."""
    rows = Appointment.objects.filter(slot=OuterRef("pk"))
    held = Q(status__in=PROVISIONAL, free_from__gt=now)
    if until is not None:
        return rows.filter(held, free_from__lte=until)
    return rows.filter(Q(status__in=SETTLED) | held)


class Slot(models.Model):
    """One time at one counter."""

    counter = models.ForeignKey(
        Counter, models.PROTECT, related_name="slots", verbose_name=_("counter")
    )
    starts_at = models.DateTimeField(_("starts at"), db_index=True)
    ends_at = models.DateTimeField(_("ends at"))
    # Whoever lets go of a slot can't hand it to a buyer: it comes back after a random time.
    bookable_from = models.DateTimeField(_("bookable again from"), null=True, blank=True)
    free_since = models.DateTimeField(_("free since"), null=True, blank=True)
    # False once no window of its counter makes the slot any more; who is booked keeps it
    in_hours = models.BooleanField(_("within the hours"), default=True, db_default=True)
    # whom it is kept for; null: published
    quota = models.ForeignKey(
        "booking.Quota",
        models.PROTECT,
        db_index=False,  # see slot_kept
        related_name="slots",
        null=True,
        blank=True,
        verbose_name=_("quota"),
    )
    # the public has it since then, though the hours it lies in are kept
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    closure = models.ForeignKey(
        Closure,
        models.PROTECT,
        related_name="slots",
        null=True,
        blank=True,
        verbose_name=_("closure"),
    )

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("time")
        verbose_name_plural = _("times")
        ordering = ["starts_at", "counter"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["counter", "starts_at"], name="slot_unique_start_per_counter"
            ),
            models.CheckConstraint(
                name="slot_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        indexes = [
            models.Index(
                fields=["quota", "starts_at"],
                name="slot_kept",
                condition=Q(quota__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"

    def closed_because(self, language: str | None = None) -> str:
        """The public reason for which it is closed, in `language` (the active one by default)."""
        return in_language(self.closure.reason, language) if self.closure else ""
