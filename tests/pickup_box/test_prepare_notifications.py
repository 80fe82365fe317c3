"""What may happen between a message that is prepared and the code it is to bring."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.foundation.notification_kinds import Attempt
from config.foundation.outbox import Notification, send_next
from config.foundation.staff import Staff
from pickup_box.actions import deposits, prepare_notifications
from pickup_box.models import Box
from pickup_box.states import Status
from tests.pickup_box.making import (
    NOW,
    collect,
    make_loaded,
    make_notified,
    messages,
    newest_code,
)

pytestmark = pytest.mark.django_db
SHORT = Notification.Queue.SHORT


Meanwhile = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Has something done once, while a function of the preparation runs."""

    def once(name: str, act: Callable[[], object]) -> None:
        own = getattr(prepare_notifications, name)

        def slow(*args: object, **told: object) -> object:
            monkeypatch.setattr(prepare_notifications, name, own)
            act()
            return own(*args, **told)

        monkeypatch.setattr(prepare_notifications, name, slow)

    return once


def test_code_that_was_replaced_meanwhile_opens_nothing(
    box: Box, staff: Staff, meanwhile: Meanwhile
) -> None:
    deposit, _code = make_notified(box, staff)
    letter = Notification.objects.get()
    meanwhile("code_hash", lambda: deposits.reissue(deposit=deposit, by=staff, now=NOW))
    assert prepare_notifications.prepare_ready(letter, NOW) is None
    deposit.refresh_from_db()
    assert (deposit.issue, deposit.code_hashes) == (1, "")


def test_message_is_not_withdrawn_because_another_brings_a_code(
    box: Box, staff: Staff, meanwhile: Meanwhile
) -> None:
    deposit = make_loaded(box, staff)
    first = Notification.objects.get()
    prepare_notifications.prepare_ready(first, NOW)  # and its sender died
    other: list[Attempt | None] = []
    # between the row that was read and the code that is added to it
    meanwhile("deadline", lambda: other.append(prepare_notifications.prepare_reminder(first, NOW)))
    assert send_next(queue=SHORT, now=NOW) == "postponed"
    assert other[0]
    first.refresh_from_db()
    assert first.withdrawn_at is None
    assert send_next(queue=SHORT, now=first.due_at) == "sent"
    assert len(messages()) == 1
    collect(deposit, newest_code())
    deposit.refresh_from_db()
    assert deposit.status == Status.OPENED
