"""The proof of work before a person's entries: T-A5, off until machines attack."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking.actions import details
from booking.models import Applicant
from config.foundation import proof
from config.foundation.office import Office
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, ApplicantFactory, OfficeFactory, ServiceStatusFactory
from tests.foundation.test_proof import solve
from tests.responses import Response

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(db: None, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody at the page of the details."""
    monkeypatch.setattr(proof, "COST", 50)
    ServiceStatusFactory()
    OfficeFactory()
    return _somebody()


def _somebody() -> Visitor:
    visitor = Visitor(Client())
    with time_machine.travel(MONDAY, tick=False):
        visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    return visitor


def _send(
    visitor: Visitor, fields: dict[str, str] | None = None, *, minutes: float = 0
) -> Response:
    with time_machine.travel(MONDAY + timedelta(minutes=minutes), tick=False):
        return visitor.send("details/", DETAILS | (fields or {}))


def _attack() -> None:
    Office.objects.update(proof=Office.Proof.ALWAYS)


def _asked(answer: Response) -> dict[str, str]:
    """What the page wants to have back, with the puzzle solved."""
    assert answer.status_code == 422
    page = answer.content.decode()
    data = dict(re.findall(r'data-(salt|target|cost)="(\w+)"', page))
    fields = dict(re.findall(r'name="(puzzle|waiting)" value="([^"]+)"', page))
    puzzle = proof.Puzzle(
        **fields | {"token": fields.pop("puzzle"), "open_at": MONDAY},
        **data | {"cost": int(data["cost"])},
    )
    return {"puzzle": puzzle.token, "waiting": puzzle.waiting, "answer": solve(puzzle)}


def test_proof_is_asked_of_nobody_by_default(visitor: Visitor) -> None:
    assert _send(visitor).status_code == 303


def test_proof_is_asked_before_anything_is_kept(visitor: Visitor) -> None:
    _attack()
    answer = _send(visitor)
    page = answer.content.decode()
    assert not Applicant.objects.exists()
    assert DETAILS["family_name"] in page  # what was typed is kept
    assert "<h1>One moment, please</h1>" in page
    assert 'role="alert"' in page
    assert 'role="status"' in page
    assert _send(visitor, _asked(answer)).status_code == 303
    assert Applicant.objects.count() == 1


def test_proof_is_good_once(visitor: Visitor) -> None:
    _attack()
    fields = _asked(_send(visitor))
    assert _send(visitor, fields).status_code == 303
    assert _send(visitor, fields).status_code == 422


def test_proof_of_another_session_is_refused(visitor: Visitor) -> None:
    _attack()
    fields = _asked(_send(visitor))
    assert _send(_somebody(), fields).status_code == 422


def test_proof_is_refused_after_five_minutes(visitor: Visitor) -> None:
    _attack()
    fields = _asked(_send(visitor)) | {"waiting": ""}
    assert _send(visitor, fields, minutes=5.1).status_code == 422


def test_person_without_javascript_waits_two_minutes(visitor: Visitor) -> None:
    _attack()
    answer = _send(visitor)
    page = answer.content.decode()
    assert "<bdi>08:02</bdi>" in page
    assert 'href="/en/contact/"' in page
    fields = _asked(answer) | {"answer": ""}
    early = _send(visitor, fields, minutes=1)
    assert "<bdi>08:02</bdi>" in early.content.decode()  # the time goes on
    fields = _asked(early) | {"answer": ""}
    assert _send(visitor, fields, minutes=2).status_code == 303


def test_proof_is_asked_while_very_many_are_on_their_way(visitor: Visitor) -> None:
    Office.objects.update(proof_above=3)
    ApplicantFactory.create_batch(3, touched_at=MONDAY)
    ApplicantFactory(touched_at=MONDAY - timedelta(minutes=11))
    assert _send(visitor).status_code == 303
    assert _send(_somebody()).status_code == 422
    assert _send(_somebody(), minutes=11).status_code == 303  # and not for ever


def test_proof_is_asked_of_an_address_that_enters_again_and_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(details, "ENTRIES_PER_VISITOR", 2)
    answers = [_send(_somebody()).status_code for _n in range(3)]
    assert answers == [303, 303, 422]
    other = Visitor(Client(REMOTE_ADDR="198.51.100.7"))
    other.client.cookies = visitor.client.cookies
    assert _send(other).status_code == 303
    Office.objects.update(proof=Office.Proof.NEVER)
    assert _send(_somebody()).status_code == 303
