"""Changing the hours of a counter, and what is outside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from booking import actions
from booking.actions.opening_hours import Hours
from booking.actions.refusals import OfferGone, SlotNotOpen, TransitionNotAllowed
from booking.models import Appointment, Closure, Counter, Slot
from booking.states import Status, WaitingStatus
from config.foundation.office import Office, ServiceStatus, days_of_a_year
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    CounterFactory,
    ServiceWindowFactory,
    WaitingEntryFactory,
)
from tests.invariants import assert_invariants

NEXT_TUESDAY = date(2026, 12, 1)
# The factory writes rows, not letters.
MADE_BY_HAND = ("I16",)


def _change(
    counter: Counter, *hours: Hours, replace: bool = True, until: date | None = None
) -> int:
    return actions.change_hours(
        counter=counter,
        hours=list(hours),
        quota=None,
        valid_from=NEXT_TUESDAY,
        valid_until=until,
        replace=replace,
        now=MONDAY,
    )


TEN_TO_TWELVE = Hours(weekday=1, opens=time(10), closes=time(12))


def test_change_hours_moves_free_times_and_keeps_booked_ones(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    nine = Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7))
    booked = AppointmentFactory(slot=nine)
    _change(counter, TEN_TO_TWELVE)

    day = Slot.objects.filter(starts_at__date=NEXT_TUESDAY).order_by("starts_at")
    starts = [f"{slot.starts_at:%H:%M}" for slot in day]
    assert starts == ["08:00"] + [f"{h:02}:{m}0" for h in (9, 10) for m in range(6)]
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
    assert list(actions.booked_outside_hours(now=MONDAY)) == [booked]
    assert Slot.objects.filter(starts_at__date=TUESDAY_NINE.date()).count() == 12
    assert Closure.objects.count() == 0
    assert_invariants(MONDAY, without=MADE_BY_HAND)


def test_change_hours_takes_a_free_time_with_a_past_out_of_service(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    nine = Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7))
    AppointmentFactory(expired=True, slot=nine)
    _change(counter, TEN_TO_TWELVE)

    nine.refresh_from_db()
    assert not nine.in_hours
    assert not Slot.objects.free(now=MONDAY).filter(pk=nine.pk).exists()
    assert_invariants(MONDAY, without=MADE_BY_HAND)


def test_time_is_free_again_when_the_hours_make_it_again(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    nine = Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7))
    AppointmentFactory(expired=True, slot=nine)
    _change(counter, TEN_TO_TWELVE)
    _change(counter, Hours(weekday=1, opens=time(9), closes=time(11)))
    assert Slot.objects.free(now=MONDAY).filter(pk=nine.pk).exists()


def _out_of_service(counter: Counter) -> None:
    Counter.objects.filter(pk=counter.pk).update(in_service=False)
    actions.drop_unscheduled(now=MONDAY)


def _other_hours(counter: Counter) -> None:
    window = counter.windows.get()
    window.opens = time(10)
    window.save()
    actions.drop_unscheduled(now=MONDAY)


@pytest.mark.parametrize("ended_by", ["give_up", "cancel", "rebook", "lapse"])
@pytest.mark.parametrize("change", [_out_of_service, _other_hours])
def test_time_outside_the_hours_is_nobodys_from_the_change_on(
    change: Callable[[Counter], None], ended_by: str, counter: Counter
) -> None:
    """Whoever lets go of it after the change, before any sweeper has run."""
    ServiceWindowFactory(opens=time(14), closes=time(15), counter=CounterFactory(slug="b"))
    actions.open_slots(now=MONDAY)
    nine = Slot.objects.get(starts_at=TUESDAY_NINE, counter=counter)
    applicant = ApplicantFactory()
    own = actions.hold(applicant=applicant, slot_id=nine.pk, now=MONDAY)
    change(counter)
    later = MONDAY + timedelta(minutes=20)  # no quarantine lasts so long
    if ended_by == "give_up":
        actions.cancel_hold(appointment=own, now=MONDAY)
    elif ended_by != "lapse":
        actions.book(appointment=own, now=MONDAY)
        assert list(actions.booked_outside_hours(now=MONDAY)) == [own]
    if ended_by == "cancel":
        reason = Appointment.CancelReason.BY_APPLICANT
        actions.cancel(appointment=own, reason=reason, now=MONDAY)
    elif ended_by == "rebook":
        other = Slot.objects.filter(counter__slug="b").earliest("starts_at")
        actions.rebook(appointment=own, slot_id=other.pk, revision=0, now=MONDAY)

    office = Office.objects.get()
    WaitingEntryFactory()
    assert not Slot.objects.public(now=later, office=office).filter(pk=nine.pk).exists()
    assert not Slot.objects.offerable(now=later, office=office).filter(pk=nine.pk).exists()
    with pytest.raises(SlotNotOpen):
        actions.hold(applicant=ApplicantFactory(), slot_id=nine.pk, now=later)
    actions.offer_slots(now=later)
    assert not Appointment.objects.filter(slot=nine, status=Status.OFFERED).exists()


def test_change_of_hours_withdraws_an_open_offer(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    entry = WaitingEntryFactory()
    actions.offer_slots(now=MONDAY, limit=1)
    offered = Appointment.objects.get(entry=entry)
    _out_of_service(counter)

    offered.refresh_from_db()
    entry.refresh_from_db()
    assert (offered.status, entry.status) == (Status.CANCELLED, WaitingStatus.WAITING)
    with pytest.raises(OfferGone):
        actions.accept(appointment=offered, now=MONDAY)


def test_offers_rest_while_the_service_is_paused(slots: list[Slot]) -> None:
    WaitingEntryFactory()
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    assert actions.offer_slots(now=MONDAY) == 0
    ServiceStatus.objects.update(until=MONDAY)
    assert actions.offer_slots(now=MONDAY) == 1


def test_special_hours_come_on_top(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    made = _change(counter, Hours(weekday=2, opens=time(9), closes=time(10)), replace=False,
                   until=NEXT_TUESDAY + timedelta(days=7))  # fmt: skip
    assert made == 6
    assert Slot.objects.filter(starts_at__date=NEXT_TUESDAY).count() == 12


def test_hours_go_on_after_a_time_of_other_hours(counter: Counter) -> None:
    _change(counter, TEN_TO_TWELVE, until=NEXT_TUESDAY + timedelta(days=7))
    first = {
        day: min(slot.starts_at for slot in Slot.objects.filter(starts_at__date=day))
        for day in (date(2026, 11, 24), NEXT_TUESDAY, date(2026, 12, 8))
    }
    assert [f"{start:%H:%M}" for start in first.values()] == ["08:00", "09:00", "08:00"]


def test_counter_out_of_service_keeps_who_is_booked(counter: Counter) -> None:
    actions.open_slots(now=MONDAY)
    booked = AppointmentFactory(slot=Slot.objects.earliest("starts_at"))
    _out_of_service(counter)
    assert [slot.pk for slot in Slot.objects.filter(closure=None)] == [booked.slot_id]


def test_slots_are_opened_on_no_closed_day_of_the_office(counter: Counter) -> None:
    ServiceWindowFactory(weekday=3)
    Office.objects.update(closed_days="24.12.\n31.12.")
    actions.open_slots(now=datetime(2026, 12, 21, 7, tzinfo=UTC), days=14)
    days = {row.starts_at.date() for row in Slot.objects.all()}
    assert days == {date(2026, 12, 22), date(2026, 12, 29)}


@pytest.mark.parametrize("text", ["24.12", "31.02.", "0.1.", "Heiligabend", "24.12.2026"])
def test_closed_days_are_days_of_every_year(text: str) -> None:
    with pytest.raises(ValidationError):
        days_of_a_year(text)


def test_change_hours_refuses_the_past(counter: Counter) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.change_hours(
            counter=counter,
            hours=[TEN_TO_TWELVE],
            quota=None,
            valid_from=date(2026, 11, 22),
            valid_until=None,
            replace=True,
            now=datetime(2026, 11, 23, 7, tzinfo=UTC),
        )
