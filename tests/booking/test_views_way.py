"""The applicant's way, page by page; forms are posted as a browser without JavaScript does."""

import re
from datetime import datetime, timedelta

import factory
import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import availability
from booking.models import Applicant, Appointment, Slot
from booking.states import Status
from config.foundation.letters import Letter, Relay
from config.foundation.limits import Limit
from config.foundation.office import ServiceStatus, forget_memory
from tests.booking.visitors import DETAILS, Visitor
from tests.corpus import REFUSED
from tests.corpus.addresses import ADDRESSES
from tests.corpus.dates import BIRTH_DATES
from tests.corpus.flow import FOREIGN_IDS
from tests.corpus.names import NAMES
from tests.corpus.phones import PHONES
from tests.factories import MONDAY, TUESDAY_NINE, AppointmentFactory, SlotFactory

LINK = re.compile(r"http://testserver(/\w+/verify/[\w-]+/)")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("slots")]


@pytest.fixture(autouse=True)
def clock():
    availability.forget_memory()
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(client):
    return Visitor(client)


# --- the whole way -------------------------------------------------------------------------------


@pytest.mark.usefixtures("catalogue")
def test_book_takes_ten_pages_and_six_forms(visitor):
    pages = ["", "check/"]
    forms = 0
    answers = {"title_valid_until": "20.11.2026"}
    for path, data in [("check/", {"category": "expired"}), ("check/expired/", answers)]:
        pages.append(visitor.post(path, data))
        forms += 1
    assert b'data-decision="eligible"' in visitor.get(pages[-1]).content
    pages.append("checklist/")
    assert visitor.get("checklist/").status_code == 200
    pages += ["details/", visitor.post("details/", DETAILS)]
    pages.append(visitor.post("verify/", {"code": visitor.code()}))
    pages.append(visitor.post("times/", {"slot": visitor.slots()[0]}))
    pages.append(visitor.post("review/", {}))
    forms += 4
    assert pages == [
        *("", "check/", "check/expired/", "check/result/", "checklist/", "details/"),
        *("verify/", "times/", "review/", "appointment/"),
    ]
    assert (len(pages), forms) == (10, 6)
    appointment = Appointment.objects.get()
    assert appointment.status == Status.BOOKED
    page = visitor.get("appointment/").content.decode()
    assert re.search(r'id="reference"[^>]*>\s*' + appointment.reference, page)


# --- start ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office_remembered")
def test_start_is_cheap_and_leaves_no_trace(visitor, django_assert_max_num_queries):
    visitor.get("")
    with django_assert_max_num_queries(8):
        page = visitor.get("")
    assert page.status_code == 200
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")
    assert not Session.objects.exists()


def test_start_says_how_many_are_free_and_when_the_next_open(visitor, clock):
    SlotFactory(starts_at=MONDAY + timedelta(days=10))
    page = visitor.get("").content.decode()
    assert 'data-free="3"' in page
    assert "Nov. 26, 2026" in page
    assert "07:00" in page


def test_availability_tells_machines_the_same_without_slots(client):
    SlotFactory(starts_at=MONDAY + timedelta(days=10))
    answer = client.get("/api/v1/availability")
    assert answer.json() == {
        "free": 3,
        "next_opening_at": "2026-11-26T06:00:00+00:00",
        "status": "open",
    }
    assert not answer.cookies


def test_availability_is_counted_once_a_second(client, settings, django_assert_num_queries):
    settings.OFFICE_MEMORY_SECONDS = 1
    client.get("/api/v1/availability")
    with django_assert_num_queries(0):
        client.get("/api/v1/availability")
    forget_memory()


# --- nobody skips a step -------------------------------------------------------------------------

STEPS = ["details/", "verify/", "times/", "review/"]
ACTS = ["verify/resend/", "review/extend/", "review/give-up/"]


@pytest.mark.parametrize("path", STEPS)
def test_skip_to_a_step_leads_to_the_start_and_writes_nothing(visitor, path):  # T-B8
    answers = [visitor.get(path), visitor.send(path, DETAILS | {"code": "123456", "slot": "1"})]
    assert [(one.status_code, one["Location"]) for one in answers] == [(303, "/en/")] * 2
    assert not Applicant.objects.exists()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("path", ACTS)
