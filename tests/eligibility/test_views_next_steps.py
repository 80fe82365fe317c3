"""Where a decision leads: to the next free appointment, or to who helps instead."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.availability import forget_memory as forget_times
from config.foundation.contacts import Link
from config.foundation.office import CounterGroup, Office, ServiceStatus
from tests.eligibility.checking import (
    CHECK,
    NO,
    NOW,
    RESULT,
    TODAY,
    YES,
    monday_in_magdeburg,
    say,
)
from tests.factories import (
    TUESDAY_NINE,
    AppointmentFactory,
    ServiceStatusFactory,
    SlotFactory,
)

__all__ = ["monday_in_magdeburg"]

pytestmark = pytest.mark.django_db


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
    assert "Tuesday, 24 November 2026 at\u00a009:00" in page
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
    assert "Next available appointment" in page
    assert '<p class="big">Tuesday, 24 November 2026 at\u00a009:00</p>' in page
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
    assert "after that: <strong>Tuesday, 24 November 2026 at\u00a009:00</strong>" in page
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
    for procedure, number in (("study", 5), ("humanitarian", 7)):
        first = client.get(f"/en/documents/{procedure}/").content.decode()
        found = re.search(rf'action="/en/documents/{procedure}/step/1/([\w-]+)/"', first)
        assert found
        asked = f"/en/documents/{procedure}/step/{number}/{found[1]}/"
        assert 'name="title_ends_on" value="24.12.2026"' in client.get(asked).content.decode()
        changed = asked.replace("/step/", "/change/")
        assert "24.12.2026" not in client.get(changed).content.decode(), "left empty on purpose"
    page = client.get("/en/documents/emergency/").content.decode()
    assert re.findall(r'name="category" value="(\w+)"[^>]* checked', page) == ["expiring"]
    wrong = client.post(asked, {"title_ends_on": "soon"}).content.decode()
    assert 'name="title_ends_on" value="soon"' in wrong, "what somebody types is their own"
