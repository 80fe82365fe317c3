"""Every invariant names the row that breaks it; docs/reliability.md lists them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.invariants import INVARIANTS
from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Closure,
    Invitation,
    PhoneCall,
    Slot,
    Token,
    VisitNote,
)
from booking.models.slots import SlotQuerySet
from booking.states import Status
from config.foundation.outbox import Notification, enqueue
from documents.applications.models import Application
from documents.models import CatalogueVersion
from tests.factories import (
    MONDAY,
    ApplicantFactory,
    AppointmentFactory,
    InvitedFactory,
    QuotaFactory,
    StaffFactory,
)
from tests.factories import WaitingEntryFactory as WaitingStatus
from tests.invariants import assert_invariants, broken_invariants

CHECKS: dict[str, Callable[[datetime], list[str]]] = {name: check for name, _s, check in INVARIANTS}
LATER = MONDAY + timedelta(minutes=2)


def rows(booked: Appointment) -> QuerySet[Appointment]:
    return Appointment.objects.filter(pk=booked.pk)


def without(constraint: str) -> None:
    """Takes a unique constraint away until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP INDEX "{constraint}"')


def two_in_one_slot(booked: Appointment) -> None:
    without("appointment_one_live_per_slot")
    AppointmentFactory(slot=booked.slot)


def booked_in_a_closed_slot(booked: Appointment) -> None:
    closure = Closure.objects.create(
        counter=booked.slot.counter, starts_at=booked.slot.starts_at, ends_at=booked.slot.ends_at
    )
    Slot.objects.filter(pk=booked.slot_id).update(closure=closure)


def impossible_step(booked: Appointment) -> None:
    booked.events.filter(action="book").update(from_status="completed")


def missing_step(booked: Appointment) -> None:
    booked.events.filter(action="hold").delete()


def endless_hold(booked: Appointment) -> None:
    held = AppointmentFactory(held=True)
    hour = timedelta(hours=1)
    rows(held).update(held_until=F("held_until") + hour, free_from=F("free_from") + hour)


def two_for_one_person(booked: Appointment) -> None:
    without("appointment_one_live_per_person")
    AppointmentFactory(applicant=booked.applicant)


def in_a_kept_time(booked: Appointment) -> None:
    Slot.objects.filter(pk=booked.slot_id).update(quota=QuotaFactory())


def invited_to_a_public_time(booked: Appointment) -> None:
    invited = InvitedFactory()
    rows(booked).update(applicant=invited, invitation=invited.invitation)


def in_another_quota(booked: Appointment) -> None:
    invited_to_a_public_time(booked)
    Slot.objects.filter(pk=booked.slot_id).update(quota=QuotaFactory(slug="study"))


def visit_of_a_withdrawn_invitation(booked: Appointment) -> None:
    invited_to_a_public_time(booked)
    Slot.objects.filter(pk=booked.slot_id).update(quota=QuotaFactory())
    Invitation.objects.update(withdrawn_at=MONDAY)


def two_for_one_invitation(booked: Appointment) -> None:
    without("appointment_one_live_per_invitation")
    invited_to_a_public_time(booked)
    row = Appointment.objects.get(pk=booked.pk)
    AppointmentFactory(applicant=row.applicant, invitation=row.invitation)


def uncounted_rebooking(booked: Appointment) -> None:
    rows(booked).update(revision=3)


def another_person(booked: Appointment) -> None:
    rows(booked).update(person_key="somebody else")


def unknown_rules(booked: Appointment) -> None:
    rows(booked).update(situation={})


def step_of_tomorrow(booked: Appointment) -> None:
    booked.events.update(at=LATER + timedelta(days=1))


def no_letter(booked: Appointment) -> None:
    Notification.objects.all().delete()


def leased_after_its_end(booked: Appointment) -> None:
    Notification.objects.update(sent_at=LATER, leased_until=LATER)


