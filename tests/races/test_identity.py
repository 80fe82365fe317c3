"""Who acts, and for whom: two requests of one browser at once, through the pages themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from booking import actions
from booking.actions.retention import Periods
from booking.models import Applicant, Appointment, WaitingEntry
from booking.models.applicants import mint_code
from booking.states import SETTLED, Status
from config.foundation.actions import Refused
from eligibility import situation
from eligibility.rules import LOST_RESIDENCE_DOCUMENTS, Answers
from tests.booking.visitors import PAGES, hidden_fields
from tests.invariants import assert_invariants
from tests.races.stage import at_once, open_times

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12
_number = count()


class Person:
    """A browser of somebody who has entered details, and its second window."""

    def __init__(self, *, verified: bool) -> None:
        now = timezone.now()
        found = situation.assess(
            "lost_document", Answers(lost_what=LOST_RESIDENCE_DOCUMENTS[0]), today=now.date()
        )
        self.entered: dict[str, Any] = {
            "family_name": "Öztürk",
            "given_names": f"Çağla {'abcdefghijklmnopqrstuvwxyz'[next(_number) % 26]}",
            "birth_date": "1990-01-01",
            "email": f"race{next(_number)}@example.org",
            "phone": "",
            "access_need": "",
            "language": "en",
            "situation": found.snapshot,
        }
        self.applicant = actions.save_draft(applicant=None, verified=None, now=now, **self.entered)
        session: SessionBase = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
        session["applicant"] = self.applicant.pk
        session["situation"] = found.snapshot
        if verified:
            rows = Applicant.objects.filter(pk=self.applicant.pk)
            rows.update(verified_at=now, proved_address_key=F("address_key"))
            self.applicant.refresh_from_db()
            session["verified"] = self.applicant.pk
        session.save()
        self.key = session.session_key

    def posts(self, path: str, **data: str) -> Callable[[], int]:
        """A press in a window of its own that is open already; it answers with its status."""
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.key or ""
        at = f"/en/{PAGES.get(path, path)}"
        form = hidden_fields(client.get(at).content.decode(), f"/en/{path}", at=at)
        assert form, path

        def press() -> int:
            return int(client.post(f"/en/{path}", form | data).status_code)

        return press

    def enters(self, **changes: str) -> Callable[[], int]:
        """The page of the details, sent with other entries."""
        fields = {name: value for name, value in self.entered.items() if isinstance(value, str)}
        return self.posts("details/", **fields | {"birth_date": "01.01.1990"} | changes)


@pytest.fixture(autouse=True)
def _times(transactional_db: None) -> None:
    open_times(100, now=timezone.now())


def check_identity() -> None:
    """Whoever is booked or waits is who the applicant is, at an address that is proved."""
    assert_invariants()
    for row in Appointment.objects.filter(status__in=SETTLED).select_related("applicant"):
        who = row.applicant
        assert (row.person_key, row.namesake_number) == (who.person_key, who.namesake_number)
        assert who.verified_at is not None
        assert who.proved_address_key == who.address_key
    for entry in WaitingEntry.objects.active().select_related("applicant"):
        assert entry.person_key == entry.applicant.person_key
        assert entry.applicant.is_verified


def readable(*told: int) -> None:
    """Everybody got an answer that says something."""
    assert all(status in {303, 400, 403, 409, 422} for status in told), told


@pytest.mark.parametrize(
    ("path", "data"), [("times/", {"earliest": "1"}), ("waiting/", {})], ids=["hold", "join"]
)
def test_acting_and_ending_at_once(path: str, data: dict[str, str]) -> None:
    """Seven of ten such pairs hung the process that answered them."""
    for _round in range(ROUNDS):
        person = Person(verified=True)
        readable(*at_once(person.posts(path, **data), person.posts("end/")))
        check_identity()


@pytest.mark.parametrize("changes", [{"given_names": "Elif"}, {"email": "other@example.org"}])
def test_confirming_and_entering_at_once(changes: dict[str, str]) -> None:
    """Eight of ninety appointments were booked under another name, others to another address."""
    for _round in range(ROUNDS):
        person = Person(verified=True)
        actions.hold_earliest(applicant=person.applicant, now=timezone.now())
        readable(*at_once(person.posts("review/"), person.enters(**changes)))
        check_identity()
        actions.expire_due_holds(now=timezone.now())


@pytest.mark.parametrize(
    ("path", "data"), [("times/", {"earliest": "1"}), ("waiting/", {})], ids=["hold", "join"]
)
def test_acting_and_entering_at_once(path: str, data: dict[str, str]) -> None:
    for _round in range(ROUNDS):
        person = Person(verified=True)
        readable(*at_once(person.posts(path, **data), person.enters(given_names="Elif")))
        check_identity()


def test_proving_and_entering_at_once() -> None:
    """Three of ninety addresses were proved by the code of another one."""
    for _round in range(ROUNDS):
        person = Person(verified=False)
        code = mint_code(person.applicant, now=timezone.now())
        verify = person.posts("verify/", code=code)
        readable(*at_once(verify, person.enters(email=f"x{next(_number)}@example.org")))
        person.applicant.refresh_from_db()
        if person.applicant.email != person.entered["email"]:
            assert person.applicant.verified_at is None


def test_confirming_and_ending_at_once() -> None:
    """What is confirmed keeps its person; what is not is gone."""
    for _round in range(ROUNDS):
        person = Person(verified=True)
        held = actions.hold_earliest(applicant=person.applicant, now=timezone.now())
        readable(*at_once(person.posts("review/"), person.posts("end/")))
        held.refresh_from_db()
        gone = Applicant.objects.get(pk=person.applicant.pk).forgotten_at
        assert (held.status == Status.BOOKED) == (gone is None)
        check_identity()


def test_same_entries_twice_at_once_are_one_person() -> None:
    for _round in range(ROUNDS):
        person = Person(verified=False)
        twice = [person.enters(given_names="Elif")] * 2
        assert at_once(*twice) == [303, 303]
        assert Applicant.objects.filter(email=person.entered["email"]).count() == 1


def test_forgetting_and_holding_at_once() -> None:
    """Retention and a person meet at the same row: it is blank, or it is theirs."""
    periods = Periods()
    for _round in range(ROUNDS):
        person = Person(verified=True)
        now: datetime = timezone.now()
        Applicant.objects.filter(pk=person.applicant.pk).update(touched_at=now - periods.draft_idle)
        fresh = Applicant.objects.get(pk=person.applicant.pk)

        def hold(who: Applicant = fresh) -> int:
            try:
                actions.hold_earliest(applicant=who, now=timezone.now())
            except Refused:
                return 409
            return 303

        def forget(at: datetime = now) -> int:
            actions.forget(now=at, periods=periods, apply=True)
            return 303

        held, _forgotten = at_once(hold, forget)
        kept = Applicant.objects.filter(pk=person.applicant.pk, forgotten_at=None).exists()
        assert kept == (held == 303)
        check_identity()
