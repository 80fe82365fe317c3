"""Whose title expires keeps a visit by invitation, known by data besides the question."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions.refusals import KeepAppointment
from booking.models import Applicant, Appointment, Quota, Slot, WaitingEntry
from booking.states import Status
from tests.booking.inviting import invitee
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    QuotaFactory,
    SlotFactory,
    StaffFactory,
    situation,
)
from tests.invariants import assert_invariants

SAME = {"family_name": "Nguyễn", "given_names": "Thị Ánh", "birth_date": "1985-05-12"}
ADDRESS = "anh@example.org"
EXPIRING = situation("expiring", need_by="2026-11-27", need_kind="soft")
KEPT = 'data-reason="has_appointment"'


@pytest.fixture
def visit(slots: list[Slot]) -> Appointment:
    """The visit by invitation of somebody; the public times are free."""
    starts_at = TUESDAY_NINE + timedelta(hours=5)
    quota: Quota = QuotaFactory()
    kept = SlotFactory(quota=quota, starts_at=starts_at)
    person = invitee(**SAME, email=ADDRESS)
    return actions.invite_to_time(
        quota=quota,
        person=person,
        slot_id=kept.pk,
        valid_until=None,
        quiet=False,
        now=MONDAY,
        by=StaffFactory(),
    )


def emergency(**columns: object) -> Applicant:
    applicant: Applicant = ApplicantFactory(
        **{**SAME, "email": ADDRESS, "situation": EXPIRING, **columns}
    )
    return applicant


def test_neither_held_nor_joined_nor_booked(
    visit: Appointment, slots: list[Slot], now: datetime
) -> None:
    with pytest.raises(KeepAppointment):
        actions.hold(applicant=emergency(), slot_id=slots[0].pk, now=now)
    with pytest.raises(KeepAppointment):
        actions.join(applicant=emergency(), now=now)
    held = AppointmentFactory(held=True, applicant=emergency(), situation=EXPIRING, slot=slots[0])
    with pytest.raises(KeepAppointment):
        actions.book(appointment=held, now=now)
    assert not WaitingEntry.objects.exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"email": "other@example.org"},
        {"given_names": "Thị Anh Thư"},
        {"birth_date": "1986-05-12"},
        {"situation": situation("expired")},
        {"situation": situation("job_loss")},
        {"unverified": True, "waived_at": MONDAY},
    ],
    ids=["address", "name", "birth date", "expired", "job", "address not proved"],
)
def test_anybody_else_is_not_refused(
    columns: dict[str, object], visit: Appointment, slots: list[Slot], now: datetime
) -> None:
    other = emergency(**columns)
    held = actions.hold(applicant=other, slot_id=slots[0].pk, now=now)
    assert actions.book(appointment=held, now=now).status == Status.BOOKED
    assert_invariants(now)


ENDS: dict[Status, dict[str, object]] = {
    Status.CANCELLED: {"cancel_reason": "by_applicant", "ended_at": MONDAY},
    Status.COMPLETED: {"outcome": "served", "ended_at": MONDAY},
    Status.NO_SHOW: {"ended_at": MONDAY},
}


@pytest.mark.parametrize("end", ENDS)
def test_visit_that_is_none_any_more_keeps_nobody(
    end: Status, visit: Appointment, slots: list[Slot], now: datetime
) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status=end, **ENDS[end])
    held = actions.hold(applicant=emergency(), slot_id=slots[0].pk, now=now)
    assert held.status == Status.HELD


def test_own_emergency_that_comes_too_late_keeps_nobody_off_the_list(
    slots: list[Slot], now: datetime
) -> None:
    late = SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=7))
    mine = {"situation": EXPIRING, "need_by": date(2026, 11, 27)}
    AppointmentFactory(applicant=emergency(), slot=late, **mine)
    assert actions.join(applicant=emergency(), now=now).pk


def _verifies(visitor: Visitor, **changes: str) -> None:
    visitor.post("check/expiring/", {"title_valid_until": "27.11.2026", "has_appointment": "no"})
    visitor.post("details/", DETAILS | changes)
    visitor.post("verify/", {"code": visitor.code()})


def test_pages_say_it_instead_of_times(
    visit: Appointment,
    visitor: Visitor,
    catalogue: None,
    clock: time_machine.Traveller,
) -> None:
    _verifies(visitor)
    for path in ("times/", "waiting/"):
        answer = visitor.get(path)
        page = answer.content.decode()
        assert (answer.status_code, KEPT in page) == (200, True)
        assert "Keep the appointment you have" in page
        assert visit.reference not in page  # the letter about it has that
        assert 'name="slot"' not in page
        refused = visitor.client.post(
            f"/en/{path}",
            {"earliest": "1", **_subject_of(page)},
        )
        assert (refused.status_code, KEPT in refused.content.decode()) == (409, True)
    assert list(Appointment.objects.all()) == [visit]


def _subject_of(page: str) -> dict[str, str]:
    """What a form of the page says it acts on, as the button that ends everything has it."""
    row = Applicant.objects.exclude(situation={}).get()
    assert f'value="{row.subject}"' in page
    return {"subject": row.subject, "version": str(row.version)}


def test_stranger_at_another_address_sees_what_everybody_sees(
    visit: Appointment,
    visitor: Visitor,
    catalogue: None,
    clock: time_machine.Traveller,
) -> None:
    _verifies(visitor, email="stranger@example.org")
    asked = []
    for there_is_one in (True, False):
        if not there_is_one:
            Appointment.objects.filter(pk=visit.pk).update(
                status=Status.CANCELLED, **ENDS[Status.CANCELLED]
            )
        with CaptureQueriesContext(connection) as queries:
            answer = visitor.get("times/")
        assert answer.status_code == 200
        assert len(visitor.slots()) == 3
        assert KEPT not in answer.content.decode()
        asked.append(len(queries))
    assert asked[0] == asked[1]
