"""From the paper to the loaded compartment."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import segno
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags

from config.foundation.office import Office
from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.actions import boxes, consents, deposits, doors, recalls
from pickup_box.models import Alarm, Box, Compartment, Consent, Deposit, Opening
from pickup_box.states import Status
from pickup_box.transitions import TransitionNotAllowed
from tests.pickup_box.making import (
    NOW,
    close,
    collect,
    make_box,
    make_draft,
    make_in,
    make_loaded,
    make_notified,
    make_staff,
    messages,
    newest_code,
    send_all,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("facts", "refusal", "remedy"),
    [
        ({"consent": False}, deposits.ConsentMissing, "at the counter"),
        ({"holder_birth_date": "2016-05-05"}, deposits.RepresentativeMissing, "representative"),
        (
            {"collector": "authorised", "collector_name": "Ngozi"},
            deposits.AuthorityNotSeen,
            "saw the proof",
        ),
        ({"pin_letter": "open"}, deposits.PinLetterMissing, "confirm it in writing"),
        ({"old_document": "open"}, deposits.OldDocumentMissing, "reported lost"),
    ],
)
def test_assign_refuses_what_is_not_settled_and_names_the_remedy(
    facts: dict[str, Any], refusal: type[Exception], remedy: str, box: Box, staff: Staff
) -> None:
    deposit = make_draft(box, staff, **facts)
    with pytest.raises(refusal, match=remedy):
        deposits.assign(deposit=deposit, by=staff, now=NOW)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.compartment) == (Status.DRAFTED, None)


def test_assign_after_the_remedy(box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff, consent=False)
    consents.record_consent(
        box=box, case_reference=deposit.case_reference, received_on=date(2026, 11, 3),
        language="en", by=staff,
    )  # fmt: skip
    assert deposits.assign(deposit=deposit, by=staff, now=NOW).status == Status.ASSIGNED


def test_assign_for_a_minor_with_a_representative(box: Box, staff: Staff) -> None:
    deposit = make_draft(
        box, staff, holder_birth_date="2016", collector="representative", collector_name="Ayşe",
        authority_seen_on=date(2026, 11, 3), pin_letter="not_needed",
    )  # fmt: skip
    assert deposits.assign(deposit=deposit, by=staff, now=NOW).compartment is not None


def test_load_refuses_when_the_consent_was_revoked_in_between(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.ASSIGNED, box, staff)
    close(deposit)
    Consent.objects.update(revoked_on=date(2026, 11, 24), revoked_by=staff)
    with pytest.raises(deposits.ConsentRevoked, match="counter"):
        deposits.load(deposit=deposit, by=staff, now=NOW)


def test_record_consent_twice_is_refused(box: Box, staff: Staff) -> None:
    make_draft(box, staff, case_reference="AZ-1b")
    with pytest.raises(consents.ConsentAlreadyRecorded):
        consents.record_consent(
            box=box, case_reference="AZ-1b", received_on=date(2026, 11, 3), language="de", by=staff
        )


def test_draft_of_the_same_document_is_refused(box: Box, staff: Staff) -> None:
    make_draft(box, staff, case_reference="AZ-1c")
    with pytest.raises(deposits.DocumentAlreadyInBox):
        make_draft(box, staff, case_reference="AZ-1c")
    assert make_draft(box, staff, case_reference="AZ-1c", document_type="travel_document")


def test_assign_opens_the_door_for_staff_once(box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    for _n in range(2):
        deposits.assign(deposit=deposit, by=staff, now=NOW)
    opening = Opening.objects.get()
    assert (opening.kind, opening.by, opening.deposit) == ("load", staff, deposit)
    assert deposit.events.filter(action="assign").count() == 1


def test_assign_by_a_second_person_is_refused(box: Box, staff: Staff) -> None:  # F35
    deposit = make_in(Status.ASSIGNED, box, staff)
    with pytest.raises(TransitionNotAllowed, match="adaeze"):
        deposits.assign(deposit=deposit, by=make_staff(), now=NOW)


def test_assign_when_full_keeps_the_place_in_the_queue(staff: Staff) -> None:
    box = make_box(compartments=1)
    make_in(Status.ASSIGNED, box, staff)
    late = make_draft(box, staff, now=NOW + timedelta(hours=2))
    early = make_draft(box, staff)
    with pytest.raises(deposits.BoxFull, match="counter"):
        deposits.assign(deposit=early, by=staff, now=NOW)
    assert list(Deposit.objects.waiting()) == [early, late]


def test_assign_gives_the_compartment_that_rested_longest(staff: Staff) -> None:
    box = make_box(compartments=3)
    given = []
    for hour in range(6):
        now = NOW + timedelta(hours=hour)
        deposit = deposits.assign(deposit=make_draft(box, staff), by=staff, now=now)
        assert deposit.compartment
        given.append(deposit.compartment.number)
        deposits.give_back(deposit=deposit, by=staff, now=now)
    assert given == [1, 2, 3, 1, 2, 3]


def test_assign_keeps_low_compartments_for_wishes(staff: Staff) -> None:
    box = make_box(compartments=3, low=2, low_reserve=1)
    first, second = (make_in(Status.ASSIGNED, box, staff) for _n in range(2))
    assert [d.compartment and d.compartment.is_low for d in (first, second)] == [False, True]
    with pytest.raises(deposits.BoxFull):
        make_in(Status.ASSIGNED, box, staff)
    wish = deposits.assign(deposit=make_draft(box, staff, wishes_low=True), by=staff, now=NOW)
    assert wish.compartment
    assert wish.compartment.is_low


def test_assign_never_uses_a_closed_compartment(staff: Staff) -> None:
    box = make_box(compartments=1)
    door = Compartment.objects.get(box=box)
    boxes.close_compartment(compartment=door, by=staff, now=NOW)
    with pytest.raises(deposits.BoxFull):
        make_in(Status.ASSIGNED, box, staff)
    boxes.reopen_compartment(compartment=door, by=staff, now=NOW)
    make_in(Status.ASSIGNED, box, staff)
    with pytest.raises(boxes.CompartmentOccupied):
        boxes.close_compartment(compartment=door, by=staff, now=NOW)


def test_load_while_the_door_is_open_is_refused(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.ASSIGNED, box, staff)
    opening = Opening.objects.get()
    doors.door_opened(box=box, nonce=opening.nonce, now=NOW)
    with pytest.raises(deposits.DoorStillOpen):
        deposits.load(deposit=deposit, by=staff, now=NOW)
    with pytest.raises(deposits.DoorStillOpen):
        deposits.give_back(deposit=deposit, by=staff, now=NOW)
    doors.door_closed(box=box, nonce=opening.nonce, found_empty=None, now=NOW)
    assert deposits.load(deposit=deposit, by=staff, now=NOW).loaded_by == staff


def test_load_twice_promises_one_message(box: Box, staff: Staff) -> None:
    deposit = make_loaded(box, staff)
    deposits.load(deposit=deposit, by=staff, now=NOW)
    assert Notification.objects.filter(kind="pickup_ready").count() == 1


def test_check_load_needs_a_second_person_before_anybody_is_told(staff: Staff) -> None:
    box = make_box(four_eyes=True)
    deposit = make_loaded(box, staff)
    assert send_all() == []
    with pytest.raises(deposits.SecondPersonNeeded):
        deposits.check_load(deposit=deposit, by=staff, now=NOW)
    colleague = make_staff()
    for _n in range(2):
        assert deposits.check_load(deposit=deposit, by=colleague, now=NOW).checked_by == colleague
    assert send_all() == ["sent"]
    with pytest.raises(TransitionNotAllowed):
        deposits.check_load(deposit=deposit, by=make_staff(), now=NOW)


def test_find_reads_what_is_scanned_or_typed(box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    typed = f" {deposit.reference[:4].lower()}-{deposit.reference[4:]} "
    assert deposits.find(reference=typed) == deposit
    with pytest.raises(deposits.UnknownReference):
        deposits.find(reference="????")


def test_amend_contact_before_loading(box: Box, staff: Staff) -> None:
    deposit = make_draft(box, staff)
    contact = "+4915999999999"
    assert deposits.amend(deposit=deposit, contact=contact, by=staff, now=NOW).contact == contact


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.DRAFTED}))
def test_amend_contact_later_is_refused_and_names_the_remedy(
    status: Status, box: Box, staff: Staff
) -> None:
    deposit = make_in(status, box, staff)
    with pytest.raises(deposits.ContactFixed, match="record it anew"):
        deposits.amend(deposit=deposit, contact="+4915999999999", by=staff, now=NOW)


def test_withdraw_kills_the_code_and_tells_the_person(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    for _n in range(2):
        deposits.withdraw(deposit=deposit, by=staff, reason="asked for", now=NOW)
    deposit.refresh_from_db()
    assert (deposit.status, deposit.code_hashes) == (Status.WITHDRAWN, "")
    assert send_all() == ["sent"]
    with pytest.raises(Exception, match="no longer valid"):
        collect(deposit, code)
    assert deposit.compartment not in Compartment.objects.free()


@pytest.mark.parametrize(
    ("language", "phone"), [("ar", "\u2066+49 391 540\u2069"), ("de", "+49 391 540")]
)
def test_short_message_keeps_the_phone_number_in_order(
    staff: Staff, language: str, phone: str
) -> None:
    """After Arabic words its groups would be turned round; where none are, marks cost a message."""
    deposit, _code = make_notified(make_box(phone="+49 391 540"), staff, language=language)
    deposits.withdraw(deposit=deposit, by=staff, reason="asked for", now=NOW)
    assert send_all() == ["sent"]
    said = messages()[-1]
    assert phone in said
    assert ("\u2066" in said) == (language == "ar")


def test_revoke_consent_withdraws_what_waits(box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    assert deposit.consent
    assert consents.revoke_consent(consent=deposit.consent, by=staff, now=NOW) == [deposit]
    assert consents.revoke_consent(consent=deposit.consent, by=staff, now=NOW) == []
    deposit.refresh_from_db()
    assert deposit.status == Status.WITHDRAWN


def test_reissue_gives_a_new_code_and_kills_the_old(box: Box, staff: Staff) -> None:
    deposit, old = make_notified(box, staff)
    until = deposit.collect_until
    deposit = deposits.reissue(deposit=deposit, by=staff, now=NOW)
    with pytest.raises(Exception, match="no longer valid"):
        collect(deposit, old)
    later = NOW + timedelta(days=1)
    send_all(later)
    deposit.refresh_from_db()
    assert deposit.collect_until == until
    assert collect(deposit, newest_code(), now=later).deposit == deposit


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.NOTIFIED}))
def test_reissue_in_another_state_is_refused(status: Status, box: Box, staff: Staff) -> None:
    deposit = make_in(status, box, staff)
    with pytest.raises(TransitionNotAllowed):
        deposits.reissue(deposit=deposit, by=staff, now=NOW)


def test_stuck_shows_a_reservation_in_which_nothing_moves(box: Box, staff: Staff) -> None:  # F33
    deposit = make_in(Status.ASSIGNED, box, staff)
    assert not Deposit.objects.stuck(now=NOW + timedelta(seconds=44))
    assert list(Deposit.objects.stuck(now=NOW + timedelta(seconds=45))) == [deposit]
    doors.door_opened(box=box, nonce=Opening.objects.get().nonce, now=NOW)
    assert not Deposit.objects.stuck(now=NOW + timedelta(seconds=60))


def test_give_back_frees_a_stuck_reservation(box: Box, staff: Staff) -> None:  # F33
    deposit = make_in(Status.ASSIGNED, box, staff)
    taken = deposit.compartment
    deposit = deposits.give_back(deposit=deposit, by=staff, now=NOW)
    assert deposit.compartment is None
    assert taken in Compartment.objects.free()


def test_report_broken_closes_the_door_and_keeps_the_document(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.FAULT, box, staff)
    assert deposit.compartment
    assert not deposit.compartment.in_service
    assert Alarm.objects.get(kind="door_fault").deposit == deposit
    with pytest.raises(recalls.CompartmentOutOfService):
        recalls.settle(deposit=deposit, found=recalls.Found.INSIDE, by=staff, now=NOW)
    boxes.reopen_compartment(compartment=deposit.compartment, by=staff, now=NOW)
    deposit = recalls.settle(deposit=deposit, found=recalls.Found.INSIDE, by=staff, now=NOW)
    send_all()
    assert collect(deposit, newest_code()).deposit == deposit


def test_create_compartments_adds_what_is_missing(db: None) -> None:
    box = make_box(compartments=0)
    shape: dict[str, Any] = {
        "low_rows": [1], "columns": [{"times": 2, "rows": ["small", "large"]}]
    }  # fmt: skip
    assert boxes.create_compartments(box=box, layout=shape) == 4
    assert boxes.create_compartments(box=box, layout=shape) == 0
    shape["columns"][0]["times"] = 3
    assert boxes.create_compartments(box=box, layout=shape) == 2
    places = list(box.compartments.values_list("number", "row", "column", "size", "is_low"))
    assert places[:3] == [(1, 2, 1, 1, False), (2, 1, 1, 3, True), (3, 2, 2, 1, False)]
    shape["columns"][0]["rows"] = ["large", "small"]
    with pytest.raises(boxes.BadLayout):
        boxes.create_compartments(box=box, layout=shape)
    with pytest.raises(boxes.BadLayout):
        boxes.create_compartments(box=box, layout={"columns": 3})


def test_message_ends_with_the_name_of_the_office(office: Office, box: Box, staff: Staff) -> None:
    make_notified(box, staff, contact="someone@example.org")
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert str(message.body).rstrip().endswith(office.name["de"])
    assert office.name["de"] in strip_tags(str(message.alternatives[0][0]))


@pytest.mark.parametrize(
    ("contact", "reads_qr", "files"),
    [
        ("someone@example.org", True, ["qr.png"]),
        ("someone@example.org", False, []),
    ],
)
def test_address_goes_along_as_qr_code_where_a_reader_stands(
    contact: str, reads_qr: bool, files: list[str], office: Office, staff: Staff
) -> None:
    box = make_box(slug="reader", reads_qr=reads_qr)
    make_notified(box, staff, contact=contact)
    (message,) = mail.outbox
    assert [each[0] for each in message.attachments] == files
    assert ("QR-Code im Anhang" in message.body) == reads_qr
    for _name, content, mimetype in message.attachments:
        drawn = BytesIO()
        segno.make(contact, error="m").save(drawn, kind="png", scale=8, border=4)  # no link
        assert (content, mimetype) == (drawn.getvalue(), "image/png")
