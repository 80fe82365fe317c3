"""Studying, applied for online: which papers each kind asks for, and the way to the receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import mail

from config.foundation.outbox import Notification, send_due
from documents.applications.completeness import Person, is_urgent, needed
from documents.applications.models import Application, Intake
from documents.applications.states import Status
from documents.catalogue_types import Catalogue
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import NOW, TODAY
from tests.documents.applications.test_views import Way
from tests.documents.cases import procedure_of

# kind of application -> the papers that are uploaded, in the order of the list
KINDS = {
    ("first", "visa_needed"): ["passport_with_visa", "enrolment", "insurance", "finance_1y"],
    ("first", "visa_free_always"): ["passport", "enrolment", "insurance", "finance_1y"],
    ("first", "visa_free_without_work"): ["passport", "enrolment", "insurance", "finance_1y"],
    ("extension", "visa_needed"): ["passport", "enrolment", "insurance", "finance_6m"],
    ("change_of_purpose", "visa_needed"): [
        *("passport", "enrolment", "insurance", "finance_purpose"),
    ],
    ("job_search", "visa_needed"): ["passport", "insurance", "finance_purpose"],
}
ALWAYS = ["housing"]
BROUGHT = ["photo", "fee"]
# answer -> what it adds: (uploaded, brought)
MORE = {
    "bafoeg_certificate": (["bafoeg_certificate"], []),
    "private_insurance": (["insurance_sgb_v"], []),
    "foreign_documents": (["translations"], []),
    "on_benefits": (["benefits_notice"], []),
    "scholarship": (["scholarship_proof"], []),
    "box_pickup": ([], ["box_consent"]),
    "language_course": ([], []),
    "working": ([], []),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_asks_for_exactly_these_papers(shipped: Catalogue, kind: tuple[str, str]) -> None:
    found = needed(shipped, procedure_of(shipped, "study"), [Person(frozenset(kind))])
    assert [item.id for item in found.papers] == [*KINDS[kind], *ALWAYS]
    assert [item.id for item in found.originals] == BROUGHT
    assert not any(item.if_available for item in found.papers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fact", MORE)
def test_each_answer_adds_exactly_these(
    shipped: Catalogue, kind: tuple[str, str], fact: str
) -> None:
    procedure = procedure_of(shipped, "study")
    before, after = (
        needed(shipped, procedure, [Person(frozenset(facts))]) for facts in (kind, {*kind, fact})
    )
    uploaded, brought = MORE[fact]
    assert {one.id for one in after.papers} - {one.id for one in before.papers} == {*uploaded}
    assert {one.id for one in after.originals} - {one.id for one in before.originals} == {*brought}
    assert len(after.papers) == len(before.papers) + len(uploaded)


def test_table_covers_every_answer(shipped: Catalogue) -> None:
    asked = {one.id: one.facts for one in procedure_of(shipped, "study").questions}
    assert {purpose for purpose, _passport in KINDS} == {*asked["purpose"]}
    assert {passport for _purpose, passport in KINDS} | {"eu_citizen"} == {*asked["passport_of"]}
    assert {*MORE} == {*asked["applies"]}


# --- the way --------------------------------------------------------------------------------------

ANSWERS: dict[str, Any] = {"passport_of": "visa_needed", "title_ends_on": "01.03.2027"}


@pytest.fixture
def way(closed: None) -> Iterator[Way]:
    """Somebody who applies for studying, in an office that takes it online."""
    Intake.objects.create(procedure="study", opens_at=NOW)
    with time_machine.travel(NOW, tick=False):
        yield Way()


def apply(way: Way, purpose: str, **more: object) -> str:
    """Up to the papers."""
    way.get("apply/study/")
    way.get("apply/study/questions/")
    page = way.send("apply/study/questions/", **{"purpose": purpose} | ANSWERS | more)
    if "data-decision" in page or way.path.endswith("apply/urgent/"):
        return page
    person: dict[str, Any] = {
        "family_name": "Okafor",
        "given_names": "Ada",
        "email": "ada@example.org",
    }
    way.send("apply/contact/", **person, birth_date="01.02.2003", phone="")
    send_due(queue=Notification.Queue.CODE, now=NOW)
    code = re.search(r"^\s+(\d{6})$", str(mail.outbox[-1].body), re.M)
    assert code
    return way.send("apply/verify/", code=code[1])


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["first", "extension", "change_of_purpose"])
def test_each_kind_goes_from_the_start_to_the_receipt(way: Way, purpose: str) -> None:
    page = apply(way, purpose, applies=["box_pickup"])
    wanted = [*KINDS[purpose, "visa_needed"], *ALWAYS]
    assert re.findall(r'id="paper-(\w+)"', page) == wanted
    brought = page[page.index("Bring to the appointment") :]
    assert "Money for the fees" in brought
    assert "Recent biometric photo" in brought
    assert "The German version, completed and signed, the original." in brought
    assert "Completed application form" not in page
    for number in range(1, len(wanted) + 1):
        way.upload(number, jpeg())
    way.get("apply/review/")
    assert "Residence permit for studying" in way.page
    sent = way.send("apply/review/", true="on")
    application = Application.objects.get()
    assert (application.status, application.procedure) == (Status.SENT, "study")
    assert str(application.reference) in sent
    assert "Money for the fees" in sent


@pytest.mark.django_db
def test_citizens_of_the_eu_are_led_to_their_own_page(way: Way) -> None:
    way.get("apply/study/questions/")
    answers = ANSWERS | {"purpose": "first", "passport_of": "eu_citizen"}
    page = way.send("apply/study/questions/", status=200, **answers)
    assert 'data-decision="refused"' in page
    assert 'href="/en/documents/eu_students/"' in page
    assert not Application.objects.exists()


# --- when it is late ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "days", "late"),
    [
        ({"first", "visa_needed"}, {"title_ends_on": date(2026, 12, 7)}, True),
        ({"first", "visa_needed"}, {"title_ends_on": date(2026, 12, 8)}, False),
        ({"first", "visa_free_always"}, {"entered_on": date(2026, 9, 8)}, True),  # 7 December
        ({"first", "visa_free_without_work"}, {"entered_on": date(2026, 9, 9)}, False),
        ({"first", "visa_needed"}, {"entered_on": date(2026, 9, 1)}, False),  # the visa counts
        ({"extension", "visa_free_always"}, {"entered_on": date(2020, 9, 1)}, False),
        ({"extension", "visa_needed"}, {"title_ends_on": date(2026, 12, 20)}, False),
        ({"first", "visa_needed"}, {}, False),
    ],
)
def test_whoever_has_a_week_left_is_told_so(
    shipped: Catalogue, facts: set[str], days: dict[str, date], late: bool
) -> None:
    study = procedure_of(shipped, "study")
    assert is_urgent(study, facts, days, on=TODAY, grace_days=7) is late


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("purpose", "days", "told"),
    [
        (
            "first",
            {"passport_of": "visa_free_always", "title_ends_on": "", "entered_on": "05.09.2026"},
            ["Your first 3 months end soon", "“I apply for a residence permit”"],
        ),
        (
            "first",
            {"title_ends_on": "03.12.2026"},
            ["Your residence title ends soon", "“I apply for a residence permit”"],
        ),
        (
            "extension",
            {"title_ends_on": "03.12.2026"},
            ["Your residence title ends soon", "“I apply for the extension of my residence title”"],
        ),
    ],
)
def test_page_says_what_ends_and_what_to_write(
    way: Way, purpose: str, days: dict[str, str], told: list[str]
) -> None:
    page = apply(way, purpose, **days)
    assert way.path.endswith("apply/urgent/")
    assert all(words in page for words in told)
    assert "studium-ausbildung@ewo.magdeburg.de" in page
