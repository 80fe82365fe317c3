"""Search, closing, hours, service status and figures at the desk."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment, Closure, Slot, Token
from booking.models.applicants import mint_token
from booking.notifications.rendering import displacement
from booking.states import Status
from booking.statistics import MASKED, Span, masked, public_tables, tables
from config.foundation.audit import AccessRecord
from config.foundation.notification_kinds import Attempt
from config.foundation.office import Office, ServiceStatus, forget_memory
from config.foundation.outbox import Notification
from eligibility.models import Outcome
from tests.booking.desk import APPOINTMENTS, catalogue, clock, desk, revision_of, signed_in
from tests.booking.visitors import Visitor
from tests.factories import (
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    ServiceWindowFactory,
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


# --- closing --------------------------------------------------------------------------------------


def test_close_shows_who_is_affected_before_it_acts(desk: Client, visit: Appointment) -> None:
    form = {"what": "part", "day": "24.11.2026", "opens": "09:00", "closes": "11:00", "counter": ""}
    answer = desk.post(CLOSE, form)
    assert visit.applicant.full_name in answer.content.decode()
    assert not Closure.objects.exists()
    done = desk.post(CLOSE, form | {"confirm": "yes"})
    closure = Closure.objects.get()
    assert done["Location"] == f"/admin/booking/closure/{closure.pk}/change/"
    visit.refresh_from_db()
    assert visit.status == Status.DISPLACED


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "days", "day": ""},
        {"what": "days", "day": "23.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "24.11.2026"},
        {"what": "days", "day": "25.11.2026", "last_day": "25.11.2028"},
        {"what": "part", "day": "25.11.2026"},
        {"what": "part", "day": "25.11.2026", "opens": "11:00", "closes": "09:00"},
        {"what": "part", "day": "28.03.2027", "opens": "02:30", "closes": "09:00"},
        {"what": "never"},
        {"what": "today", "counter": "999"},
        {"what": "today", "reason_en": "only English"},
    ],
)
def test_close_refuses_what_makes_no_sense(desk: Client, wrong: dict[str, str]) -> None:
    assert desk.post(CLOSE, {"confirm": "yes"} | wrong).status_code == 422
    assert not Closure.objects.exists()


def test_lift_from_its_page(desk: Client, clock: time_machine.Traveller) -> None:
    row = AppointmentFactory(slot=SlotFactory(starts_at=NOON))
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"})
    closure = Closure.objects.get()
    page = f"/admin/booking/closure/{closure.pk}/"
    assert 'data-fate="waiting"' in desk.get(f"{page}change/").content.decode()
    assert desk.get(f"{page}lift/").status_code == 200
    desk.post(f"{page}lift/")
    row.refresh_from_db()
    assert row.status == Status.BOOKED
    assert 'data-fate="restored"' in desk.get(f"{page}change/").content.decode()
    assert desk.post(f"{page}lift/").status_code == 409


def test_phone_list_names_who_can_not_be_written_to(desk: Client) -> None:
    soon = AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=3)))
    AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=4)))
    silent = AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=5)), applicant__email=""
    )
    answer = desk.post(CLOSE, {"what": "today", "counter": ""})
    assert answer.context["phone_list"] == [soon, silent]

    done = desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"}, follow=True)
    assert [str(message) for message in done.context["messages"]] == [
        "Closed. People who get a letter: 2.",
        "People without an e-mail address, who know nothing yet: 1. Please phone them.",
    ]


def test_reason_of_a_closure_reaches_letter_and_page(
    desk: Client, visit: Appointment, client: Client
) -> None:
    reason = {"reason_de": "Wasserschaden", "reason_en": "Burst pipe"}
    desk.post(CLOSE, {"what": "today", "counter": "", "confirm": "yes"} | reason)
    letter = Notification.objects.get(kind="booking.displacement")
    written = displacement(letter, Attempt(now=TUESDAY_NINE))
    assert written is not None
    assert "Wasserschaden" in written.text

    secret = mint_token(purpose=Token.Purpose.MANAGE, subject=visit.subject, now=TUESDAY_NINE)
    client.get(f"/en/manage/{secret}/")
    assert "Burst pipe" in client.get("/en/manage/").content.decode()


# --- hours ----------------------------------------------------------------------------------------


def test_hours_change_from_a_day_on(desk: Client) -> None:
    counter = ServiceWindowFactory().counter
    actions.open_slots(now=TUESDAY_NINE)
    lead = signed_in("team lead")
    page = f"/admin/booking/counter/{counter.pk}/hours/"
    wrong = {"valid_from": "23.11.2026", "replace": "yes"}
    assert lead.post(page, wrong).status_code == 422
    odd = {
        "valid_from": "01.12.2026",
        "replace": "yes",
        "opens_1_1": "12:00",
        "closes_1_1": "10:00",
    }
    assert lead.post(page, odd).status_code == 422
    booked = AppointmentFactory(slot=Slot.objects.get(starts_at=TUESDAY_NINE + timedelta(days=7)))
    answer = lead.post(page, odd | {"opens_1_1": "10:00", "closes_1_1": "12:00"}, follow=True)
    assert "1 people are booked outside the hours" in answer.content.decode()
    starts = Slot.objects.filter(starts_at__date=date(2026, 12, 1)).order_by("starts_at")
    assert starts.count() == 13
    booked.refresh_from_db()
    assert booked.status == Status.BOOKED
    assert "outside the hours" in desk.get("/admin/").content.decode()


# --- service status -------------------------------------------------------------------------------


def test_pause_and_notice_reach_every_page(desk: Client, client: Client) -> None:
    status = ServiceStatus.objects.get()
    lead = signed_in("team lead")
    change = f"/admin/foundation/servicestatus/{status.pk}/change/"
    answer = lead.post(
        change,
        revision_of(lead, change)
        | {
            "state": "paused",
            "notice_de": "Heute geschlossen",
            "notice_en": "Closed today",
            "notice_from_0": "2026-11-24",
            "notice_from_1": "08:00:00",
            "notice_until_0": "2026-11-24",
            "notice_until_1": "18:00:00",
        },
    )
    assert answer.status_code == 302
    page = client.get("/en/").content.decode()
    assert "Closed today" in page
    status.refresh_from_db()
    assert (status.state, status.notice["de"]) == ("paused", "Heute geschlossen")


def test_desk_says_that_the_service_is_not_open(desk: Client) -> None:
    assert "not open" not in desk.get("/admin/").content.decode()
    ServiceStatus.objects.update(state="restricted")
    assert "The service is not open: restricted operation." in desk.get("/admin/").content.decode()


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


def test_desk_speaks_german_unless_told_otherwise(desk: Client) -> None:
    client = Client()
    client.force_login(StaffFactory())
    assert '<html lang="de"' in client.get("/admin/").content.decode()
    assert '<html lang="en' in desk.get("/admin/").content.decode()
