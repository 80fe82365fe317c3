"""A spouse and children on one application: whose paper is whose, and who can't be on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.accounts.roles import TEAM_LEAD
from config.foundation.office import Office
from config.operations.data_subject_requests import export_person, forget_person
from documents.answer_codes import Answers
from documents.applications import store as blobs
from documents.applications.actions import document_requests, drafts, family, reviews, sending
from documents.applications.actions.refusals import (
    ApplicationChanged,
    Incomplete,
    NotEligible,
    TooManyMembers,
)
from documents.applications.case_file import CaseFile
from documents.applications.completeness import family_excluded, is_adult
from documents.applications.invariants import INVARIANTS
from documents.applications.limits import MEMBERS_AT_MOST
from documents.applications.models import Application, FamilyMember, File
from documents.applications.receipt_pdf import print_application_receipt
from documents.applications.states import Objection, Outcome, Role
from documents.applications.views.papers import papers_of
from documents.checklist import Advice
from tests.documents.applications.hostile_files import jpeg
from tests.documents.applications.making import (
    FACTS,
    NOW,
    TODAY,
    add_file,
    complete,
    make_draft,
    make_person,
)
from tests.documents.applications.test_desk import LIST, signed_in
from tests.documents.applications.test_races import at_once
from tests.documents.applications.test_views import Way
from tests.factories import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("intake")]
ADMITTED = FACTS - {"title_25_5"} | {"title_23a"}  # families of these may come along
SPOUSE: dict[str, Any] = {
    "role": Role.SPOUSE,
    "family_name": "Rahimi",
    "given_names": "Navid",
    "birth_date": "1988-05-04",
    "answers": Answers(frozenset({"extension", "valid_passport", "employed"})),
}
CHILD: dict[str, Any] = {
    "role": Role.CHILD,
    "family_name": "Rahimi",
    "given_names": "Amir",
    "birth_date": "2015-03-02",
    "answers": Answers(frozenset({"first", "no_valid_passport"})),
}
YOUNGER: dict[str, Any] = CHILD | {"given_names": "Sara", "birth_date": "2019-08-30"}
# what a form of the page sends for the child
TYPED: dict[str, Any] = {
    "role": "child",
    "family_name": "Rahimi",
    "given_names": "Amir",
    "birth_date": "02.03.2015",
    "purpose": "first",
    "passport": "no_valid_passport",
}


def add(application: Application, who: dict[str, Any]) -> FamilyMember:
    """Somebody more on this application."""
    application.refresh_from_db()
    return family.add_member(application=application, version=application.version, now=NOW, **who)


def excluded(application: Application) -> Advice | None:
    """Why nobody of the family may be on this application."""
    _catalogue, procedure = drafts.procedure_of(application)
    return family_excluded(procedure, drafts.answers_of(application).facts)


def wanted_by(application: Application) -> list[tuple[str, str]]:
    """Who has to hand in what."""
    needed = drafts.needed_by(application, on=TODAY)
    return [(paper.called, paper.requirement) for paper in needed.papers]


@pytest.fixture
def parent(intake: None) -> Application:
    """A draft of somebody whose family may apply, too; the address is proved."""
    draft = make_draft(facts=ADMITTED)
    make_person(draft)
    return draft


@pytest.fixture
def four(parent: Application) -> Application:
    """Both parents and two children."""
    for who in (SPOUSE, CHILD, YOUNGER):
        add(parent, who)
    parent.refresh_from_db()
    return parent


def send(application: Application) -> Application:
    """Everything there is, sent."""
    application.refresh_from_db()
    return sending.send(
        application=application, version=application.version, arrived_at=NOW, on=TODAY
    )


def test_family_of_four_hands_in_its_own_papers_and_those_of_the_case_once(
    four: Application,
) -> None:
    # S4:22 and S4:40 to 51
    assert wanted_by(four) == [
        *(("Leila", "passport"), ("Leila", "current_title"), ("Leila", "humanitarian_reason")),
        *(("Leila", "marriage_cert"), ("Leila", "employment")),
        *(("Leila", "extension_extra"), ("Leila", "rent_certificate")),
        *(("Navid", "passport"), ("Navid", "current_title"), ("Navid", "employment")),
        ("Navid", "extension_extra"),
        *(("Amir", "no_passport_efforts"), ("Amir", "no_passport_identity")),
        ("Amir", "current_title"),
        *(("Sara", "no_passport_efforts"), ("Sara", "no_passport_identity")),
        ("Sara", "current_title"),
    ]
    papers = drafts.needed_by(four, on=TODAY).papers
    assert len({paper.id for paper in papers}) == len(papers)


def test_people_of_one_name_are_told_apart(parent: Application) -> None:
    def called() -> list[str]:
        return list(dict.fromkeys(name for name, _paper in wanted_by(parent)))

    add(parent, SPOUSE)
    add(parent, CHILD | {"given_names": "NAVID", "family_name": "Karimi"})
    assert called() == ["Leila", "Rahimi Navid", "Karimi NAVID"]
    add(parent, CHILD | {"given_names": "Navid"})
    assert called() == [
        *("Leila", "Rahimi Navid, 04.05.1988", "Karimi NAVID", "Rahimi Navid, 02.03.2015")
    ]


def test_spouse_on_the_application_asks_for_the_marriage_certificate() -> None:
    draft = make_draft(facts=ADMITTED - {"married"})
    make_person(draft)
    add(draft, CHILD)
    assert "marriage_cert" not in {paper for _called, paper in wanted_by(draft)}
    add(draft, SPOUSE)
    assert [who for who, paper in wanted_by(draft) if paper == "marriage_cert"] == ["Leila"]


def test_alone_nothing_is_said_of_a_family(parent: Application) -> None:
    papers = drafts.needed_by(parent, on=TODAY).papers
    assert {paper.called for paper in papers} == {""}
    assert [paper.id for paper in papers] == [paper.requirement for paper in papers]


def test_excluded_family_is_told_before_a_name_is_asked() -> None:
    # § 29 (3) sentence 3 AufenthG, S4:22; each title by table: test_titles.py
    draft = make_draft()
    stop = excluded(draft)
    assert stop is not None
    assert stop.id == "family_excluded"
    with pytest.raises(NotEligible):
        add(draft, CHILD)
    assert drafts.stop_for(draft) is None  # the holder goes on


def test_incomplete_while_a_paper_of_one_person_lacks(four: Application) -> None:
    papers = [paper.id for paper in drafts.needed_by(four, on=TODAY).papers]
    last = papers[-2]
    complete_all(four, but=last)
    with pytest.raises(Incomplete) as refused:
        send(four)
    assert [paper.called for paper in refused.value.missing] == ["Sara"]
    add_file(four, last, jpeg())
    assert send(four).reference


def complete_all(application: Application, *, but: str = "") -> None:
    """Every paper of everybody."""
    for paper in drafts.needed_by(application, on=TODAY).papers:
        if paper.id != but:
            add_file(application, paper.id, jpeg())


def test_file_of_one_child_is_none_of_the_other(four: Application) -> None:
    # T-U12
    amir, sara = four.members.filter(role=Role.CHILD)
    add_file(four, f"no_passport_identity.{amir.pk}", jpeg())
    there = {paper.item.id for paper in papers_of(four, now=NOW) if paper.is_there}
    assert there == {f"no_passport_identity.{amir.pk}"}
    with pytest.raises(ApplicationChanged):
        add_file(four, f"passport.{sara.pk}", jpeg())  # she said that she has none


def test_removed_member_takes_their_papers_along_and_nobody_elses(four: Application) -> None:
    amir, sara = four.members.filter(role=Role.CHILD)
    for child in (amir, sara):
        add_file(four, f"no_passport_identity.{child.pk}", jpeg())
    add_file(four, "passport", jpeg())
    four.refresh_from_db()
    family.remove_member(application=four, version=four.version, member_id=amir.pk, now=NOW)
    assert set(four.files.values_list("paper", flat=True)) == {
        "passport",
        f"no_passport_identity.{sara.pk}",
    }
    family.remove_member(application=four, version=0, member_id=amir.pk, now=NOW)  # once more
    assert add(four, CHILD).pk not in {amir.pk, sara.pk}


def test_old_page_removes_nobody(four: Application) -> None:
    spouse = four.members.get(role=Role.SPOUSE)
    with pytest.raises(ApplicationChanged):
        family.remove_member(
            application=four, version=four.version - 1, member_id=spouse.pk, now=NOW
        )
    other = make_draft(facts=ADMITTED)
    family.remove_member(application=other, version=other.version, member_id=spouse.pk, now=NOW)
    assert four.members.count() == 3


def test_same_person_twice_is_one_and_too_many_are_refused(parent: Application) -> None:
    assert add(parent, CHILD) == add(parent, CHILD)
    for year in range(MEMBERS_AT_MOST - 1):
        add(parent, CHILD | {"birth_date": f"{2000 + year}-01-01"})
    with pytest.raises(TooManyMembers):
        add(parent, SPOUSE)
    assert parent.members.count() == MEMBERS_AT_MOST


def test_person_entered_once_more_with_other_answers_is_corrected(parent: Application) -> None:
    child = add(parent, CHILD)
    assert ("Amir", "passport") not in wanted_by(parent)
    other = Answers(frozenset({"first", "valid_passport"}))
    assert add(parent, CHILD | {"answers": other}) == child
    assert ("Amir", "passport") in wanted_by(parent)
    with pytest.raises(ApplicationChanged):  # an old page corrects nobody
        family.add_member(application=parent, version=0, now=NOW, **CHILD)


@pytest.mark.django_db(transaction=True)
def test_equal_presses_at_once_add_one_and_are_all_told_so() -> None:
    draft = make_draft(facts=ADMITTED)
    make_person(draft)
    mine = [Application.objects.get() for _each in range(6)]
    act = partial(family.add_member, version=draft.version, now=NOW, **CHILD)
    found = at_once(*[partial(act, application=one) for one in mine])
    assert found == [FamilyMember.objects.get()] * 6


def test_other_title_afterwards_stops_the_family_and_not_its_holder(four: Application) -> None:
    drafts.save_answers(
        application=four, version=four.version, answers=Answers(FACTS), now=NOW, on=TODAY
    )
    complete_all(four)
    with pytest.raises(NotEligible) as refused:
        send(four)
    assert refused.value.stop.id == "family_excluded"
    for member in four.members.all():
        four.refresh_from_db()
        family.remove_member(application=four, version=four.version, member_id=member.pk, now=NOW)
    assert send(four).reference


@pytest.mark.parametrize(
    ("born", "adult"),
    [("2008-11-30", True), ("2008-12-01", False), ("2008", True), ("2015", False)],
)
def test_who_is_not_surely_a_minor_declares_for_themselves(born: str, adult: bool) -> None:
    assert is_adult(born, on=date(2026, 11, 30)) is adult


# --- what the office gets -------------------------------------------------------------------------


@pytest.fixture
def arrived(four: Application) -> Application:
    """The family's application, as it came."""
    complete_all(four)
    return send(four)


