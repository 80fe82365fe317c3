"""The corpus through every public form, on whatever database the run uses.

docs/reliability.md, section Corpus: never a 5xx, never a traceback, never a partial row, nothing
personal in a log.
"""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client

from booking.models import Applicant, Appointment, AppointmentEvent, WaitingEntry
from config.foundation.bots import TRAP, BotSignal
from config.foundation.office import current_office
from config.foundation.outbox import Notification
from config.operations.logs import Formatter
from pickup_box.models import Deposit, Opening
from pickup_box.terminals import COOKIE, enrol
from tests.booking.visitors import DETAILS, Visitor
from tests.corpus import REFUSED, Expect
from tests.corpus.addresses import ADDRESSES
from tests.corpus.dates import BIRTH_DATES, DAYS
from tests.corpus.flow import (
    FOREIGN_BODIES,
    FOREIGN_FIELDS,
    FOREIGN_IDS,
    FOREIGN_PAGES,
    FORMULAS,
    MARKUP,
)
from tests.corpus.names import EMPTY, NAMES
from tests.corpus.phones import PHONES
from tests.factories import MONDAY, SlotFactory
from tests.pickup_box.making import make_box
from tests.responses import Response
from tests.security.routes import all_routes

LISTS = (NAMES, ADDRESSES, DAYS, BIRTH_DATES, PHONES)
VALUES = sorted({value for cases in LISTS for value, _expect in cases} | {*EMPTY, *FOREIGN_IDS})
VALUES += sorted({*MARKUP, *FORMULAS} - set(VALUES))
# Forms other than the details read choices, codes and days: every fifth value is a spread.
SPREAD = VALUES[::5]
ROWS = (Applicant, Appointment, AppointmentEvent, WaitingEntry, Notification, Deposit, Opening)
FINE = {200, 302, 303, 400, 403, 404, 405, 409, 413, 422, 429}