def test_act_without_a_draft_leads_to_the_start(visitor, path):  # T-B8
    answer = visitor.send(path)
    assert (answer.status_code, answer["Location"]) == (303, "/en/")


def test_skip_the_check_with_a_refusal_leads_to_the_start(visitor):  # T-B8
    visitor.post("check/job_loss/", {"has_proof": "no"})
    assert visitor.send("details/", DETAILS)["Location"] == "/en/"
    assert not Applicant.objects.exists()


def test_skip_the_code_leads_to_the_start(visitor):  # T-B8
    visitor.enters()
    for path in ("times/", "review/"):
        assert visitor.get(path)["Location"] == "/en/"
        assert visitor.send(path, {"earliest": "1"})["Location"] == "/en/"
    assert not Appointment.objects.exists()


def test_skip_the_hold_leads_to_the_start(visitor):  # T-B8
    visitor.verifies()
    assert visitor.get("review/")["Location"] == "/en/"
    assert visitor.send("review/")["Location"] == "/en/"
    assert not Appointment.objects.exists()


def test_session_of_a_deleted_draft_starts_again(visitor):
    visitor.holds()
    Appointment.objects.all().delete()
    Applicant.objects.all().delete()
    assert visitor.get("review/")["Location"] == "/en/"


def test_draft_ends_after_two_idle_hours(visitor, clock):
    visitor.verifies()
    clock.move_to(MONDAY + timedelta(hours=2))
    assert visitor.get("times/")["Location"] == "/en/"


def test_details_copied_into_another_browser_do_nothing(visitor, client):  # corpus 98
    visitor.verifies()
    values = visitor.slots()
    other = Visitor(Client())
    assert other.send("times/", {"slot": values[0]})["Location"] == "/en/"
    other.verifies(family_name="Шевченко", email="olena@example.org")
    assert other.send("times/", {"slot": values[0]}).status_code == 422
    assert not Appointment.objects.exists()


# --- details -------------------------------------------------------------------------------------


def test_enter_details_keeps_them_and_sends_a_code(visitor):
    visitor.enters()
    row = Applicant.objects.get()
    assert (row.family_name, row.birth_date, row.email) == (
        "Nguyễn",
        "1985-05-12",
        "anh@example.org",
    )
    assert row.situation["category"] == "expired"
    assert Letter.objects.filter(kind="booking.code").count() == 1


def test_enter_one_name_and_a_year_of_birth(visitor):  # decisions 3
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
def test_bad_value_is_refused_at_its_field_and_kept(visitor, field, cases):  # corpus 4.1 to 4.3
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
        Letter.objects.all().delete()
        Limit.objects.all().delete()


def test_bad_details_leave_nothing_behind(visitor):
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.send("details/", DETAILS | {"birth_date": "31/12/1985"})
    visitor.send("details/", {})
    assert not Applicant.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("birth_date", ["24.11.2026", "01.01.1900"])
def test_impossible_birth_date_is_refused(visitor, birth_date):  # corpus 67
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    answer = visitor.send("details/", DETAILS | {"birth_date": birth_date})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"birth_date"}


def test_fields_that_nobody_asked_for_change_nothing(visitor):  # T-C2
    visitor.enters(verified_at="2026-01-01", id="1", person_key="x", namesake="7", situation="{}")
    row = Applicant.objects.get()
    assert (row.verified_at, row.namesake) == (None, 0)
    assert row.situation["category"] == "expired"


def test_details_show_what_was_entered_to_somebody_who_comes_back(visitor):
    visitor.enters()
    page = visitor.get("details/").content.decode()
    for text in ("Nguyễn", "12.05.1985", "anh@example.org"):
        assert f'value="{text}"' in page


def test_corrected_address_gets_its_code_at_once_and_the_old_one_is_dead(visitor, clock):
    visitor.enters(email="anh@exmaple.org")
    old_code = visitor.code()
    old_link = LINK.search(mail.outbox[-1].body)[1].removeprefix("/de/").removeprefix("/en/")
    clock.move_to(MONDAY + timedelta(seconds=5))
    visitor.post("details/", DETAILS)
    code = visitor.code()
    assert mail.outbox[-1].to == ["anh@example.org"]
    assert Visitor(Client()).send(old_link).status_code == 410
    if old_code != code:
        assert visitor.send("verify/", {"code": old_code}).status_code == 422
    assert visitor.post("verify/", {"code": code}) == "times/"