def test_receipt_names_everybody_and_whose_each_paper_is(
    arrived: Application, office: Office
) -> None:
    sheet = print_application_receipt(
        arrived, papers_of(arrived, now=NOW), office=office, language="en", now=NOW
    )
    assert sheet.startswith(b"%PDF")
    assert [paper.item.called for paper in papers_of(arrived, now=NOW)][-1] == "Sara"


def test_case_file_says_whose_each_paper_is(arrived: Application, office: Office) -> None:
    content = CaseFile(arrived, office=office, receipt=b"%PDF")
    needed = drafts.needed_by(arrived, on=TODAY)
    whole = b"".join(content.parts(needed.papers))
    said = json.loads(re.findall(rb'\{\n  "schema".*?\n\}', whole, re.S)[0])
    assert [one["role"] for one in said["people"]] == ["applicant", "spouse", "child", "child"]
    assert [one["given_names"] for one in said["people"]] == ["Leila", "Navid", "Amir", "Sara"]
    passports = [paper["person"] for paper in said["papers"] if paper["id"] == "passport"]
    assert passports == [0, 1]
    names = [paper["file"] for paper in said["papers"] if "file" in paper]
    assert len(set(names)) == len(names)


def test_office_asks_for_a_paper_of_one_child(arrived: Application) -> None:
    staff = StaffFactory()
    reviews.take(application=arrived, version=arrived.version, by=staff, now=NOW)
    sara = arrived.members.get(given_names="Sara")
    paper = f"no_passport_identity.{sara.pk}"
    arrived.refresh_from_db()
    request = document_requests.request_papers(
        application=arrived,
        version=arrived.version,
        papers={paper: Objection.UNREADABLE},
        due_on=date(2026, 12, 14),
        by=staff,
        now=NOW,
    )
    arrived.refresh_from_db()
    (asked,) = papers_of(arrived, now=NOW, asked=request)
    assert (asked.item.called, asked.item.requirement) == ("Sara", "no_passport_identity")


