"""What follows from a letter that came back, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from booking import actions
from booking.actions.verification_codes import code_status
from booking.admin.invitation_tasks import invitation_tasks
from booking.admin.to_do import _without_news
from booking.models import Appointment, Invitation, Quota, Slot
from booking.states import Status
from config.foundation.bounces import Fate, note, read_report
from config.foundation.outbox import Notification
from config.foundation.return_address import return_address
from tests.booking.inviting import invitee
from tests.booking.test_notifications import booked
from tests.booking.visitors import DETAILS, Visitor
from tests.corpus.bounces import report
from tests.delivery import deliver
from tests.factories import ApplicantFactory, SlotFactory, StaffFactory, WaitingEntryFactory

pytestmark = pytest.mark.usefixtures("catalogue")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def bounce_address(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounce@testserver"


def comes_back(kind: str, now: datetime, *, status: str = "5.1.1", proved: bool = True) -> Fate:
    """The newest letter of a kind is reported."""
    letter = Notification.objects.filter(kind=kind).latest("pk")
    to = return_address(letter.pk) if proved else "bounce@testserver"
    found = read_report(report(to, status=status, message_id=letter.message_id))
    assert found is not None
    return note(found, now=now)


# --- offers --------------------------------------------------------------------------------------


@pytest.fixture
def offered(slots: list[Slot], now: datetime) -> Appointment:
    """Told by a letter that has left, while somebody else waits too."""
    first = WaitingEntryFactory()
    WaitingEntryFactory()
    Slot.objects.exclude(pk=slots[0].pk).delete()
    assert actions.offer_slots(now=now) == 1
    deliver(now)
    return Appointment.objects.get(entry=first)


def test_bounced_offer_passes_on(offered: Appointment, now: datetime) -> None:
    assert comes_back("booking.offer", now + MINUTE) is Fate.NOTED
    offered.refresh_from_db()
    assert offered.status == Status.EXPIRED
    event = offered.events.latest("pk")
    assert (event.action, event.detail) == ("undelivered", "came back 5.1.1")
    assert actions.undelivered(now=now + MINUTE) == [offered]
    entry = offered.entry
    assert entry is not None
    assert (entry.status, entry.lapses) == ("waiting", 0)  # keeps the place
    assert actions.offer_slots(now=now + 2 * MINUTE) == 1
    assert Appointment.objects.get(status=Status.OFFERED).entry != entry


@pytest.mark.parametrize(("status", "proved"), [("5.1.1", False), ("4.4.7", True)])
def test_bounce_without_proof_or_end_leaves_the_offer(
    offered: Appointment, now: datetime, status: str, proved: bool
) -> None:
    assert comes_back("booking.offer", now + MINUTE, status=status, proved=proved) is Fate.NOTED
    offered.refresh_from_db()
    assert offered.status == Status.OFFERED


@pytest.mark.parametrize("answer", [actions.accept, actions.decline])
def test_bounce_of_an_answered_offer_changes_nothing(
    offered: Appointment, now: datetime, answer: Callable[..., object]
) -> None:
    answer(appointment=offered, now=now + MINUTE)
    offered.refresh_from_db()
    as_answered = (offered.status, offered.version)
    assert comes_back("booking.offer", now + 2 * MINUTE) is Fate.NOTED
    offered.refresh_from_db()
    assert (offered.status, offered.version) == as_answered


# --- bookings ------------------------------------------------------------------------------------


def test_bounce_never_touches_a_booking(slots: list[Slot], now: datetime) -> None:
    mine = booked(slots, now)
    deliver(now)
    assert comes_back("booking.confirmation", now + MINUTE) is Fate.NOTED
    version = mine.version
    mine.refresh_from_db()
    assert (mine.status, mine.version) == (Status.BOOKED, version)


@pytest.fixture
def alarm(slots: list[Slot], now: datetime) -> Callable[[datetime], list[str]]:
    def named(at: datetime) -> list[str]:
        return [row.reference for row in _without_news(now=at)]

    return named


def test_desk_phones_whose_letter_came_back(
    slots: list[Slot], now: datetime, alarm: Callable[[datetime], list[str]]
) -> None:
    mine = booked(slots, now)
    deliver(now)
    assert alarm(now) == []
    comes_back("booking.confirmation", now + MINUTE)
    assert alarm(now + MINUTE) == [mine.reference]
    assert alarm(mine.slot.starts_at) == []
    # a later letter that does not come back ends the alarm
    actions.resend(appointment=mine, now=now + 2 * MINUTE)
    assert alarm(now + 2 * MINUTE) == [mine.reference]
    deliver(now + 2 * MINUTE)
    assert alarm(now + 2 * MINUTE) == []
    reason = Appointment.CancelReason.BY_APPLICANT
    comes_back("booking.link", now + 3 * MINUTE)
    assert alarm(now + 3 * MINUTE) == [mine.reference]
    actions.cancel(appointment=mine, reason=reason, now=now + 4 * MINUTE)
    assert alarm(now + 4 * MINUTE) == []


# --- invitations ---------------------------------------------------------------------------------


def invited(now: datetime) -> Invitation:
    quota = Quota.objects.create(slug="semester", name={"de": "Semester"}, slot_minutes=10)
    SlotFactory.create_batch(2, quota=quota)
    (issued,) = actions.invite(
        quota=quota,
        people=[invitee()],
        valid_until=None,
        quiet=False,
        now=now,
        by=StaffFactory(),
    )
    return issued


def test_desk_learns_whom_no_invitation_reached(slots: list[Slot], now: datetime) -> None:
    mine = invited(now)
    deliver(now)

    def tasks(at: datetime) -> list[str]:
        return [each.name for task in invitation_tasks(now=at) for each in task.people]

    assert tasks(now) == []
    comes_back("booking.invitation", now + MINUTE)
    assert tasks(now + MINUTE) == [mine.applicant.desk_name]
    assert tasks(mine.valid_until) == []
    Notification.objects.filter(subject=mine.subject).update(
        sent_at=None, bounced_at=None, bounce="", failed_at=now, failure="550"
    )
    assert tasks(now + MINUTE) == [mine.applicant.desk_name]
    actions.withdraw_invitation(
        invitation=mine, revision=mine.revision, now=now + MINUTE, by=StaffFactory()
    )
    assert tasks(now + MINUTE) == []


# --- codes ---------------------------------------------------------------------------------------


def test_code_that_came_back_is_said_until_another_left(slots: list[Slot], now: datetime) -> None:
    applicant = ApplicantFactory(unverified=True)
    actions.request_code(applicant=applicant, now=now)
    deliver(now)
    applicant.refresh_from_db()
    assert not code_status(applicant=applicant, now=now).came_back
    comes_back("booking.code", now + MINUTE)
    assert code_status(applicant=applicant, now=now + MINUTE).came_back
    actions.request_code(applicant=applicant, now=now + 2 * MINUTE)
    assert not code_status(applicant=applicant, now=now + 2 * MINUTE).came_back


@pytest.mark.usefixtures("clock", "slots")
def test_page_of_the_code_says_that_the_letter_came_back(
    client: Client, visitor: Visitor, now: datetime
) -> None:
    visitor.enters()
    deliver(now)
    assert 'id="came-back"' not in visitor.get("verify/").content.decode()
    comes_back("booking.code", now)
    page = visitor.get("verify/").content.decode()
    assert 'id="came-back"' in page
    assert DETAILS["email"] in page
    assert "We have sent an e-mail" not in page
    # another address has no letter that came back
    visitor.post("details/", DETAILS | {"email": "right@example.org"})
    assert 'id="came-back"' not in visitor.get("verify/").content.decode()
