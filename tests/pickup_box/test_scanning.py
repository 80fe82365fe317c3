"""Putting documents in, one scan after the other."""

from __future__ import annotations

import pytest
from django.test import Client

from config.accounts.roles import CASEWORKER
from config.foundation.staff import Staff
from pickup_box.models import Box, Deposit, Opening
from pickup_box.states import Status
from tests.pickup_box.making import close, make_box, make_draft, make_in
from tests.pickup_box.test_admin import _at_ten, address, desk, signed_in

pytestmark = pytest.mark.django_db
__all__ = ["_at_ten", "desk"]


def test_scan_reserves_loads_and_is_checked_by_a_second_person(staff: Staff) -> None:
    box = make_box(four_eyes=True)
    deposit = make_draft(box, staff)
    desk, person = signed_in(CASEWORKER)
    page = address("box_load", box.pk)
    assert deposit.reference in desk.get(page).content.decode()
    desk.post(page, {"reference": deposit.reference.lower()})
    close(deposit)
    desk.post(page, {"reference": deposit.reference})
    desk.post(page, {"reference": deposit.reference})
    deposit.refresh_from_db()
    assert (deposit.status, deposit.loaded_by, deposit.checked_by) == ("loaded", person, None)
    other, colleague = signed_in(CASEWORKER)
    other.post(page, {"reference": deposit.reference})
    deposit.refresh_from_db()
    assert deposit.checked_by == colleague


def test_next_scan_confirms_what_was_put_in_before(desk: Client, box: Box, staff: Staff) -> None:
    first, second, third = (make_draft(box, staff) for _n in range(3))
    page = address("box_load", box.pk)
    desk.post(page, {"reference": first.reference})
    answer = desk.post(page, {"reference": second.reference}, follow=True)
    first.refresh_from_db()
    assert first.status == Status.ASSIGNED  # its door stands open
    close(first)
    answer = desk.post(page, {"reference": third.reference}, follow=True)
    told = [str(each) for each in answer.context["messages"]]
    assert [text.partition(":")[0] for text in told] == [first.reference, third.reference]
    states = [Deposit.objects.get(pk=each.pk).status for each in (first, second, third)]
    assert states == [Status.LOADED, Status.ASSIGNED, Status.ASSIGNED]


def test_scan_does_not_confirm_what_the_sensor_found_empty_or_a_colleague_put_in(
    desk: Client, box: Box, staff: Staff
) -> None:
    empty, theirs, third = (make_draft(box, staff) for _n in range(3))
    page = address("box_load", box.pk)
    desk.post(page, {"reference": empty.reference})
    signed_in(CASEWORKER)[0].post(page, {"reference": theirs.reference})
    close(empty)
    close(theirs)
    Opening.objects.filter(deposit=empty).update(found_empty=True)
    desk.post(page, {"reference": third.reference})
    assert not Deposit.objects.filter(status=Status.LOADED).exists()


@pytest.mark.parametrize("status", [Status.NOTIFIED, Status.EXPIRED, Status.COLLECTED])
def test_scan_of_what_is_not_to_be_put_in_changes_nothing(
    status: Status, desk: Client, box: Box, staff: Staff
) -> None:
    deposit = make_in(status, box, staff)
    before = deposit.events.count()
    page = address("box_load", box.pk)
    answer = desk.post(page, {"reference": deposit.reference}, follow=True)
    assert [each.level_tag for each in answer.context["messages"]] == ["error"]
    assert deposit.events.count() == before


def test_scan_of_nonsense_is_a_sentence(desk: Client, box: Box) -> None:
    answer = desk.post(address("box_load", box.pk), {"reference": "%' --"}, follow=True)
    assert answer.status_code == 200
    assert not Opening.objects.exists()
