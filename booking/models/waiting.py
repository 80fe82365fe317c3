"""Who waits for a time, and in which order; the draw of an office that distributes by lot."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from booking.models.applicants import Applicant
from booking.models.appointments import Appointment
from booking.states import NeedByKind, Status, WaitingStatus

FOREVER = date(9999, 12, 30)  # the day after it exists, too
NORMAL, DISPLACED = 1, 0  # priorities: who lost a booked time to the office comes first


class WaitingEntryQuerySet(models.QuerySet["WaitingEntry"]):
    """Entries in the words of the list."""

    def active(self) -> WaitingEntryQuerySet:
        """Entries that still wait."""
        return self.filter(status=WaitingStatus.WAITING)

    def step(self, **columns: Any) -> int:
        """Writes `columns` and one more `version`: whoever saw an older page is told so."""
        return self.update(version=F("version") + 1, **columns)

    def anybody(self) -> bool:
        """Whether there is an entry."""
        # the first in line, to whom an index leads however many once waited
        return self.in_order().values_list("pk").first() is not None

    def without_offer(self, *, now: datetime) -> WaitingEntryQuerySet:
        """Entries that have no offer to answer at `now`."""
        open_offer = Appointment.objects.filter(
            entry=OuterRef("pk"), status=Status.OFFERED, free_from__gt=now
        )
        return self.exclude(Exists(open_offer))

    def in_order(self, *, by_draw: bool = False) -> WaitingEntryQuerySet:
        """Displaced people first, then by joining time or lot; lapses move to the end."""
        return self.order_by("priority", "lot" if by_draw else "ordered_at", "pk")

    def claim_ends(self, *, now: datetime) -> date | None:
        """The last local day on which some waiting person could use a slot; None when nobody waits.

        An entry without a hard day can use any slot.
        """
        if not self.active().anybody():  # on most days, and at a fraction of the cost
            return None
        waiting = self.active().without_offer(now=now)
        if waiting.exclude(need_kind=NeedByKind.HARD).anybody():
            return FOREVER
        hard = waiting.filter(need_kind=NeedByKind.HARD).order_by("-need_by")
        return hard.values_list("need_by", flat=True).first()


NOT_DRAWN = 2**63 - 1  # behind every lot, until the next draw


class Draw(models.Model):
    """The seed of one day's order, kept so that anybody can check the order again."""

    drawn_on = models.DateField(_("day"), unique=True)
    seed = models.CharField(_("seed"), max_length=32)
    drawn_at = models.DateTimeField(_("drawn at"))

    class Meta:
        verbose_name = _("draw")
        verbose_name_plural = _("draws")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.drawn_on}"


class WaitingEntry(models.Model):
    """One person's place in the line.

    Its status is written by `booking.actions.transitions.transition_waiting_entries` alone.
    """

    applicant = models.ForeignKey(
        Applicant, models.PROTECT, related_name="entries", verbose_name=_("applicant")
    )
    person_key = models.CharField(max_length=64)
    namesake_number = models.PositiveSmallIntegerField(default=0, db_column="namesake")
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[(state.value, state.value) for state in WaitingStatus],
        default=WaitingStatus.WAITING,
    )
    # one more with every offer, answer or lapse and with the end: see `step`
    version = models.PositiveIntegerField(default=1, db_default=1)
    need_by = models.DateField(_("needed by"), null=True, blank=True)
    need_kind = models.CharField(
        max_length=4,
        choices=[(kind.value, kind.value) for kind in NeedByKind],
        default=NeedByKind.NONE,
    )
    priority = models.PositiveSmallIntegerField(default=NORMAL)
    joined_at = models.DateTimeField(_("joined at"))
    # where the entry stands in line: its joining, or the lapse that sent it to the end
    ordered_at = models.DateTimeField()
    lot = models.BigIntegerField(default=NOT_DRAWN)
    lapses = models.PositiveSmallIntegerField(_("unanswered offers"), default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiting entry")
        verbose_name_plural = _("waiting list")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["person_key", "namesake_number"],
                name="waiting_one_entry_per_person",
                condition=Q(status=WaitingStatus.WAITING),
            ),
            models.CheckConstraint(
                name="waiting_ended_at_iff_ended",
                condition=Q(status=WaitingStatus.WAITING, ended_at=None)
                | (~Q(status=WaitingStatus.WAITING) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="waiting_need_by_iff_needed",
                condition=Q(need_kind=NeedByKind.NONE, need_by=None)
                | (~Q(need_kind=NeedByKind.NONE) & Q(need_by__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "ordered_at", "id"],
                name="waiting_line",
                condition=Q(status=WaitingStatus.WAITING),
            ),
            models.Index(
                fields=["priority", "lot", "id"],
                name="waiting_lots",
                condition=Q(status=WaitingStatus.WAITING),
            ),
            models.Index(
                fields=["need_by", "priority", "ordered_at"],
                name="waiting_hard",
                condition=Q(status=WaitingStatus.WAITING, need_kind=NeedByKind.HARD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def subject(self) -> str:
        """How letters, tokens and the access log name this row."""
        return f"waitingentry/{self.pk}"
