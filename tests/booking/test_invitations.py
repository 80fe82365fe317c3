"""Inviting people: who may choose, until when, what refuses, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError

from booking import actions
from booking.actions.desk_refusals import (
    HoursOverlap,
    InvitationTaken,
    NoTimesLeft,
    Restricted,
)
from booking.actions.erasure import forget_applicant
from booking.actions.invitations import Invitee, free_times
from booking.actions.opening_hours import Hours
from booking.actions.refusals import (
    AlreadyBooked,
    EntriesChanged,
    InvitationOver,
    InvitationUsed,
    NotEligible,
    PageOutdated,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
    TooManyChanges,
    TransitionNotAllowed,
)
from booking.actions.transitions import claim_applicant
from booking.models import Applicant, Appointment, Counter, Invitation, Quota, Slot, WaitingEntry
from booking.states import InvitationState, Status, invitation_state
from config.foundation.office import Office, ServiceStatus
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from tests.booking.inviting import invitee
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    InvitationFactory,
    QuotaFactory,
    ServiceWindowFactory,
    SlotFactory,
    StaffFactory,
)
from tests.invariants import assert_invariants

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANH = invitee(case_reference="4711/26")
JAN = replace(ANH, family_name="Kowalski", given_names="Jan", email="jan@example.org")


@pytest.fixture
def quota(magdeburg: Office) -> Quota:
    """Two times on Tuesday afternoon and two in three weeks."""
    quota: Quota = QuotaFactory()
    for days in (0, 20):
        for number in range(2):
            starts_at = TUESDAY_NINE + 5 * HOUR + days * DAY + number * timedelta(minutes=20)
            SlotFactory(quota=quota, starts_at=starts_at, ends_at=starts_at + 20 * HOUR / 60)
    return quota


@pytest.fixture
def by(db: None) -> Staff:
    return StaffFactory()


Invite = Callable[..., Invitation]


@pytest.fixture
def invite(quota: Quota, by: Staff) -> Invite:
    def one(person: Invitee = ANH, *, now: datetime = MONDAY, quiet: bool = False) -> Invitation:
        return actions.invite(
            quota=quota, people=[person], valid_until=None, quiet=quiet, now=now, by=by
        )[0]

    return one


def kept(quota: Quota) -> list[Slot]:
    return list(Slot.objects.of_quota(quota).order_by("starts_at"))


def choose(invitation: Invitation, slot: Slot, *, now: datetime = MONDAY) -> Appointment:
    applicant = Invitation.objects.get(pk=invitation.pk).applicant
    held = actions.hold(applicant=applicant, slot_id=slot.pk, now=now)
    return actions.book(appointment=held, now=now)


def state(invitation: Invitation, now: datetime = MONDAY) -> InvitationState:
    return Invitation.objects.get(pk=invitation.pk).state_at(now)


def sent(now: datetime) -> list[str]:
    """The kinds of the letters that leave by `now`."""
    waiting = set(Notification.objects.filter(sent_at=None).values_list("pk", flat=True))
    send_due(queue=Notification.Queue.ORDINARY, now=now)
    rows = Notification.objects.filter(pk__in=waiting, sent_at__isnull=False)
    return sorted(row.kind.removeprefix("booking.") for row in rows)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "open"),
        ({"over": True}, "over"),
        ({"taken": True, "over": True}, "taken"),
        ({"used": True, "over": True}, "used"),
        ({"withdrawn": True, "over": True}, "withdrawn"),
    ],
)
def test_state_of_an_invitation_is_derived(facts: dict[str, bool], expected: str) -> None:
    known = {"withdrawn": False, "used": False, "taken": False, "over": False}
    assert invitation_state(**(known | facts)) == expected


def test_invited_person_chooses_a_time(invite: Invite, quota: Quota, now: datetime) -> None:
    invitation = invite()
    assert state(invitation) == InvitationState.OPEN
    visit = choose(invitation, kept(quota)[0])
    assert (visit.invitation_id, visit.situation, visit.category) == (invitation.pk, {}, "")
    assert state(invitation) == InvitationState.TAKEN
    assert_invariants(now)


def test_invitation_is_valid_to_the_end_of_its_last_local_day(invite: Invite) -> None:
    invitation = invite()
    assert invitation.valid_until.isoformat() == "2026-12-07T23:00:00+00:00"


def test_nobody_is_invited_for_whom_there_is_no_time(
    invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    people = [replace(ANH, family_name=f"Nguyễn {letter}") for letter in "abcde"]
    with pytest.raises(NoTimesLeft):
        actions.invite(quota=quota, people=people, valid_until=None, quiet=False, now=now, by=by)
    assert Invitation.objects.count() == 0
    assert free_times(quota, now=now) == 4
    issued = actions.invite(
        quota=quota, people=people[:4], valid_until=None, quiet=False, now=now, by=by
    )
    assert len({each.reference for each in issued}) == 4
    with pytest.raises(NoTimesLeft):
        invite(people[4])
    choose(issued[0], kept(quota)[0])
    with pytest.raises(NoTimesLeft):  # one open invitation less, and one time less
        invite(people[4])


def test_same_person_and_file_keep_the_invitation_and_get_the_letter_again(
    invite: Invite, now: datetime
) -> None:
    first = invite()
    again = invite(replace(ANH, email="right@example.org"), now=now + HOUR)
    assert (again.pk, again.revision) == (first.pk, 0)
    assert sent(now + HOUR) == ["invitation", "invitation"]
    assert [message.to for message in mail.outbox] == [["right@example.org"]] * 2
    assert invite(replace(ANH, case_reference="4712/26")).pk != first.pk


def test_who_has_chosen_is_not_invited_again(invite: Invite, quota: Quota) -> None:
    choose(invite(), kept(quota)[0])
    with pytest.raises(AlreadyBooked):
        invite()


def test_this_time_is_booked_at_once_and_may_be_changed(
    quota: Quota, by: Staff, now: datetime
) -> None:
    first, second, *_others = kept(quota)
    visit = actions.invite_to_time(
        quota=quota, person=ANH, slot_id=first.pk, valid_until=None, quiet=False, now=now, by=by
    )
    assert visit.status == Status.BOOKED
    assert sent(now) == ["confirmation"]
    actions.rebook(appointment=visit, slot_id=second.pk, revision=0, now=now)
    assert visit.slot_id == second.pk
    assert_invariants(now)


@pytest.mark.parametrize("slot", ["public", "taken"])
def test_this_time_must_be_a_free_one_of_the_quota(
    slot: str, invite: Invite, quota: Quota, slots: list[Slot], by: Staff, now: datetime
) -> None:
    if slot == "taken":
        choose(invite(JAN), kept(quota)[0])
    wanted = slots[0] if slot == "public" else kept(quota)[0]
    with pytest.raises(SlotNotOpen if slot == "public" else SlotTaken):
        actions.invite_to_time(
            quota=quota,
            person=ANH,
            slot_id=wanted.pk,
            valid_until=None,
            quiet=False,
            now=now,
            by=by,
        )
    assert not Invitation.objects.filter(applicant__email=ANH.email).exists()


def test_moving_has_an_end(invite: Invite, quota: Quota, now: datetime) -> None:
    Quota.objects.update(changes=1)
    first, second, third, _fourth = kept(quota)
    visit = choose(invite(), first)
    actions.rebook(appointment=visit, slot_id=second.pk, revision=0, now=now)
    visit = Appointment.objects.get(pk=visit.pk)
    with pytest.raises(TooManyChanges):
        actions.rebook(appointment=visit, slot_id=third.pk, revision=1, now=now)
    actions.rebook(appointment=visit, slot_id=third.pk, revision=1, now=now, by=StaffFactory())
    assert Appointment.objects.get(pk=visit.pk).slot_id == third.pk


def test_cancelled_visit_opens_the_invitation_again(
    invite: Invite, quota: Quota, now: datetime
) -> None:
    invitation = invite()
    visit = choose(invitation, kept(quota)[0])
    actions.cancel(appointment=visit, reason=Appointment.CancelReason.BY_APPLICANT, now=now + HOUR)
    assert state(invitation) == InvitationState.OPEN
    assert choose(invitation, kept(quota)[1], now=now + HOUR).status == Status.BOOKED
    assert_invariants(now + HOUR)


def test_office_that_takes_a_time_away_gives_the_full_time_to_choose_again(
    invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    invitation = invite()
    slot = kept(quota)[2]
    visit = choose(invitation, slot)
    late = now + 13 * DAY
    actions.close(
        counter=slot.counter,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        reason={},
        now=late,
        by=by,
    )
    visit.refresh_from_db()
    assert visit.status == Status.DISPLACED
    assert not WaitingEntry.objects.exists()
    row = Invitation.objects.get(pk=invitation.pk)
    assert (row.revision, row.valid_until - late >= 14 * DAY) == (1, True)
    assert sent(late) == ["displacement"]
    text = str(mail.outbox[-1].body)
    assert "Please choose another appointment." in text
    assert "/en/invitation/" in text
    assert "before anybody else" not in text
    assert_invariants(late)


def test_lifted_closure_gives_back_the_time_unless_another_was_chosen(
    invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    first, second, *_others = kept(quota)
    invitation = invite()
    visit = choose(invitation, first)
    closure = actions.close(
        counter=first.counter,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        reason={},
        now=now,
        by=by,
    )
    newer = choose(invitation, second)
    assert actions.lift(closure=closure, now=now, by=by) == 0
    visit.refresh_from_db()
    assert (visit.status, newer.status) == (Status.DISPLACED, Status.BOOKED)
    assert_invariants(now)


def test_visit_ends_the_invitation(invite: Invite, quota: Quota, by: Staff) -> None:
    invitation = invite()
    visit = choose(invitation, kept(quota)[0])
    at = visit.slot.starts_at
    actions.check_in(appointment=visit, now=at, by=by)
    actions.complete(
        appointment=visit, outcome=Appointment.Outcome.SERVED, missing=[], now=at, by=by
    )
    assert state(invitation, at) == InvitationState.USED
    with pytest.raises(InvitationUsed):
        choose(invitation, kept(quota)[1], now=at)
    with pytest.raises(InvitationUsed):
        actions.extend_invitation(
            invitation=invitation, valid_until=at + 20 * DAY, revision=0, now=at
        )


def test_nobody_chooses_after_the_end(invite: Invite, quota: Quota, now: datetime) -> None:
    invitation = invite()
    applicant = invitation.applicant
    held = actions.hold(
        applicant=applicant,
        slot_id=kept(quota)[2].pk,
        now=invitation.valid_until - timedelta(minutes=1),
    )
    with pytest.raises(InvitationOver):
        choose(invitation, kept(quota)[3], now=invitation.valid_until)
    # what is held may be confirmed: that is what holding promises
    booked = actions.book(appointment=held, now=invitation.valid_until + timedelta(minutes=1))
    assert booked.status == Status.BOOKED


def test_invitation_that_is_over_can_be_extended(
    invite: Invite, quota: Quota, now: datetime
) -> None:
    invitation = invite()
    late = invitation.valid_until + HOUR
    assert state(invitation, late) == InvitationState.OVER
    until = late + 7 * DAY
    actions.extend_invitation(invitation=invitation, valid_until=until, revision=0, now=late)
    again = actions.extend_invitation(
        invitation=invitation, valid_until=until, revision=0, now=late
    )
    assert (again.revision, state(invitation, late)) == (1, InvitationState.OPEN)
    with pytest.raises(PageOutdated):
        actions.extend_invitation(
            invitation=invitation, valid_until=until + DAY, revision=0, now=late
        )


def test_withdrawn_invitation_gives_its_hold_back_and_opens_nothing(
    invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    invitation = invite()
    held = actions.hold(applicant=invitation.applicant, slot_id=kept(quota)[0].pk, now=now)
    for _twice in range(2):
        actions.withdraw_invitation(invitation=invitation, revision=0, now=now, by=by)
    held.refresh_from_db()
    assert held.status == Status.CANCELLED
    assert state(invitation) == InvitationState.WITHDRAWN
    with pytest.raises(InvitationOver):
        choose(invitation, kept(quota)[0])
    with pytest.raises(InvitationOver):
        actions.extend_invitation(invitation=invitation, valid_until=now + DAY, revision=1, now=now)
    assert sent(now + 20 * DAY) == []
    assert_invariants(now)


def test_visit_is_not_withdrawn_but_cancelled(
    invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    invitation = invite()
    choose(invitation, kept(quota)[0])
    with pytest.raises(InvitationTaken):
        actions.withdraw_invitation(invitation=invitation, revision=0, now=now, by=by)


def test_restricted_operation_stops_inviting_and_no_choice(
    invite: Invite, quota: Quota, now: datetime
) -> None:
    invitation = invite()
    ServiceStatus.objects.update(state=ServiceStatus.State.RESTRICTED)
    with pytest.raises(Restricted):
        invite(JAN)
    assert choose(invitation, kept(quota)[0]).status == Status.BOOKED


def test_pause_stops_both(invite: Invite, quota: Quota) -> None:
    invitation = invite()
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    with pytest.raises(Restricted):
        invite(JAN)
    with pytest.raises(ServicePaused):
        choose(invitation, kept(quota)[0])


def test_other_emergency_stands_beside_the_visit(
    invite: Invite, quota: Quota, slots: list[Slot], now: datetime
) -> None:
    choose(invite(), kept(quota)[0])
    same = {name: getattr(ANH, name) for name in ("family_name", "given_names", "birth_date")}
    ill = ApplicantFactory(**same, email=ANH.email)
    assert actions.hold(applicant=ill, slot_id=slots[0].pk, now=now).status == Status.HELD
    assert_invariants(now)


def test_invited_person_joins_no_list(invite: Invite, now: datetime) -> None:
    with pytest.raises(NotEligible):
        actions.join(applicant=invite().applicant, now=now)


def test_letters_leave_while_the_invitation_is_open(invite: Invite, now: datetime) -> None:
    invitation = invite()
    assert sent(now) == ["invitation"]
    assert sent(now + 3 * DAY - HOUR) == []
    assert sent(now + 3 * DAY) == ["invitation_reminder"]
    assert sent(invitation.valid_until - 2 * DAY) == ["invitation_last_call"]
    assert sent(invitation.valid_until) == ["invitation_over"]
    subjects = [message.subject for message in mail.outbox]
    assert subjects == [
        "Please choose an appointment",
        "Reminder: please choose an appointment",
        "Last reminder: choose your appointment",
        "Your invitation has expired",
    ]
    assert "7 December" in str(mail.outbox[0].body)
    assert "What it is about: Residence titles" in str(mail.outbox[0].body)
    assert ANH.family_name not in str(mail.outbox[0].body)  # the address is not proved


def test_reminders_are_written_in_the_language_of_the_person(invite: Invite, now: datetime) -> None:
    invitation = invite(replace(ANH, language="fr"))
    for moment in (now, now + 3 * DAY, invitation.valid_until - 2 * DAY):
        sent(moment)
    assert [message.subject for message in mail.outbox] == [
        "Veuillez choisir un rendez-vous",
        "Rappel : veuillez choisir un rendez-vous",
        "Dernier rappel : choisissez un rendez-vous",
    ]
    assert "Letzte Erinnerung: Wählen Sie einen Termin" in str(mail.outbox[-1].body)


def test_no_reminder_is_planned_for_who_has_no_address(invite: Invite, now: datetime) -> None:
    invite(replace(ANH, email="", phone="+491711234567"))
    ahead = Notification.objects.filter(due_at__gt=now).values_list("kind", flat=True)
    assert list(ahead) == ["booking.invitation_over"]


def test_letter_of_the_visit_says_what_it_is_about_and_whom_to_ask(
    invite: Invite, quota: Quota, now: datetime
) -> None:
    quota.intro = {"de": "Bitte kommen Sie pünktlich.", "en": "Please be on time."}
    quota.save()
    choose(invite(), kept(quota)[0])
    sent(now)
    body = str(mail.outbox[-1].body)
    assert "What it is about: Residence titles" in body
    assert "Worum es geht: Aufenthaltstitel" in body
    assert "Please be on time." in body
    assert "Bitte kommen Sie pünktlich." in body
    assert "If you are not sure what to bring, please ask the office." in body  # none is listed


@pytest.mark.parametrize("end", ["taken", "withdrawn", "extended", "quiet", "forgotten"])
def test_no_letter_leaves_that_is_not_true(
    end: str, invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    invitation = invite(quiet=end == "quiet")
    assert sent(now) == ["invitation"]
    if end == "taken":
        choose(invitation, kept(quota)[2])
        sent(now)
        Notification.objects.filter(kind="booking.reminder").delete()
    elif end == "withdrawn":
        actions.withdraw_invitation(invitation=invitation, revision=0, now=now, by=by)
    elif end == "extended":
        actions.extend_invitation(
            invitation=invitation, valid_until=now + 90 * DAY, revision=0, now=now + HOUR
        )
        assert sent(now + HOUR) == ["invitation"]
    elif end == "forgotten":
        actions.withdraw_invitation(invitation=invitation, revision=0, now=now, by=by)
        forget_applicant(invitation.applicant, now=now)
    expected = {
        "extended": ["invitation_reminder"],
        "quiet": ["invitation_over"],
    }.get(end, [])
    # the reminder of the longer invitation alone, before the end of the shorter one
    assert sent(now + (4 if end == "extended" else 16) * DAY) == expected


def test_forgetting_waits_for_the_end_and_blanks_the_file(
    invite: Invite, by: Staff, now: datetime
) -> None:
    invitation = invite()
    forget_applicant(invitation.applicant, now=now)
    invitation.applicant.refresh_from_db()
    assert invitation.applicant.forgotten_at is None
    forget_applicant(invitation.applicant, now=invitation.valid_until)
    row = Invitation.objects.get(pk=invitation.pk)
    assert (row.case_reference, row.person_key, row.applicant.family_name) == ("", "", "")
    with pytest.raises(EntriesChanged):
        actions.extend_invitation(invitation=row, valid_until=now + 90 * DAY, revision=0, now=now)
    assert_invariants(now)


def test_handed_over_times_are_the_publics_and_the_lists_first(
    invite: Invite, quota: Quota, now: datetime
) -> None:
    first, second, *others = kept(quota)
    invite()
    with pytest.raises(NoTimesLeft):
        actions.hand_over(quota=quota, slot_ids=[slot.pk for slot in kept(quota)], now=now)
    assert actions.hand_over(quota=quota, slot_ids=[first.pk, second.pk], now=now) == 2
    first.refresh_from_db()
    assert (first.quota, first.free_since, first.handed_over_at) == (None, now, now)
    assert len(kept(quota)) == len(others)
    assert actions.hand_over(quota=quota, slot_ids=[first.pk], now=now) == 0
    assert actions.hold(applicant=ApplicantFactory(), slot_id=first.pk, now=now).slot == first
    assert_invariants(now)


def test_taken_time_is_not_handed_over(invite: Invite, quota: Quota, now: datetime) -> None:
    first = kept(quota)[0]
    choose(invite(), first)
    assert actions.hand_over(quota=quota, slot_ids=[first.pk], now=now) == 0


def test_handed_over_time_outlives_a_change_of_hours(counter: Counter, now: datetime) -> None:
    quota = QuotaFactory()
    afternoon = {"opens": time(13), "closes": time(14)}
    ServiceWindowFactory(counter=counter, quota=quota, **afternoon)
    actions.open_slots(now=now)
    slot = kept(quota)[0]
    assert slot.ends_at - slot.starts_at == timedelta(minutes=20)
    actions.hand_over(quota=quota, slot_ids=[slot.pk], now=now)
    actions.drop_unscheduled(now=now)
    assert Slot.objects.get(pk=slot.pk).in_hours


@pytest.mark.parametrize("of_quota", [True, False])
def test_hours_cross_those_of_nobody_else(of_quota: bool, counter: Counter, now: datetime) -> None:
    quota = QuotaFactory()
    if not of_quota:
        ServiceWindowFactory(counter=counter, quota=quota, opens=time(13), closes=time(14))
    hours = Hours(
        weekday=1,
        opens=datetime(2026, 1, 1, 10 if of_quota else 13, 30).time(),
        closes=datetime(2026, 1, 1, 15).time(),
    )
    with pytest.raises(HoursOverlap):
        actions.change_hours(
            counter=counter,
            hours=[hours],
            quota=quota if of_quota else None,
            valid_from=TUESDAY_NINE.date(),
            valid_until=None,
            replace=False,
            now=now,
        )


def test_nobody_withdrew_what_is_not_withdrawn(by: Staff, magdeburg: Office) -> None:
    with pytest.raises(IntegrityError, match="invitation_withdrawn_pair"):
        InvitationFactory(withdrawn_by=by)


def test_invitation_ends_after_it_was_issued(magdeburg: Office) -> None:
    with pytest.raises(IntegrityError, match="invitation_valid_after_it_was_issued"):
        InvitationFactory(valid_until=MONDAY)


def test_invitation_has_one_live_visit(invite: Invite, quota: Quota, now: datetime) -> None:
    invitation = invite()
    visit = choose(invitation, kept(quota)[0])
    with pytest.raises(IntegrityError):
        Appointment.objects.create(
            reference="TWICE",
            applicant=visit.applicant,
            invitation=invitation,
            slot=kept(quota)[1],
            status=Status.BOOKED,
            created_at=now,
        )


@pytest.mark.parametrize("meanwhile", ["handed over", "withdrawn"])
def test_cancelled_visit_is_not_put_back_over_what_was_done_meanwhile(
    meanwhile: str, invite: Invite, quota: Quota, by: Staff, now: datetime
) -> None:
    invitation = invite()
    slot = kept(quota)[0]
    visit = choose(invitation, slot)
    actions.cancel(appointment=visit, reason=Appointment.CancelReason.OFFICE, now=now, by=by)
    # as the page reads it, before the other press is through
    read = Appointment.objects.select_related("slot", "invitation").get(pk=visit.pk)
    later = now + timedelta(minutes=1)
    if meanwhile == "withdrawn":
        present = Invitation.objects.get(pk=invitation.pk)
        actions.withdraw_invitation(invitation=present, revision=present.revision, now=later, by=by)
    else:
        actions.hand_over(quota=quota, slot_ids=[slot.pk], now=later)
    with pytest.raises(SlotTaken if meanwhile == "handed over" else TransitionNotAllowed):
        actions.undo_last_step(appointment=read, now=later, by=by)
    assert Appointment.objects.get(pk=visit.pk).status == Status.CANCELLED
    assert_invariants(later)


def test_invitation_that_is_withdrawn_at_this_moment_is_not_sent_again(
    invite: Invite, quota: Quota, by: Staff, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = invite()

    def withdraw_first(applicant: Applicant, **columns: Any) -> None:
        # what a claim waits for
        Invitation.objects.filter(pk=first.pk).update(withdrawn_at=now, revision=1)
        claim_applicant(applicant, **columns)

    monkeypatch.setattr("booking.actions.invitations.claim_applicant", withdraw_first)
    with pytest.raises(PageOutdated):
        invite(replace(ANH, email="right@example.org"), now=now + HOUR)
