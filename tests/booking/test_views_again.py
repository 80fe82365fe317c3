"""Pressed again because the answer was lost, and answers that are given anew in another window."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from booking.models import Applicant, Appointment
from booking.states import Status
from booking.views import repeated_requests
from tests.booking.visitors import DETAILS, Visitor, link_in_letter, link_to
from tests.factories import MONDAY, ApplicantFactory, AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]

SESSION, CSRF = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME


def lost(visitor: Visitor, path: str, data: dict[str, str] | None = None) -> Any:
    """Posts a form whose answer never reaches the browser: page and cookies stay as they were."""
    form = visitor.in_hand.get(path) or visitor.form(path)
    before = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    answer = visitor.press(path, form, **(data or {}))
    for name in list(visitor.client.cookies):
        del visitor.client.cookies[name]
    for name, value in before.items():
        visitor.client.cookies[name] = value
    return answer


def with_session(key: str) -> Visitor:
    """Another browser with a session's key; an answer to a dead one would take it away again."""
    other = Visitor(Client())
    other.client.cookies[SESSION] = key
    return other


def stranger_with(visitor: Visitor, *names: str) -> Visitor:
    """Another browser that knows some cookies of the first one."""
    other = Visitor(Client())
    for name in names:
        other.client.cookies[name] = visitor.client.cookies[name].value
    return other


def test_code_whose_answer_was_lost_lets_in_when_it_is_sent_again(visitor: Visitor) -> None:
    """20 of 20 were thrown out: their session had gone with the answer."""
    visitor.enters()
    code = {"code": visitor.code()}
    assert lost(visitor, "verify/", code).status_code == 303
    assert lost(visitor, "verify/", code)["Location"] == "/en/times/"
    repeated_requests = visitor.press("verify/", visitor.in_hand["verify/"], **code)
    assert repeated_requests["Location"] == "/en/times/"
    assert visitor.post("times/", {"slot": visitor.slots()[0]}) == "review/"
    assert visitor.post("review/") == "appointment/"


def test_old_session_shows_nothing_of_the_new_one(visitor: Visitor) -> None:
    """Whoever knew the cookies before has nothing of the proof, and no way in without the code."""
    visitor.enters()
    code, form = visitor.code(), visitor.form("verify/")
    known = {name: morsel.value for name, morsel in visitor.client.cookies.items()}

    def with_known() -> Visitor:
        # a browser of its own each time: an answer to a dead session takes the cookie away
        other = Visitor(Client())
        for name, value in known.items():
            other.client.cookies[name] = value
        return other

    visitor.post("verify/", {"code": code})
    visitor.post("times/", {"slot": visitor.slots()[0]})
    for path in ("times/", "review/", "details/", "verify/", "appointment/"):
        answer = with_known().get(path)
        assert (answer.status_code, answer["Location"]) == (303, "/en/?visit=over"), path
    for number in range(12):
        wrong = f"{(int(code) + 1 + number) % 10**6:06}"
        answer = with_known().press("verify/", form, code=wrong)
        assert answer["Location"] == "/en/?visit=over"
    # not even with it: too many were tried with this key
    assert with_known().press("verify/", form, code=code)["Location"] == "/en/?visit=over"


@pytest.mark.parametrize("known", [(), (CSRF,)])
def test_code_alone_lets_nobody_in(visitor: Visitor, known: tuple[str, ...]) -> None:
    visitor.enters()
    code = {"code": visitor.code()}
    visitor.post("verify/", code)
    names = [name for name in known if name in visitor.client.cookies]
    assert stranger_with(visitor, *names).send("verify/", code)["Location"] == "/en/?visit=over"


