"""The form of closing, and who is affected by a closure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, AppointmentEvent, Closure, Counter, Slot
from booking.states import LIVE_FOR_SLOT, Status
from booking.windows import NoSuchTime, day_bounds, instant, local_day
from config.foundation.day_inputs import DeskDayField, clock_field
from config.foundation.office import current_office
from config.foundation.standard_texts import OWN, REASONS, chosen_text, standard_field
from config.foundation.texts import TextsFormField

PHONE_WITHIN = timedelta(hours=3)
LONGEST = timedelta(days=366)


class CloseForm(forms.Form):
    """Which counter, and when: the rest of today, a part of a day, days."""

    SPANS = (
        ("today", _("the rest of today")),
        ("part", _("a part of a day")),
        ("days", _("one or more whole days")),
    )
    # what each of them asks; the page shows no other field
    ASKS: ClassVar[dict[str, set[str]]] = {
        "today": set(),
        "part": {"day", "opens", "closes"},
        "days": {"day", "last_day"},
    }
    counter = forms.ModelChoiceField(
        Counter.objects.all(), required=False, label=_("Counter"), empty_label=_("all counters")
    )
    what = forms.ChoiceField(
        choices=SPANS, label=_("When?"), widget=forms.RadioSelect, initial="today"
    )
    day = DeskDayField(label=_("Day"), required=False)
    last_day = DeskDayField(label=_("Last day"), required=False, help_text=_("empty: one day"))
    opens = clock_field(label=_("From"), required=False)
    closes = clock_field(label=_("To"), required=False)
    why = standard_field(REASONS, label=_("Reason"), none=_("no reason given"))
    reason = TextsFormField(label=_("Own text"), required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.now = now
        self.zone = current_office().zone
        # a press on the wrong page must not shut the whole office
        self.initial.setdefault("counter", self._serving())

    def _serving(self) -> Counter | None:
        """The first counter that has times today from now on, or else the first in service."""
        end = day_bounds(local_day(self.now, zone=self.zone), zone=self.zone)[1]
        today = Slot.objects.in_service().filter(ends_at__gt=self.now, starts_at__lt=end)
        counters = Counter.objects.filter(in_service=True)
        return counters.filter(slots__in=today).first() or counters.first()

    def clean(self) -> dict[str, Any]:
        """Turns the choice into two instants."""
        data = super().clean() or self.cleaned_data
        what = data.get("what", "")
        for unasked in set().union(*self.ASKS.values()) - self.ASKS.get(what, set()):
            self.errors.pop(unasked, None)
        if data.get("why") not in {OWN, ""}:
            self.errors.pop("reason", None)
        elif data.get("why") == OWN and not data.get("reason", True):
            self.add_error("reason", _("Please write the German text as well."))
        if self.errors:
            return data
        if what != "today" and not data["day"]:
            self.add_error("day", _("Please enter the day."))
        elif what == "part" and (data["opens"] is None or data["closes"] is None):
            self.add_error("opens", _("Please enter both times."))
        else:
            self._count(what, data)
        return data

    def _count(self, what: str, data: dict[str, Any]) -> None:
        today = local_day(self.now, zone=self.zone)
        try:
            if what == "part":
                starts_at = instant(data["day"], data["opens"], zone=self.zone)
                ends_at = instant(data["day"], data["closes"], zone=self.zone)
            elif what == "days":
                starts_at = day_bounds(data["day"], zone=self.zone)[0]
                ends_at = day_bounds(data["last_day"] or data["day"], zone=self.zone)[1]
            else:
                starts_at, ends_at = self.now, day_bounds(today, zone=self.zone)[1]
        except NoSuchTime:
            self.add_error("opens", _("On this night the clocks change: please take another time."))
            return
        if ends_at <= max(starts_at, self.now):
            self.add_error("day", _("This time is over, or ends before it starts."))
        elif ends_at - starts_at > LONGEST:
            self.add_error("last_day", _("A closure lasts a year at most."))
        self.times = starts_at, ends_at

    @property
    def span(self) -> dict[str, Any]:
        """What `close` takes."""
        data = self.cleaned_data
        starts_at, ends_at = self.times
        return {
            "counter": data["counter"],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reason": chosen_text(REASONS, data["why"], data.get("reason")),
        }


@dataclass(frozen=True, kw_only=True)
class Displaced:
    """A person who lost a time to a closure, and what became of them."""

    appointment: Appointment
    fate: str  # restored, elsewhere, offered, waiting, gone
    other: Appointment | None


def displaced_by(closure: Closure, *, now: datetime) -> list[Displaced]:
    """Everybody who lost a time to `closure`, with where they stand at `now` (UTC)."""
    events = AppointmentEvent.objects.filter(
        action="displace",
        slot__starts_at__gt=closure.starts_at - timedelta(days=1),
        slot__starts_at__lt=closure.ends_at,
        slot__ends_at__gt=closure.starts_at,
    )
    if closure.counter_id:
        events = events.filter(slot__counter=closure.counter_id)
    rows = Appointment.objects.filter(events__in=events).distinct()
    lost = list(rows.select_related("applicant", "slot__counter").order_by("slot__starts_at"))
    keys = {row.person_key for row in lost if row.person_key}
    # a visit by invitation stands for no emergency of the same person, nor the other way round
    others: dict[tuple[str, int, int | None], Appointment] = {}
    now_live = Appointment.objects.live(now=now).filter(person_key__in=keys)
    for each in now_live.select_related("slot__counter").order_by("-status"):
        others[_claim_of(each)] = each
    return [_fate(row, others.get(_claim_of(row))) for row in lost]


def _claim_of(row: Appointment) -> tuple[str, int, int | None]:
    return row.person_key, row.namesake_number, row.invitation_id


def _fate(row: Appointment, other: Appointment | None) -> Displaced:
    if row.status in LIVE_FOR_SLOT:
        return Displaced(appointment=row, fate="restored", other=None)
    if other is None:
        fate = "waiting" if row.status == Status.DISPLACED and row.person_key else "gone"
        return Displaced(appointment=row, fate=fate, other=None)
    fate = "offered" if other.status == Status.OFFERED else "elsewhere"
    return Displaced(appointment=row, fate=fate, other=other)


def phone_list(rows: Sequence[Appointment], *, now: datetime) -> list[Appointment]:
    """Whom a letter may reach too late or not at all: starts within three hours, or no address."""
    return [
        row
        for row in rows
        if row.slot.ends_at > now
        and (row.slot.starts_at - now <= PHONE_WITHIN or not row.applicant.email)
    ]
