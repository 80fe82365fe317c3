"""The applicant's way as a whole, without JavaScript: its length, its order, its end."""

import re
from datetime import timedelta

import factory
import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import availability
from booking.models import Applicant, Appointment
from booking.states import Status
from config.foundation.office import ServiceStatus
from tests.booking.calendars import read_by_all
from tests.booking.visitors import DETAILS, Visitor
from tests.factories import MONDAY, AppointmentFactory, SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots")]


@pytest.mark.usefixtures("catalogue")
def test_book_takes_ten_pages_and_six_forms(visitor: Visitor) -> None:
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


STEPS = ["details/", "verify/", "times/", "review/"]


ACTS = ["verify/resend/", "review/extend/", "review/give-up/"]


@pytest.mark.parametrize("path", STEPS)
def test_skip_to_a_step_leads_to_the_start_and_writes_nothing(
    visitor: Visitor, path: str
) -> None:  # T-B8
    answers = [visitor.get(path), visitor.send(path, DETAILS | {"code": "123456", "slot": "1"})]
    assert [(one.status_code, one["Location"]) for one in answers] == [(303, "/en/?visit=over")] * 2
    assert not Applicant.objects.exists()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("path", ACTS)
def test_act_without_a_draft_leads_to_the_start(visitor: Visitor, path: str) -> None:  # T-B8
    answer = visitor.send(path)
    assert (answer.status_code, answer["Location"]) == (303, "/en/?visit=over")


def test_skip_the_check_with_a_refusal_leads_to_the_start(visitor: Visitor) -> None:  # T-B8
    visitor.post("check/job_loss/", {"has_proof": "no"})
    assert visitor.send("details/", DETAILS)["Location"] == "/en/?visit=over"
    assert not Applicant.objects.exists()


def test_skip_the_code_leads_to_the_code(visitor: Visitor) -> None:  # T-B8
    visitor.enters()
    for path in ("times/", "review/"):
        assert visitor.get(path)["Location"] == "/en/verify/"
        assert visitor.send(path, {"earliest": "1"})["Location"] == "/en/verify/"
    assert not Appointment.objects.exists()


def test_back_to_the_times_after_another_address_leads_to_its_code(visitor: Visitor) -> None:
    visitor.holds()
    assert visitor.post("details/", DETAILS | {"email": "another@example.org"}) == "verify/"
    assert visitor.get("times/")["Location"] == "/en/verify/"
    assert visitor.get("review/")["Location"] == "/en/verify/"


def test_skip_the_hold_leads_to_the_start(visitor: Visitor) -> None:  # T-B8
    visitor.verifies()
    assert visitor.get("review/")["Location"] == "/en/?visit=over"
    assert visitor.send("review/").status_code == 403
    assert not Appointment.objects.exists()


def test_session_of_a_deleted_draft_starts_again(visitor: Visitor) -> None:
    visitor.holds()
    Appointment.objects.all().delete()
    Applicant.objects.all().delete()
    assert visitor.get("review/")["Location"] == "/en/?visit=over"


def test_draft_ends_after_two_idle_hours(visitor: Visitor, clock: time_machine.Traveller) -> None:
    visitor.verifies()
    clock.move_to(MONDAY + timedelta(hours=2))
    assert visitor.get("times/")["Location"] == "/en/?visit=over"


def test_book_again_for_the_same_person_is_refused(visitor: Visitor) -> None:
    visitor.books()
    other = Visitor(Client())
    other.verifies()
    answer = other.send("times/", {"earliest": "1"})
    assert answer.status_code == 409
    assert Appointment.objects.count() == 1


def test_book_for_the_family_needs_no_second_code(visitor: Visitor) -> None:
    visitor.books()
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    page = visitor.get("details/").content.decode()
    assert 'value="anh@example.org"' in page
    assert "Nguyễn" not in page
    assert visitor.post("details/", DETAILS | {"given_names": "Minh"}) == "times/"
    assert visitor.post("times/", {"earliest": "1"}) == "review/"
    assert visitor.post("review/") == "appointment/"
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 2


def test_end_deletes_the_draft_and_the_session(visitor: Visitor) -> None:
    visitor.holds()
    assert visitor.post("end/") == "?visit=ended"
    assert not Applicant.objects.exclude(forgotten_at=None, family_name="").filter(
        family_name="Nguyễn"
    )
    assert not Session.objects.exists()
    assert visitor.get("times/")["Location"] == "/en/?visit=over"


@pytest.mark.usefixtures("catalogue")
def test_files_of_the_appointment(visitor: Visitor) -> None:
    visitor.books()
    calendar = visitor.get("appointment/appointment.ics")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert read_by_all(calendar.content).method == "PUBLISH"
    assert b"BEGIN:VEVENT" in calendar.content
    pdf = visitor.get("appointment/appointment.pdf")
    assert pdf.content.startswith(b"%PDF-")
    for answer in (calendar, pdf):
        assert "no-store" in answer["Cache-Control"]


def test_paused_service_shows_a_notice_and_takes_nothing(visitor: Visitor) -> None:
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
def test_acts_answer_to_post_alone(visitor: Visitor, path: str) -> None:  # T-L4
    visitor.holds()
    before = Appointment.objects.values().get()
    for method in ("get", "head", "put", "patch", "delete", "trace"):
        assert getattr(visitor.client, method)(f"/en/{path}").status_code == 405
    assert Appointment.objects.values().get() == before


@pytest.mark.usefixtures("catalogue")
def test_get_changes_nothing_on_the_way(visitor: Visitor) -> None:  # T-L3
    visitor.holds()
    before = Appointment.objects.values().get(), Applicant.objects.values().get()
    for path in ("", "details/", "verify/", "times/", "review/", "appointment/", "waiting/"):
        visitor.get(path)
        visitor.client.head(f"/en/{path}")
    assert (Appointment.objects.values().get(), Applicant.objects.values().get()) == before


def test_personal_pages_are_never_stored(visitor: Visitor) -> None:  # T-L5
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
def test_pages_need_few_queries_whatever_was_before(visitor: Visitor) -> None:
    on_the_way = ("", "details/", "times/", "review/", "waiting/")
    afterwards = ("appointment/", "manage/", "rebook/")
    _past(1, before=60)
    visitor.holds()
    visitor.get("")  # the address of the box is remembered from now on
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


@pytest.mark.usefixtures("catalogue")
def test_every_page_of_the_way_is_light(visitor: Visitor) -> None:
    """At most 30 kB and four requests, nothing from anybody else."""
    visitor.holds()
    before = ("", "check/", "check/expired/", "checklist/", "details/", "times/", "review/")
    pages = {path: visitor.get(path).content.decode() for path in before}
    visitor.post("review/")
    pages |= {path: visitor.get(path).content.decode() for path in ("appointment/", "manage/")}
    for path, page in pages.items():
        files = re.findall(r'<(?:link rel="stylesheet" href|script src|img src)="([^"]+)"', page)
        assert len(page.encode()) <= 30_000, path
        assert 1 <= len(files) <= 3, (path, files)
        assert all(file.startswith("/static/") for file in files), (path, files)
