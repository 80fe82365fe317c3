"""The check in its pages; dates are counted from the day of the run."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.availability import forget_memory as forget_times
from config.foundation.contacts import Link
from config.foundation.office import CounterGroup, Office, ServiceStatus
from eligibility.models import Outcome
from tests.corpus import REFUSED
from tests.corpus.dates import DAYS
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    CounterGroupFactory,
    OfficeFactory,
    ServiceStatusFactory,
    SlotFactory,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CHECK = "/en/check/"
RESULT = "/en/check/result/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_in_magdeburg(db: None) -> Iterator[None]:
    OfficeFactory()
    CounterGroupFactory(mailbox="office@example.org")
    with time_machine.travel(NOW, tick=False):
        yield


def say(day: date) -> str:
    return f"{day:%d.%m.%Y}"


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


YES = [
    ("expired", {"title_valid_until": say(TODAY - timedelta(days=1))}),
    ("expired", {"title_valid_until": "2026-11-22", "has_appointment": "yes"}),
    ("expiring", {"title_valid_until": say(TODAY), "has_appointment": "no"}),
    ("expiring", {"title_valid_until": say(TODAY + timedelta(days=7)), "has_appointment": "no"}),
    ("job_loss", {"has_proof": "yes"}),
    (
        "urgent_travel",
        {"departure_on": "2026-11-30", "travel_reason": "professional", "has_proof": "yes"},
    ),
    ("lost_document", {"lost_what": "residence_card"}),
]
NO = [
    ("expiring", {"title_valid_until": "01.12.2026", "has_appointment": "no"}, "expires_later"),
    ("expiring", {"title_valid_until": "24.11.2026", "has_appointment": "yes"}, "has_appointment"),
    ("job_loss", {"has_proof": "no"}, "job_proof_missing"),
    (
        "urgent_travel",
        {"departure_on": "2026-12-01", "travel_reason": "personal", "has_proof": "yes"},
        "departure_later",
    ),
    (
        "urgent_travel",
        {"departure_on": "2026-11-30", "travel_reason": "personal", "has_proof": "no"},
        "travel_proof_missing",
    ),
    ("lost_document", {"lost_what": "passport"}, "passport_lost"),
]


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
    assert "is not giving ordinary appointments" in page
    ServiceStatus.objects.update(state=ServiceStatus.State.OPEN)
    page = client.get(RESULT).content.decode()
    assert "Restricted operation" not in page
    assert "sends you an appointment" in page


def _travels(client: Client, day: str) -> str:
    client.post(
        f"{CHECK}urgent_travel/",
        {"departure_on": day, "travel_reason": "personal", "has_proof": "yes"},
    )
    return client.get(RESULT).content.decode()


def test_yes_before_a_departure_looks_for_times_first(client: Client) -> None:
    forget_times()
    page = _travels(client, "24.11.2026")
    assert "There is no appointment before your departure" in page
    assert "mailto:office@example.org" in page
    assert 'data-decision="eligible"' in page

    slot = SlotFactory(starts_at=TUESDAY_NINE)
    forget_times()
    page = _travels(client, "24.11.2026")
    assert "You can book an emergency appointment" in page
    assert "are taken at the moment" not in page
    assert "Tuesday, 24 November 2026 at 09:00" in page
    assert 'data-next-free="2026-11-24T09:00:00+01:00"' in page

    AppointmentFactory(slot=slot)
    forget_times()
    page = _travels(client, "24.11.2026")
    assert "You can book an emergency appointment" in page
    assert "All appointments before your departure are taken at the moment" in page
    # a time that comes after the departure helps nobody
    SlotFactory(starts_at=TUESDAY_NINE + timedelta(days=1))
    forget_times()
    assert "are taken at the moment" in _travels(client, "24.11.2026")


def test_yes_says_when_the_next_free_appointment_is(client: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE)
    forget_times()
    client.post(f"{CHECK}job_loss/", {"has_proof": "yes"})
    page = client.get(RESULT).content.decode()
    assert "Next free appointment" in page
    assert '<p class="big">Tuesday, 24 November 2026 at 09:00</p>' in page
    assert "data-reach" not in page


def test_yes_without_a_free_appointment_says_so_and_who_helps(client: Client) -> None:
    forget_times()
    client.post(f"{CHECK}job_loss/", {"has_proof": "yes"})
    page = client.get(RESULT).content.decode()
    assert "All appointments are taken at the moment" in page
    assert "join the waiting list" in page
    assert "mailto:office@example.org" in page


def test_yes_before_an_expiry_names_the_first_appointment_after_it(client: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE)
    forget_times()
    client.post(f"{CHECK}expiring/", {"title_valid_until": say(TODAY), "has_appointment": "no"})
    page = client.get(RESULT).content.decode()
    assert "before your residence title expires are taken" in page
    assert "after that: <strong>Tuesday, 24 November 2026 at 09:00</strong>" in page
    assert 'data-next-free=""' in page


def test_pause_promises_no_appointment(client: Client) -> None:
    SlotFactory(starts_at=TUESDAY_NINE)
    forget_times()
    client.post(f"{CHECK}job_loss/", {"has_proof": "yes"})
    assert "data-next-free" in client.get(RESULT).content.decode()
    ServiceStatusFactory(state=ServiceStatus.State.PAUSED)
    assert "data-next-free" not in client.get(RESULT).content.decode()


@pytest.mark.usefixtures("office_remembered")
@pytest.mark.parametrize(("category", "answers"), YES)
def test_yes_reads_the_session_and_one_thing_more_at_most(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    category: str,
    answers: dict[str, str],
) -> None:
    CounterGroup.objects.all().delete()
    mailbox = {"slug": "central", "kind": "mailbox", "name": {"de": "Zentrale"}, "places": "check"}
    Link.objects.create(address="central@example.org", **mailbox)
    client.post(f"{CHECK}{category}/", answers)
    forget_times()
    client.get(RESULT)
    with django_assert_num_queries(2):  # whether anybody is served at all
        client.get(RESULT)
    SlotFactory(starts_at=NOW + timedelta(hours=1))
    forget_times()
    client.get(RESULT)
    with django_assert_num_queries(1):
        client.get(RESULT)


def _no(client: Client, category: str = "expiring", **answers: str) -> str:
    client.post(f"{CHECK}{category}/", answers)
    page = client.get(RESULT).content.decode()
    return page.partition("<article")[2].partition("</article>")[0]


def test_no_leads_to_the_online_service_or_else_to_the_website(client: Client) -> None:
    later = {"title_valid_until": "24.12.2026", "has_appointment": "no"}
    assert 'rel="noreferrer"' not in _no(client, **later), "nobody has said an address"
    Office.objects.update(website="https://office.example/")
    assert 'href="https://office.example/"' in _no(client, **later)
    Link.objects.create(
        slug="online", kind="service", name={"de": "Online-Antrag"}, address="https://a.example/b"
    )
    page = _no(client, **later)
    assert 'href="https://a.example/b"' in page
    assert "https://office.example/" not in page


def test_no_names_hours_and_a_button_to_call(client: Client) -> None:
    page = _no(client, "job_loss", has_proof="no")
    assert "tel:" not in page
    assert "Opening hours" not in page
    Office.objects.update(phone="0391 540-4389", opening_hours={"de": "8 bis 12 Uhr"})
    page = _no(client, "job_loss", has_proof="no")
    assert '<a class="kern-btn kern-btn--secondary" href="tel:03915404389">' in page
    assert "8 bis 12 Uhr" in page


def test_no_names_the_right_mailbox_alone(client: Client) -> None:
    for slug, place in (("central", "check"), ("work", "check.job_loss"), ("other", "study")):
        Link.objects.create(
            slug=slug,
            kind="mailbox",
            name={"de": slug},
            address=f"{slug}@example.org",
            places=place,
        )
    page = _no(client, "job_loss", has_proof="no")
    assert re.findall(r"mailto:(\w+)@", page) == ["work"]
    assert re.findall(r"mailto:(\w+)@", _no(client, "lost_document", lost_what="passport")) == [
        "central"
    ]


@pytest.mark.parametrize(("category", "answers", "reason"), NO)
def test_no_carries_links_on(
    client: Client, category: str, answers: dict[str, str], reason: str
) -> None:
    page = _no(client, category, **answers)
    lists = re.findall(r'href="/en/(documents/[^"]*)"', page)
    comes_back = {"expires_later", "job_proof_missing", "departure_later", "travel_proof_missing"}
    assert ("documents/emergency/" in lists) == (reason in comes_back)
    assert ("documents/" in lists) == (reason != "passport_lost")


def test_answers_of_the_check_are_filled_in_on_the_way_to_a_list(client: Client) -> None:
    call_command("load_catalogue", verbosity=0)
    _no(client, title_valid_until="24.12.2026", has_appointment="no")
    for procedure in ("study", "humanitarian"):
        page = client.get(f"/en/documents/{procedure}/").content.decode()
        assert 'name="title_ends_on" value="24.12.2026"' in page
    page = client.get("/en/documents/emergency/").content.decode()
    assert re.findall(r'name="category" value="(\w+)"[^>]* checked', page) == ["expiring"]
    typed = client.post("/en/documents/study/", {"title_ends_on": ""}).content.decode()
    assert "24.12.2026" not in typed, "what somebody types is their own"


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