def test_paper_of_nobody_is_found(arrived: Application) -> None:
    broken = {name: query for name, _says, query in INVARIANTS}["I41"]
    assert broken(NOW) == []
    FamilyMember.objects.filter(given_names="Sara").delete()
    assert broken(NOW) == [arrived.subject]


def test_copy_and_end_of_the_data_include_the_family(arrived: Application) -> None:
    staff = StaffFactory()
    copy = export_person(reference=str(arrived.reference), by=staff, reason="asked", now=NOW)
    assert "Navid" in json.dumps(copy, ensure_ascii=False)
    for act in (reviews.take, reviews.close):
        arrived.refresh_from_db()
        more: dict[str, Any] = {"outcome": Outcome.GRANTED} if act is reviews.close else {}
        act(application=arrived, version=arrived.version, by=staff, now=NOW, **more)
    forget_person(reference=str(arrived.reference), now=NOW)
    assert not FamilyMember.objects.exists()
    assert not File.objects.exists()


def test_ended_draft_leaves_nobody(
    four: Application, django_capture_on_commit_callbacks: Any
) -> None:
    complete(four, jpeg(), wanted=["passport"])
    with django_capture_on_commit_callbacks(execute=True):
        drafts.end_draft(application=four, now=NOW)
    assert not FamilyMember.objects.exists()
    assert not list(blobs.names())