def confirmed_after_cancelling(booked: Appointment) -> None:
    ended = LATER - timedelta(minutes=5)
    rows(booked).update(status=Status.CANCELLED, ended_at=ended, cancel_reason="by_office")


def texted_after_cancelling(booked: Appointment) -> None:
    ended = LATER - timedelta(minutes=6)
    enqueue(kind="booking.text_reminder", subject=booked.subject, language="de", now=MONDAY)
    Notification.objects.filter(kind="booking.text_reminder").update(sent_at=LATER)
    Notification.objects.filter(kind="booking.confirmation").update(promised_at=MONDAY)
    rows(booked).update(status=Status.CANCELLED, ended_at=ended, cancel_reason="by_office")


def reminded_after_cancelling(booked: Appointment) -> None:
    ended = LATER - timedelta(minutes=6)
    enqueue(kind="booking.reminder", subject=booked.subject, language="de", now=MONDAY)
    Notification.objects.filter(kind="booking.reminder").update(sent_at=LATER)
    Notification.objects.filter(kind="booking.confirmation").update(promised_at=MONDAY)
    rows(booked).update(status=Status.CANCELLED, ended_at=ended, cancel_reason="by_office")


def letter_about_nothing(booked: Appointment) -> None:
    enqueue(kind="booking.link", subject="appointment/999999", language="de", now=LATER)


def link(booked: Appointment, secret: str) -> Token:
    return Token(
        purpose=Token.Purpose.MANAGE, subject=booked.subject, hash=secret, minted_at=MONDAY
    )  # fmt: skip


def four_links(booked: Appointment) -> None:
    Token.objects.bulk_create(link(booked, f"{n}") for n in range(4))


def link_to_the_past(booked: Appointment) -> None:
    link(booked, "0").save()
    confirmed_after_cancelling(booked)


def remembered(booked: Appointment) -> None:
    Applicant.objects.update(forgotten_at=LATER)


def waits_twice(booked: Appointment) -> None:
    without("waiting_one_entry_per_person")
    first = WaitingStatus()
    WaitingStatus(applicant=first.applicant)


def noted_of_somebody_forgotten(booked: Appointment) -> None:
    VisitNote.objects.create(
        appointment=booked, text="x", written_by=StaffFactory(), written_at=LATER
    )
    Applicant.objects.filter(pk=booked.applicant_id).update(forgotten_at=LATER)


def lost_call(booked: Appointment) -> None:
    PhoneCall.objects.create(
        appointment=booked, number=2, result="reached", called_by=StaffFactory(), called_at=LATER
    )


def left_before_they_came(booked: Appointment) -> None:
    rows(booked).update(status="completed", outcome="served", checked_in_at=LATER, ended_at=MONDAY)
    booked.events.filter(action="book").update(action="late_complete")


def application_in(status: str) -> Application:
    call_command("load_catalogue", verbosity=0)
    return Application.objects.create(
        procedure="humanitarian",
        catalogue=CatalogueVersion.objects.latest("pk"),
        status=status,
        reference="A-2222-3333",
        language="de",
        sealed_key=b"sealed",
        verified_at=MONDAY,
        sent_at=MONDAY,
        created_at=MONDAY,
        touched_at=MONDAY,
    )


def invited_for_nothing(booked: Appointment) -> None:
    application_in("invited")


def invitation_of_an_application_in_review(booked: Appointment) -> None:
    InvitedFactory(invitation__application=application_in("in_review"))


def invited_by_a_withdrawn_invitation(booked: Appointment) -> None:
    row = application_in("invited")
    InvitedFactory(invitation__application=row, invitation__withdrawn_at=MONDAY)


