"""Each form acts on the row that it names, as its page showed it, and on no other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client

from booking.models import Applicant, Appointment, WaitingEntry
from booking.states import Status, WaitingStatus
from tests.booking.form_cases import FORMS, OTHERS, has_an_offer, kept_rows
from tests.booking.visitors import DETAILS, Visitor, form_in, hidden_fields, link_to
from tests.factories import MONDAY, AppointmentFactory, SlotFactory, WaitingEntryFactory
from tests.responses import Response
from tests.security.routes import all_routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "slots", "catalogue")]


def test_every_form_of_the_site_has_a_case() -> None:
    client = Client()
    found = set()
    for route in all_routes():
        if route.pattern.startswith("<language>/") and client.post(route.path).status_code != 405:
            found.add(re.sub(r"<[a-z]+:", "<", route.pattern.removeprefix("<language>/")))
    assert found == {name.split(" ")[0] for name in FORMS} | set(OTHERS)


# --- what the session may and may not do ---------------------------------------------------------


@dataclass
class Opened:
    """A form as it stands on the page that somebody has opened."""

    visitor: Visitor
    path: str
    page: str
    hidden: dict[str, str]
    data: dict[str, str]

    def send(self, **changes: str | None) -> Response:
        """The answer to the form, with some of its fields changed or (None) left out."""
        sent = self.hidden | self.data | changes
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.visitor.client.post(f"/en/{self.path}", kept)


@pytest.fixture(params=FORMS)
def opened(request: pytest.FixtureRequest, visitor: Visitor) -> Opened:
    """Each form in turn, opened by whom it is for."""
    form = FORMS[request.param]
    form.comes(visitor)
    path = form.path() if form.path else request.param.split(" ")[0]
    hidden = visitor.form(path, form.page)
    assert set(hidden) >= {"subject", "version"}
    return Opened(visitor, path, form.page, hidden, form.data(visitor))


def test_form_is_taken_once_it_names_its_row_as_shown(opened: Opened) -> None:
    before = kept_rows()
    assert opened.send().status_code == 303
    assert kept_rows() != before


FORGED = [
    *(None, "", "nonsense", "appointment/", "appointment/0", "appointment/999999", "letter/1"),
    *("applicant/0", "applicant/999999", "waitingentry/999999", "appointment/1 or 1=1"),
    *("APPOINTMENT/1", "appointment/٣", "appointment/" + "9" * 400, "applicant/1/2", "\x00"),
]


def test_form_without_its_subject_or_with_a_forged_one_changes_nothing(opened: Opened) -> None:
    stranger = AppointmentFactory(slot=SlotFactory(), person_key="somebody else")
    entry = WaitingEntryFactory()
    strangers = [stranger.subject, stranger.applicant.subject, entry.subject]
    before = kept_rows()
    for subject in (*FORGED, *strangers):
        for version in (opened.hidden["version"], "1"):
            answer = opened.send(subject=subject, version=version)
            assert 400 <= answer.status_code < 500, (subject, answer.status_code)
            assert kept_rows() == before, subject


def test_form_without_its_version_or_with_a_forged_one_changes_nothing(opened: Opened) -> None:
    before = kept_rows()
    for version in (None, "", "0", "99", "-1", "+1", "1.0", "1e0", "٣", "9" * 5000, "\x00", "x"):
        if version != opened.hidden["version"]:
            answer = opened.send(version=version)
            assert answer.status_code == 409, (version, answer.status_code)
            assert kept_rows() == before, version


def _older(subject: str) -> tuple[str, str]:
    """Another row that was once the same person's, and its own version."""
    kind, pk = subject.split("/")
    if kind == "appointment":
        row = Appointment.objects.get(pk=pk)
        common = {"applicant": row.applicant, "person_key": row.person_key, "entry": row.entry}
        over = {"status": Status.EXPIRED, "booked_at": None, "ended_at": MONDAY}
        older = AppointmentFactory(slot=SlotFactory(), **common, **over)
        return older.subject, str(older.version)
    if kind == "waitingentry":
        ended = WaitingEntryFactory(
            applicant=WaitingEntry.objects.get(pk=pk).applicant,
            status=WaitingStatus.ENDED,
            ended_at=MONDAY,
        )
        return ended.subject, str(ended.version)
    return "applicant/0", "0"


def test_form_of_an_older_subject_changes_nothing(opened: Opened) -> None:
    subject, version = _older(opened.hidden["subject"])
    before = kept_rows()
    answer = opened.send(subject=subject, version=version)
    # who gives up a hold that has ended is led back to the times, as after the first press
    allowed = {303} if opened.path == "review/give-up/" else {403, 409}
    assert answer.status_code in allowed
    assert kept_rows() == before