# --- the pages ------------------------------------------------------------------------------------


@pytest.fixture
def way() -> Iterator[Way]:
    """Somebody at the papers whose title takes the family along."""
    person = Way()
    with time_machine.travel(NOW, tick=False):
        person.get("apply/humanitarian/questions/")
        person.send(
            "apply/humanitarian/questions/",
            title="title_23a",
            who="title_holder",
            purpose="extension",
            passport="valid_passport",
            title_ends_on="01.03.2027",
        )
        person.proves()
        yield person


def test_pages_lead_to_the_family_and_back(way: Way) -> None:
    assert 'id="family"' in way.get("apply/papers/")
    way.get("apply/family/")
    for asked_once in ("title", "who"):
        assert f'name="{asked_once}"' not in way.page
    page = way.send("apply/family/", **TYPED)
    assert "Rahimi Amir" in page
    page = way.get("apply/papers/")
    assert re.findall(r"<h2><bdi>(\w+)</bdi></h2>", page) == ["Leila", "Amir"]
    member = FamilyMember.objects.get()
    way.get("apply/family/")
    form = re.search(r'<form[^>]*family/remove/">(.*?)</form>', way.page, re.S)
    assert form
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    assert fields["member"] == str(member.pk)
    way.client.post("/en/apply/family/remove/", fields)
    assert not FamilyMember.objects.exists()
    assert "<h2><bdi>Leila</bdi></h2>" not in way.get("apply/papers/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "friend"},
        {"role": ""},
        {"family_name": ""},
        {"birth_date": "02.03.2115"},
        {"birth_date": "nonsense"},
        {"purpose": "both"},
        {"passport": ""},
        {"title_ends_on": "99.99.2027"},
        {"applies": "millionaire"},
    ],
)
def test_wrong_entries_say_so_and_add_nobody(way: Way, wrong: dict[str, str]) -> None:
    way.get("apply/family/")
    page = way.send("apply/family/", status=422, **TYPED | wrong)
    assert "<title>Error: " in page
    assert not FamilyMember.objects.exists()


