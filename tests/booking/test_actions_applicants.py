"""Drafts, codes, corrections and namesakes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from booking import actions
from booking.actions.applicants import applicant_of_link
from booking.actions.erasure import forget_applicant
from booking.actions.refusals import (
    AlreadyBooked,
    NotEligible,
    TooManyLetters,
    TransitionNotAllowed,
    WrongCode,
)
from booking.actions.verification_codes import LETTERS_PER_HOUR
from booking.models import Applicant, Appointment, Slot, Token
from booking.models.applicants import mint_token
from booking.states import Status
from config.foundation.office import Office
from tests.factories import (
    ApplicantFactory,
    AppointmentFactory,
    StaffFactory,
    WaitingEntryFactory,
    situation,
)

ENTERED = {
    "family_name": "Шевченко",
    "given_names": "Олена",
    "birth_date": "1985-05-12",
    "email": "olena@example.org",
    "phone": "",
    "access_need": "",
    "language": "uk",
}


def draft(now: datetime, **changes: Any) -> Applicant:
    facts: dict[str, Any] = (
        ENTERED | {"situation": situation(), "applicant": None, "verified": None} | changes
    )
    return actions.save_draft(**facts, now=now)


def test_save_draft_needs_a_situation(magdeburg: Office, now: datetime) -> None:
    with pytest.raises(NotEligible):
        draft(now, situation={})
    assert not Applicant.objects.exists()


def test_save_draft_for_another_person_gives_the_held_time_up(
    slots: list[Slot], now: datetime
) -> None:
    first = draft(now)
    Applicant.objects.update(verified_at=now, proved_address_key=F("address_key"))
    first.refresh_from_db()
    held = actions.hold(applicant=first, slot_id=slots[0].pk, now=now)
    again = draft(now, applicant=first, given_names="Оксана")
    held.refresh_from_db()
    assert again.pk == first.pk
    assert (held.status, held.cancel_reason) == (Status.CANCELLED, "hold_given_up")
    slots[0].refresh_from_db()
    assert slots[0].bookable_from
    assert slots[0].bookable_from > now


def test_save_draft_over_a_booked_person_makes_another(slots: list[Slot], now: datetime) -> None:
    booked = AppointmentFactory(slot=slots[0], applicant__given_names="Layla").applicant
    another = draft(now, applicant=booked)
    assert another.pk != booked.pk
    booked.refresh_from_db()
    assert booked.given_names == "Layla"


def test_request_code_seventh_letter_within_the_hour_is_refused(
    magdeburg: Office, now: datetime
) -> None:  # T-L10
    applicant = draft(now)
    for n in range(LETTERS_PER_HOUR):
        actions.request_code(applicant=applicant, now=now + timedelta(minutes=2 * n))
    with pytest.raises(TooManyLetters):
        actions.request_code(applicant=applicant, now=now + timedelta(minutes=59))
    actions.request_code(applicant=applicant, now=now + timedelta(minutes=61))


def test_verify_link_that_is_none_is_wrong(magdeburg: Office, now: datetime) -> None:
    applicant = draft(now)
    secret = mint_token(purpose=Token.Purpose.VERIFY, subject=applicant.subject, now=now)
    assert applicant_of_link(secret=secret, now=now) == applicant
    with pytest.raises(WrongCode):
        actions.verify_link(secret=secret[::-1], now=now)
    manage = mint_token(purpose=Token.Purpose.MANAGE, subject=applicant.subject, now=now)
    with pytest.raises(WrongCode):
        actions.verify_link(secret=manage, now=now)


def test_discard_draft_deletes_it_and_its_links(magdeburg: Office, now: datetime) -> None:
    applicant = draft(now)
    secret = mint_token(purpose=Token.Purpose.VERIFY, subject=applicant.subject, now=now)
    actions.discard_draft(applicant=applicant, now=now)
    assert not Applicant.objects.exists()
    assert applicant_of_link(secret=secret, now=now) is None


def test_discard_draft_keeps_who_waits_or_is_booked(slots: list[Slot], now: datetime) -> None:
    waits = WaitingEntryFactory().applicant
    booked = AppointmentFactory(slot=slots[0]).applicant
    for applicant in (waits, booked):
        actions.discard_draft(applicant=applicant, now=now)
        applicant.refresh_from_db()
        assert applicant.forgotten_at is None
        assert applicant.family_name


def test_discard_draft_blanks_who_held_a_time(slots: list[Slot], now: datetime) -> None:
    held = AppointmentFactory(slot=slots[0], held=True)
    actions.discard_draft(applicant=held.applicant, now=now)
    held.applicant.refresh_from_db()
    assert (held.applicant.family_name, held.applicant.forgotten_at) == ("", now)


def test_forget_applicant_leaves_who_still_needs_the_office(
    slots: list[Slot], now: datetime
) -> None:
    booked = AppointmentFactory(slot=slots[0]).applicant
    forget_applicant(booked, now=now)
    booked.refresh_from_db()
    assert booked.forgotten_at is None


def test_allow_namesake_counts_up_and_only_for_a_draft(slots: list[Slot], now: datetime) -> None:
    first = AppointmentFactory(slot=slots[0])
    second = ApplicantFactory(person_key=first.person_key)
    actions.allow_namesake(applicant=second, now=now, by=StaffFactory())
    second.refresh_from_db()
    assert second.namesake_number == 1
    with pytest.raises(TransitionNotAllowed):
        actions.allow_namesake(applicant=first.applicant, now=now, by=StaffFactory())


def test_correct_person_into_somebody_with_an_appointment_is_refused(
    slots: list[Slot], now: datetime
) -> None:
    first = AppointmentFactory(slot=slots[0]).applicant
    second = AppointmentFactory(slot=slots[1]).applicant
    names = {name: getattr(first, name) for name in ("family_name", "given_names", "birth_date")}
    with pytest.raises(AlreadyBooked):
        actions.correct_person(applicant=second, **names, now=now, by=StaffFactory())
    second = Applicant.objects.get(pk=second.pk)
    assert second.person_key != first.person_key
    assert Appointment.objects.filter(person_key=first.person_key).count() == 1
