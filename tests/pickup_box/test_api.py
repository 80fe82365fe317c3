"""The signed interface for the cabinet: only its own messages, each of them once."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.test import Client

from config.foundation.staff import Staff
from pickup_box import api
from pickup_box.actions import boxes, doors
from pickup_box.hardware import key_of
from pickup_box.models import Alarm, Box, Nonce, Opening
from pickup_box.states import Status
from pickup_box.transitions import TransitionNotAllowed
from tests.pickup_box.making import NOW, collect, make_box, make_in, make_notified
from tests.responses import Response

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Cabinet:
    """A controller as its vendor would write it, from the description alone."""

    def __init__(self, box: Box) -> None:
        self.key = key_of(box)
        self.path = f"/box/{box.slug}/hardware"

    def headers(self, body: str, **changed: str) -> dict[str, str]:
        told = {
            "Box-Timestamp": str(int(NOW.timestamp())),
            "Box-Nonce": uuid.uuid4().hex,
            **changed,
        }
        text = "\n".join((told["Box-Timestamp"], told["Box-Nonce"], self.path, body))
        signature = hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {"Box-Signature": signature, **told}

    def tell(self, headers: dict[str, str] | None = None, /, **event: object) -> Response:
        body = json.dumps(event)
        headers = headers or self.headers(body)
        answer = Client().post(self.path, body, content_type="application/json", headers=headers)
        if answer.status_code != 401:
            text = f"{headers['Box-Nonce']}\n{answer.content.decode()}"
            signature = hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()
            assert answer["Box-Signature"] == signature
        return answer


def test_a_whole_visit_over_the_wire(box: Box, staff: Staff) -> None:  # T-P5
    cabinet = Cabinet(box)
    deposit, code = make_notified(box, staff)
    assert cabinet.tell(event="ask").json() == {"open": []}
    collect(deposit, code)
    (order,) = cabinet.tell(event="ask").json()["open"]
    assert deposit.compartment
    assert order["compartment"] == deposit.compartment.number
    assert cabinet.tell(event="opened", order=order["order"]).json() == {"new": True}
    assert cabinet.tell(event="opened", order=order["order"]).json() == {"new": False}
    closed = {"event": "closed", "order": order["order"], "empty": True}
    assert cabinet.tell(**closed).json() == {"new": True}
    assert cabinet.tell(**closed).json() == {"new": False}
    deposit.refresh_from_db()
    assert deposit.status == Status.CLEARED
    box.refresh_from_db()
    assert box.seen_at == NOW


def test_replayed_message_is_refused(box: Box, staff: Staff) -> None:  # T-P5
    cabinet = Cabinet(box)
    headers = cabinet.headers(json.dumps({"event": "power"}))
    assert cabinet.tell(headers, event="power").status_code == 200
    deposit = make_in(Status.OPENED, box, staff)
    assert cabinet.tell(headers, event="power").status_code == 409
    deposit.refresh_from_db()
    assert deposit.status == Status.OPENED


@pytest.mark.parametrize("minutes", [-2, 2, 60 * 24 * 365])
def test_old_or_early_message_is_refused(minutes: int, box: Box) -> None:
    cabinet = Cabinet(box)
    stamp = str(int((NOW + timedelta(minutes=minutes)).timestamp()))
    headers = cabinet.headers(json.dumps({"event": "ask"}), **{"Box-Timestamp": stamp})
    assert cabinet.tell(headers, event="ask").status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"Box-Signature": "0" * 64},
        {"Box-Signature": ""},
        {"Box-Signature": "ü"},
        {"Box-Nonce": "another-nonce"},
        {"Box-Timestamp": "yesterday"},
    ],
)
def test_forged_message_is_refused(changed: dict[str, str], box: Box, staff: Staff) -> None:
    cabinet = Cabinet(box)
    deposit = make_in(Status.OPENED, box, staff)
    headers = {**cabinet.headers(json.dumps({"event": "power"})), **changed}
    assert cabinet.tell(headers, event="power").status_code == 401
    deposit.refresh_from_db()
    assert deposit.status == Status.OPENED


@pytest.mark.parametrize(
    "changed", [{"Box-Nonce": "short"}, {"Box-Nonce": "x" * 65}, {"Box-Timestamp": "-5"}]
)
def test_signed_but_senseless_envelope_is_refused(changed: dict[str, str], box: Box) -> None:
    cabinet = Cabinet(box)
    headers = cabinet.headers(json.dumps({"event": "ask"}), **changed)
    assert cabinet.tell(headers, event="ask").status_code == 401


def test_body_changed_on_the_way_is_refused(box: Box) -> None:
    cabinet = Cabinet(box)
    headers = cabinet.headers(json.dumps({"event": "ask"}))
    assert cabinet.tell(headers, event="power").status_code == 401


def test_key_of_another_box_or_an_old_one_is_refused(box: Box) -> None:
    cabinet = Cabinet(box)
    cabinet.key = key_of(make_box())
    assert cabinet.tell(event="ask").status_code == 401
    cabinet = Cabinet(box)
    boxes.renew_key(box=box)
    assert cabinet.tell(event="ask").status_code == 401


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": "dance"},
        {"event": ["ask"]},
        {"event": "opened"},
        {"event": "opened", "order": "17"},
        {"event": "opened", "order": 17},
        {"event": "closed", "order": str(uuid.uuid4())},
        {"event": "closed", "order": str(uuid.uuid4()), "empty": "perhaps"},
        {"event": "broken", "compartment": 4711},
        {"event": "broken", "compartment": None},
    ],
)
def test_what_is_not_understood_changes_nothing(event: dict[str, object], box: Box) -> None:
    assert Cabinet(box).tell(**event).status_code == 422
    assert not Alarm.objects.exists()


def test_long_message_and_get_are_refused(box: Box) -> None:
    cabinet = Cabinet(box)
    assert cabinet.tell(event="ask", padding="x" * 5000).status_code == 401
    assert Client().get(cabinet.path).status_code == 405
    assert Client().post("/box/nowhere/hardware").status_code == 404


def test_broken_door_and_filled_slot_are_taken_note_of(box: Box, staff: Staff) -> None:
    deposit = make_in(Status.LOADED, box, staff)
    assert deposit.compartment
    cabinet = Cabinet(box)
    assert cabinet.tell(event="broken", compartment=deposit.compartment.number).status_code == 200
    assert cabinet.tell(event="slot").status_code == 200
    deposit.refresh_from_db()
    box.refresh_from_db()
    assert (deposit.status, box.slot_filled_at) == (Status.FAULT, NOW)


def test_box_key_prints_the_key(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("box_key", box=box.slug)
    assert capsys.readouterr().out.strip() == key_of(box)
    call_command("box_key", box=box.slug, new=True)
    box.refresh_from_db()
    assert capsys.readouterr().out.strip() == key_of(box)
    with pytest.raises(CommandError):
        call_command("box_key", box="nowhere")


def test_new_key_of_a_box_is_not_made_from_our_secret(box: Box) -> None:
    seen = Box(slug=box.slug, key_generation=box.key_generation + 1)  # by who has the secret alone
    assert key_of(boxes.renew_key(box=box)) not in {key_of(seen), key_of(box)}


EVENTS = ("ask", "opened", "closed", "broken", "power", "slot")


@contextmanager
def rows_held() -> Iterator[None]:
    """Somebody else writes what the message would write, for longer than we wait."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    try:
        with connection.cursor() as mine, other.cursor() as theirs:
            if connection.vendor == "postgresql":
                mine.execute("SET lock_timeout = '100ms'")
                theirs.execute(
                    "LOCK TABLE pickup_box_box, pickup_box_opening, pickup_box_compartment,"
                    " pickup_box_deposit IN EXCLUSIVE MODE"
                )
            else:
                mine.execute("PRAGMA busy_timeout = 100")
                theirs.execute("UPDATE pickup_box_box SET turn = turn")
        yield
    finally:
        other.rollback()
        other.close()
        connection.close()  # and with it how long it waits


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("event", EVENTS)
def test_message_during_a_lock_is_told_again_and_counts_then(
    event: str, box: Box, staff: Staff
) -> None:
    cabinet = Cabinet(box)
    deposit = make_in(Status.OPENED, box, staff)
    opening = Opening.objects.get(deposit=deposit, kind=Opening.Kind.COLLECT)
    told: dict[str, object] = {"event": event}
    told |= {"order": str(opening.nonce)} if event in {"opened", "closed"} else {}
    told |= {"empty": True} if event == "closed" else {}
    told |= {"compartment": opening.compartment.number} if event == "broken" else {}
    headers = cabinet.headers(json.dumps(told))
    with rows_held():
        answer = cabinet.tell(headers, **told)
        assert (answer.status_code, answer.json()) == (503, {"error": "try again"})
    assert not Nonce.objects.exists()
    assert cabinet.tell(headers, **told).status_code == 200  # the same message, word for word
    assert cabinet.tell(headers, **told).status_code == 409
    deposit.refresh_from_db()
    box.refresh_from_db()
    done = {
        "ask": box.seen_at == NOW,
        "opened": Opening.objects.filter(pk=opening.pk, opened_at__isnull=False).exists(),
        "closed": deposit.status == Status.CLEARED,
        "broken": deposit.status == Status.FAULT,
        "power": deposit.status == Status.UNKNOWN,
        "slot": box.slot_filled_at == NOW,
    }
    assert done[event]