def test_excluded_family_sees_why_instead_of_a_form(way: Way) -> None:
    Application.objects.update(answers={"facts": sorted(FACTS), "days": {}})
    page = way.get("apply/family/")
    assert 'data-decision="refused"' in page
    assert 'name="given_names"' not in page
    with pytest.raises(AssertionError, match="step"):
        way.hidden()  # no form to send
    way.get("apply/papers/")
    page = way.send("apply/family/", "end", status=409, **TYPED)
    assert not FamilyMember.objects.exists()


def test_adult_agrees_before_it_is_sent(way: Way) -> None:
    draft = Application.objects.get()
    add(draft, SPOUSE)
    add(draft, CHILD)
    complete_all(draft)
    page = way.get("apply/review/")
    (box,) = set(re.findall(r'name="(agrees_\d+)"', page))
    assert re.findall(r"<h3><bdi>(\w+)</bdi></h3>", page) == ["Leila", "Navid", "Amir"]
    agreed: dict[str, Any] = {box: "on"}
    page = way.send("apply/review/", status=422, true="on")
    assert "Every adult has to agree" in page
    assert "Rahimi Navid" in way.send("apply/review/", true="on", **agreed)


def test_large_family_asks_the_database_no_more_than_a_small_one(way: Way) -> None:
    draft = Application.objects.get()

    def asked() -> list[int]:
        complete_all(draft)
        found = []
        for page in ("papers", "family", "review", "urgent"):
            with CaptureQueriesContext(connection) as queries:
                way.get(f"apply/{page}/")
            found.append(len(queries))
        return found

    add(draft, SPOUSE)
    few = asked()
    for year in range(6):
        add(draft, CHILD | {"birth_date": f"{2001 + year}-01-01"})
    assert asked() == few


def test_tick_of_an_old_page_is_not_that_of_somebody_else(way: Way) -> None:
    draft = Application.objects.get()
    gone = add(draft, SPOUSE)
    complete_all(draft)
    page = way.get("apply/review/")
    (box,) = set(re.findall(r'name="(agrees_\d+)"', page))
    draft.refresh_from_db()
    family.remove_member(application=draft, version=draft.version, member_id=gone.pk, now=NOW)
    add(draft, SPOUSE | {"given_names": "Omid"})
    complete_all(draft)
    page = way.send("apply/review/", status=422, true="on", **{box: "on"})
    assert "Rahimi Omid" in page
    ticked = re.findall(r'<input[^>]*name="(\w+)"[^>]*checked', page)
    assert ticked == ["true"]


def test_child_whose_title_ends_soon_is_told_so_like_anybody(way: Way) -> None:
    way.get("apply/family/")
    page = way.send(
        "apply/family/", **TYPED | {"purpose": "extension", "title_ends_on": "02.12.2026"}
    )
    assert way.path.endswith("apply/urgent/")
    assert "Rahimi Amir" in page
    assert 'href="/en/apply/family/"' in page
    way.get("apply/family/")
    assert "Rahimi Amir" in way.page


def test_no_page_of_a_family_where_a_procedure_takes_none(way: Way) -> None:
    Application.objects.update(procedure="study")
    way.get("apply/family/", status=404)


def test_who_is_there_can_be_taken_out_where_the_list_takes_nobody_any_more(way: Way) -> None:
    add(Application.objects.get(), CHILD)
    Application.objects.update(procedure="study")
    assert 'id="family"' in way.get("apply/papers/")
    way.get("apply/family/")
    assert 'name="given_names"' not in way.page
    assert "family/remove/" in way.page


def test_desk_sees_the_title_of_a_family_that_ends_first(arrived: Application) -> None:
    days = {"title_ends_on": "2026-12-24"}
    FamilyMember.objects.filter(given_names="Sara").update(answers={"facts": [], "days": days})
    lead: Client = signed_in(TEAM_LEAD)[0]
    assert "24.12.2026" in lead.get(LIST).content.decode()
    assert "24.12.2026" in lead.get(f"{LIST}{arrived.pk}/change/").content.decode()


def test_desk_sees_who_applies_and_whose_a_paper_is(arrived: Application) -> None:
    lead: Client = signed_in(TEAM_LEAD)[0]
    page = lead.get(LIST).content.decode()
    assert "und 3 weitere" in page or "and 3 more" in page
    page = lead.get(f"{LIST}{arrived.pk}/change/").content.decode()
    assert "RAHIMI Navid" in page
    assert "<h2>Sara: " in page