BREAKS = [
    ("I1", two_in_one_slot),
    ("I2", booked_in_a_closed_slot),
    ("I3", impossible_step),
    ("I4", missing_step),
    ("I6", endless_hold),
    ("I9", two_for_one_person),
    ("I9", two_for_one_invitation),
    ("I34", in_a_kept_time),
    ("I34", invited_to_a_public_time),
    ("I34", in_another_quota),
    ("I34", visit_of_a_withdrawn_invitation),
    ("I37", invited_for_nothing),
    ("I37", invitation_of_an_application_in_review),
    ("I37", invited_by_a_withdrawn_invitation),
    ("I10", uncounted_rebooking),
    ("I10", another_person),
    ("I13", unknown_rules),
    ("I14", step_of_tomorrow),
    ("I16", no_letter),
    ("I17", leased_after_its_end),
    ("I19", confirmed_after_cancelling),
    ("I19", reminded_after_cancelling),
    ("I19", texted_after_cancelling),
    ("I20", letter_about_nothing),
    ("I21", four_links),
    ("I21", link_to_the_past),
    ("I33", remembered),
    ("D1", noted_of_somebody_forgotten),
    ("D2", lost_call),
    ("D3", left_before_they_came),
    ("W1", waits_twice),
]


@pytest.fixture
def booked(slots: list[Slot], now: datetime) -> Appointment:
    """Booked by the actions, a minute ago."""
    held = actions.hold(applicant=ApplicantFactory(), slot_id=slots[0].pk, now=now)
    return actions.book(appointment=held, now=now + timedelta(minutes=1))


def test_invariants_hold_after_booking(booked: Appointment) -> None:
    assert_invariants(LATER)


@pytest.mark.parametrize(
    ("name", "breaks"), BREAKS, ids=[f"{name} {breaks.__name__}" for name, breaks in BREAKS]
)
def test_invariant_names_what_breaks_it(
    name: str, breaks: Callable[[Appointment], None], booked: Appointment
) -> None:
    breaks(booked)
    assert CHECKS[name](LATER)
    assert name in {found.split()[0] for found in broken_invariants(LATER)}
    with pytest.raises(AssertionError):
        assert_invariants(LATER)


def test_slot_of_no_kind_is_found(booked: Appointment, monkeypatch: pytest.MonkeyPatch) -> None:
    # no row can break the partition (I8), only a query that forgot a kind
    monkeypatch.setattr(SlotQuerySet, "free", lambda self, now: self.none())
    assert CHECKS["I8"](LATER) == ["1 of 3 slots accounted for"]


def test_every_invariant_is_broken_by_a_test() -> None:
    assert set(CHECKS) == {"I8"} | {name for name, _breaks in BREAKS}


def test_link_that_cancelling_ended_is_no_violation(booked: Appointment) -> None:
    link(booked, "0").save()
    reason = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=booked, reason=reason, now=LATER)
    assert CHECKS["I21"](LATER) == []


@pytest.mark.parametrize("kept", [timedelta(days=6), timedelta(days=9)])
def test_forgotten_letter_is_no_violation(booked: Appointment, kept: timedelta) -> None:
    """Letters are kept for a week; who booked before that had one."""
    Notification.objects.all().delete()
    assert bool(CHECKS["I16"](MONDAY + kept)) == (kept < timedelta(days=7))


def test_corrected_or_checked_in_person_needs_no_second_letter(booked: Appointment) -> None:
    later = MONDAY + timedelta(days=8)
    Notification.objects.all().delete()
    by = StaffFactory()
    for action, before in (("correct_person", "booked"), ("put_back", "checked_in")):
        AppointmentEvent.objects.create(
            appointment=booked, version=booked.events.count() + 1,
            action=action, from_status=before, to_status="booked", slot=booked.slot,
            actor="staff", by=by, at=later,
        )  # fmt: skip
    assert CHECKS["I16"](later) == []


@pytest.mark.parametrize("name", ["I16", "I19"])
def test_invariant_of_letters_asks_once_however_many_there_are(
    name: str, slots: list[Slot], booked: Appointment
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            CHECKS[name](LATER)
        return len(queries)

    before = asked()
    AppointmentFactory.create_batch(2)
    AppointmentFactory.create_batch(3, cancelled=True)
    assert asked() == before == 1