def test_code_is_sent_again_in_vain_after_two_minutes(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters()
    code = {"code": visitor.code()}
    lost(visitor, "verify/", code)
    clock.move_to(MONDAY + timedelta(seconds=119))
    assert lost(visitor, "verify/", code)["Location"] == "/en/times/"
    clock.move_to(MONDAY + timedelta(minutes=5))
    assert visitor.send("verify/", code)["Location"] == "/en/?visit=over"


def test_what_is_remembered_of_a_proof_is_no_session(visitor: Visitor) -> None:
    visitor.enters()
    visitor.post("verify/", {"code": visitor.code()})
    present = visitor.client.cookies[SESSION].value
    for row in Session.objects.exclude(session_key=present):
        other = Visitor(Client())
        other.client.cookies[SESSION] = row.session_key
        assert other.get("times/")["Location"] == "/en/?visit=over"


def test_link_whose_answer_was_lost_lets_in_when_it_is_pressed_again(visitor: Visitor) -> None:
    visitor.enters()
    visitor.code()
    path = link_in_letter()
    assert lost(visitor, path).status_code == 303
    assert visitor.post(path) == "times/"
    assert Visitor(Client()).send(path).status_code == 410
    assert with_session("a" * 32).send(path).status_code == 410


def test_link_to_an_appointment_keeps_what_was_entered_when_its_answer_is_lost(
    visitor: Visitor,
) -> None:
    other = AppointmentFactory()
    visitor.enters()
    path, before = link_to(other), visitor.client.cookies[SESSION].value
    visitor.get(path)
    visitor.client.cookies[SESSION] = before
    assert visitor.get("details/").status_code == 303  # what it knew is not for the old key
    visitor.client.cookies[SESSION] = before
    visitor.get(path)
    assert other.reference in visitor.get("manage/").content.decode()
    assert DETAILS["email"] in visitor.get("details/").content.decode()


def _answers_no(visitor: Visitor) -> None:
    assert visitor.post("check/", {"category": "other"}) == "check/result/"


def _answers_otherwise(visitor: Visitor) -> None:
    assert visitor.post("check/expired/", {"title_valid_until": "19.11.2026"}) == "check/result/"


@pytest.mark.parametrize("answers", [_answers_no, _answers_otherwise])
@pytest.mark.parametrize(
    ("path", "data"),
    [("review/", {}), ("review/extend/", {}), ("times/", {"earliest": "1"}), ("waiting/", {})],
)
def test_answers_given_anew_are_asked_for_before_anything_is_done(
    visitor: Visitor, answers: Any, path: str, data: dict[str, str]
) -> None:  # 87
    visitor.holds()
    before = Appointment.objects.values().get()
    answers(visitor)
    answer = visitor.send(path, data)
    assert answer.status_code == 409
    assert "Please answer the questions about your situation first." in answer.content.decode()
    assert Appointment.objects.values().get() == before


def test_answers_given_anew_count_once_the_details_are_sent(visitor: Visitor) -> None:
    visitor.holds()
    _answers_otherwise(visitor)
    assert visitor.send("review/").status_code == 409
    assert visitor.post("details/", DETAILS) == "review/"
    assert visitor.post("review/") == "appointment/"
    booked = Appointment.objects.get()
    assert booked.status == Status.BOOKED
    assert booked.situation["answers"] == {"title_valid_until": "2026-11-19"}
    assert Applicant.objects.get().situation == booked.situation


def test_same_answers_again_change_nothing(visitor: Visitor) -> None:
    visitor.holds()
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("review/") == "appointment/"


def test_booked_appointment_stays_whatever_is_answered_later(visitor: Visitor) -> None:
    visitor.books()
    _answers_no(visitor)
    assert visitor.post("review/") == "appointment/"


def test_two_answers_at_once_keep_one_proof(now: datetime) -> None:
    """Both look, find nothing and insert: the second was answered with 500."""
    request: Any = SimpleNamespace(COOKIES={SESSION: "key"}, session={})
    applicant = ApplicantFactory()

    def after_the_other(execute: Any, sql: str, *more: Any) -> Any:
        if sql.startswith('INSERT INTO "django_session"'):
            execute(sql, *more)
        return execute(sql, *more)

    with connection.execute_wrapper(after_the_other):
        repeated_requests.keep_proof(request, applicant, proof="123456", now=now)
    assert (
        repeated_requests.recently_verified_applicant(request, proof="123456", now=now) == applicant
    )
