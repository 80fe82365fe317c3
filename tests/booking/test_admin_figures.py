"""Figures for the desk and for everybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.http import StreamingHttpResponse
from django.test import Client
from openpyxl import load_workbook

from booking.cell_suppression import LEFT_OUT, MASKED
from booking.demand_statistics import (
    by_hour,
    overview,
    sold_out,
    waiting_list,
    waiting_now,
    wish_to_appointment,
)
from booking.models.slots import booking_horizon
from booking.statistics import Span, public_tables, tables
from booking.windows import opened_at
from config.foundation.office import Office, forget_memory
from eligibility.models import Outcome
from tests.booking.desk import catalogue, clock, desk, signed_in
from tests.factories import TUESDAY_NINE, AppointmentFactory, SlotFactory, WaitingEntryFactory

__all__ = ["catalogue", "clock", "desk"]
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
    day, total, booked, use, served, missed, share, cancelled = found["time"].rows[0]
    assert (day, total, booked, served, missed, cancelled) == ("24.11.2026", 5, 3, 1, 1, 1)
    assert (use, share) == ("60 %", "50 %")
    assert found["category"].rows[0][1:] == [3, 1, 0, 0, 0, 1]
    assert found["refused"].rows[0][1:] == [7, "100 %"]
    assert found["admitted"].rows == []
    assert found["cancelled"].rows[0][1] == 1
    assert len(made) == 5


def test_one_name_counts_one_thing_in_every_table(desk: Client) -> None:
    ways: list[dict[str, Any]] = [
        *({}, {"completed": True}, {"completed": True, "outcome": "wrong_counter"}),
        *({"no_show": True}, {"cancelled": True}, {"status": "displaced"}, {"expired": True}),
    ]
    for at, how in enumerate(ways):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at))
        category = "expired" if at % 2 else "job_loss"
        AppointmentFactory(slot=slot, category=category, **how)
    glance = {str(name): value for name, value, _before in overview(SPAN).rows}
    found = [*tables(SPAN), by_hour(SPAN)]
    sums: dict[str, set[int]] = {}
    for table in found:
        for at, name in enumerate(table.head):
            if name in {"booked", "served", "not come", "cancelled"}:
                sums.setdefault(name, set()).add(sum(row[at] for row in table.rows))
    reasons = next(table for table in found if table.key == "cancelled")
    sums["cancelled"].add(sum(row[1] for row in reasons.rows))
    assert sums == {"booked": {4}, "served": {1}, "not come": {1}, "cancelled": {2}}
    assert glance["booked"] == 4
    assert sum(row[1] for row in wish_to_appointment(SPAN).rows) == 4


def test_public_figures_name_no_small_number(desk: Client, client: Client) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(3):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(no_show=True, slot=slot)
    rows = public_tables(now=TUESDAY_NINE)[1].rows
    assert {number for _name, number in rows} <= {MASKED, 0}
    assert client.get("/en/figures/").status_code == 200


def test_public_figures_leave_out_what_tells_a_small_one(office: Office) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(8):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(slot=slot, **({"completed": True} if at < 6 else {"no_show": True}))
    for at in range(7):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1, minutes=10 * at))
        if at < 2:
            AppointmentFactory(slot=slot)
    ahead, last, _waiting = public_tables(now=TUESDAY_NINE)
    assert [number for _name, number in last.rows] == [8, LEFT_OUT, MASKED]
    assert [number for _name, number in ahead.rows][:3] == [LEFT_OUT, MASKED, 5]


def test_public_chart_plots_what_its_table_says(client: Client, office: Office) -> None:
    past = TUESDAY_NINE - timedelta(days=7)
    for at in range(11):
        slot = SlotFactory(starts_at=past + timedelta(minutes=10 * at))
        AppointmentFactory(slot=slot, **({"completed": True} if at < 6 else {"no_show": True}))
    with time_machine.travel(TUESDAY_NINE, tick=False):
        page = client.get("/en/figures/").content.decode()
    table = page.split('id="t-past"')[1].split("</table>")[0]
    rows = re.findall(r'scope="row">([^<]*)</th><td><bdi dir="ltr">([^<]*)</bdi>(.*?)</td>', table)
    assert [(name, figure) for name, figure, _bar in rows] == [
        *(("Booked", "11"), ("Attended", "6"), ("Missed", "5"))
    ]
    widths = [re.findall(r'<rect width="(\d+)"', bar) for _name, _figure, bar in rows]
    assert widths == [["100"], ["55"], ["45"]]


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


def test_day_is_sold_out_when_its_last_appointment_is_taken(desk: Client, office: Office) -> None:
    slots = [SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at)) for at in range(2)]
    opened = opened_at(slots[0].starts_at, release=booking_horizon(office))
    AppointmentFactory(slot=slots[0], booked_at=opened + timedelta(minutes=5))
    assert sold_out(SPAN).rows == [["24.11.2026", 0, 1, "–"]]
    AppointmentFactory(slot=slots[1], booked_at=opened + timedelta(minutes=200))
    assert sold_out(SPAN).rows == [["24.11.2026", 1, 1, "3 h 20 min"]]
    week = replace(SPAN, by="week")
    assert sold_out(week).rows == [["23.11.2026", 1, 1, "3 h 20 min"]]


def test_demand_is_told_by_hour_and_category(desk: Client, office: Office) -> None:
    for at, category in enumerate(["expired", "expired", "job_loss"]):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at))
        # 23:30 on the clock of the office, the day before
        booked_at = TUESDAY_NINE - timedelta(hours=9, minutes=30)
        AppointmentFactory(slot=slot, category=category, booked_at=booked_at)
    assert by_hour(SPAN).rows == [["23:00–23:59", 3, 2, 0, 1, 0, 0]]
    slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1))
    AppointmentFactory(slot=slot, booked_at=TUESDAY_NINE - timedelta(hours=12, minutes=1))
    assert [row[:2] for row in by_hour(SPAN).rows] == [
        *(["20:00–20:59", 1], ["21:00–21:59", 0], ["22:00–22:59", 0], ["23:00–23:59", 3])
    ]


def test_share_of_those_who_did_not_come_is_of_those_who_were_due(desk: Client) -> None:
    for at, how in enumerate([{}, {"completed": True}, {"completed": True}, {"no_show": True}]):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at))
        AppointmentFactory(slot=slot, **how)
    assert [row[1] for row in overview(SPAN).rows][:3] == [4, "100 %", "33 %"]


def test_first_figures_stand_beside_those_of_as_many_days_before(desk: Client) -> None:
    earlier = TUESDAY_NINE - (SPAN.until - SPAN.since)
    AppointmentFactory(slot=SlotFactory(starts_at=earlier), completed=True)
    AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE), completed=True)
    late = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10))
    AppointmentFactory(slot=late, no_show=True)
    booked, _share, missed, *_others = overview(SPAN).rows
    assert (booked[1:], missed[1:]) == ([2, 1], ["50 %", "0 %"])
    asked = {"since": "2026-11-24", "last": "2026-11-24", "by": "day"}
    page = desk.get("/admin/statistics/", asked).content.decode()
    assert "23.11.2026 – 23.11.2026" in page
    assert page.index('id="t-overview"') < page.index('class="desk-jumps"')


def test_wish_of_who_had_to_wait_is_the_day_of_joining_the_list(desk: Client) -> None:
    at_once = SlotFactory(starts_at=TUESDAY_NINE)
    AppointmentFactory(slot=at_once, booked_at=TUESDAY_NINE - timedelta(days=1))
    entry = WaitingEntryFactory(
        joined_at=TUESDAY_NINE - timedelta(days=6), status="served", ended_at=TUESDAY_NINE
    )
    AppointmentFactory(
        slot=SlotFactory(starts_at=TUESDAY_NINE + timedelta(hours=1)),
        applicant=entry.applicant,
        entry=entry,
        booked_at=TUESDAY_NINE - timedelta(days=1),
    )
    assert wish_to_appointment(SPAN).rows == [["1", 1, 1, 0], ["6", 1, 0, 1]]
    assert overview(SPAN).rows[3][1] == "3.5"


def test_waiting_list_tells_what_became_of_whom(desk: Client) -> None:
    WaitingEntryFactory(joined_at=TUESDAY_NINE)
    for days in (1, 3):
        ended_at = TUESDAY_NINE + timedelta(days=days)
        WaitingEntryFactory(joined_at=TUESDAY_NINE, status="served", ended_at=ended_at)
    WaitingEntryFactory(joined_at=TUESDAY_NINE - timedelta(days=8))
    found = [row[1:] for row in waiting_list(SPAN).rows]
    assert found == [[1, "–"], [2, "2"], [0, "–"], [0, "–"]]


def test_waiting_list_is_told_by_category(desk: Client) -> None:
    people: list[tuple[str, dict[str, object]]] = [
        ("expired", {}),
        ("expired", {"need_kind": "hard", "need_by": SPAN.until}),
        ("job_loss", {"priority": 0}),
        ("job_loss", {"status": "left", "ended_at": TUESDAY_NINE}),
    ]
    for category, how in people:
        WaitingEntryFactory(applicant__situation={"category": category}, **how)
    assert waiting_now().rows == [["Title expired", 2, 1, 0], ["Job at risk", 1, 0, 1]]


def test_each_bar_is_the_figure_of_its_cell(desk: Client) -> None:
    for at, category in enumerate(["expired", "expired", "expired", "job_loss"]):
        slot = SlotFactory(starts_at=TUESDAY_NINE + timedelta(minutes=10 * at))
        AppointmentFactory(slot=slot, category=category)
    page = desk.get("/admin/statistics/?since=23.11.2026&last=29.11.2026&by=day")
    shown = {key: rows for key, rows in drawn(page.content.decode()).items() if rows}
    assert {"time", "hours", "wait", "category", "language"} <= set(shown)
    charts = {table.key: table.charts for table, _rows in page.context["tables"]}
    for key, rows in shown.items():
        # the first column of a table is its heads
        charted = [[row[column - 1] for column in charts[key]] for row in rows]
        most = max(int(text) for row in charted for text, _bar in row) or 1
        for row in charted:
            for text, bar in row:
                long = str(round(100 * int(text) / most)) if int(text) else ""
                assert bar == long, (key, text)


def drawn(page: str) -> dict[str, list[list[tuple[str, str]]]]:
    """What stands in the cells of each table, and how long the bar beside it is."""
    found = {}
    for key, table in re.findall(r'id="t-(\w+)"(.*?)</section>', page, re.DOTALL):
        bar = r'(?:<svg[^>]*>(?:<rect width="(\d+)"[^>]*></rect>)?</svg>)?'
        cell = r'<td><span class="desk-bar"><span>([^<]*)</span>' + bar
        rows = table.partition("<tbody>")[2].split("<tr>")[1:]
        found[key] = [re.findall(cell, row) for row in rows]
    return found


def test_no_row_is_missing_from_a_long_chart(desk: Client) -> None:
    days = 45
    for at in range(days):
        AppointmentFactory(slot=SlotFactory(starts_at=TUESDAY_NINE - timedelta(days=at)))
    page = desk.get("/admin/statistics/?since=1.10.2026&last=29.11.2026&by=day").content.decode()
    assert [row[1] for row in drawn(page)["time"]] == [("1", "100")] * days


def test_workbook_has_a_sheet_for_each_table(desk: Client) -> None:
    tables = [table for table, _rows in desk.get("/admin/statistics/").context["tables"]]
    answer = desk.get("/admin/statistics/export/?format=xlsx")
    assert isinstance(answer, StreamingHttpResponse)
    book = load_workbook(BytesIO(answer.getvalue()), read_only=True)
    assert [name[:25] for name in book.sheetnames] == [table.title[:25] for table in tables]
    for table, sheet in zip(tables, book, strict=True):
        head, *rows = sheet.iter_rows(values_only=True)
        assert list(head) == list(table.head)
        assert [row[0] for row in rows] == [row[0] for row in table.rows]


def test_page_and_file_hold_the_same_tables(desk: Client) -> None:
    titles = [table.title for table, _rows in desk.get("/admin/statistics/").context["tables"]]
    answer = desk.get("/admin/statistics/export/")
    assert isinstance(answer, StreamingHttpResponse)
    text = answer.getvalue().decode()
    assert len(titles) > 10
    assert [title for title in titles if title not in text] == []


def test_every_jump_leads_to_its_table(desk: Client) -> None:
    page = signed_in("team lead").get("/admin/statistics/").content.decode()
    jumps = re.findall(r'<li><a href="#(t-[^"]+)"', page)
    assert len(jumps) > 5
    assert jumps == re.findall(r'<h3 id="(t-[^"]+)"', page)
