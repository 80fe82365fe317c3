"""Search, names that are code, and what every page of the desk has."""

from __future__ import annotations

<<<<<<< HEAD
from datetime import timedelta
=======
import re
from datetime import date, timedelta
>>>>>>> terminal
from html.parser import HTMLParser

import pytest
from django.test import Client

from booking.models import Appointment
from config.foundation.audit import AccessRecord
<<<<<<< HEAD
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, signed_in
=======
from config.foundation.notification_kinds import Attempt
from config.foundation.office import Office, ServiceStatus, forget_memory
from config.foundation.outbox import Notification
from eligibility.models import Outcome
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, revision_of, signed_in
from tests.booking.visitors import Visitor
>>>>>>> terminal
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.responses import Response

__all__ = ["catalogue", "clock", "desk"]
CLOSE = "/admin/booking/closure/close/"
NOON = TUESDAY_NINE + timedelta(hours=3)


# --- search ---------------------------------------------------------------------------------------


def search(client: Client, text: str) -> Response:
    return client.post(f"{APPOINTMENTS}search/", {"q": text})


@pytest.fixture
def visit(desk: Client) -> Appointment:
    """Olena, booked for nine o'clock."""
    return AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE),
        reference="7K3F-92QX",
        applicant=ApplicantFactory(
            family_name="Шевченко", given_names="Олена", birth_date="1985-05-12"
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            "7K3F-92QX",
            "7k3f92qx",
            " 7K3F 92QX ",
            "https://termin.example.de/de/manage/?r=7K3F-92QX",
        ),
        *("Шевченко", "Олена Шевч", "12.05.1985", "1985-05-12"),
    ],
)
def test_search_leads_straight_to_the_one_it_finds(
    desk: Client, visit: Appointment, text: str
) -> None:
    assert search(desk, text)["Location"] == f"{APPOINTMENTS}{visit.pk}/change/"
    record = AccessRecord.objects.get()
    assert (record.kind, record.subject) == ("search", visit.subject)
    assert "Шевч" not in record.reason


@pytest.mark.parametrize(
    "text", ["Niemand", "%", "\\", "_" * 50, "AAAA-AAAA", "31.12.1999", "a b" * 60]
)
def test_search_that_finds_nobody_says_so(desk: Client, visit: Appointment, text: str) -> None:
    answer = search(desk, text)
    assert answer.status_code == 200
    assert "Nobody found" in answer.content.decode()


@pytest.mark.parametrize("text", ["", "x" * 201])
def test_search_for_nothing_finds_nothing(desk: Client, visit: Appointment, text: str) -> None:
    answer = search(desk, text)
    assert answer.status_code == 200
    assert visit.reference not in answer.content.decode()


def test_search_finds_no_one_who_is_forgotten(desk: Client, visit: Appointment) -> None:
    visit.applicant.forgotten_at = TUESDAY_NINE
    visit.applicant.save()
    assert "Nobody found" in search(desk, "Шевченко").content.decode()


# --- names that are code --------------------------------------------------------------------------


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "'><iframe src=javascript:alert(1)>",
    "</td></tr></table><script>1</script>",
    "</title><script>1</script>",
    "</textarea><script>1</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{7*7}}{% debug %}",
    "${7*7} %s %(x)s",
    "\" onfocus=alert(1) autofocus x=\"",
    "<style>*{display:none}</style>",
]  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with their attributes, without what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(name for name, _value in attrs))))


