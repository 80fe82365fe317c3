"""The forms of closing and of hours, and who is affected by a closure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.actions.opening_hours import Hours
from booking.models import Appointment, AppointmentEvent, Closure, Counter
from booking.models.counters import WEEKDAYS
from booking.states import LIVE_FOR_SLOT, Status
from booking.windows import NoSuchTime, day_bounds, instant, local_day
from config.foundation.dates import DayField
from config.foundation.office import current_office
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
    counter = forms.ModelChoiceField(
        Counter.objects.all(), required=False, label=_("Counter"), empty_label=_("all counters")
    )
    what = forms.ChoiceField(
        choices=SPANS, label=_("When?"), widget=forms.RadioSelect, initial="today"
    )
    day = DayField(label=_("Day"), required=False, help_text=_("like 31.12.2026"))
    last_day = DayField(label=_("Last day"), required=False, help_text=_("for several days"))
    opens = forms.TimeField(label=_("From"), required=False, help_text=_("for a part of a day"))
    closes = forms.TimeField(label=_("To (exclusive)"), required=False)
    reason = TextsFormField(
        label=_("Reason"), required=False, help_text=_("Public, and part of the letter.")
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.now = now
        self.zone = current_office().zone

    def clean(self) -> dict[str, Any]:
        """Turns the choice into two instants."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        what = data["what"]
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
            "reason": data["reason"] or {},
        }


class HoursForm(forms.Form):
    """From when, for how long, and up to two windows a weekday."""

    valid_from = DayField(label=_("Valid from"), help_text=_("like 31.12.2026"))
    valid_to = DayField(
        label=_("Valid to (that day included)"), required=False, help_text=_("empty: for good")
    )
    replace = forms.ChoiceField(
        choices=[
            ("no", _("special hours, on top of the usual ones")),
            ("yes", _("instead of the usual hours")),
        ],
        label=_("These are"),
        widget=forms.RadioSelect,
        initial="no",
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.today = local_day(now, zone=current_office().zone)
        for weekday, name in WEEKDAYS[:6]:
            for part in (1, 2):
                for edge, label in (("opens", _("from")), ("closes", _("to"))):
                    field = forms.TimeField(label=f"{name} {part}: {label}", required=False)
                    self.fields[f"{edge}_{weekday}_{part}"] = field

    def lines(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The time fields as a table: a weekday and its four fields."""
        names = [f"{edge}_{{}}_{part}" for part in (1, 2) for edge in ("opens", "closes")]
        return [
            (label, [self[name.format(weekday)] for name in names])
            for weekday, label in WEEKDAYS[:6]
        ]

    def clean(self) -> dict[str, Any]:
        """Both edges or none; in order; not in the past."""
        data = super().clean() or self.cleaned_data
        self.hours: list[Hours] = []
        for weekday, _label in WEEKDAYS[:6]:
            self._collect(weekday, data)
        since, until = data.get("valid_from"), data.get("valid_to")
        if since and since < self.today:
            self.add_error("valid_from", _("Hours can't change in the past."))
        if since and until and until < since:
            self.add_error("valid_to", _("This day comes before the first one."))
        if not self.hours and data.get("replace") != "yes" and not self.errors:
            self.add_error(None, _("Please enter at least one time."))
        return data

    def _collect(self, weekday: int, data: dict[str, Any]) -> None:
        last: time | None = None
        for part in (1, 2):
            opens, closes = (
                data.get(f"opens_{weekday}_{part}"),
                data.get(f"closes_{weekday}_{part}"),
            )
            if opens is None and closes is None:
                continue
            if opens is None or closes is None or closes <= opens or (last and opens < last):
                self.add_error(f"opens_{weekday}_{part}", _("Please check these times."))
                continue
            last = closes
            self.hours.append(Hours(weekday=weekday, opens=opens, closes=closes))

    @property
    def valid_until(self) -> date | None:
        """The first day on which these hours don't hold any more."""
        last: date | None = self.cleaned_data["valid_to"]
        return last + timedelta(days=1) if last else None


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
    others: dict[tuple[str, int], Appointment] = {}
    now_live = Appointment.objects.live(now=now).filter(person_key__in=keys)
    for each in now_live.select_related("slot__counter").order_by("-status"):
        others[each.person_key, each.namesake_number] = each
    return [_fate(row, others.get((row.person_key, row.namesake_number))) for row in lost]


def _fate(row: Appointment, other: Appointment | None) -> Displaced:
    if row.status in LIVE_FOR_SLOT:
        return Displaced(appointment=row, fate="restored", other=None)
    if other is None:
        fate = "waiting" if row.status == Status.DISPLACED and row.person_key else "gone"
        return Displaced(appointment=row, fate=fate, other=None)
    fate = "offered" if other.status == Status.OFFERED else "elsewhere"
    return Displaced(appointment=row, fate=fate, other=other)


def phone_list(people: Sequence[Appointment | Displaced], *, now: datetime) -> list[Appointment]:
    """Whom a letter may reach too late or not at all: starts within three hours, or no address."""
    rows = [each.appointment if isinstance(each, Displaced) else each for each in people]
    pending = {
        each.appointment.pk
        for each in people
        if isinstance(each, Displaced) and each.fate not in {"waiting", "offered"}
    }
    return [
        row
        for row in rows
        if row.pk not in pending
        and row.slot.ends_at > now
        and (row.slot.starts_at - now <= PHONE_WITHIN or not row.applicant.email)
    ]
