"""Invited from the review: exactly while the invitation is live; what ends one ends the other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from booking import actions
from booking.actions.desk_refusals import InvitationTaken, NoTimesLeft
from booking.actions.invitations import withdraw_invitation
from booking.actions.refusals import InvitationOver
from booking.invariants import invited_while_an_invitation_lives
from booking.models import Appointment, Invitation, Quota, Slot
from booking.states import InvitationState
from booking.states import Status as VisitStatus
from config.accounts.roles import CASEWORKER
from config.foundation.actions import Refused
from config.foundation.outbox import Notification
from documents.applications.actions import reviews
from documents.applications.links import link_secret
from documents.applications.models import Application
from documents.applications.states import Outcome, Status
from documents.applications.transitions import TransitionNotAllowed
from tests.documents.applications.making import NOW
from tests.documents.applications.test_desk import LIST, signed_in
from tests.documents.applications.test_races import at_once
from tests.documents.applications.test_views import Way
from tests.factories import QuotaFactory, SlotFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PAGE = "/admin/booking/invitation/application/"


@pytest.fixture
def quota(intake: object) -> Quota:
    """Two times on Thursday."""
    quota: Quota = QuotaFactory()
    for number in range(2):
        starts_at = NOW + 3 * DAY + number * 20 * MINUTE
        SlotFactory(quota=quota, starts_at=starts_at, ends_at=starts_at + 20 * MINUTE)
    return quota


@pytest.fixture
def reviewed(sent: Application) -> Application:
    """An application that somebody reviews."""
    reviews.take(application=sent, version=sent.version, by=StaffFactory(), now=NOW)
    return sent


def invite(row: Application, quota: Quota, *, version: int | None = None) -> Invitation:
    """Invites from the review."""
    return actions.invite_for_application(
        application=row,
        version=version or row.version,
        quota=quota,
        valid_until=None,
        quiet=False,
        by=StaffFactory(),
        now=NOW,
    )


def book(invitation: Invitation, quota: Quota) -> Appointment:
    """The person chooses the first time."""
    slot = Slot.objects.of_quota(quota).earliest("starts_at")
    person = Invitation.objects.get(pk=invitation.pk).applicant
    held = actions.hold(applicant=person, slot_id=slot.pk, now=NOW)
    return actions.book(appointment=held, now=NOW)


def standing(row: Application, now: datetime = NOW) -> str:
    """Its status; whatever it is, the invariant holds."""
    row.refresh_from_db()
    assert invited_while_an_invitation_lives(now) == []
    return row.status


def test_inviting_twice_is_one_invitation_with_one_letter(
    reviewed: Application, quota: Quota
) -> None:
    shown = reviewed.version
    invitation = invite(reviewed, quota)
    assert invite(reviewed, quota, version=shown) == invitation
    assert standing(reviewed) == Status.INVITED
    assert invitation.case_reference == reviewed.reference
    assert Notification.objects.filter(kind="booking.invitation").count() == 1


def test_without_a_free_time_nobody_is_invited(reviewed: Application, quota: Quota) -> None:
    Slot.objects.of_quota(quota).delete()
    with pytest.raises(NoTimesLeft):
        invite(reviewed, quota)
    assert standing(reviewed) == Status.IN_REVIEW
    assert not Invitation.objects.exists()


def test_only_who_reviews_invites(sent: Application, quota: Quota) -> None:
    with pytest.raises(TransitionNotAllowed):
        invite(sent, quota)
    assert standing(sent) == Status.SENT


def test_invitation_taken_back_brings_the_review_back(reviewed: Application, quota: Quota) -> None:
    invitation = invite(reviewed, quota)
    withdraw_invitation(invitation=invitation, revision=0, now=NOW, by=StaffFactory())
    assert standing(reviewed) == Status.IN_REVIEW
    invite(reviewed, quota)
    assert standing(reviewed) == Status.INVITED


def test_invitation_that_lapsed_brings_the_review_back(reviewed: Application, quota: Quota) -> None:
    invitation = invite(reviewed, quota)
    assert actions.follow_applications(now=invitation.valid_until - MINUTE) == 0
    assert standing(reviewed) == Status.INVITED
    over = invitation.valid_until + MINUTE
    assert standing(reviewed, over) == Status.INVITED  # the sweep has its minutes
    assert actions.follow_applications(now=over) == 1
    assert actions.follow_applications(now=over) == 0
    assert standing(reviewed, over + DAY) == Status.IN_REVIEW
    with pytest.raises(InvitationOver):
        actions.extend_invitation(
            invitation=invitation, valid_until=over + 9 * DAY, revision=0, now=over
        )


@pytest.mark.parametrize("status", [VisitStatus.COMPLETED, VisitStatus.NO_SHOW])
def test_visit_brings_the_review_back_on_the_day_after(
    reviewed: Application, quota: Quota, status: VisitStatus
) -> None:
    visit = book(invite(reviewed, quota), quota)
    assert actions.follow_applications(now=NOW + 2 * DAY) == 0
    outcome = "served" if status == VisitStatus.COMPLETED else ""
    Appointment.objects.filter(pk=visit.pk).update(status=status, outcome=outcome)
    assert actions.follow_applications(now=NOW + 3 * DAY + 60 * MINUTE) == 0
    assert standing(reviewed) == Status.INVITED
    assert actions.follow_applications(now=NOW + 4 * DAY) == 1
    assert standing(reviewed) == Status.IN_REVIEW


def test_withdrawing_cancels_the_appointment(reviewed: Application, quota: Quota) -> None:
    invitation = invite(reviewed, quota)
    visit = book(invitation, quota)
    with time_machine.travel(NOW, tick=False):
        way = Way()
        page = way.get(f"application/{link_secret(reviewed)}/")
        assert "is cancelled, too" in page
        way.send("application/withdraw/", "withdraw")
    assert standing(reviewed) == Status.WITHDRAWN
    visit.refresh_from_db()
    assert visit.status == VisitStatus.CANCELLED
    assert Invitation.objects.get().state_at(NOW) == InvitationState.WITHDRAWN
    kinds = set(Notification.objects.values_list("kind", flat=True))
    assert {"booking.cancellation", "applications.withdrawn"} <= kinds


def close(row: Application) -> None:
    """The review is over."""
    by = StaffFactory()
    reviews.close(application=row, version=row.version, outcome=Outcome.SETTLED, by=by, now=NOW)


def test_application_with_an_appointment_is_not_closed(reviewed: Application, quota: Quota) -> None:
    invitation = invite(reviewed, quota)
    visit = book(invitation, quota)
    with pytest.raises(InvitationTaken):
        close(reviewed)
    assert standing(reviewed) == Status.INVITED
    reason = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=visit, reason=reason, now=NOW)
    close(reviewed)
    assert standing(reviewed) == Status.CLOSED
    assert Invitation.objects.get().state_at(NOW) == InvitationState.WITHDRAWN


# --- the desk -------------------------------------------------------------------------------------


def test_desk_invites_from_the_review(reviewed: Application, quota: Quota) -> None:
    with time_machine.travel(NOW, tick=False):
        client, _staff = signed_in(CASEWORKER)
        assert (
            f"{PAGE}{reviewed.pk}/" in client.get(f"{LIST}{reviewed.pk}/change/").content.decode()
        )
        assert client.get(f"{PAGE}{reviewed.pk}/").status_code == 200
        press = {"subject": reviewed.subject, "version": str(reviewed.version)}
        assert client.post(f"{PAGE}{reviewed.pk}/", press).status_code == 422
        press["quota"] = str(quota.pk)
        old = press | {"version": "1"}
        assert client.post(f"{PAGE}{reviewed.pk}/", old).status_code == 409
        assert client.post(f"{PAGE}{reviewed.pk}/", press).status_code == 302
        assert client.post(f"{PAGE}{reviewed.pk}/", press).status_code == 302  # twice
        assert client.get(f"{PAGE}{reviewed.pk}/").status_code == 409
        page = client.get(f"{LIST}{reviewed.pk}/change/").content.decode()
        assert Invitation.objects.get().reference in page
        assert "RAHIMI" in client.get(f"{LIST}?state=invited").content.decode()
        assert client.get(f"{PAGE}{reviewed.pk + 1}/").status_code == 404


# --- at once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_inviting_at_once_is_one_invitation(reviewed: Application, quota: Quota) -> None:
    mine = [Application.objects.get() for _each in range(6)]
    found = at_once(*[lambda one=one: invite(one, quota) for one in mine])
    assert {type(each) for each in found} == {Invitation}
    assert Invitation.objects.count() == 1
    assert standing(reviewed) == Status.INVITED
    assert Notification.objects.filter(kind="booking.invitation").count() == 1


@pytest.mark.django_db(transaction=True)
def test_booking_and_withdrawing_at_once_leave_no_appointment_behind(
    reviewed: Application, quota: Quota
) -> None:
    invitation = invite(reviewed, quota)
    person = invitation.applicant
    slot = Slot.objects.of_quota(quota).earliest("starts_at")
    held = actions.hold(applicant=person, slot_id=slot.pk, now=NOW)
    row = Application.objects.get()
    found = at_once(
        lambda: actions.book(appointment=held, now=NOW),
        lambda: reviews.withdraw(application=row, version=row.version, by=None, now=NOW),
    )
    withdrawn = not isinstance(found[1], Refused)
    assert standing(reviewed) == (Status.WITHDRAWN if withdrawn else Status.INVITED)


@pytest.mark.django_db(transaction=True)
def test_extending_and_the_lapse_at_once_are_one_of_both(
    reviewed: Application, quota: Quota
) -> None:
    invitation = invite(reviewed, quota)
    over = invitation.valid_until + MINUTE
    SlotFactory(quota=quota, starts_at=over + DAY, ends_at=over + DAY + 20 * MINUTE)
    at_once(
        lambda: actions.extend_invitation(
            invitation=invitation, valid_until=over + 9 * DAY, revision=0, now=over
        ),
        lambda: actions.follow_applications(now=over),
    )
    assert standing(reviewed, over) in {Status.INVITED, Status.IN_REVIEW}
