"""Figures for the desk and for everybody."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from booking.statistics import MASKED, Span, masked, public_tables, tables
from config.foundation.office import Office, forget_memory
from eligibility.models import Outcome
from tests.booking.desk import catalogue, clock, desk
from tests.factories import TUESDAY_NINE, AppointmentFactory, SlotFactory

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
