"""Twenty-four invented people, and that each gets exactly the list the published sources say."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Required, TypedDict

import pytest
import yaml

from documents.catalogue_types import Catalogue
from documents.checklist import Checklist, FeeLine, Item, birth_fact, checklist, reason_for_urgency
from tests.documents.cases import procedure_of

TODAY = date(2026, 11, 26)


class Person(TypedDict, total=False):
    """One row of `people.yaml`, which says what each word means."""

    name: Required[str]
    procedure: Required[str]
    facts: Required[list[str]]
    born: str
    days: dict[str, date]
    stop: str
    papers: list[str]
    fee: list[str]
    lines: dict[str, str]
    deadlines: dict[str, date | None]
    tells: list[str]
    has: list[str]
    lacks: list[str]
    urgent: str


PEOPLE: list[Person] = yaml.safe_load(
    Path(__file__).with_name("people.yaml").read_text(encoding="utf-8")
)
CLOSED = {"emergency", "study", "eu_students", "humanitarian"}


def list_of(shipped: Catalogue, person: Person) -> Checklist:
    """The list as the assistant, or the booking, makes it for this person."""
    procedure = procedure_of(shipped, person["procedure"])
    facts = set(person["facts"])
    assert facts <= set(procedure.facts)
    if fact := birth_fact(person.get("born", ""), TODAY):
        facts.add(fact)
    return checklist(shipped, procedure, facts, TODAY, days=person.get("days"))


def printed(found: Checklist) -> str:
    """Every German word of a list."""
    rows = [found.procedure.title, found.procedure.intro]
    for item in found.items:
        rows += [item.title, item.details, item.accepted, item.not_accepted, item.reason]
    for note in found.notes:
        rows += [note.title, note.text]
    amounts = [f"{fee.amount:f}" for fee in found.means]
    return "\n".join([*(text.de for text in rows), *amounts])


def marked(item: Item) -> str:
    return f"{item.id}?" if item.if_available else item.id


def amount(line: FeeLine) -> str:
    least, most = line.least, line.amount
    return f"{most}" if least == most else f"{least}-{most}"


def test_there_are_twenty_four_of_four_kinds() -> None:
    assert len({person["name"] for person in PEOPLE}) == len(PEOPLE) == 24
    assert {person["procedure"] for person in PEOPLE} == CLOSED


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["name"])
def test_person_gets_the_list_that_the_sources_say(shipped: Catalogue, person: Person) -> None:
    found = list_of(shipped, person)
    assert (found.stop.id if found.stop else None) == person.get("stop")
    assert [marked(item) for item in found.items] == person.get("papers", [])
    least, most = (Decimal(sum) for sum in person.get("fee", ["0", "0"]))
    assert (found.fee.total, found.fee.at_most) == (least, most)
    if "lines" in person:
        assert {line.code: amount(line) for line in found.fee.lines} == person["lines"]
    due = {note.id: note.due_on for note in found.notes if note.kind == "deadline"}
    assert due == person.get("deadlines", {})
    assert set(person.get("tells", [])) <= {note.id for note in found.notes}
    words = printed(found)
    assert [word for word in person.get("has", []) if word not in words] == []
    assert [word for word in person.get("lacks", []) if word in words] == []
    ends = person.get("days", {}).get("title_ends_on")
    assert reason_for_urgency(ends, TODAY) == person.get("urgent", "")


@pytest.mark.parametrize("procedure", sorted(CLOSED))
def test_every_list_tells_the_duty_to_report_a_new_address(
    shipped: Catalogue, procedure: str
) -> None:
    notes = {note.id: note for note in procedure_of(shipped, procedure).notes}
    assert notes["address_change"].condition is None
    assert "unverzüglich im Bürgerbüro" in notes["address_change"].text.de


@pytest.mark.parametrize(
    ("born", "fact"),
    [
        ("", ""),
        ("2008-11-26", "age_18_to_23"),
        ("2008-11-27", "age_under_18"),
        ("2008-10", "age_18_to_23"),
        ("2008-11", ""),  # seventeen or eighteen, nobody knows
        ("2008", ""),
        ("2007", "age_18_to_23"),
        ("1968", "age_24_or_more"),
        ("2015", "age_under_18"),
    ],
)
def test_age_counts_only_as_far_as_the_birth_date_is_known(born: str, fact: str) -> None:
    assert birth_fact(born, TODAY) == fact


@pytest.mark.parametrize(
    ("ends", "urgent"),
    [
        (None, ""),
        (date(2026, 11, 25), "title_expired"),
        (date(2026, 11, 26), "title_expires_soon"),
        (date(2026, 12, 3), "title_expires_soon"),
        (date(2026, 12, 4), ""),
    ],
)
def test_a_title_is_urgent_from_seven_days_before_its_end(ends: date | None, urgent: str) -> None:
    assert reason_for_urgency(ends, TODAY) == urgent
