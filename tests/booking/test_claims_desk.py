"""A step is taken back for somebody who has ended everything, or a time goes, in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from booking import actions
from booking.actions import slots as slot_actions
from booking.actions.erasure import forget_applicant
from booking.actions.refusals import EntriesChanged
from booking.models import Applicant, Appointment, Slot, WaitingEntry
from booking.states import Status
from config.foundation.office import Office
from config.foundation.staff import Staff
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    AppointmentFactory,
    CounterFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.invariants import assert_invariants

BEGUN = TUESDAY_NINE + timedelta(minutes=6)
Step = Callable[[Appointment, Staff], object]


@pytest.fixture
def by(magdeburg: Office) -> Staff:
    return StaffFactory()


@pytest.fixture
def booked(by: Staff) -> Appointment:
    return AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE))


def _forgotten(applicant: Applicant) -> None:
    with transaction.atomic():
        forget_applicant(Applicant.objects.get(pk=applicant.pk), now=BEGUN)
    assert Applicant.objects.get(pk=applicant.pk).forgotten_at is not None


def _cancelled(row: Appointment, by: Staff) -> None:
    office = Appointment.CancelReason.OFFICE
    actions.cancel(appointment=row, reason=office, now=TUESDAY_NINE - timedelta(minutes=1), by=by)


def _completed(row: Appointment, by: Staff) -> None:
    actions.check_in(appointment=row, now=TUESDAY_NINE, by=by)
    served = Appointment.Outcome.SERVED
    actions.complete(appointment=row, outcome=served, missing=[], now=TUESDAY_NINE, by=by)


def _missed(row: Appointment, by: Staff) -> None:
    actions.mark_no_show(appointment=row, now=BEGUN, by=by)


def _put_back(row: Appointment, by: Staff) -> None:
    before = TUESDAY_NINE - timedelta(seconds=1)
    now = before if row.status == Status.CANCELLED else BEGUN
    actions.undo_last_step(appointment=row, now=now, by=by)


def _check_in(row: Appointment, by: Staff) -> None:
    actions.check_in(appointment=row, now=BEGUN, by=by)


@pytest.mark.parametrize(
    ("ends", "back"),
    [(_cancelled, _put_back), (_completed, _put_back), (_missed, _check_in)],
)
@pytest.mark.parametrize("read", ["before", "after"])
def test_nothing_is_taken_back_for_somebody_who_is_forgotten(
    booked: Appointment, by: Staff, ends: Step, back: Step, read: str
) -> None:
    ends(booked, by)
    status = booked.status
    seen = Appointment.objects.select_related("applicant", "slot").get(pk=booked.pk)
    _forgotten(booked.applicant)
    if read == "after":
        seen = Appointment.objects.select_related("applicant", "slot").get(pk=booked.pk)

    with pytest.raises(EntriesChanged):
        back(seen, by)

    booked.refresh_from_db()
    assert booked.status == status
    assert_invariants(BEGUN)


def test_nobody_stands_in_under_a_name_that_was_corrected_meanwhile(
    booked: Appointment, by: Staff
) -> None:
    _missed(booked, by)
    entry = WaitingEntry.objects.select_related("applicant").get(pk=WaitingEntryFactory().pk)
    actions.correct_person(
        applicant=Applicant.objects.get(pk=entry.applicant_id),
        family_name="Öztürk",
        given_names="Ayla",
        birth_date="1990-01-02",
        now=BEGUN,
        by=by,
    )

    with pytest.raises(EntriesChanged):
        actions.fill_no_show_slot(entry=entry, slot_id=booked.slot_id, now=BEGUN, by=by)
    assert not Appointment.objects.filter(applicant=entry.applicant).exists()


def test_lifting_a_closure_books_nobody_who_is_forgotten(booked: Appointment, by: Staff) -> None:
    closure = actions.close(
        counter=None,
        starts_at=TUESDAY_NINE,
        ends_at=TUESDAY_NINE + timedelta(hours=1),
        reason={},
        now=MONDAY,
        by=by,
    )
    actions.leave(entry=booked.applicant.entries.get(), now=MONDAY)
    _forgotten(booked.applicant)

    assert actions.lift(closure=closure, now=MONDAY, by=by) == 0
    booked.refresh_from_db()
    assert booked.status == Status.DISPLACED


def test_other_hours_take_a_time_away_while_its_closure_is_lifted(
    by: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = CounterFactory()
    times = [
        SlotFactory(counter=counter, starts_at=TUESDAY_NINE + timedelta(minutes=10 * n))
        for n in range(2)
    ]
    day = {"starts_at": TUESDAY_NINE, "ends_at": TUESDAY_NINE + timedelta(hours=1)}
    closure = actions.close(counter=counter, reason={}, now=MONDAY, by=by, **day)
    actions.close(counter=counter, reason={}, now=MONDAY, by=by, **day)  # so that it is asked
    covers = slot_actions._covers

    def while_it_goes(*arguments: Any) -> bool:
        Slot.objects.filter(pk=times[0].pk).delete()
        return covers(*arguments)

    monkeypatch.setattr(slot_actions, "_covers", while_it_goes)
    actions.lift(closure=closure, now=MONDAY, by=by)

    assert list(Slot.objects.exclude(closure=closure)) == [times[1]]
