"""The page on which people say who they are."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from booking.models import Applicant, Appointment
from config.foundation.limits import Limit
from config.foundation.outbox import Notification
from config.foundation.relay import Relay
from tests.booking.visitors import DETAILS, Visitor, link_in_letter
from tests.corpus import REFUSED, Cases
from tests.corpus.addresses import ADDRESSES
from tests.corpus.dates import BIRTH_DATES
from tests.corpus.names import NAMES
from tests.corpus.phones import PHONES
from tests.factories import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


def test_details_copied_into_another_browser_do_nothing(
    visitor: Visitor, client: Client
) -> None:  # corpus 98
    visitor.verifies()
    values = visitor.slots()
    other = Visitor(Client())
    assert other.send("times/", {"slot": values[0]})["Location"] == "/en/?visit=over"
    other.verifies(family_name="Шевченко", email="olena@example.org")
    assert other.send("times/", {"slot": values[0]}).status_code == 422
    assert not Appointment.objects.exists()


def test_enter_details_keeps_them_and_sends_a_code(visitor: Visitor) -> None:
    visitor.enters()
    row = Applicant.objects.get()
    assert (row.family_name, row.birth_date, row.email) == (
        "Nguyễn",
        "1985-05-12",
        "anh@example.org",
    )
    assert row.situation["category"] == "expired"
    assert Notification.objects.filter(kind="booking.code").count() == 1


def test_enter_one_name_and_a_year_of_birth(visitor: Visitor) -> None:
    visitor.enters(given_names="", birth_date="00.00.1985")
    row = Applicant.objects.get()
    assert (row.given_names, row.birth_date) == ("", "1985")


@pytest.mark.parametrize(
    ("field", "cases"),
    [
        ("family_name", NAMES),
        ("given_names", NAMES),
        ("birth_date", BIRTH_DATES),
        ("email", ADDRESSES),
        ("phone", PHONES),
    ],
)
def test_bad_value_is_refused_at_its_field_and_kept(
    visitor: Visitor, field: str, cases: Cases
) -> None:  # corpus 4.1 to 4.3
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    for text, expect in cases:
        answer = visitor.send("details/", DETAILS | {field: text})
        if expect is REFUSED:
            assert answer.status_code == 422, text[:50]
            form = answer.context["form"]
            assert set(form.errors) == {field}, text[:50]
            assert 'role="alert"' in answer.content.decode()
            assert (
                form["family_name" if field != "family_name" else "email"].value()
                == (DETAILS["family_name" if field != "family_name" else "email"])
            )
            assert form[field].value() == text
        else:
            assert answer.status_code == 303, text[:50]
        Applicant.objects.all().delete()
        Notification.objects.all().delete()
        Limit.objects.all().delete()


def test_bad_details_leave_nothing_behind(visitor: Visitor) -> None:
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.send("details/", DETAILS | {"birth_date": "12/31/1985"})
    visitor.send("details/", {})
    assert not Applicant.objects.exists()
    assert not Notification.objects.exists()


@pytest.mark.parametrize("birth_date", ["24.11.2026", "01.01.1900"])
def test_impossible_birth_date_is_refused(visitor: Visitor, birth_date: str) -> None:  # corpus 67
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    answer = visitor.send("details/", DETAILS | {"birth_date": birth_date})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"birth_date"}


def test_fields_that_nobody_asked_for_change_nothing(visitor: Visitor) -> None:  # T-C2
    visitor.enters(
        verified_at="2026-01-01", id="1", person_key="x", namesake_number="7", situation="{}"
    )
    row = Applicant.objects.get()
    assert (row.verified_at, row.namesake_number) == (None, 0)
    assert row.situation["category"] == "expired"


def test_details_show_what_was_entered_to_somebody_who_comes_back(visitor: Visitor) -> None:
    visitor.enters()
    page = visitor.get("details/").content.decode()
    for text in ("Nguyễn", "12.05.1985", "anh@example.org"):
        assert f'value="{text}"' in page


def test_corrected_address_gets_its_code_at_once_and_the_old_one_is_dead(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.enters(email="anh@exmaple.org")
    old_code = visitor.code()
    old_link = link_in_letter()
    clock.move_to(MONDAY + timedelta(seconds=5))
    visitor.post("details/", DETAILS)
    code = visitor.code()
    assert mail.outbox[-1].to == ["anh@example.org"]
    assert Visitor(Client()).send(old_link).status_code == 410
    if old_code != code:
        assert visitor.send("verify/", {"code": old_code}).status_code == 422
    assert visitor.post("verify/", {"code": code}) == "times/"


def test_dead_mail_relay_costs_nobody_an_appointment(visitor: Visitor) -> None:
    Relay.objects.create(failing_since=MONDAY - timedelta(minutes=3), failed_at=MONDAY)
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("details/", DETAILS) == "times/"
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert visitor.post("review/") == "appointment/"
    other = DETAILS | {"given_names": "Minh", "email": "minh@example.org"}
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("details/", other) == "verify/"  # one waiver a session


def test_second_person_at_another_address_learns_nothing(visitor: Visitor) -> None:
    visitor.books()
    other = Visitor(Client())
    other.verifies(email="somebody.else@example.net")
    answer = other.send("times/", {"earliest": "1"})
    assert answer.status_code == 409
    assert "/en/contact/" in answer.content.decode()
    assert Appointment.objects.get().reference not in answer.content.decode()


@pytest.mark.usefixtures("slots")
@pytest.mark.parametrize(
    ("typed", "said"),
    [("5/3/1985", "5 March 1985"), ("00.05.1985", "May 1985"), ("1985", "1985")],
)
def test_birth_date_is_repeated_in_words(visitor: Visitor, typed: str, said: str) -> None:
    visitor.enters(birth_date=typed)
    assert f'<bdi class="nowrap">{said}</bdi>' in visitor.get("verify/").content.decode()
