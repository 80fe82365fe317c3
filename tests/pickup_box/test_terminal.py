"""The screen of the box, seen from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.foundation.actions import Busy
from config.foundation.office import Office
from config.foundation.staff import Staff
from pickup_box.actions import boxes, doors
from pickup_box.models import Alarm, Box, Opening, WrongTry
from pickup_box.states import Status
from pickup_box.terminals import COOKIE, enrol
from tests.pickup_box.making import CONTACT, NOW, make_box, make_in, make_notified, wrong

pytestmark = pytest.mark.django_db
# for a browser without a script; with one, every touch begins the time anew
FORGETS = '<noscript><meta http-equiv="refresh" content="60; url=/en/box/markt/"></noscript>'


@pytest.fixture(autouse=True)
def _at_ten(office: Office) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def box(office: Office) -> Box:
    return make_box(slug="markt", simulated=True, phone="+49 391 540")


def typed(code: str, **other: str) -> dict[str, str]:
    return {"contact": "0151 12345678", "pickup_code": code, "birth_date": "09.03.1987", **other}


def test_get_changes_nothing_and_shows_nobody(client: Client, box: Box, staff: Staff) -> None:
    deposit, _code = make_notified(box, staff)
    page = client.get("/en/box/markt/").content.decode()
    for name in ("contact", "pickup_code", "birth_date"):
        assert f'name="{name}"' in page
    assert 'id="step"' in page
    for secret in (deposit.contact, deposit.reference, deposit.case_reference):
        assert secret not in page
    assert "sessionid" not in client.cookies


def test_three_right_entries_lead_to_the_door(client: Client, box: Box, staff: Staff) -> None:
    deposit, code = make_notified(box, staff)
    answer = client.post("/en/box/markt/", typed(code))
    assert (answer.status_code, answer["Location"]) == (303, "/en/box/markt/door/")
    assert deposit.compartment
    opening = Opening.objects.get(kind="collect")
    steps: tuple[tuple[str, Callable[[], object] | None], ...] = (
        ("ordered", None),
        ("open", lambda: doors.door_opened(box=box, nonce=opening.nonce, now=NOW)),
        (
            "closed",
            lambda: doors.door_closed(box=box, nonce=opening.nonce, found_empty=True, now=NOW),
        ),
    )
    for state, happens in steps:
        if happens:
            happens()
        page = client.get("/en/box/markt/door/")
        assert f'data-state="{state}"' in page.content.decode()
        # nothing to press too early: the way to the end comes with the open door
        assert ("/finish/" in page.content.decode()) == (state != "ordered")
        assert page["Cache-Control"] == "private, no-store" or "no-store" in page["Cache-Control"]
        assert deposit.contact not in page.content.decode()
    answer = client.post("/en/box/markt/finish/")
    assert answer["Location"] == "/en/box/markt/"
    assert client.get("/en/box/markt/door/").status_code == 303


def test_double_press_shows_the_same_door(client: Client, box: Box, staff: Staff) -> None:
    _deposit, code = make_notified(box, staff)
    other = Client()
    for browser in (client, other):
        assert browser.post("/en/box/markt/", typed(code))["Location"] == "/en/box/markt/door/"
    assert Opening.objects.filter(kind="collect").count() == 1


def test_wrong_entries_get_one_sentence_and_lose_the_code(
    client: Client, box: Box, staff: Staff
) -> None:
    _deposit, code = make_notified(box, staff)
    alerts = set()
    for entries in (
        typed(wrong(code)),
        typed(code, contact="0151 99999999"),
        typed(code, birth_date="1987"),
    ):
        answer = client.post("/en/box/markt/", entries)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert FORGETS in page
        assert entries["contact"] in page  # typed by the person, gone after a minute
        assert code not in page
        alerts.add(page.split('role="alert"')[1].split("</div>")[0])
    assert len(alerts) == 1


@pytest.mark.parametrize(
    "entries",
    [
        {"contact": "me"},
        {"pickup_code": "12"},
        {"birth_date": "03/31/1987"},
        {"contact": "", "pickup_code": "", "birth_date": ""},
        {"contact": "\x00", "pickup_code": "' OR 1=1", "birth_date": "<script>"},
    ],
)
def test_bad_input_is_not_a_try(entries: dict[str, str], client: Client, box: Box) -> None:
    answer = client.post("/en/box/markt/", typed("123456", **entries))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not WrongTry.objects.exists()


def test_paused_and_stopped_say_so(client: Client, box: Box, staff: Staff) -> None:
    for _n in range(10):
        client.post("/en/box/markt/", typed("123456"))
    assert client.post("/en/box/markt/", typed("123456")).status_code == 429
    boxes.stop_box(box=box, by=staff, now=NOW)
    answer = client.post("/en/box/markt/", typed("123456"))
    assert answer.status_code == 409
    assert "+49 391 540" in answer.content.decode()


def test_old_document_comes_before_the_door(client: Client, box: Box, staff: Staff) -> None:
    _deposit, code = make_notified(box, staff, old_document="expected")
    assert client.get("/en/box/markt/old-document/").status_code == 303
    answer = client.post("/en/box/markt/", typed(code))
    assert answer["Location"] == "/en/box/markt/old-document/"
    assert not Opening.objects.filter(kind="collect").exists()
    assert client.get(answer["Location"]).status_code == 200
    assert client.post(answer["Location"])["Location"] == "/en/box/markt/door/"
    assert Opening.objects.get(kind="collect").old_document_in


def test_old_document_is_forgotten_after_two_minutes(
    client: Client, box: Box, staff: Staff
) -> None:
    _deposit, code = make_notified(box, staff, old_document="expected")
    client.post("/en/box/markt/", typed(code))
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        answer = client.post("/en/box/markt/old-document/")
    assert answer.status_code == 422
    assert not Opening.objects.filter(kind="collect").exists()


@pytest.mark.parametrize("old", ["expected", "none"])
def test_visit_that_was_left_is_nothing_to_the_next_person(
    client: Client, box: Box, staff: Staff, old: str
) -> None:
    _deposit, code = make_notified(box, staff, old_document=old)
    client.post("/en/box/markt/", typed(code))
    client.post("/en/box/markt/call/")
    client.get("/en/box/markt/")  # nobody touched the page of the call
    called = client.post("/en/box/markt/call/").content.decode()
    assert 'primary" href="/en/box/markt/"' in called
    for path in ("/en/box/markt/door/", "/en/box/markt/old-document/"):
        assert client.get(path)["Location"] == "/en/box/markt/?visit=over"
    client.post("/en/box/markt/old-document/")
    assert Opening.objects.filter(kind="collect").exists() == (old == "none")


def test_real_box_opens_only_on_its_own_screen(client: Client, staff: Staff) -> None:
    box = make_box(slug="real")
    _deposit, code = make_notified(box, staff)
    page = client.get("/en/box/real/").content.decode()
    assert 'name="pickup_code"' not in page
    answer = client.post("/en/box/real/", typed(code))
    assert answer.status_code == 403
    assert not Opening.objects.filter(kind="collect").exists()
    assert client.get("/en/box/real/simulator/").status_code == 404
    assert client.post("/en/box/real/simulator/tick/").status_code == 404


def test_enrolled_browser_is_the_screen_until_the_key_changes(client: Client) -> None:
    box = make_box(slug="real")
    response = HttpResponse()
    enrol(response, box)
    client.cookies[COOKIE] = response.cookies[COOKIE].value
    assert 'name="pickup_code"' in client.get("/en/box/real/").content.decode()
    boxes.renew_key(box=box)
    assert 'name="pickup_code"' not in client.get("/en/box/real/").content.decode()
    client.cookies[COOKIE] = "real/2"
    assert 'name="pickup_code"' not in client.get("/en/box/real/").content.decode()


def test_boxes_page_tells_where_and_how(client: Client, box: Box) -> None:
    page = client.get("/en/box/").content.decode()
    assert "+49 391 540" in page
    assert 'href="/en/box/markt/"' in page


@pytest.fixture
def _played(settings: Settings) -> None:
    settings.DEBUG = settings.LOOPBACK = True


@pytest.mark.parametrize(("debug", "loopback"), [(False, True), (True, False), (False, False)])
def test_simulated_box_is_played_by_no_stranger(
    client: Client, box: Box, staff: Staff, settings: Settings, debug: bool, loopback: bool
) -> None:
    settings.DEBUG, settings.LOOPBACK = debug, loopback
    deposit = make_in(Status.OPENED, box, staff)
    order = str(Opening.objects.get(kind="collect").nonce)
    page = "/en/box/markt/simulator/"
    assert client.get(page).status_code == 404
    for act in ("tick", "close", "power", "slot"):
        assert client.post(f"{page}{act}/", {"order": order}).status_code == 404
    deposit.refresh_from_db()
    box.refresh_from_db()
    assert (deposit.status, box.slot_filled_at, box.seen_at) == (Status.OPENED, None, None)
    assert page not in client.get("/en/box/markt/").content.decode()


@pytest.mark.usefixtures("_played")
@pytest.mark.parametrize("language", ["de", "en"])
def test_simulated_doors_answer_and_close(
    language: str, client: Client, box: Box, staff: Staff
) -> None:
    deposit, code = make_notified(box, staff)
    client.post("/en/box/markt/", typed(code))
    page = f"/{language}/box/markt/simulator/"
    assert client.get(page).status_code == 200
    assert Opening.objects.get(kind="collect").opened_at is None  # GET changes nothing
    assert deposit.compartment
    state, order = client.post(f"{page}tick/").json()[str(deposit.compartment.number)]
    assert state == "open"
    assert f'value="{order}"' in client.get(page).content.decode()
    assert client.post(f"{page}close/", {"order": "x"}).status_code == 400
    client.post(f"{page}close/", {"order": order, "empty": "yes"})
    deposit.refresh_from_db()
    assert deposit.status == Status.CLEARED
    assert client.post(f"{page}tick/", {"page": "1"}).status_code == 303


@pytest.mark.usefixtures("_played")
def test_simulated_power_cut_and_slot(client: Client, box: Box, staff: Staff) -> None:
    deposit = make_in(Status.OPENED, box, staff)
    client.post("/en/box/markt/simulator/power/")
    deposit.refresh_from_db()
    assert deposit.status == Status.UNKNOWN
    client.post("/en/box/markt/simulator/slot/")
    box.refresh_from_db()
    assert box.slot_filled_at == NOW


@pytest.mark.usefixtures("_played")
@pytest.mark.parametrize("act", ["tick", "close", "power", "slot"])
def test_simulated_cabinet_is_busy_and_says_so(
    act: str, client: Client, box: Box, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**more: object) -> None:
        raise Busy

    for name in ("ordered", "door_closed", "power_returned", "slot_filled"):
        monkeypatch.setattr(doors, name, busy)
    client.raise_request_exception = False
    answer = client.post(f"/en/box/markt/simulator/{act}/", {"order": str(uuid4())})
    assert answer.status_code == 503
    assert answer["Retry-After"]


@pytest.mark.usefixtures("_played")
def test_simulator_asks_the_database_the_same_for_any_size(client: Client, box: Box) -> None:
    big = make_box(slug="big", compartments=300, simulated=True)
    client.get("/en/box/markt/simulator/")
    counts = []
    for slug in ("markt", big.slug):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/en/box/{slug}/simulator/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_contact_is_the_stored_one(box: Box, staff: Staff, client: Client) -> None:
    _deposit, code = make_notified(box, staff, contact="ngozi@example.org")
    assert CONTACT != "ngozi@example.org"
    answer = client.post("/en/box/markt/", typed(code, contact=" Ngozi@Example.ORG "))
    assert answer["Location"] == "/en/box/markt/door/"


def test_language_chosen_in_the_form_keeps_what_was_typed_for_a_minute(
    client: Client, box: Box, staff: Staff
) -> None:
    _deposit, code = make_notified(box, staff)
    page = client.get("/en/box/markt/").content.decode()
    assert 'form="step" formaction="/ar/box/markt/"' in page
    answer = client.post("/ar/box/markt/", typed(code) | {"switch_to": "ar"})
    page = answer.content.decode()
    assert answer.status_code == 200
    for value in typed(code).values():
        assert f'value="{value}"' in page
    assert FORGETS.replace("/en/", "/ar/") in page
    assert not Opening.objects.filter(kind="collect").exists()
    assert not WrongTry.objects.exists()
    assert "sessionid" not in client.cookies


def test_page_elsewhere_shows_nothing_that_was_typed(
    client: Client, box: Box, staff: Staff, settings: Settings
) -> None:
    settings.SIMULATE_BOX = False
    Box.objects.update(simulated=False)
    page = client.post("/ar/box/markt/", typed("123456") | {"switch_to": "ar"}).content.decode()
    assert "123456" not in page
    assert 'form="step"' not in page


@pytest.mark.parametrize("path", ["old-document/", "door/"])
def test_visit_that_is_over_is_said_and_cleared(client: Client, box: Box, path: str) -> None:
    answer = client.get(f"/en/box/markt/{path}", follow=True)
    page = answer.content.decode()
    assert "This took too long, so everything was deleted." in page
    assert FORGETS in page
    assert "took too long" not in client.get("/en/box/markt/").content.decode()


def test_language_is_chosen_on_ten_buttons_before_anything_is_asked(
    client: Client, box: Box
) -> None:
    page = client.get("/en/box/markt/").content.decode()
    assert re.findall(r'name="switch_to" value="([\w-]+)" lang', page)[:10] == list(
        dict(settings.LANGUAGES)
    )
    assert "data-asks" not in page
    assert "data-asks" in client.post("/ar/box/markt/", {"switch_to": "ar"}).content.decode()


def test_full_page_of_a_script_is_cleared_by_no_clock_of_the_browser(
    client: Client, box: Box, staff: Staff
) -> None:
    """Who types for longer than a minute after choosing the language loses nothing."""
    answer = client.post("/ar/box/markt/", {"switch_to": "ar"})
    assert not answer.has_header("Refresh")


def test_call_reaches_the_desk_once_in_five_minutes(client: Client, box: Box, staff: Staff) -> None:
    assert client.get("/en/box/markt/call/").status_code == 405
    for _press in range(3):
        page = client.post("/en/box/markt/call/").content.decode()
        assert "Staff have been called" in page
        assert 'href="/en/box/markt/"' in page
    assert [each.kind for each in box.alarms.all()] == [Alarm.Kind.CALL]
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        client.post("/en/box/markt/call/")
    assert box.alarms.count() == 2


def test_call_leads_back_to_the_door(client: Client, box: Box, staff: Staff) -> None:
    _deposit, code = make_notified(box, staff)
    client.post("/en/box/markt/", typed(code))
    page = client.post("/en/box/markt/call/").content.decode()
    assert 'href="/en/box/markt/door/"' in page


def test_nobody_calls_staff_from_elsewhere(client: Client) -> None:
    box = make_box(slug="real")
    assert client.post("/en/box/real/call/").status_code == 403
    assert not box.alarms.exists()


def test_door_that_does_not_open_says_what_to_do(client: Client, box: Box, staff: Staff) -> None:
    Box.objects.update(email="box@example.org", help_hours={"de": "9 bis 15 Uhr"})
    _deposit, code = make_notified(box, staff)
    client.post("/en/box/markt/", typed(code))
    opening = Opening.objects.get(kind="collect")
    page = client.get("/en/box/markt/door/").content.decode()
    assert '<progress class="opening"' in page
    with time_machine.travel(NOW + timedelta(seconds=21), tick=False):
        assert doors.watch(now=NOW + timedelta(seconds=21)) == 1
        page = client.get("/en/box/markt/door/").content.decode()
    assert "The door did not open" in page
    steps = page.split("<ol>")[1].split("</ol>")[0]
    assert steps.count("<li>") == 3
    assert f"door: {opening.compartment.number}" in steps
    for way in ("+49 391 540", "9 bis 15 Uhr", "box@example.org", "/en/box/markt/call/"):
        assert way in page


def test_page_of_the_box_has_numbered_steps_hours_and_a_way_out(client: Client, box: Box) -> None:
    Box.objects.update(hours={"de": "8 bis 19 Uhr"}, help_hours={"de": "9 bis 15 Uhr"})
    page = client.get("/de/box/").content.decode()
    assert page.split("<ol")[1].split("</ol>")[0].count("<li>") == 5
    for fact in ("8 bis 19 Uhr", "9 bis 15 Uhr", 'id="not-there"'):
        assert fact in page