def test_message_of_every_kind_is_raced() -> None:
    assert set(EVENTS) == set(api.EVENTS)


def test_message_that_is_too_late_by_a_hair_is_told_again(
    box: Box, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    cabinet = Cabinet(box)
    deposit = make_in(Status.OPENED, box, staff)
    opening = Opening.objects.get(deposit=deposit, kind=Opening.Kind.COLLECT)
    told = {"event": "closed", "order": str(opening.nonce), "empty": True}
    headers = cabinet.headers(json.dumps(told))

    def refuse(*args: object, **more: object) -> None:
        raise TransitionNotAllowed

    with monkeypatch.context() as between:
        between.setattr(doors, "transition", refuse)  # staff were first
        assert cabinet.tell(headers, **told).status_code == 503
    opening.refresh_from_db()
    assert opening.closed_at is None
    assert cabinet.tell(headers, **told).status_code == 200
    opening.refresh_from_db()
    assert opening.closed_at == NOW


def test_cabinet_hears_json_while_the_database_is_away(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    cabinet = Cabinet(box)

    def away(*args: object, **more: object) -> None:
        raise OperationalError("the connection is closed")

    headers = cabinet.headers('{"event": "ask"}')
    monkeypatch.setattr(api, "get_object_or_404", away)
    kind = "application/json"
    answer = Client().post(cabinet.path, '{"event": "ask"}', content_type=kind, headers=headers)
    assert (answer.status_code, answer.json()) == (503, {"error": "try again"})