@pytest.fixture
def logs() -> Iterator[StringIO]:
    """Everything that a run writes to its logs, as the product writes it."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    before, root.level = root.level, logging.INFO
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def visitor(magdeburg: object) -> Iterator[Visitor]:
    """Somebody who was told yes."""
    call_command("load_catalogue", verbosity=0)
    SlotFactory.create_batch(3)
    with time_machine.travel(MONDAY, tick=False):
        found = Visitor(Client(raise_request_exception=False))
        found.post("check/expired/", {"title_valid_until": "20.11.2026"})
        yield found


def _count() -> list[int]:
    return [model._default_manager.count() for model in ROWS]


def _check(answer: Response) -> None:
    assert answer.status_code in FINE, (answer.status_code, answer.content[:2000])
    assert b"Traceback" not in getattr(answer, "content", b"")


def test_details_meet_every_value_in_every_field(visitor: Visitor, logs: StringIO) -> None:
    fields = (
        "family_name",
        "given_names",
        "birth_date",
        "email",
        "phone",
        "text_me",
        "access_need",
    )
    for value in VALUES:
        before = _count()
        _check(visitor.send("details/", dict.fromkeys(fields, value)))
        assert _count() == before  # no value is at once a name, a date and an address
    assert "Internal Server Error" not in logs.getvalue()


@pytest.mark.parametrize(
    ("field", "cases"),
    [("family_name", NAMES), ("email", ADDRESSES), ("birth_date", BIRTH_DATES), ("phone", PHONES)],
    ids=["name", "address", "birth date", "phone"],
)
def test_details_refuse_a_value_beside_its_field_or_keep_one_person(
    visitor: Visitor, logs: StringIO, field: str, cases: tuple[tuple[str, Expect], ...]
) -> None:
    mask = {"family_name": "Kanarienvogel", "email": "kanarienvogel@example.org"}
    for value, expect in cases:
        data = DETAILS | mask | {field: value}
        answer = visitor.send("details/", data)
        _check(answer)
        wanted = 422 if expect is REFUSED else 303
        assert answer.status_code == wanted, (value[:80], answer.status_code)
        assert Applicant.objects.count() <= 1
        if wanted == 422:
            assert f'id="id_{field}_error"' in (html := answer.content.decode()) or "alert" in html
    written = logs.getvalue().casefold()
    for secret in ("kanarienvogel", "thị ánh", "1985", "@"):
        assert secret not in written


@pytest.mark.parametrize(
    "path",
    [
        "check/",
        "check/expired/",
        "check/expiring/",
        "check/job_loss/",
        "check/urgent_travel/",
        "check/lost_document/",
        "verify/",
        "verify/resend/",
        "times/",
        "review/",
        "review/extend/",
        "manage/",
        "manage/language/",
        "rebook/",
        "waiting/",
        "waiting/accept/",
    ],
)
def test_pages_of_the_way_meet_every_value(visitor: Visitor, logs: StringIO, path: str) -> None:
    fields = [
        "category",
        "title_valid_until",
        "has_appointment",
        "has_proof",
        "departure_on",
        "travel_reason",
        "lost_what",
        "code",
        "slot",
        "earliest",
        "reference",
        "birth_date",
        "language",
        "revision",
    ]
    visitor.post("details/", DETAILS)
    before = _count()
    for value in SPREAD:
        _check(visitor.send(path, dict.fromkeys(fields, value)))
    assert _count()[1:4] == before[1:4]  # nothing booked, nobody waiting
    assert "Internal Server Error" not in logs.getvalue()
    assert "anh@example.org" not in logs.getvalue()


def test_terminal_meets_every_value(magdeburg: object, logs: StringIO) -> None:
    from django.http import HttpResponse

    box = make_box(slug="markt")
    enrol(answer := HttpResponse(), box)
    client = Client(raise_request_exception=False)
    client.cookies[COOKIE] = answer.cookies[COOKIE].value
    for value in SPREAD:
        data = dict.fromkeys(("contact", "pickup_code", "birth_date"), value)
        _check(client.post("/en/box/markt/", data))
    assert not Opening.objects.exists()
    assert "Internal Server Error" not in logs.getvalue()


def test_assistant_meets_every_value(magdeburg: object, logs: StringIO) -> None:
    call_command("load_catalogue", verbosity=0)
    client = Client(raise_request_exception=False)
    page = client.get("/en/documents/").content.decode()
    slug = page.split("/en/documents/")[-1].split("/")[0]
    for value in SPREAD:
        _check(client.get(f"/en/documents/{slug}/", {"valid_until": value, "answer": value}))
        _check(client.post(f"/en/documents/{slug}/", {"valid_until": value, "q": value}))
    assert "Internal Server Error" not in logs.getvalue()


@pytest.mark.parametrize(("kind", "body"), FOREIGN_BODIES)
def test_foreign_body_writes_nothing_anywhere(
    visitor: Visitor, kind: str, body: bytes
) -> None:  # 104, 106
    before = _count()
    for route in all_routes():
        if route.pattern.startswith("<language>"):
            _check(visitor.client.generic("POST", route.path, body, content_type=kind))
    assert _count()[:4] == before[:4]


@pytest.mark.parametrize("files", [1, 101])
def test_file_that_nobody_asked_for_is_refused(visitor: Visitor, files: int) -> None:  # 106
    before = _count()
    sent = {f"file{n}": BytesIO(b"%PDF-1.7") for n in range(files)}
    answer = visitor.client.post("/en/details/", DETAILS | sent)
    assert answer.status_code == 400
    assert _count() == before


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "nonsense"])
def test_compressed_body_is_not_unpacked(visitor: Visitor, coding: str) -> None:  # 107
    before = _count()
    body = gzip.compress(urlencode(DETAILS).encode() + b"&x=" + b"0" * 10_000_000)
    kind = "application/x-www-form-urlencoded"
    headers = {"Content-Encoding": coding}
    answer = visitor.client.generic("POST", "/en/details/", body, kind, headers=headers)
    _check(answer)
    assert _count() == before


def test_fields_that_no_form_has_change_nothing(visitor: Visitor) -> None:  # T-C2
    visitor.post("details/", DETAILS | FOREIGN_FIELDS)
    row = Applicant.objects.get()
    assert row.person_key != "x"
    assert row.verified_at is None
    assert row.namesake_number == 0
    visitor.post("verify/", {"code": visitor.code()} | FOREIGN_FIELDS)
    visitor.post("times/", {"slot": visitor.slots()[0]} | FOREIGN_FIELDS)
    held = Appointment.objects.get()
    assert (held.status, held.revision, held.need_by) == ("held", 0, None)
    assert held.created_at == MONDAY
    assert held.held_until == MONDAY + timedelta(minutes=current_office().hold_minutes)


def test_trap_on_the_page_of_the_details_catches_a_machine_and_no_person(
    visitor: Visitor,
) -> None:
    page = visitor.get("details/").content.decode()
    trap = re.search(r'<div class="trap" aria-hidden="true">.*?</div>', page, re.DOTALL)
    assert trap
    assert f'name="{TRAP}"' in trap[0]
    assert 'tabindex="-1" autocomplete="off"' in trap[0]
    caught = visitor.send("details/", DETAILS | {TRAP: "https://x.example"})
    assert caught.status_code == 422
    assert not Applicant.objects.exists()
    assert BotSignal.objects.get().kind == BotSignal.Kind.HONEYPOT
    # a browser that filled it in by itself: everything else is kept, the field is empty again
    again = caught.content.decode()
    assert DETAILS["family_name"] in again
    assert "x.example" not in again
    assert visitor.send("details/", DETAILS).status_code == 303


def test_markup_in_a_name_is_shown_and_not_run(visitor: Visitor) -> None:  # T-C4
    for text in MARKUP:
        answer = visitor.send("details/", DETAILS | {"family_name": text, "email": "nonsense"})
        assert answer.status_code == 422
        html = answer.content.decode()
        assert text not in html
        assert "<script>alert" not in html


def test_availability_meets_every_value(visitor: Visitor) -> None:
    for value in [*SPREAD, *FOREIGN_PAGES]:
        answer = visitor.client.get("/api/v1/availability", {"q": value, "page": value})
        assert answer.status_code == (400 if "\x00" in value else 200)


def test_database_is_the_one_that_is_meant() -> None:
    assert connection.vendor in {"sqlite", "postgresql"}
