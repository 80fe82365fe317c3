"""Check the applicant, then act: somebody else acts in between, exactly there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from booking import actions
from booking.actions import applicants, erasure, prepare_notifications, retention
from booking.actions.refusals import EntriesChanged, NotEligible, WrongCode
from booking.actions.transitions import claim_applicant
from booking.models import Applicant, Appointment, Slot, Token, WaitingEntry
from booking.models.applicants import mint_code, mint_token, subject_of_token
from booking.states import Status
from config.foundation.actions import Refused, action
from config.foundation.office import Office
from config.foundation.outbox import Notification, send_next
from config.foundation.relay import Relay
from tests.factories import (
    MONDAY,
    ApplicantFactory,
    AppointmentFactory,
    StaffFactory,
    WaitingEntryFactory,
    situation,
)
from tests.invariants import assert_invariants

A, B = "first@example.org", "second@example.org"
ENTERED = {
    "family_name": "Шевченко",
    "given_names": "Олена",
    "birth_date": "1985-05-12",
    "email": A,
    "phone": "",
    "access_need": "",
    "language": "uk",
}
Change = Callable[[Applicant], object]


def enters(applicant: Applicant | None = None, **changes: Any) -> Applicant:
    """What a page of details keeps."""
    facts: dict[str, Any] = {"situation": situation(), "verified": None, **ENTERED, **changes}
    return actions.save_draft(applicant=applicant, now=MONDAY, **facts)


def verified() -> Applicant:
    """Somebody whose first address is proved."""
    draft = enters()
    Applicant.objects.filter(pk=draft.pk).update(
        verified_at=MONDAY, proved_address_key=draft.address_key
    )
    return Applicant.objects.get(pk=draft.pk)


def again(applicant: Applicant) -> Applicant:
    """The same row as another request reads it."""
    return Applicant.objects.get(pk=applicant.pk)


def other_name(applicant: Applicant) -> None:
    enters(again(applicant), given_names="Оксана")


def other_address(applicant: Applicant) -> None:
    enters(again(applicant), email=B)


def ends(applicant: Applicant) -> None:
    actions.discard_draft(applicant=again(applicant), now=MONDAY)


def other_answers(applicant: Applicant) -> None:
    enters(again(applicant), situation=situation("lost_document"))


CHANGES: list[Change] = [other_name, other_address, ends, other_answers]


def _waive(applicant: Applicant) -> object:
    Relay.objects.update_or_create(
        defaults={"failing_since": MONDAY - timedelta(hours=1), "failed_at": MONDAY}
    )
    return actions.defer_verification(applicant=applicant, now=MONDAY)


def _correct(applicant: Applicant) -> object:
    names = {"family_name": "Šimić", "given_names": "Ana", "birth_date": "1985-05-12"}
    return actions.correct_person(applicant=applicant, **names, now=MONDAY, by=StaffFactory())


ACTIONS: dict[str, Callable[[Applicant], object]] = {
    "hold": lambda who: actions.hold(
        applicant=who, slot_id=Slot.objects.order_by("pk")[0].pk, now=MONDAY
    ),
    "hold earliest": lambda who: actions.hold_earliest(applicant=who, now=MONDAY),
    "join": lambda who: actions.join(applicant=who, now=MONDAY),
    "ask for a code": lambda who: actions.request_code(applicant=who, now=MONDAY),
    "enter": lambda who: enters(who, given_names="Ольга"),
    "namesake_number": lambda who: actions.allow_namesake(
        applicant=who, now=MONDAY, by=StaffFactory()
    ),
    "same person": lambda who: actions.end_double_booking_check(applicant=who),
    "correct": _correct,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("action", ACTIONS)
def test_action_refuses_a_person_whose_entries_changed_meanwhile(
    slots: list[Slot], action: str, change: Change
) -> None:
    applicant = verified()
    change(applicant)
    before = list(Applicant.objects.values())
    with pytest.raises(EntriesChanged):
        ACTIONS[action](applicant)
    assert list(Applicant.objects.values()) == before
    assert not Appointment.objects.exists()
    assert not WaitingEntry.objects.exists()
    assert not Notification.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
def test_book_refuses_a_hold_whose_person_changed_meanwhile(
    slots: list[Slot], change: Change
) -> None:
    """Confirmed under a name, or to an address, that the page did not show."""
    applicant = verified()
    held = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=MONDAY)
    change(applicant)
    with pytest.raises(EntriesChanged):
        actions.book(appointment=held, now=MONDAY)
    assert not Appointment.objects.filter(status=Status.BOOKED).exists()
    assert_invariants(MONDAY)


def test_book_refuses_a_hold_that_is_another_persons(slots: list[Slot]) -> None:
    held = actions.hold(applicant=verified(), slot_id=slots[0].pk, now=MONDAY)
    Applicant.objects.update(person_key="f" * 64)
    with pytest.raises(EntriesChanged):
        actions.book(appointment=Appointment.objects.get(pk=held.pk), now=MONDAY)


def test_hold_is_carried_to_the_answers_that_are_given_anew(slots: list[Slot]) -> None:
    applicant = verified()
    held = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=MONDAY)
    other_answers(applicant)
    held = Appointment.objects.get(pk=held.pk)
    assert (held.status, held.category) == (Status.HELD, "lost_document")
    assert actions.book(appointment=held, now=MONDAY).situation == situation("lost_document")
    assert_invariants(MONDAY)


def test_book_refuses_a_hold_for_other_answers(slots: list[Slot]) -> None:
    held = actions.hold(applicant=verified(), slot_id=slots[0].pk, now=MONDAY)
    Applicant.objects.update(situation=situation("lost_document"))
    with pytest.raises(NotEligible):
        actions.book(appointment=Appointment.objects.get(pk=held.pk), now=MONDAY)


def test_same_entries_pressed_twice_are_kept_once(magdeburg: Office) -> None:
    first = enters()
    twice = [again(first), again(first)]
    kept = [enters(each, given_names="Оксана") for each in twice]
    assert {row.pk for row in kept} == {first.pk}
    assert Applicant.objects.get().given_names == "Оксана"


def test_code_does_not_prove_the_address_that_came_after_it(
    magdeburg: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = enters()
    code = mint_code(applicant, now=MONDAY)
    fits = applicants._fits

    def then_change(*arguments: Any, **more: Any) -> bool:
        answer = fits(*arguments, **more)
        other_address(applicant)
        return answer

    monkeypatch.setattr(applicants, "_fits", then_change)
    with pytest.raises(EntriesChanged):
        actions.verify_code(applicant=again(applicant), code=code, now=MONDAY)
    assert (again(applicant).email, again(applicant).verified_at) == (B, None)


def test_link_does_not_prove_the_address_that_came_after_it(
    magdeburg: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = enters()
    secret = mint_token(purpose=Token.Purpose.VERIFY, subject=applicant.subject, now=MONDAY)
    asked = subject_of_token

    def then_change(*arguments: Any, **more: Any) -> str | None:
        answer = asked(*arguments, **more)
        monkeypatch.setattr(applicants, "subject_of_token", asked)
        other_address(applicant)
        return answer

    # the link is read, then the address changes, and only then its row is read
    monkeypatch.setattr(applicants, "subject_of_token", then_change)
    with pytest.raises(WrongCode):
        actions.verify_link(secret=secret, now=MONDAY)
    assert again(applicant).verified_at is None


@pytest.mark.parametrize("change", [other_address, ends])
def test_waiver_is_for_the_entries_it_was_given_for(magdeburg: Office, change: Change) -> None:
    applicant = enters()
    change(applicant)
    with pytest.raises(EntriesChanged):
        _waive(applicant)
    assert not Applicant.objects.exclude(waived_at=None).exists()


def test_code_of_somebody_who_has_ended_everything_is_refused(
    magdeburg: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = enters()
    code = mint_code(applicant, now=MONDAY)
    count = applicants.count_try

    def then_end(**arguments: Any) -> None:
        count(**arguments)
        ends(applicant)

    monkeypatch.setattr(applicants, "count_try", then_end)
    with pytest.raises(EntriesChanged):
        actions.verify_code(applicant=applicant, code=code, now=MONDAY)


def test_language_of_somebody_who_has_ended_everything_is_refused(magdeburg: Office) -> None:
    applicant = enters()
    ends(applicant)
    with pytest.raises(EntriesChanged):
        actions.change_language(applicant=applicant, language="de", now=MONDAY)


def test_ending_keeps_what_was_booked_meanwhile(slots: list[Slot]) -> None:
    applicant = verified()
    stale = again(applicant)
    held = actions.hold(applicant=applicant, slot_id=slots[0].pk, now=MONDAY)
    actions.book(appointment=held, now=MONDAY)
    actions.discard_draft(applicant=stale, now=MONDAY)
    assert again(applicant).family_name
    actions.discard_draft(applicant=stale, now=MONDAY)


def test_offer_goes_to_the_person_as_corrected(
    slots: list[Slot], monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking.actions import offers

    entry = WaitingEntryFactory()
    following = offers.next_entry

    def then_correct(*arguments: Any, **more: Any) -> WaitingEntry | None:
        found = following(*arguments, **more)
        _correct(again(entry.applicant))
        return found

    monkeypatch.setattr(offers, "next_entry", then_correct)
    with pytest.raises(EntriesChanged):
        offers.offer(slot=slots[0], office=Office.objects.get(), now=MONDAY)
    monkeypatch.undo()
    made = offers.offer(slot=slots[0], office=Office.objects.get(), now=MONDAY)
    assert made is not None
    assert made.person_key == again(entry.applicant).person_key


@pytest.mark.django_db
def test_database_refuses_a_proof_of_another_address() -> None:
    applicant = ApplicantFactory()
    with pytest.raises(IntegrityError, match="applicant_proof_is_of_its_address"):
        Applicant.objects.filter(pk=applicant.pk).update(address_key="b" * 64)


def test_each_change_is_a_new_version(magdeburg: Office, now: datetime) -> None:
    applicant = enters()
    assert applicant.version == 1
    code = mint_code(applicant, now=MONDAY)
    actions.request_code(applicant=applicant, now=MONDAY)
    actions.change_language(applicant=applicant, language="de", now=MONDAY)
    assert (again(applicant).version, applicant.version) == (1, 1)
    applicant = actions.verify_code(applicant=applicant, code=code, now=MONDAY)
    assert (again(applicant).version, applicant.version) == (2, 2)
    applicant = enters(applicant, given_names="Оксана")
    assert (again(applicant).version, applicant.version) == (3, 3)
    _correct(applicant)
    assert again(applicant).version == 4
    with transaction.atomic():
        erasure.forget_applicant(applicant, now=MONDAY)
    assert again(applicant).version == 5


def test_what_was_rolled_back_is_taken_back_in_memory(magdeburg: Office) -> None:
    applicant = enters()

    @action
    def act(*, applicant: Applicant) -> None:
        claim_applicant(applicant, given_names="Оксана")
        raise Refused

    with pytest.raises(Refused):
        act(applicant=applicant)
    assert (applicant.given_names, applicant.version) == ("Олена", 1)


def test_retention_looks_again_once_a_row_is_its_own(
    slots: list[Slot], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody comes back in the moment in which the list of who is forgotten is made."""
    applicant = verified()
    later = MONDAY + timedelta(hours=3)
    forget_batch = retention._forget_batch

    def somebody_first(keys: list[int], *arguments: Any, **more: Any) -> int:
        Applicant.objects.filter(pk__in=keys).update(touched_at=later)
        return forget_batch(keys, *arguments, **more)

    monkeypatch.setattr(retention, "_forget_batch", somebody_first)
    counts = actions.forget(now=later, periods=retention.Periods(), apply=True)
    assert counts["drafts"] == 0
    assert again(applicant).family_name


