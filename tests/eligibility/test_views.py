"""The check in its pages; dates are counted from the day of the run."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from config.foundation.office import Office, ServiceStatus
from eligibility.models import Outcome
from tests.corpus import REFUSED
from tests.corpus.dates import DAYS
from tests.eligibility.checking import (
    CHECK,
    NO,
    RESULT,
    TODAY,
    YES,
    monday_in_magdeburg,
    say,
)
from tests.factories import (
    ServiceStatusFactory,
)

__all__ = ["monday_in_magdeburg"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "category", ["expired", "expiring", "job_loss", "urgent_travel", "lost_document"]
)
def test_choose_a_category_leads_to_its_questions(client: Client, category: str) -> None:
    answer = client.post(CHECK, {"category": category})
    assert (answer.status_code, answer["Location"]) == (303, f"{CHECK}{category}/")
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert b'id="step"' in page.content


@pytest.mark.parametrize("value", [None, "", "visa", "a\x00b", "x" * 10_000])
def test_choose_nothing_or_nonsense_is_refused_with_a_sentence(
    client: Client, value: str | None
) -> None:
    page = client.post(CHECK, {} if value is None else {"category": value})
    assert page.status_code == 422
    assert b'role="alert"' in page.content
    assert not Outcome.objects.exists()


@pytest.mark.parametrize(("category", "answers"), YES)
def test_answer_yes_shows_an_eligible_decision(
    client: Client, category: str, answers: dict[str, str]
) -> None:
    answer = client.post(f"{CHECK}{category}/", answers)
    assert (answer.status_code, answer["Location"]) == (303, RESULT)
    page = client.get(RESULT)
    assert b'data-decision="eligible"' in page.content
    assert b"/en/details/" in page.content


@pytest.mark.parametrize(("category", "answers", "reason"), NO)
def test_answer_no_shows_the_reason_and_the_right_channel(
    client: Client, category: str, answers: dict[str, str], reason: str
) -> None:
    client.post(f"{CHECK}{category}/", answers)
    page = client.get(RESULT)
    assert b'data-decision="refused"' in page.content
    assert f'data-reason="{reason}"'.encode() in page.content
    assert b"mailto:" in page.content
    assert b"<form id" not in page.content
    assert b"/en/details/" not in page.content


def test_choose_something_else_shows_who_helps(client: Client) -> None:
    assert client.post(CHECK, {"category": "other"})["Location"] == RESULT
    assert b'data-reason="no_category"' in client.get(RESULT).content


def test_no_question_is_optional_first_and_needed_afterwards(client: Client) -> None:
    for category in ("expired", "expiring", "job_loss", "urgent_travel", "lost_document"):
        assert "(optional)" not in client.get(f"{CHECK}{category}/").content.decode()
    assert 'name="has_appointment"' in client.get(f"{CHECK}expired/").content.decode()
    page = client.post(f"{CHECK}expired/", {"title_valid_until": say(TODAY)}).content.decode()
    assert "(optional)" not in page
    assert 'name="has_appointment"' in page


def test_expired_title_that_is_still_valid_asks_about_an_appointment(client: Client) -> None:
    page = client.post(f"{CHECK}expired/", {"title_valid_until": "24.11.2026"})
    assert page.status_code == 422
    assert "has_appointment" in page.context["form"].errors
    assert b'value="24.11.2026"' in page.content


def test_departure_in_the_past_is_asked_again(client: Client) -> None:
    answers = {"departure_on": "22.11.2026", "travel_reason": "personal", "has_proof": "yes"}
    page = client.post(f"{CHECK}urgent_travel/", answers)
    assert page.status_code == 422
    assert page.context["form"].errors["departure_on"].as_data()[0].code == "past"
    assert b'value="22.11.2026"' in page.content


@pytest.mark.parametrize(
    ("category", "field"), [("expired", "title_valid_until"), ("urgent_travel", "departure_on")]
)
def test_bad_day_is_refused_at_its_field(
    client: Client, category: str, field: str
) -> None:  # corpus 4.3
    others = {"has_appointment": "no", "travel_reason": "personal", "has_proof": "yes"}
    for text, expect in DAYS:
        if expect is REFUSED:
            page = client.post(f"{CHECK}{category}/", {field: text, **others})
            assert page.status_code == 422, text[:50]
            assert field in page.context["form"].errors, text[:50]
    assert not Outcome.objects.exists()


@pytest.mark.parametrize(
    ("category", "field"),
    [
        ("expiring", "has_appointment"),
        ("job_loss", "has_proof"),
        ("urgent_travel", "travel_reason"),
        ("lost_document", "lost_what"),
    ],
)
@pytest.mark.parametrize("value", ["", "maybe", "True", "a\x00b", "x" * 10_000])
def test_value_that_was_not_offered_is_refused_at_its_field(
    client: Client, category: str, field: str, value: str
) -> None:
    answers = {
        "title_valid_until": "24.11.2026",
        "has_appointment": "no",
        "departure_on": "24.11.2026",
        "travel_reason": "personal",
        "has_proof": "yes",
        "lost_what": "residence_card",
    }
    page = client.post(f"{CHECK}{category}/", {**answers, field: value})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {field}


@pytest.mark.parametrize("category", ["other", "visa", "result2", "x" * 300])
def test_unknown_category_is_not_found(client: Client, category: str) -> None:
    assert client.get(f"{CHECK}{category}/").status_code == 404


def test_result_without_answers_leads_to_the_check(client: Client) -> None:  # T-B8
    answer = client.get(RESULT)
    assert (answer.status_code, answer["Location"]) == (303, f"{CHECK}?visit=over")


@pytest.mark.parametrize("path", [CHECK, f"{CHECK}expired/", RESULT])
def test_get_and_head_change_nothing(client: Client, path: str) -> None:  # T-L3
    for _again in range(3):
        client.get(path)
        client.head(path)
    assert not Outcome.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", [CHECK, f"{CHECK}expired/", RESULT])
def test_other_methods_are_not_allowed(client: Client, path: str, method: str) -> None:  # T-L4
    assert getattr(client, method)(path).status_code == 405


def test_pages_of_the_check_are_never_stored(client: Client) -> None:
    client.post(f"{CHECK}job_loss/", {"has_proof": "yes"})
    for path in (CHECK, f"{CHECK}expired/", RESULT):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_come_back_shows_the_answers_again(client: Client) -> None:
    client.post(f"{CHECK}expiring/", {"title_valid_until": "2026-11-24", "has_appointment": "no"})
    page = client.get(f"{CHECK}expiring/").content.decode()
    assert 'value="24.11.2026"' in page
    assert 'value="no" id="id_has_appointment_1" checked' in page


def test_outcomes_are_counted_per_day_and_reason(client: Client) -> None:
    for _again in range(3):
        client.post(f"{CHECK}job_loss/", {"has_proof": "no"})
    client.post(f"{CHECK}job_loss/", {"has_proof": "yes"})
    counts = Outcome.objects.values_list("day", "category", "reason", "eligible", "count")
    assert set(counts) == {
        (TODAY, "job_loss", "job_proof_missing", False, 3),
        (TODAY, "job_loss", "job_at_risk", True, 1),
    }


def test_today_is_the_day_in_the_office(client: Client) -> None:
    Office.objects.update(time_zone="Pacific/Auckland")
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        client.post(f"{CHECK}expired/", {"title_valid_until": "23.11.2026"})
    assert b'data-decision="eligible"' in client.get(RESULT).content


@pytest.mark.usefixtures("office_remembered")
def test_pages_of_the_check_need_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.post(f"{CHECK}job_loss/", {"has_proof": "no"})
    for path in (CHECK, f"{CHECK}expired/", RESULT):
        with django_assert_max_num_queries(8):
            client.get(path)


def test_promise_of_a_later_day_is_asked_of_the_rules(client: Client) -> None:
    answers = {"title_valid_until": "04.12.2026", "has_appointment": "yes"}
    client.post(f"{CHECK}expiring/", answers)
    assert "you can come back here" not in client.get(RESULT).content.decode()
    client.post(f"{CHECK}expiring/", answers | {"has_appointment": "no"})
    assert "you can come back here" in client.get(RESULT).content.decode()


def test_last_day_of_a_title_is_never_called_too_late(client: Client) -> None:
    client.post(f"{CHECK}expiring/", {"title_valid_until": say(TODAY), "has_appointment": "no"})
    page = client.get(RESULT).content.decode()
    assert "The last day still counts" in page
    assert "before the last day" not in page


@pytest.mark.parametrize("answers", [{"category": "other"}, {"category": "expiring"}])
def test_restricted_operation_is_visible_and_promises_no_ordinary_appointment(
    client: Client, answers: dict[str, str]
) -> None:
    ServiceStatusFactory(state=ServiceStatus.State.RESTRICTED)
    client.post(CHECK, answers)
    if answers["category"] == "expiring":
        later = {"title_valid_until": "24.12.2026", "has_appointment": "no"}
        client.post(f"{CHECK}expiring/", later)
    page = client.get(RESULT).content.decode()
    assert "Restricted operation" in page
    assert "sends you an appointment" not in page
    assert "is not giving regular appointments" in page
    ServiceStatus.objects.update(state=ServiceStatus.State.OPEN)
    page = client.get(RESULT).content.decode()
    assert "Restricted operation" not in page
    assert "sends you an appointment" in page


@pytest.mark.parametrize(
    ("category", "answers", "said"),
    [
        ("expired", {"title_valid_until": "5/11/2026"}, "5 November 2026"),
        (
            "urgent_travel",
            {"departure_on": "26 11 2026", "travel_reason": "professional", "has_proof": "yes"},
            "26 November 2026",
        ),
    ],
)
def test_typed_day_is_repeated_in_words(
    client: Client, category: str, answers: dict[str, str], said: str
) -> None:
    client.post(f"{CHECK}{category}/", answers)
    assert said in client.get(RESULT).content.decode()
