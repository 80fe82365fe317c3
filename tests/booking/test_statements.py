"""What an act of the rush costs the database."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions.refusals import SlotTaken
from booking.models import Appointment, Slot
from tests.factories import ApplicantFactory

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
    held = Appointment.objects.select_related("applicant").get(pk=held.pk)
    with CaptureQueriesContext(connection) as queries:
        actions.book(appointment=held, now=now)
    assert len(_asked(queries)) == BOOK