def test_dead_mail_relay_costs_nobody_an_appointment(visitor):  # decisions 8
    Relay.objects.create(failing_since=MONDAY - timedelta(minutes=3), failed_at=MONDAY)
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("details/", DETAILS) == "times/"
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert visitor.post("review/") == "appointment/"
    other = DETAILS | {"given_names": "Minh", "email": "minh@example.org"}
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    assert visitor.post("details/", other) == "verify/"  # one waiver a session


def test_second_person_at_another_address_learns_nothing(visitor):  # decisions 5
    visitor.books()
    other = Visitor(Client())
    other.verifies(email="somebody.else@example.net")
    answer = other.send("times/", {"earliest": "1"})
    assert answer.status_code == 409
    assert "/en/contact/" in answer.content.decode()
    assert Appointment.objects.get().reference not in answer.content.decode()


# --- code ----------------------------------------------------------------------------------------


def test_wrong_code_is_refused_at_its_field(visitor):
    visitor.enters()
    code = visitor.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for text in (wrong, "123", "abc", "", "1" * 5000, "12\x003456"):
        answer = visitor.send("verify/", {"code": text})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert visitor.post("verify/", {"code": f" {code[:3]} {code[3:]} "}) == "times/"


def test_fifth_wrong_code_needs_a_new_one(visitor, clock):
    visitor.enters()
    code = visitor.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _try in range(5):
        visitor.send("verify/", {"code": wrong})
    assert visitor.send("verify/", {"code": code}).status_code == 409
    clock.move_to(MONDAY + timedelta(seconds=61))
    assert visitor.post("verify/resend/") == "verify/"
    assert visitor.post("verify/", {"code": visitor.code()}) == "times/"


def test_resend_within_a_minute_is_refused_kindly(visitor):
    visitor.enters()
    answer = visitor.send("verify/resend/")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_link_in_another_browser_shows_then_goes_on(visitor):  # T-L3
    visitor.enters()
    visitor.code()
    path = LINK.search(mail.outbox[-1].body)[1].removeprefix("/de/").removeprefix("/en/")
    other = Visitor(Client())
    before = Applicant.objects.values().get()
    for _scan in range(3):
        assert other.get(path).status_code == 200
        assert other.client.head(f"/en/{path}").status_code == 200
        assert other.client.options(f"/en/{path}").status_code == 405
    assert Applicant.objects.values().get() == before
    assert other.post(path) == "times/"
    assert other.post("times/", {"earliest": "1"}) == "review/"
    assert other.post("review/") == "appointment/"


def test_link_that_was_used_says_so(visitor):  # T-L6
    visitor.enters()
    visitor.code()
    path = LINK.search(mail.outbox[-1].body)[1].removeprefix("/en/").removeprefix("/de/")
    visitor.post(path)
    assert Visitor(Client()).get(path).status_code == 410
    assert Visitor(Client()).send(path).status_code == 410


@pytest.mark.parametrize("kind", ["verify", "manage", "waiting"])
def test_wrong_link_is_not_found_and_guessing_is_stopped(visitor, kind):  # T-L2
    bodies = set()
    for number in range(20):
        answer = visitor.get(f"{kind}/{'x' * 42}{number}/")
        assert answer.status_code == 404
        bodies.add(len(answer.content.replace(str(number).encode(), b"")))
    assert visitor.get(f"{kind}/{'y' * 43}/").status_code == 429
    assert visitor.get(f"{kind}/{'y' * 10_000}/").status_code in {404, 414, 429}


# --- times and review ----------------------------------------------------------------------------


def test_times_are_listed_by_day_with_opaque_values(visitor):
    visitor.verifies()
    page = visitor.get("times/").content.decode()
    assert 'data-free="3"' in page
    assert "Tuesday, Nov. 24, 2026" in page
    assert len(visitor.slots()) == 3
    assert not {str(pk) for pk in Slot.objects.values_list("pk", flat=True)} & set(visitor.slots())


