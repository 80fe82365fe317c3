"""Whoever was invited: comes in, chooses a time, comes back; and who gets nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from booking import actions
from booking.actions.details import LOOKUPS_PER_REFERENCE
from booking.models import Applicant, Appointment, Invitation, Quota, Slot
from booking.models.applicants import Token, mint_token
from booking.states import InvitationState, Status
from config.foundation.office import Office
from config.foundation.outbox import Notification, send_due
from tests.booking.inviting import invitee
from tests.booking.visitors import DETAILS, Visitor, link_in_letter
from tests.delivery import deliver
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    QuotaFactory,
    SlotFactory,
    StaffFactory,
)
from tests.invariants import assert_invariants

DAY = timedelta(days=1)
BORN = "12.05.1985"

pytestmark = pytest.mark.usefixtures("clock", "catalogue")


@pytest.fixture
def quota(magdeburg: Office) -> Quota:
    """Three times on Tuesday afternoon."""
    quota: Quota = QuotaFactory(intro={"de": "Bitte kommen Sie allein.", "en": "Come alone."})
    for number in range(3):
        SlotFactory(quota=quota, starts_at=TUESDAY_NINE + timedelta(hours=5, minutes=20 * number))
    return quota


@pytest.fixture
def invitation(quota: Quota) -> Invitation:
    person = invitee(case_reference="4711/26")
    return actions.invite(
        quota=quota,
        people=[person],
        valid_until=None,
        quiet=False,
        now=MONDAY,
        by=StaffFactory(),
    )[0]


def link(invitation: Invitation) -> str:
    secret = mint_token(purpose=Token.Purpose.INVITATION, subject=invitation.subject, now=MONDAY)
    return f"invitation/{secret}/"


def lookup(invitation: Invitation, **changes: str) -> dict[str, str]:
    return {"reference": invitation.reference, "birth_date": BORN} | changes


def test_invitation_of_a_letter_leads_to_an_appointment(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    send_due(queue=Notification.Queue.ORDINARY, now=timezone.now())
    assert "Come alone." in str(mail.outbox[-1].body)
    answer = visitor.get(link_in_letter())
    assert (answer.status_code, answer["Location"]) == (303, "/en/times/")
    assert answer["Referrer-Policy"] == "no-referrer"
    page = visitor.get("times/").content.decode()
    assert "Residence titles" in page
    assert "Come alone." in page
    assert "waiting list" not in page
    assert len(visitor.slots()) == 3

    assert visitor.post("times/", {"slot": visitor.slots()[1]}) == "review/"
    review = visitor.get("review/").content.decode()
    assert 'href="/en/details/' not in review
    assert visitor.post("review/") == "appointment/"
    booked = Appointment.objects.get()
    assert (booked.status, booked.invitation_id) == (Status.BOOKED, invitation.pk)
    shown = visitor.get("appointment/").content.decode()
    assert "whether it is an emergency" not in shown
    # the invitation is used up with its appointment, whether they came or not
    letter = str(deliver(timezone.now())[-1].body)
    for text in (shown, visitor.get("manage/").content.decode(), letter):
        assert "If you still need an appointment, please contact the office." in text
        assert "You can then book a new one." not in text
    assert_invariants()


def test_what_the_quota_says_is_in_the_letter_in_its_own_language(
    invitation: Invitation, now: datetime
) -> None:
    Quota.objects.update(intro={"de": "Bitte kommen Sie allein."})
    letter = str(deliver(now)[-1].body)
    assert letter.count("Bitte kommen Sie allein.") == 1
    assert letter.index("Bitte kommen Sie allein.") > letter.index("Guten Tag")


def test_earliest_time_of_an_invitation_is_a_kept_one(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"earliest": "1"})
    assert Appointment.objects.get().slot.quota_id == invitation.quota_id


def test_invitation_by_reference_and_date_of_birth(
    invitation: Invitation, visitor: Visitor
) -> None:
    typed = lookup(invitation, reference=invitation.reference.lower().replace("-", " "))
    assert visitor.post("invitation/", typed) == "times/"
    assert visitor.get("invitation/")["Location"] == "/en/times/"


@pytest.mark.parametrize(
    "changes", [{"birth_date": "13.05.1985"}, {"reference": "ABCD-2345"}], ids=str
)
def test_stranger_of_an_invitation_is_told_nothing(
    changes: dict[str, str], invitation: Invitation, visitor: Visitor
) -> None:
    answer = visitor.send("invitation/", lookup(invitation, **changes))
    assert answer.status_code == 422
    assert "find an invitation with this number" in answer.content.decode()
    assert visitor.get("times/")["Location"].startswith("/en/?visit=over")


def test_reference_of_an_appointment_is_none_of_an_invitation(
    magdeburg: Office, visitor: Visitor
) -> None:
    booked = AppointmentFactory(applicant__birth_date="1985-05-12")
    typed = {"reference": booked.reference, "birth_date": BORN}
    assert visitor.send("invitation/", typed).status_code == 422


def test_reference_of_an_invitation_can_not_be_guessed(
    invitation: Invitation, visitor: Visitor
) -> None:
    for _each in range(LOOKUPS_PER_REFERENCE):
        visitor.send("invitation/", lookup(invitation, birth_date="1990"))
    answer = visitor.send("invitation/", lookup(invitation))
    assert answer.status_code == 409
    assert "too many attempts" in answer.content.decode()


def test_link_shows_the_appointment_once_a_time_is_chosen(
    invitation: Invitation, visitor: Visitor
) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    visitor.post("review/")
    other = Visitor(Client())
    assert other.get(link(invitation))["Location"] == "/en/manage/"
    assert Appointment.objects.get().reference in other.get("manage/").content.decode()


def test_cancelled_time_leads_back_to_the_times(invitation: Invitation, visitor: Visitor) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    visitor.post("review/")
    visitor.post("manage/cancel/")
    assert 'href="/en/invitation/"' in visitor.get("manage/").content.decode()
    assert visitor.get("invitation/")["Location"] == "/en/times/"
    assert invitation.state_at(timezone.now()) == InvitationState.OPEN
    assert len(visitor.slots()) == 2  # the third one rests


def test_moving_offers_kept_times(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    visitor.post("review/")
    others = visitor.slots("rebook/")
    assert len(others) == 2
    visitor.post("rebook/", {"slot": others[0]})
    assert Appointment.objects.get().slot.quota_id == invitation.quota_id


def test_appointment_moved_too_often_is_kept_and_offers_no_other_times(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    visitor.post("review/")
    other = visitor.slots("rebook/")[0]
    visitor.form("rebook/")
    Quota.objects.update(changes=0)
    answer = visitor.send("rebook/", {"slot": other})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "move it online again" in page
    assert "Tuesday, 24 November 2026" in page
    assert 'href="/en/contact/"' in page
    assert 'name="slot"' not in page
    assert "kern-btn--primary" not in page


@pytest.mark.parametrize("end", ["over", "withdrawn"])
def test_link_says_why_nothing_can_be_chosen(
    end: str, invitation: Invitation, visitor: Visitor, clock: time_machine.Traveller
) -> None:
    path = link(invitation)
    if end == "over":
        clock.move_to(invitation.valid_until)
    else:
        Invitation.objects.update(withdrawn_at=MONDAY)
    answer = visitor.get(path)
    assert answer.status_code == 409
    assert 'data-invitation="invitation_over"' in answer.content.decode()
    assert visitor.get("times/")["Location"].startswith("/en/?visit=over")


def test_link_of_a_withdrawn_invitation_is_over(invitation: Invitation, visitor: Visitor) -> None:
    path = link(invitation)
    actions.withdraw_invitation(
        invitation=invitation, revision=0, now=timezone.now(), by=StaffFactory()
    )
    assert visitor.get(path).status_code == 410
    assert visitor.get("invitation/nobody-ever-had-this/").status_code == 404


def test_invited_browser_ends_after_two_hours(
    invitation: Invitation, visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.get(link(invitation))
    clock.move_to(MONDAY + timedelta(hours=2))
    assert visitor.get("times/")["Location"].startswith("/en/?visit=over")


def test_invitation_is_open_weeks_after_it_was_issued(
    invitation: Invitation, visitor: Visitor, clock: time_machine.Traveller, quota: Quota
) -> None:
    clock.move_to(MONDAY + 13 * DAY)
    SlotFactory(quota=quota, starts_at=MONDAY + 20 * DAY)
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    assert visitor.post("review/") == "appointment/"


def test_family_emergency_in_the_same_browser_writes_over_nobody(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    visitor.get(link(invitation))
    visitor.enters(**{**DETAILS, "given_names": "Minh", "email": "minh@example.org"})
    invited = Applicant.objects.get(invitation=invitation)
    assert (invited.given_names, invited.email) == ("Thị Ánh", "anh@example.org")
    assert Applicant.objects.count() == 2


def test_ending_on_the_device_keeps_the_invitation(
    invitation: Invitation, visitor: Visitor
) -> None:
    visitor.get(link(invitation))
    visitor.post("times/", {"slot": visitor.slots()[0]})
    form = visitor.form("end/", "times/")
    assert visitor.press("end/", form).status_code == 303
    assert Applicant.objects.get().family_name == "Nguyễn"
    assert Appointment.objects.get().status == Status.CANCELLED
    assert invitation.state_at(timezone.now()) == InvitationState.OPEN


def test_slot_of_the_public_is_forged_on_the_page_of_an_invitation(
    invitation: Invitation, visitor: Visitor, slots: list[Slot], client: Client
) -> None:
    stranger = Visitor(Client())
    stranger.verifies(email="else@example.org", family_name="Jemand")
    public = stranger.slots()[0]
    visitor.get(link(invitation))
    assert visitor.send("times/", {"slot": public}).status_code == 422
    assert not Appointment.objects.exists()


def test_invited_browser_meets_no_waiting_list(invitation: Invitation, visitor: Visitor) -> None:
    visitor.get(link(invitation))
    assert visitor.get("waiting/")["Location"] == "/en/times/"


def test_head_of_a_link_opens_nothing(invitation: Invitation, client: Client) -> None:
    assert client.head(f"/en/{link(invitation)}").status_code == 303
    assert client.get("/en/times/")["Location"].startswith("/en/?visit=over")


def test_emergency_and_invitation_of_one_browser_stay_apart(
    invitation: Invitation, visitor: Visitor, slots: list[Slot]
) -> None:
    ApplicantFactory()
    visitor.books(given_names="Minh", email="minh@example.org")
    visitor.get(link(invitation))
    assert visitor.post("times/", {"slot": visitor.slots()[0]}) == "review/"
    assert visitor.post("review/") == "appointment/"
    kinds = Appointment.objects.values_list("invitation", "slot__quota").order_by("pk")
    assert list(kinds) == [(None, None), (invitation.pk, invitation.quota_id)]
    assert_invariants()