def _age(subject: str) -> None:
    kind, pk = subject.split("/")
    model = {"appointment": Appointment, "waitingentry": WaitingEntry, "applicant": Applicant}[kind]
    model._default_manager.filter(pk=pk).update(version=F("version") + 1)


def test_form_of_an_older_state_shows_the_present_one_and_works_from_there(opened: Opened) -> None:
    _age(opened.hidden["subject"])
    before = kept_rows()
    answer = opened.send()
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page
    assert kept_rows() == before
    again = hidden_fields(page, f"/en/{opened.path}", at=f"/en/{opened.path}")
    if again is None:  # the present page leads there in one more step
        again = opened.visitor.form(opened.path, opened.page)
    assert again["version"] != opened.hidden["version"]
    opened.hidden = again
    assert opened.send().status_code == 303
    assert kept_rows() != before


def test_form_pressed_twice_has_one_effect_and_one_answer(opened: Opened) -> None:
    if opened.path == "manage/resend/":
        pytest.xfail("asks for one more letter each time, and gets it")
    first = opened.send()
    after = kept_rows()
    second = opened.send()
    if opened.path in {"end/"} or opened.path.startswith("verify/"):
        assert kept_rows() == after  # the visit or the code is over: any answer that says so
        return
    assert (second.status_code, second["Location"]) == (303, first["Location"])
    assert kept_rows() == after


def test_form_of_a_session_that_is_over_is_refused_whatever_exists(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    form = visitor.form("manage/cancel/")
    own = Visitor(Client()).press("manage/cancel/", form)
    none = Visitor(Client()).press("manage/cancel/", form | {"subject": "appointment/999999"})
    assert own.status_code == none.status_code == 403
    pages = [answer.content.decode().split("<main")[1] for answer in (own, none)]
    tokens = [form_in(answer, "manage/")["csrfmiddlewaretoken"] for answer in (own, none)]
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "")
    assert Appointment.objects.get().status == Status.BOOKED


# --- who may -------------------------------------------------------------------------------------


def test_visit_keeps_four_opened_rows_each_for_its_own_quarter_of_an_hour(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    rows = [AppointmentFactory(slot=SlotFactory(), person_key=f"p{n}") for n in range(5)]
    pages = []
    for minute, row in enumerate(rows):
        clock.move_to(MONDAY + timedelta(minutes=minute))
        visitor.get(link_to(row))
        pages.append(visitor.form("manage/cancel/"))
    assert visitor.press("manage/cancel/", pages[0]).status_code == 403  # the fifth took its place
    clock.move_to(MONDAY + timedelta(minutes=16, seconds=-1))
    assert visitor.press("manage/cancel/", pages[1]).status_code == 303
    clock.move_to(MONDAY + timedelta(minutes=17))
    assert visitor.press("manage/cancel/", pages[2]).status_code == 403
    assert visitor.press("manage/cancel/", pages[3]).status_code == 303
    found = dict(Appointment.objects.values_list("pk", "status"))
    assert [found[row.pk] for row in rows] == [
        *(Status.BOOKED, Status.CANCELLED, Status.BOOKED, Status.CANCELLED, Status.BOOKED)
    ]


def test_person_of_before_may_be_acted_on_for_a_quarter_of_an_hour_more(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    page = visitor.form("manage/cancel/")
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    clock.move_to(MONDAY + timedelta(minutes=15))
    assert visitor.press("manage/cancel/", page).status_code == 403
    assert Appointment.objects.get().status == Status.BOOKED


def test_idle_person_of_before_may_not_be_acted_on_again(
    visitor: Visitor, clock: time_machine.Traveller
) -> None:
    visitor.books()
    page = visitor.form("manage/cancel/")
    clock.move_to(MONDAY + timedelta(hours=2))
    visitor.post("check/expired/", {"title_valid_until": "20.11.2026"})
    visitor.post("details/", DETAILS | {"given_names": "Minh"})
    assert visitor.press("manage/cancel/", page).status_code == 403


def test_link_to_a_place_on_the_list_opens_no_appointment(visitor: Visitor) -> None:
    has_an_offer(visitor)
    offered = Appointment.objects.get()
    other = Visitor(Client())
    other.get(link_to(offered, "offer"))
    page = other.form("waiting/accept/")
    visitor.post("waiting/accept/")
    cancelling = visitor.form("manage/cancel/")
    assert other.press("manage/cancel/", cancelling).status_code == 403
    assert page["subject"] == cancelling["subject"]