def test_two_holds_that_nobody_tidied_up_can_be_forgotten(slots: list[Slot]) -> None:
    """To the index both are live, and of the same nobody once their keys are blank."""
    for slot in slots[:2]:
        AppointmentFactory(slot=slot, held=True)
    lapsed = MONDAY + timedelta(minutes=12)
    periods = retention.Periods()
    for after in (timedelta(seconds=1), timedelta(hours=3), timedelta(hours=23, minutes=59)):
        counts = actions.forget(now=lapsed + after, periods=periods, apply=True)
        assert not any(counts.values()), after
    assert (
        actions.forget(now=lapsed + periods.cancelled, periods=periods, apply=True)["cancelled"]
        == 2
    )
    assert set(Applicant.objects.values_list("family_name", flat=True)) == {""}
    assert set(Appointment.objects.values_list("status", flat=True)) == {"expired"}


def test_link_in_a_code_letter_is_good_for_the_address_it_goes_to_alone(
    slots: list[Slot], monkeypatch: pytest.MonkeyPatch
) -> None:
    # whoever reads the first address must not prove a second one that is not theirs
    draft = enters()
    actions.request_code(applicant=draft, now=MONDAY)

    def mint_too_late(applicant: Applicant, *, now: datetime) -> str:
        other_address(applicant)
        return mint_code(applicant, now=now)

    monkeypatch.setattr(prepare_notifications, "mint_code", mint_too_late)
    send_next(queue=Notification.Queue.CODE, now=MONDAY)
    assert not mail.outbox
    assert not Token.objects.exists()
