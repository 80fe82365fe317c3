"""Deadlines, recall, what staff saw, and forgetting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.foundation.outbox import Notification
from config.foundation.staff import Staff
from pickup_box.actions import recalls
from pickup_box.actions.recalls import Found, PersonForgotten
from pickup_box.models import Box, Compartment, Consent, Deposit, Opening
from pickup_box.states import UNSETTLED, Status
from pickup_box.transitions import TransitionNotAllowed
from tests.pickup_box.making import (
    CONTACT,
    NOW,
    collect,
    make_box,
    make_in,
    make_notified,
    make_staff,
    messages,
    newest_code,
    send_all,
)

pytestmark = pytest.mark.django_db


def test_expire_on_the_day_after_the_last_and_never_before(box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    assert deposit.collect_until == datetime(2026, 12, 3, 23, tzinfo=UTC)  # midnight in Magdeburg
    assert recalls.expire(now=deposit.collect_until - timedelta(seconds=1)) == 0
    assert recalls.expire(now=deposit.collect_until) == 1
    assert recalls.expire(now=deposit.collect_until) == 0
    deposit.refresh_from_db()
    assert (deposit.status, deposit.code_hashes) == (Status.EXPIRED, "")
    assert send_all(deposit.collect_until) == ["sent"]
    assert deposit.compartment not in Compartment.objects.free()


def test_expire_before_christmas_counts_no_holidays(box: Box, staff: Staff) -> None:
    told = datetime(2026, 12, 23, 9, tzinfo=UTC)
    deposit, _code = make_notified(box, staff, now=told)
    assert deposit.last_day
    assert deposit.last_day.isoformat() == "2027-01-05"
    assert deposit.remind_at == datetime(2026, 12, 31, 8, tzinfo=UTC)


def test_remind_once_two_working_days_before(box: Box, staff: Staff) -> None:
    deposit, first = make_notified(box, staff)
    due = datetime(2026, 12, 1, 8, tzinfo=UTC)  # Tuesday, 9:00 in Magdeburg
    assert recalls.remind(now=due - timedelta(seconds=1)) == 0
    assert recalls.remind(now=due) == 1
    assert recalls.remind(now=due) == 0
    assert send_all(due) == ["sent"]
    assert newest_code() != first
    deposit.refresh_from_db()
    assert deposit.last_day
    assert deposit.last_day.isoformat() == "2026-12-03"
    assert collect(deposit, first, now=due).deposit == deposit  # both codes open


def test_remind_of_a_blocked_code_gives_no_new_one(box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    Deposit.objects.filter(pk=deposit.pk).update(wrong_tries=5, code_hashes="")
    due = datetime(2026, 12, 1, 8, tzinfo=UTC)
    recalls.remind(now=due)
    before = newest_code()
    assert send_all(due) == ["sent"]
    assert newest_code() == before


def test_reminder_of_what_was_collected_meanwhile_never_leaves(box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    due = datetime(2026, 12, 1, 8, tzinfo=UTC)
    recalls.remind(now=due)
    collect(deposit, code, now=due)
    assert send_all(due) == ["withdrawn"]


def test_recall_opens_the_door_and_remove_frees_it(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.EXPIRED, box, staff)
    with pytest.raises(TransitionNotAllowed):
        recalls.remove(deposit=deposit, by=staff, now=NOW)
    for _n in range(2):
        assert recalls.recall(deposit=deposit, by=staff, now=NOW).status == Status.RECALLED
    assert Opening.objects.filter(kind="recall").count() == 1
    for _n in range(2):
        assert recalls.remove(deposit=deposit, by=staff, now=NOW).status == Status.REMOVED
    assert deposit.compartment in Compartment.objects.free()
    with pytest.raises(TransitionNotAllowed):
        recalls.remove(deposit=deposit, by=make_staff(), now=NOW)


def test_recall_of_what_never_lay_in_the_box_is_refused(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.DRAFTED, box, staff)
    with pytest.raises(TransitionNotAllowed):
        recalls.recall(deposit=deposit, by=staff, now=NOW)


def test_confirm_empty_frees_what_was_collected(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.COLLECTED, box, staff)
    assert deposit.compartment not in Compartment.objects.free()
    for _n in range(2):
        recalls.confirm_empty(deposit=deposit, by=staff, now=NOW)
    assert deposit.compartment in Compartment.objects.free()


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Found.EMPTY, Status.CLEARED),
        (Found.INSIDE, Status.LOADED),
        (Found.TAKEN_OUT, Status.REMOVED),
    ],
)
def test_settle_what_nobody_knew(found: Found, status: Status, box: Box, staff: Staff) -> None:
    deposit = make_in(Status.UNKNOWN, box, staff)
    assert recalls.settle(deposit=deposit, found=found, by=staff, now=NOW).status == status
    if found is Found.INSIDE:
        assert send_all() == ["sent"]
        assert collect(deposit, newest_code()).deposit == deposit


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.UNKNOWN, Status.FAULT}))
def test_settle_in_any_other_state_is_refused(status: Status, box: Box, staff: Staff) -> None:
    deposit = make_in(status, box, staff)
    for found in Found:
        with pytest.raises(TransitionNotAllowed):
            recalls.settle(deposit=deposit, found=found, by=staff, now=NOW)


def test_settle_a_fault_as_empty_is_refused(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.FAULT, box, staff)
    with pytest.raises(TransitionNotAllowed):
        recalls.settle(deposit=deposit, found=Found.EMPTY, by=staff, now=NOW)


def test_to_recall_lists_what_staff_must_touch(staff: Staff) -> None:
    box = make_box(compartments=20)
    listed = {Status.EXPIRED, Status.WITHDRAWN, Status.RECALLED, Status.UNKNOWN, Status.FAULT}
    for status in listed | {Status.COLLECTED}:
        make_in(status, box, staff)
    assert set(Deposit.objects.to_recall().values_list("status", flat=True)) >= listed


def test_forget_a_week_after_the_end_and_not_before(staff: Staff) -> None:
    box = make_box(compartments=20)
    for status in Status:
        make_in(status, make_box(), staff)
    kept = Deposit.objects.exclude(status__in=[Status.CLEARED, Status.REMOVED])
    assert recalls.forget(now=NOW + timedelta(days=6, hours=23)) == 0
    assert recalls.forget(now=NOW + timedelta(days=7)) == 2
    assert recalls.forget(now=NOW + timedelta(days=7)) == 0
    assert box
    assert not Deposit.objects.filter(status=Status.CLEARED).exclude(contact="")
    assert kept.exclude(contact=CONTACT).count() == 0
    assert Consent.objects.filter(case_reference="").count() == 2


def test_forget_whose_it_was_when_staff_leave_it_for_a_quarter_of_a_year(staff: Staff) -> None:
    """Nothing is called empty that nobody looked into: only the person is forgotten."""
    rows = {status: make_in(status, make_box(), staff) for status in sorted(UNSETTLED)}
    recalls.forget(now=NOW + timedelta(days=89, hours=23))
    assert not Deposit.objects.filter(contact="").exists()
    assert recalls.forget(now=NOW + timedelta(days=130)) == len(UNSETTLED)
    for status, deposit in rows.items():
        deposit.refresh_from_db()
        assert deposit.status == status
        personal = (deposit.contact, deposit.holder_birth_date, deposit.case_reference)
        assert personal == ("", "", "")
    later = NOW + timedelta(days=131)
    with pytest.raises(PersonForgotten):
        recalls.settle(deposit=rows[Status.UNKNOWN], found=Found.INSIDE, by=staff, now=later)
    for status in (Status.UNKNOWN, Status.FAULT):
        recalls.settle(deposit=rows[status], found=Found.TAKEN_OUT, by=staff, now=later)
    assert Deposit.objects.filter(status=Status.REMOVED).count() == 2


def test_messages_name_nobody_and_no_kind_of_document(box: Box, staff: Staff) -> None:
    for contact in ("+4915112345678", "amina@example.org"):
        deposit, _code = make_notified(
            box, staff, contact=contact, collector="authorised", collector_name="Zhēn",
            authority_seen_on=NOW.date(), old_document="expected",
        )  # fmt: skip
        deposit.refresh_from_db()
    recalls.remind(now=NOW + timedelta(days=8))
    recalls.expire(now=NOW + timedelta(days=30))
    send_all(NOW + timedelta(days=30))
    for text in messages():
        for word in ("Zhēn", "Reiseausweis", "residence", "Aufenthalt", "1987", deposit.reference):
            assert word not in text
        assert "AZ-" not in text
    assert Notification.objects.filter(sent_at=None, withdrawn_at=None, failed_at=None).count() == 0


def test_ready_letter_tried_again_brings_a_second_code_that_opens_too(
    box: Box, staff: Staff
) -> None:
    deposit, first = make_notified(box, staff)
    Notification.objects.update(sent_at=None)  # the relay's answer was lost
    later = NOW + timedelta(days=1)
    assert send_all(later) == ["sent"]
    second = newest_code()
    assert first != second
    deposit.refresh_from_db()
    assert deposit.last_day
    assert deposit.last_day.isoformat() == "2026-12-04"  # the days start with what arrived last
    assert collect(deposit, first, now=later).deposit == deposit