def test_times_after_the_need_are_marked(visitor):
    SlotFactory(starts_at=MONDAY + timedelta(days=3))
    answers = {"departure_on": "24.11.2026", "travel_reason": "personal", "has_proof": "yes"}
    visitor.post("check/urgent_travel/", answers)
    visitor.post("details/", DETAILS)
    visitor.post("verify/", {"code": visitor.code()})
    page = visitor.get("times/").content.decode()
    assert page.count('class="late"') == 1


def test_times_without_a_free_one_lead_to_the_waiting_list(visitor):
    Slot.objects.all().delete()
    visitor.verifies()
    page = visitor.get("times/").content.decode()
    assert 'data-free="0"' in page
    assert "/en/waiting/" in page


def test_take_the_earliest(visitor):
    visitor.verifies()
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert Appointment.objects.get().slot == Slot.objects.earliest("starts_at")


def test_bad_slot_is_refused_and_nothing_is_held(visitor):  # corpus 85, 86
    visitor.verifies()
    for value in FOREIGN_IDS:
        answer = visitor.send("times/", {"slot": value})
        assert answer.status_code == 422, value[:50]
        assert 'role="alert"' in answer.content.decode()
    assert not Appointment.objects.exists()


def test_taken_slot_is_refused_with_the_fresh_list(visitor):
    visitor.verifies()
    value = visitor.slots()[0]
    AppointmentFactory(slot=Slot.objects.earliest("starts_at"))
    answer = visitor.send("times/", {"slot": value})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'data-free="2"' in page


def test_slot_that_has_begun_is_refused(visitor, clock):  # corpus 92
    visitor.verifies()
    value = visitor.slots()[0]
    Slot.objects.filter(starts_at=TUESDAY_NINE).update(
        starts_at=MONDAY - timedelta(hours=1), ends_at=MONDAY
    )
    assert visitor.send("times/", {"slot": value}).status_code == 409


def test_review_shows_the_end_of_the_hold(visitor):
    visitor.holds()
    page = visitor.get("review/").content.decode()
    found = re.search(r'data-held-until="([^"]+)"', page)
    assert datetime.fromisoformat(found[1]) == MONDAY + timedelta(minutes=10)


def test_extend_a_hold(visitor, clock):
    visitor.holds()
    clock.move_to(MONDAY + timedelta(minutes=9))
    assert visitor.post("review/extend/") == "review/"
    assert Appointment.objects.get().held_until == MONDAY + timedelta(minutes=19)


def test_give_up_a_hold(visitor):
    visitor.holds()
    assert visitor.post("review/give-up/") == "times/"
    assert Appointment.objects.get().status == Status.CANCELLED
    assert len(visitor.slots()) == 2  # the freed one rests


def test_confirm_after_the_hold_has_ended_keeps_all_and_shows_the_times(visitor, clock):
    visitor.holds()
    clock.move_to(MONDAY + timedelta(minutes=16))
    assert visitor.get("review/")["Location"] == "/en/times/"
    answer = visitor.send("review/")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert 'data-free="3"' in page
    assert visitor.post("times/", {"slot": visitor.slots()[0]}) == "review/"
    assert visitor.post("review/") == "appointment/"


@pytest.mark.usefixtures("catalogue")
def test_confirm_twice_shows_the_same_appointment(visitor):  # T-B6
    visitor.holds()
    assert [visitor.post("review/") for _press in range(3)] == ["appointment/"] * 3
    assert Appointment.objects.get().status == Status.BOOKED
    assert Letter.objects.filter(kind="booking.confirmation").count() == 1
    assert visitor.get("times/")["Location"] == "/en/appointment/"
    assert visitor.get("review/")["Location"] == "/en/appointment/"


def test_book_again_for_the_same_person_is_refused(visitor):
    visitor.books()
    other = Visitor(Client())
    other.verifies()
    answer = other.send("times/", {"earliest": "1"})
    assert answer.status_code == 409
    assert Appointment.objects.count() == 1


