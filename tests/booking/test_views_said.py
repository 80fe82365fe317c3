"""What a page says: what was done, that a visit is over, and nothing to keep of what is called off.

The addresses of a lost visit carry `?visit=over`, since the first page is the same for everybody
and reads no cookie.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils.translation import override

from booking.admin.day_list_pdf import print_day
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import Status
from config.foundation.contacts import Link
from config.foundation.office import ServiceStatus
from tests.booking.test_views_waiting import offer_to
from tests.booking.visitors import Visitor
from tests.foundation.test_sheets import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]

OVER = "Your session has ended, or it began on another device"
NOT_TAKING_PLACE = "Your appointment is cancelled"


def shown(client: Client, path: str) -> str:
    """The page that a path leads to in the end."""
    return str(client.get(f"/en/{path}", follow=True).content.decode())


# --- a lost visit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("details/", "verify/", "times/", "review/", "checklist/", "rebook/"),
        *("appointment/", "appointment/appointment.ics", "appointment/appointment.pdf"),
        *("waiting/", "waiting/swap/"),
    ],
)
def test_page_without_a_visit_says_so(path: str) -> None:
    page = shown(Client(), path)
    assert OVER in page
    assert 'class="kern-alert kern-alert--info"' in page


@pytest.mark.parametrize("path", ["verify/resend/", "review/extend/", "review/give-up/", "times/"])
def test_act_without_a_visit_says_so(path: str) -> None:
    assert OVER in Client().post(f"/en/{path}", follow=True).content.decode()


def test_answer_of_the_check_without_answers_says_what_comes_first() -> None:
    page = shown(Client(), "check/result/")
    assert "Please answer the questions about your situation first." in page


def test_first_page_of_a_lost_visit_is_the_same_for_everybody(visitor: Visitor) -> None:
    answer = visitor.get("?visit=over")
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies
    assert OVER in answer.content.decode()
    assert OVER not in visitor.get("").content.decode()
    assert "&lt;" not in visitor.get("?visit=<b>").content.decode()


def test_end_of_a_visit_is_said(visitor: Visitor) -> None:
    visitor.holds()
    page = visitor.client.post("/en/end/", visitor.form("end/"), follow=True).content.decode()
    assert "You are signed out on this device." in page
    assert OVER not in page


# --- what was done ------------------------------------------------------------------------------


def test_cancelled_is_said_once(visitor: Visitor) -> None:
    visitor.books()
    visitor.post("manage/cancel/")
    visitor.post("manage/cancel/")
    page = visitor.get("manage/").content.decode()
    assert page.count("Your appointment is cancelled</h1>") == 1
    assert "kern-alert" not in page


def test_moved_is_said(visitor: Visitor) -> None:
    visitor.books()
    visitor.post("rebook/", {"slot": visitor.slots("rebook/")[0]})
    page = visitor.get("manage/").content.decode()
    assert '<p class="kern-title">Your appointment is moved.</p>' in page


@pytest.fixture
def offered(visitor: Visitor) -> Appointment:
    """A time that is kept for somebody on the waiting list."""
    visitor.verifies()
    visitor.get(visitor.post("waiting/"))
    return offer_to(WaitingEntry.objects.get())


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("waiting/accept/", "You have booked the appointment that was reserved for you."),
        ("waiting/decline/", "You have declined the appointment."),
        ("waiting/leave/", "You have left the waiting list."),
        ("waiting/swap/", "The other appointment is reserved for you now."),
    ],
)
def test_answer_to_an_offer_is_said(
    visitor: Visitor, offered: Appointment, path: str, sentence: str
) -> None:
    data = {"slot": visitor.slots(path)[0]} if path == "waiting/swap/" else {}
    page = visitor.get(visitor.post(path, data)).content.decode()
    assert sentence in page
    assert page.count('class="kern-alert kern-alert--success" role="status"') == 1


# --- what does not take place -------------------------------------------------------------------


@pytest.fixture
def ended(visitor: Visitor, request: pytest.FixtureRequest) -> Appointment:
    """An appointment of this visitor in the state of the parameter."""
    visitor.books()
    changes: dict[str, Any] = {"status": request.param}
    if request.param == Status.CANCELLED:
        changes["cancel_reason"] = Appointment.CancelReason.BY_APPLICANT
    if request.param == Status.COMPLETED:
        changes["outcome"] = Appointment.Outcome.SERVED
    Appointment.objects.update(**changes)
    return Appointment.objects.get()


@pytest.mark.parametrize(
    ("ended", "title"),
    [
        (Status.CANCELLED, NOT_TAKING_PLACE),
        (Status.DISPLACED, NOT_TAKING_PLACE),
        (Status.EXPIRED, NOT_TAKING_PLACE),
        (Status.NO_SHOW, "This appointment is over"),
        (Status.COMPLETED, "This appointment is over"),
    ],
    indirect=["ended"],
)
def test_page_of_an_ended_appointment_offers_another_one_and_nothing_else(
    visitor: Visitor, ended: Appointment, title: str
) -> None:
    page = visitor.get("appointment/").content.decode()
    assert f"<title>{title}" in page
    assert f"<h1>{title}</h1>" in page
    assert ended.reference in page
    # the heading does not contradict the status
    shown = {Status.NO_SHOW: "Not come", Status.COMPLETED: "Completed", Status.EXPIRED: "Expired"}
    status = f"<dt>Status</dt><dd><strong>{shown.get(Status(ended.status), 'Cancelled')}</strong>"
    assert status in page
    main = page.partition("<main")[2].partition("</main>")[0]
    assert '<a class="kern-btn kern-btn--primary" href="/en/">Book a new appointment</a>' in main
    assert main.count("<a ") == 1, "leads elsewhere too"
    for thing in ("is booked", 'class="qr"', ".ics", ".pdf", "Please bring", "screenshot"):
        assert thing not in page, thing
    for file in ("appointment.ics", "appointment.pdf"):
        answer = visitor.get(f"appointment/{file}")
        assert (answer.status_code, answer["Location"]) == (303, "/en/appointment/")


def test_page_of_a_booked_appointment_keeps_what_is_to_keep(visitor: Visitor) -> None:
    visitor.books()
    page = visitor.get("appointment/").content.decode()
    assert "<title>Your appointment is booked" in page
    assert all(thing in page for thing in ('class="qr"', ".ics", ".pdf", "Please bring"))


# --- on paper -----------------------------------------------------------------------------------


def test_pdf_of_an_arabic_name_keeps_the_date_of_birth_behind_it(visitor: Visitor) -> None:
    visitor.books(family_name="أحمدي", given_names="زهرا")
    lines = drawn(visitor.get("appointment/appointment.pdf").content)
    assert "ارهز يدمحأ, 12.05.1985" in lines


def test_pdf_of_a_name_without_a_font_says_where_it_stands(visitor: Visitor) -> None:
    visitor.books(family_name="王", given_names="小明")
    text = " ".join(drawn(visitor.get("appointment/appointment.pdf").content))
    assert "□ □□, 12.05.1985" in text
    assert "The web page shows them as they were entered." in text
    assert "王 小明" in visitor.get("appointment/").content.decode()


def test_list_of_a_day_keeps_the_time_before_an_arabic_name(visitor: Visitor) -> None:
    visitor.books(family_name="أحمدي", given_names="زهرا")
    starts_at = Appointment.objects.get().slot.starts_at.astimezone(ZoneInfo("Europe/Berlin"))
    now = starts_at.astimezone(UTC)
    with override("de"):
        lines = drawn(print_day(starts_at.date(), now=now, language="de"))
    assert [line for line in lines if line.startswith(f"{starts_at:%H:%M}  ")], lines


# --- a mistake, and a pause -----------------------------------------------------------------------


def test_title_says_that_no_time_was_chosen(visitor: Visitor) -> None:
    visitor.verifies()
    assert "<title>Error: Choose an appointment" in visitor.send("times/").content.decode()
    visitor.post("times/", {"earliest": "1"})
    visitor.post("review/")
    assert "<title>Error: Move your appointment" in visitor.send("rebook/").content.decode()


def test_times_have_no_button_that_a_pause_refuses(visitor: Visitor) -> None:
    visitor.verifies()
    page = shown(visitor.client, "times/")
    assert "Earliest appointment" in page
    assert "Continue with this appointment" in page
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = shown(visitor.client, "times/")
    assert "Booking is not possible at the moment" in page
    assert "Earliest appointment" not in page
    assert "Continue with this appointment" not in page


def test_pause_says_no_second_thing_about_free_times_and_keeps_who_to_write_to(
    visitor: Visitor,
) -> None:
    Link.objects.create(slug="times", kind="mailbox", name={"de": "Amt"}, address="a@b.example")
    visitor.verifies()
    Slot.objects.all().delete()
    assert "No appointment is available at the moment." in shown(visitor.client, "times/")
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = shown(visitor.client, "times/")
    assert "Booking is not possible at the moment" in page
    assert "No appointment is available at the moment." not in page
    assert "a@b.example" in page


def test_other_times_have_no_button_that_a_pause_refuses(visitor: Visitor) -> None:
    visitor.books()
    assert "Move to this appointment" in shown(visitor.client, "rebook/")
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    page = shown(visitor.client, "rebook/")
    assert "Booking is not possible at the moment" in page
    assert "Move to this appointment" not in page
