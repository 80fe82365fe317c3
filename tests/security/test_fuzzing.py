"""The JSON interfaces meet whatever their descriptions make possible, and whatever they don't."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from booking.models import Slot
from pickup_box.api import EVENTS
from pickup_box.hardware import key_of, sign
from pickup_box.models import Box, Compartment
from tests.factories import MONDAY, SlotFactory
from tests.pickup_box.making import NOW, make_box

pytestmark = pytest.mark.django_db
# one database serves all examples of a test
FUZZ = of_hypothesis(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
described = schemathesis.openapi.from_path("docs/openapi.yaml")
described.app = WSGIHandler()


@pytest.fixture
def times(magdeburg: object) -> Iterator[None]:
    """A few free times on a Monday."""
    ends = (request_started, request_finished)
    for signal in ends:  # a server would close the connection that the test stands on
        signal.disconnect(close_old_connections)
    with time_machine.travel(MONDAY, tick=False):
        SlotFactory.create_batch(3)
        yield
    for signal in ends:
        signal.connect(close_old_connections)


@described.parametrize()
@FUZZ
def test_described_interface_keeps_to_its_description(case: Any, times: object) -> None:
    answer = case.call_and_validate()
    assert answer.status_code < 500
    assert Slot.objects.count() == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
MESSAGES = st.fixed_dictionaries(
    {"event": st.sampled_from(sorted(EVENTS)) | JSON},
    optional={"order": JSON, "empty": JSON, "compartment": JSON},
)


@pytest.fixture
def box(db: None) -> Iterator[Box]:
    """A box on a Tuesday."""
    with time_machine.travel(NOW, tick=False):
        yield make_box(compartments=2)


def _tell(box: Box, body: bytes, **changed: str) -> int:
    """The status of a message that the cabinet itself has signed."""
    path, timestamp = f"/box/{box.slug}/hardware", str(int(NOW.timestamp()))
    nonce = secrets.token_hex(16)
    signature = sign(key_of(box), timestamp, nonce, path, body.decode())
    headers = {"Box-Timestamp": timestamp, "Box-Nonce": nonce, "Box-Signature": signature}
    answer = Client().post(path, body, content_type="application/json", headers=headers | changed)
    return answer.status_code


@FUZZ
@given(message=MESSAGES | JSON)
@example(message={"event": "broken", "compartment": float("inf")})
@example(message={"event": "broken", "compartment": 10**30})
def test_cabinet_may_say_anything(message: Any, box: Box) -> None:
    assert _tell(box, json.dumps(message, default=str).encode()) in {200, 422}
    assert Compartment.objects.filter(box=box).count() == 2


@pytest.mark.parametrize("body", [b"", b"[" * 4000, b'{"event":' * 400, b"\x00", b"NaN", b'"'])
def test_cabinet_says_no_json(box: Box, body: bytes) -> None:
    assert _tell(box, body) == 422


@FUZZ
@given(
    header=st.sampled_from(["Box-Timestamp", "Box-Nonce", "Box-Signature"]),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80),
)
def test_stranger_with_any_header_is_refused(header: str, value: str, box: Box) -> None:
    assert _tell(box, b'{"event": "ask"}', **{header: value}) == 401