def test_book_for_the_family_needs_no_second_code(visitor):  # decisions 4
    visitor.books()
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    page = visitor.get("details/").content.decode()
    assert 'value="anh@example.org"' in page
    assert "Nguyễn" not in page
    assert visitor.post("details/", DETAILS | {"given_names": "Minh"}) == "times/"
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert visitor.post("review/") == "appointment/"
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 2


def test_end_deletes_the_draft_and_the_session(visitor):
    visitor.holds()
    assert visitor.post("end/") == ""
    assert not Applicant.objects.exclude(forgotten_at=None, family_name="").filter(
        family_name="Nguyễn"
    )
    assert not Session.objects.exists()
    assert visitor.get("times/")["Location"] == "/en/"


@pytest.mark.usefixtures("catalogue")
def test_files_of_the_appointment(visitor):
    visitor.books()
    calendar = visitor.get("appointment/appointment.ics")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert b"BEGIN:VEVENT" in calendar.content
    pdf = visitor.get("appointment/appointment.pdf")
    assert pdf.content.startswith(b"%PDF-")
    for answer in (calendar, pdf):
        assert "no-store" in answer["Cache-Control"]


# --- paused, methods, caches, queries ------------------------------------------------------------


def test_paused_service_shows_a_notice_and_takes_nothing(visitor):  # decisions 2
    visitor.holds()
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    value = Visitor.slots(visitor)[0]
    posts = {
        "details/": DETAILS,
        "times/": {"slot": value},
        "review/": {},
    }
    for path, data in posts.items():
        page = visitor.get(path)
        assert page.status_code == 200
        assert "kern-alert--warning" in page.content.decode()
        refused = visitor.send(path, data)
        assert refused.status_code == 409, path
        assert 'role="alert"' in refused.content.decode()
    assert Appointment.objects.get().status == Status.HELD


@pytest.mark.parametrize("path", ["verify/resend/", "review/extend/", "review/give-up/", "end/"])
def test_acts_answer_to_post_alone(visitor, path):  # T-L4
    visitor.holds()
    before = Appointment.objects.values().get()
    for method in ("get", "head", "put", "patch", "delete", "trace"):
        assert getattr(visitor.client, method)(f"/en/{path}").status_code == 405
    assert Appointment.objects.values().get() == before


@pytest.mark.usefixtures("catalogue")
def test_get_changes_nothing_on_the_way(visitor):  # T-L3
    visitor.holds()
    before = Appointment.objects.values().get(), Applicant.objects.values().get()
    for path in ("", "details/", "verify/", "times/", "review/", "appointment/", "waiting/"):
        visitor.get(path)
        visitor.client.head(f"/en/{path}")
    assert (Appointment.objects.values().get(), Applicant.objects.values().get()) == before


def test_personal_pages_are_never_stored(visitor):  # T-L5
    visitor.holds()
    for path in ("details/", "times/", "review/", "manage/", "waiting/"):
        assert "no-store" in visitor.get(path)["Cache-Control"], path


def _past(count: int, *, before: int) -> None:
    starts = factory.Sequence(lambda n: MONDAY - timedelta(days=before) + timedelta(minutes=10 * n))
    for slot in SlotFactory.create_batch(count, starts_at=starts):
        AppointmentFactory(slot=slot, completed=True)


def _queries(visitor: Visitor, paths: tuple[str, ...]) -> dict[str, int]:
    counted = {}
    for path in paths:
        availability.forget_memory()
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(path).status_code == 200, path
        counted[path] = len(queries)
    return counted


@pytest.mark.usefixtures("office_remembered", "catalogue")
def test_pages_need_few_queries_whatever_was_before(visitor):
    on_the_way = ("", "details/", "times/", "review/", "waiting/")
    afterwards = ("appointment/", "manage/", "rebook/")
    _past(1, before=60)
    visitor.holds()
    few = _queries(visitor, on_the_way)
    _past(300, before=30)
    many = _queries(visitor, on_the_way)
    visitor.post("review/")
    visitor.get("appointment/")  # the catalogue is remembered from now on
    many_afterwards = _queries(visitor, afterwards)
    Appointment.objects.filter(status=Status.COMPLETED).delete()
    assert few == many
    assert many_afterwards == _queries(visitor, afterwards)
    assert max((few | many_afterwards).values()) <= 8, few | many_afterwards
