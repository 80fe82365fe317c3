"""What happened without the system, written down afterwards with its real times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.actions.desk_refusals import LateTimesImpossible
from booking.actions.late_entries import LateReason
from booking.actions.refusals import PageOutdated, SlotTaken, TransitionNotAllowed
from booking.models import Appointment, AppointmentEvent
from booking.states import Status
from config.foundation.actions import Refused
from config.foundation.audit import AccessRecord
from tests.booking.desk import (
    APPOINTMENTS,
    caseworker,
    catalogue,
    clock,
    desk,
    fields,
    signed_in,
    url,
    visit,
)
from tests.factories import TUESDAY_NINE, AppointmentFactory
from tests.invariants import assert_invariants

__all__ = ["catalogue", "clock", "desk", "visit"]
NEXT_MORNING = TUESDAY_NINE + timedelta(days=1)
CAME, LEFT = TUESDAY_NINE + timedelta(minutes=4), TUESDAY_NINE + timedelta(minutes=13)
WITHOUT = ("I16",)  # a factory writes no letter


def enter(row: Appointment, **changes: object) -> Appointment:
    told = {
        "came_at": CAME,
        "ended_at": LEFT,
        "outcome": Appointment.Outcome.SERVED,
        "missing": [],
        "reason": LateReason.OUTAGE,
        "version": row.version,
        "now": NEXT_MORNING,
        "by": caseworker(),
    } | changes
    return actions.enter_late_visit(appointment=row, **told)  # type: ignore[arg-type]  # a table of them


def steps(row: Appointment) -> list[tuple[str, str, datetime]]:
    rows = AppointmentEvent.objects.filter(appointment=row, version__gt=1)
    return list(rows.values_list("action", "detail", "at"))


def test_visit_keeps_real_times_and_its_steps_when_they_were_entered(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(NEXT_MORNING)
    client = signed_in(username="lang")
    page = url(visit, "late-entry")
    form = {"outcome": "served", "came": "09:04", "left": "09:13", "reason": "outage"}
    answer = client.post(page, fields(client, page) | form, follow=True)
    assert f"{visit.applicant.desk_name}, 09:00: entered afterwards by lang" in (
        answer.content.decode()
    )
    visit.refresh_from_db()
    assert (visit.status, visit.outcome) == (Status.COMPLETED, "served")
    assert (visit.checked_in_at, visit.ended_at) == (CAME, LEFT)
    assert steps(visit) == [
        ("late_check_in", "outage", NEXT_MORNING),
        ("late_complete", "outage", NEXT_MORNING),
    ]
    shown = client.get(f"{APPOINTMENTS}{visit.pk}/change/").content.decode()
    assert "completed, entered afterwards" in shown
    assert "outage of the system" in shown
    assert AccessRecord.objects.filter(subject=visit.subject).exists()
    assert_invariants(NEXT_MORNING, without=WITHOUT)


def test_missing_papers_go_with_their_outcome(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(NEXT_MORNING)
    client = signed_in()
    page = url(visit, "late-entry")
    form = fields(client, page) | {
        "outcome": "proof_missing",
        "came": "09:04",
        "left": "09:13",
        "reason": "forgotten",
    }
    assert client.post(page, form).status_code == 422


def test_who_did_not_come_ends_with_their_time(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(NEXT_MORNING)
    client = signed_in()
    page = url(visit, "late-entry")
    client.post(page, fields(client, page) | {"outcome": "no_show", "reason": "no_workplace"})
    visit.refresh_from_db()
    assert (visit.status, visit.ended_at) == (Status.NO_SHOW, visit.slot.ends_at)
    assert steps(visit) == [("late_no_show", "no_workplace", NEXT_MORNING)]


def test_arrival_of_the_day_stays(visit: Appointment) -> None:
    actions.check_in(appointment=visit, now=TUESDAY_NINE, by=caseworker())
    enter(visit)
    assert (visit.checked_in_at, visit.ended_at) == (TUESDAY_NINE, LEFT)
    assert [name for name, _why, _at in steps(visit)] == ["check_in", "late_complete"]


def test_no_show_who_had_come_is_mended(visit: Appointment) -> None:
    actions.mark_no_show(appointment=visit, now=visit.slot.ends_at, by=caseworker())
    enter(visit)
    assert visit.status == Status.COMPLETED
    assert_invariants(NEXT_MORNING, without=WITHOUT)


def test_time_that_went_to_a_stand_in_was_not_kept(visit: Appointment) -> None:
    actions.mark_no_show(appointment=visit, now=visit.slot.ends_at, by=caseworker())
    AppointmentFactory(slot=visit.slot, checked_in=True)
    with pytest.raises(SlotTaken):
        enter(visit)
    visit.refresh_from_db()
    assert visit.status == Status.NO_SHOW


@pytest.mark.parametrize(
    ("came_at", "ended_at"),
    [
        (LEFT, CAME),  # left before
        (CAME - timedelta(days=1), LEFT),  # on another day
        (CAME, LEFT + timedelta(days=1)),
        (CAME, datetime(2026, 11, 24, 22, 59, tzinfo=UTC)),  # of that day, and still to come
    ],
)
def test_times_fit_the_day_the_clock_and_each_other(
    visit: Appointment, came_at: datetime, ended_at: datetime
) -> None:
    with pytest.raises(LateTimesImpossible):
        enter(visit, came_at=came_at, ended_at=ended_at, now=TUESDAY_NINE + timedelta(hours=3))
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_no_show_is_no_late_entry_before_the_time_is_over(visit: Appointment) -> None:
    with pytest.raises(LateTimesImpossible):
        actions.enter_late_no_show(
            appointment=visit,
            reason=LateReason.OUTAGE,
            version=1,
            now=TUESDAY_NINE,
            by=caseworker(),
        )


def test_older_page_is_told_so(visit: Appointment) -> None:
    with pytest.raises(PageOutdated):
        enter(visit, version=2)


def test_same_entry_twice_is_a_quiet_success(visit: Appointment) -> None:
    enter(visit, version=1)
    assert enter(visit, version=1).version == 3
    with pytest.raises(PageOutdated):
        enter(visit, version=1, outcome=Appointment.Outcome.WRONG_COUNTER)


@pytest.mark.parametrize("trait", ["cancelled", "displaced", "completed"])
def test_what_has_another_end_is_not_entered(visit: Appointment, trait: str) -> None:
    later = TUESDAY_NINE + timedelta(minutes=10)
    row = AppointmentFactory(slot__starts_at=later, **{trait: True})
    refusals: tuple[type[Refused], ...] = (TransitionNotAllowed, PageOutdated)
    with pytest.raises(refusals):
        enter(row)
    row.refresh_from_db()
    assert row.version == 1


def test_button_comes_when_the_time_is_over(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    page = f"{APPOINTMENTS}{visit.pk}/change/"
    assert 'href="../late-entry/"' not in desk.get(page).content.decode()
    clock.shift(timedelta(minutes=10))
    assert 'href="../late-entry/"' in desk.get(page).content.decode()