def elements(text: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Elements()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_name_that_is_code_adds_no_element(desk: Client, payload: str) -> None:  # T-C4
    people = ApplicantFactory.create_batch(2, flagged_at=TUESDAY_NINE, phone="1", birth_date="1985")
    row = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE), applicant=people[0])
    AppointmentFactory(slot=SlotFactory(starts_at=NOON), applicant=people[1])
    entry = WaitingEntryFactory(applicant=people[1])
    appointment, waits = f"{APPOINTMENTS}{row.pk}/", f"/admin/booking/waitingentry/{entry.pk}/"
    pages = [
        "/admin/",
        f"{APPOINTMENTS}?day=today",
        *(f"{appointment}{name}/" for name in ("change", "history", "check-in", "correct")),
        "/admin/booking/waitingentry/",
        f"{waits}change/",
        "/admin/booking/applicant/",
        f"/admin/booking/applicant/{people[1].pk}/change/",
        f"/admin/booking/applicant/{people[1].pk}/namesake/",
    ]
    preview = {"what": "days", "day": "24.11.2026", "counter": ""}

    def look() -> list[list[tuple[str, tuple[str, ...]]]]:
        texts = [desk.get(page).content.decode() for page in pages]
        texts.append(desk.post(CLOSE, preview).content.decode())
        texts.append(search(desk, "1985").content.decode())
        return [elements(text) for text in texts]

    harmless = look()
    for person in people:
        person.family_name, person.given_names, person.phone = payload, payload, payload[:20]
        person.save()
    assert look() == harmless


@pytest.mark.parametrize(
    "page",
    [
        *("booking/appointment/", "booking/waitingentry/", "booking/applicant/"),
        *(
            "booking/closure/",
            "booking/closure/close/",
            "booking/counter/",
            "foundation/notification/",
        ),
        *("foundation/accessrecord/", "statistics/", ""),
    ],
)
def test_page_explains_itself(desk: Client, page: str) -> None:
    assert 'class="desk-help"' in signed_in("team lead").get(f"/admin/{page}").content.decode()


<<<<<<< HEAD
=======
def test_pause_ends_by_itself_on_every_page(
    desk: Client, client: Client, clock: time_machine.Traveller
) -> None:
    status = ServiceStatus.objects.get()
    change = f"/admin/foundation/servicestatus/{status.pk}/change/"
    visitor, lead = Visitor(client), signed_in("team lead")
    visitor.verifies()
    visitor.form("waiting/")
    until = {"state": "paused", "until_0": "2026-11-24", "until_1": "10:30:00"}
    assert lead.post(change, revision_of(lead, change) | until).status_code == 302
    assert "10:30" in visitor.get("times/").content.decode()
    assert visitor.send("waiting/").status_code == 409
    assert 'data-service="paused"' in visitor.get("").content.decode()

    clock.move_to(TUESDAY_NINE + timedelta(minutes=90))  # half past ten, and no job ran
    assert 'data-service="open"' in visitor.get("").content.decode()
    assert "paused" not in visitor.get("times/").content.decode()
    assert visitor.post("waiting/") == "waiting/"
    lead = signed_in("team lead")
    page = lead.get(change).content.decode()
    assert '<option value="open" selected>' in page  # what has ended does not look like a pause
    until |= revision_of(lead, change)
    assert lead.post(change, until).status_code == 200  # nor can a pause end before it begins
    assert lead.post(change, until | {"state": "open"}).status_code == 302
    status.refresh_from_db()
    assert (status.state, status.until) == ("open", None)


def test_notice_without_german_is_refused(desk: Client) -> None:
    status = ServiceStatus.objects.get()
    page = f"/admin/foundation/servicestatus/{status.pk}/change/"
    lead = signed_in("team lead")
    shown = revision_of(lead, page)
    answer = lead.post(page, shown | {"state": "open", "notice_en": "Closed"})
    assert answer.status_code == 200
    assert "German text" in answer.content.decode()
    assert signed_in("caseworker").post(page, {"state": "paused"}).status_code == 403


# --- figures --------------------------------------------------------------------------------------

SPAN = Span(since=date(2026, 11, 23), until=date(2026, 11, 30), by="day")


