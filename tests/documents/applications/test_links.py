"""The link to an application once more: for who knows number and date of birth, told to nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from config.foundation.outbox import Notification, send_due
from documents.applications.actions.links import send_link_again
from documents.applications.actions.refusals import TooManyLookups
from documents.applications.limits import LINK_LETTERS, LINKS_PER_VISITOR
from documents.applications.links import application_of, link_secret
from documents.applications.models import Application
from tests.documents.applications.making import NOW

pytestmark = pytest.mark.django_db
PATH = "/en/application/link/"


def ask(number: str, born: str, *, at: timedelta = timedelta()) -> str:
    """What the page says then."""
    with time_machine.travel(NOW + at, tick=False):
        page = Client().post(PATH, {"reference": number, "birth_date": born}, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def promised() -> int:
    """How many letters with the link alone."""
    return Notification.objects.filter(kind="applications.link").count()


@pytest.mark.parametrize("typed", ["{}", "{} ", " {}", "a{}"])
def test_link_comes_by_letter(sent: Application, typed: str) -> None:
    number = str(sent.reference)
    without = number.removeprefix("A-")
    entered = {"{}": number, "{} ": f"{number.lower()} ", " {}": f" {without}"}.get(
        typed, number.replace("-", "")
    )
    page = ask(entered, "01.02.1990")
    assert "on its way" in page
    send_due(queue=Notification.Queue.ORDINARY, now=NOW)
    letter = next(one for one in mail.outbox if link_secret(sent) in str(one.body))
    assert number not in letter.subject
    assert application_of(link_secret(sent)) == sent


@pytest.mark.parametrize(
    ("number", "born"), [("A-2222-2222", "01.02.1990"), (None, "02.02.1990"), (None, "1990")]
)
def test_wrong_answers_are_told_the_same_and_send_nothing(
    sent: Application, number: str | None, born: str
) -> None:
    right = ask(str(sent.reference), "01.02.1990", at=timedelta(days=-1))
    before = promised()
    wrong = ask(number or str(sent.reference), born)
    assert "on its way" in right
    assert "on its way" in wrong
    assert promised() == before


def test_many_presses_are_one_letter_and_later_another(sent: Application) -> None:
    for _press in range(3):
        ask(str(sent.reference), "01.02.1990")
    assert promised() == 1
    ask(str(sent.reference), "01.02.1990", at=timedelta(minutes=10))
    assert promised() == 2


def test_who_knows_number_and_date_fills_no_mailbox(sent: Application) -> None:
    for press in range(2 * LINK_LETTERS):
        assert "on its way" in ask(
            str(sent.reference), "01.02.1990", at=timedelta(minutes=10 * press)
        )
    assert promised() == LINK_LETTERS
    ask(str(sent.reference), "01.02.1990", at=timedelta(days=1))
    assert promised() == LINK_LETTERS + 1


def test_what_was_erased_has_no_link(sent: Application) -> None:
    Application.objects.update(forgotten_at=NOW, sealed_key=None)
    assert Client().get(PATH).status_code == 404
    send_link_again(
        reference=str(sent.reference), birth_date="1990-02-01", visitor="192.0.2.1", now=NOW
    )
    assert promised() == 0


@pytest.mark.usefixtures("intake")
def test_nobody_has_applied_yet() -> None:
    assert Client().get(PATH).status_code == 404


def test_one_place_may_not_try_for_ever(sent: Application) -> None:
    for _try in range(LINKS_PER_VISITOR):
        send_link_again(reference="A", birth_date="1990", visitor="198.51.100.7", now=NOW)
    with pytest.raises(TooManyLookups):
        send_link_again(reference="A", birth_date="1990", visitor="198.51.100.7", now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": "", "birth_date": "01.02.1990"},
        {"reference": "A-7K3F-92QX", "birth_date": "yesterday"},
        {"reference": "x" * 41, "birth_date": "01.02.1990"},
        {"reference": "\x00", "birth_date": "01.02.1990"},
    ],
)
def test_wrong_entries_say_so(sent: Application, wrong: dict[str, str]) -> None:
    answer = Client().post(PATH, wrong)
    assert answer.status_code == 422
    assert "<title>Error: " in answer.content.decode()
