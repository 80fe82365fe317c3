"""What an act of the rush costs the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions.refusals import SlotTaken
from booking.models import Appointment, Slot
from tests.booking.desk import signed_in
from tests.factories import ApplicantFactory
from tests.growing import add_invitations, add_kept_times

# Booking asked four before it claimed its person; holding had locked the family all along.
HOLD, BOOK = 8, 5


def _asked(queries: CaptureQueriesContext) -> list[str]:
    words = [query["sql"].split(maxsplit=1)[0] for query in queries]
    return [word for word in words if word not in {"SAVEPOINT", "RELEASE", "ROLLBACK"}]


@pytest.mark.usefixtures("office_remembered")
def test_refused_press_asks_once_and_writes_nothing(slots: list[Slot], now: datetime) -> None:
    actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    late = ApplicantFactory()
    with CaptureQueriesContext(connection) as queries, pytest.raises(SlotTaken):
        actions.hold(applicant=late, slot_id=slots[0].pk, now=now)
    assert _asked(queries) == ["SELECT"]


@pytest.mark.usefixtures("office_remembered")
def test_hold_claims_its_person_with_the_lock_it_takes_anyway(
    slots: list[Slot], now: datetime
) -> None:
    applicant = ApplicantFactory()
    actions.hold(applicant=ApplicantFactory(), slot_id=slots[1].pk, now=now)  # memories are warm
    with CaptureQueriesContext(connection) as queries:
        held = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=now)
    assert len(_asked(queries)) == HOLD
    held = Appointment.objects.select_related("applicant", "slot").get(pk=held.pk)  # as the page
    with CaptureQueriesContext(connection) as queries:
        actions.book(appointment=held, now=now)
    assert len(_asked(queries)) == BOOK


def _counts(slot: Slot, *, desk: Client, now: datetime) -> dict[str, int]:
    """How many statements holding, booking and the list of the day are."""
    counts = {}
    with CaptureQueriesContext(connection) as queries:
        held = actions.hold(applicant=ApplicantFactory(), slot_id=slot.pk, now=now)
    counts["hold"] = len(queries)
    held = Appointment.objects.select_related("applicant", "slot").get(pk=held.pk)
    with CaptureQueriesContext(connection) as queries:
        actions.book(appointment=held, now=now)
    counts["book"] = len(queries)
    for path in ("/admin/", f"/admin/booking/appointment/?day={slot.starts_at:%Y-%m-%d}"):
        desk.get(path)  # counted as one look per quarter of an hour
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        counts[path] = len(queries)
    return counts


@pytest.mark.usefixtures("office_remembered", "clock", "catalogue")
def test_kept_times_and_invitations_cost_no_statement(slots: list[Slot], now: datetime) -> None:
    desk = signed_in()
    _counts(slots[0], desk=desk, now=now)  # memories are warm
    without = _counts(slots[1], desk=desk, now=now)
    add_kept_times(1500, since=now + timedelta(days=1))
    add_invitations(1000)
    assert _counts(slots[2], desk=desk, now=now) == without