def test_figures_add_up(desk: Client) -> None:
    made = [
        AppointmentFactory(
            slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at)), **how
        )
        for at, how in enumerate(
            [{}, {"completed": True}, {"no_show": True}, {"cancelled": True}, {"expired": True}]
        )
    ]
    Outcome.objects.create(
        day=date(2026, 11, 24),
        category="job_loss",
        eligible=False,
        reason="job_proof_missing",
        count=7,
    )
    found = {table.key: table for table in tables(SPAN)}
    day, total, booked, use, served, missed, cancelled = found["time"].rows[0]
    assert (day, total, booked, served, missed, cancelled) == ("24.11.2026", 5, 3, 1, 1, 1)
    assert use == "60 %"
    assert found["category"].rows[0][1:] == [4, 1, 0, 0, 0, 1]
    assert found["check"].rows[0][1] == 7
    assert found["cancelled"].rows[0][1] == 1
    assert found["wait"].rows == [["1", 4]]
    assert len(made) == 5


@pytest.mark.parametrize(("value", "shown"), [(0, 0), (1, MASKED), (4, MASKED), (5, 5), ("4", "4")])
def test_small_figures_are_masked(value: object, shown: object) -> None:
    assert masked(value) == shown


def test_public_figures_name_no_small_number(desk: Client, client: Client) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(3):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(no_show=True, slot=slot)
    rows = public_tables(now=TUESDAY_NINE)[1].rows
    assert {number for _name, number in rows} <= {MASKED, 0}
    assert client.get("/en/figures/").status_code == 200


def test_public_chart_plots_what_its_table_says(client: Client, office: Office) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(8):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(slot=slot, **({"completed": True} if at < 6 else {"no_show": True}))
    with time_machine.travel(TUESDAY_NINE, tick=False):
        page = client.get("/en/figures/").content.decode()
    table = page.split('id="t-past"')[1].split("</table>")[0]
    rows = re.findall(r'scope="row">([^<]*)</th><td><bdi dir="ltr">([^<]*)</bdi>(.*?)</td>', table)
    assert [(name, figure) for name, figure, _bar in rows] == [
        *(("booked", "8"), ("served", "6"), ("not come", "&lt;5"))
    ]
    widths = [re.findall(r'<rect width="(\d+)"', bar) for _name, _figure, bar in rows]
    # 6 of 8 is three quarters; a figure that is kept back has no bar
    assert widths == [["100"], ["75"], []]


def test_public_figures_say_how_long_people_waited(office: Office) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(5):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(completed=True, slot=slot, booked_at=slot.starts_at - timedelta(days=3))
    waited = public_tables(now=TUESDAY_NINE)[2].rows
    assert [number for _name, number in waited] == [0, 0, 5, 0]


@pytest.mark.parametrize(
    ("distribution", "said"),
    [
        ("waiting_list", "whoever joined the list earlier comes first"),
        ("draw", "the order is drawn by lot"),
        ("open", "goes to whoever books it first"),
    ],
)
def test_rule_of_the_office_is_said_in_words_one_step_from_the_first_page(
    client: Client, office: Office, distribution: str, said: str
) -> None:
    Office.objects.update(distribution=distribution)
    forget_memory()
    assert said in client.get("/en/figures/").content.decode()
    assert 'href="/en/figures/"' in client.get("/en/").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "since=1.1.2026&last=1.2.2026&by=month",
        "since=x&last=y&by=week",
        "since=1.1.2020&last=1.1.2026&by=day",
        "since=1.1.2026&last=1.2.2026&by=hour",
    ],
)
def test_statistics_take_any_span_or_say_why_not(desk: Client, query: str) -> None:
    assert desk.get(f"/admin/statistics/?{query}").status_code in {200, 422}


>>>>>>> terminal
def test_desk_speaks_german_unless_told_otherwise(desk: Client) -> None:
    client = Client()
    client.force_login(StaffFactory())
    assert '<html lang="de"' in client.get("/admin/").content.decode()
    assert '<html lang="en' in desk.get("/admin/").content.decode()
