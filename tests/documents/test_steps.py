"""Many questions come one a page; what was answered stands in the address alone."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from documents.answer_codes import Answers, decode, decode_some, encode, replace_answer
from documents.catalogue_types import Catalogue, Group, Option, Procedure, Question, Text
from documents.mail_link import LONGEST, mail_link
from documents.schema import CatalogueBroken
from documents.validation import read
from tests.documents.cases import HUMANITARIAN, STUDY, procedure_of

pytestmark = pytest.mark.usefixtures("loaded")
ANSWERS: dict[str, list[str]] = {
    "title": ["title_25_5"],
    "who": ["title_holder"],
    "purpose": ["extension"],
    "age": ["age_24_or_more"],
    "passport": ["valid_passport"],
    "applies": ["married", "box_pickup"],
    "title_ends_on": ["31.12.2027"],
}
FIRST = "/en/documents/humanitarian/"


def _form(page: str) -> str:
    """Where the form of the page is sent."""
    found = re.search(r'<form id="step" method="post"[^>]* action="([^"]+)"', page)
    assert found
    return found[1]


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


def _walk(client: Client, *, until: str = "") -> str:
    """Answers one question after the other; the address where it ends."""
    path = FIRST
    for number, (name, given) in enumerate(ANSWERS.items(), start=1):
        page = _page(client, path)
        assert f"Question {number} of 7" in page
        assert set(re.findall(r'<(?:select|input)[^>]* name="(\w+)"', page)) - {
            *("csrfmiddlewaretoken", "language", "next")
        } == {name}
        if name == until:
            return path
        answer = client.post(_form(page), {name: given})
        assert answer.status_code == 302
        path = answer["Location"]
    return path


def test_walk_leads_over_all_answers_to_the_list(client: Client, shipped: Catalogue) -> None:
    summary = _walk(client)
    page = _page(client, summary)
    for said in ("25 (5)", "An extension", "24 or older", "I am married", "31 December 2027"):
        assert said in page
    assert page.count('">Change<span') == len(ANSWERS)
    found = re.search(r'kern-btn--primary" href="([^"]+)"', page)
    assert found
    procedure = procedure_of(shipped, "humanitarian")
    answers = decode(procedure, found[1].split("/")[-2])
    assert answers == Answers(
        frozenset(fact for name, given in ANSWERS.items() for fact in given if "_on" not in name),
        {"title_ends_on": date(2027, 12, 31)},
    )
    listed = _page(client, found[1])
    assert f'<a href="{summary}">Change my answers</a>' in listed
    assert "session" not in client.cookies, "nothing is stored"


def test_address_tells_no_answer(client: Client) -> None:
    path = _walk(client)
    for given in ANSWERS.values():
        assert not any(word in path for word in given)


def test_back_leads_to_the_question_before_with_its_answer(client: Client) -> None:
    path = _walk(client, until="purpose")
    assert 'class="back"><a href="/en/documents/"' in _page(client, FIRST)
    found = re.search(r'class="back"><a href="([^"]+)">Back', _page(client, path))
    assert found
    before = _page(client, found[1])
    assert "Question 2 of 7" in before
    assert re.search(r'value="title_holder"[^>]* checked', before)


def test_change_leads_back_to_all_answers_and_keeps_the_others(client: Client) -> None:
    page = _page(client, _walk(client))
    links = re.findall(r'<a href="([^"]+/change/[^"]+)"', page)
    assert len(links) == len(ANSWERS)
    changed = client.post(_form(_page(client, links[2])), {"purpose": "first"})
    assert "/answers/" in changed["Location"]
    page = _page(client, changed["Location"])
    assert "The first residence permit" in page
    assert "An extension" not in page
    assert "24 or older" in page
    emptied = client.post(_form(_page(client, links[5])), {})
    assert "I am married" not in _page(client, emptied["Location"])


def test_wrong_answer_is_asked_for_again_on_its_page(client: Client) -> None:
    path = _walk(client, until="title_ends_on")
    answer = client.post(_form(_page(client, path)), {"title_ends_on": "31.02.2027"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count('id="error-summary"') == 1
    assert "Question 7 of 7" in page
    assert client.post(_form(_page(client, FIRST)), {}).status_code == 422


def test_all_answers_lead_to_a_question_that_is_open(client: Client, shipped: Catalogue) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    code = encode(procedure, Answers(frozenset({"title_25_5", "title_holder", "first"})))
    answer = client.get(f"/en/documents/humanitarian/answers/{code}/")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/en/documents/humanitarian/step/4/{code}/",
    )
    assert client.get(f"/en/documents/humanitarian/list/{code}/").status_code == 404


def test_language_chosen_on_the_way_keeps_every_answer(client: Client) -> None:
    path = _walk(client, until="age")
    in_arabic = path.replace("/en/", "/ar/", 1)
    page = client.post(in_arabic, {"switch_to": "ar", "age": "age_18_to_23"}).content.decode()
    assert '<html lang="ar"' in page
    assert re.search(r'value="age_18_to_23"[^>]* checked', page)
    assert _form(page) == in_arabic, "the answers before are in the address"
    assert f'formaction="{path}"' in page


@pytest.mark.parametrize("number", [0, 8])
def test_number_of_no_question_is_not_found(client: Client, number: int) -> None:
    code = _form(_page(client, FIRST)).split("/")[-2]
    assert client.get(f"/en/documents/humanitarian/step/{number}/{code}/").status_code == 404


@pytest.mark.parametrize("name", ["step/2", "change/2", "answers"])
def test_outdated_address_asks_from_the_beginning(client: Client, name: str) -> None:
    answer = client.get(f"/en/documents/humanitarian/{name}/zzz-0/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Please answer again" in page
    assert "Question 1 of 7" in page


def test_few_questions_stay_on_one_page(client: Client) -> None:
    page = _page(client, "/en/documents/emergency/")
    assert "Show my list" in page
    assert "Question 1 of" not in page
    assert client.get("/en/documents/emergency/step/1/0-0/").status_code == 404


def test_two_answers_to_a_question_of_one_are_no_code(shipped: Catalogue) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    code = encode(procedure, Answers(frozenset({"title_25_5", "title_24"})))
    assert decode_some(procedure, code) is None


@pytest.mark.parametrize(("slug", "facts"), [("study", STUDY), ("humanitarian", HUMANITARIAN)])
def test_each_answer_can_be_replaced_alone(
    shipped: Catalogue, slug: str, facts: tuple[str, ...]
) -> None:
    procedure, answers = procedure_of(shipped, slug), Answers(frozenset(facts))
    for question in procedure.questions:
        for fact in question.facts:
            changed = replace_answer(answers, question, Answers(frozenset({fact})))
            assert changed.facts & set(question.facts) == {fact}
            assert changed.facts - set(question.facts) == answers.facts - set(question.facts)
            assert decode_some(procedure, encode(procedure, changed)) == changed


# --- the titles ----------------------------------------------------------------------------------


def test_titles_are_chosen_from_a_list_with_headings(client: Client, shipped: Catalogue) -> None:
    page = _page(client, FIRST)
    select = page.split("<select", 1)[1].split("</select>")[0]
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', select, re.DOTALL)
    assert len(groups) == 5
    assert groups[1][0].startswith("§§\u00a024 and 25")
    assert re.findall(r'value="(\w+)"', groups[1][1])[:2] == ["title_24", "title_25_1_to_3"]
    offered = re.findall(r'value="(\w+)"', select)
    assert sorted(offered) == sorted(procedure_of(shipped, "humanitarian").questions[0].facts)
    assert re.search(r'<option value=""[^>]*>Please choose</option>', select)


def test_card_shows_where_the_title_stands(client: Client) -> None:
    page = _page(client, FIRST)
    assert "Where is it on my card?" in page
    assert re.search(r'<svg [^>]*role="img" aria-label="[^"]*Anmerkungen', page)
    assert "<img" not in page


@pytest.mark.parametrize(
    "facts", [["a"], ["a", "b", "c"], ["a", "a", "b"]], ids=["lacks", "knows none", "twice"]
)
def test_groups_name_each_answer_once(content: dict[str, object], facts: list[str]) -> None:
    said = {"de": "Text"}
    question = {
        **{"id": "which", "kind": "one", "title": said},
        "options": [{"fact": fact, "label": said} for fact in ("a", "b")],
        "groups": [{"id": "all", "title": said, "facts": facts}],
    }
    procedures = content["procedures"]
    assert isinstance(procedures, list)
    more = {"id": "grouped", "title": said, "questions": [question]}
    with pytest.raises(CatalogueBroken) as broken:
        read({**content, "procedures": [*procedures, more]})
    assert "name each of its facts once" in broken.value.problems[0].sentence


def test_headings_may_change_without_breaking_an_address() -> None:
    text = Text({"de": "Text"})
    options = (Option("a", text), Option("b", text))
    plain = Procedure("p", "procedure", text, text, (Question("q", "one", text, text, options),))
    group = Group("g", text, ("b", "a"))
    grouped = Question("q", "one", text, text, options, (group,), "residence_card")
    answers = Answers(frozenset({"b"}))
    assert decode(Procedure("p", "procedure", text, text, (grouped,)), encode(plain, answers))


# --- sent to oneself -----------------------------------------------------------------------------


def test_list_goes_into_ones_own_mail_program(client: Client, shipped: Catalogue) -> None:
    procedure = procedure_of(shipped, "humanitarian")
    code = encode(procedure, Answers(frozenset(HUMANITARIAN)))
    for language in ("en", "ar"):
        with translation.override(language):
            path = reverse("documents:list", args=["humanitarian", code])
        page = _page(client, path)
        found = re.search(r'href="(mailto:\?[^"]+)"', page)
        assert found
        link = found[1].replace("&amp;", "&")
        assert len(link) <= LONGEST
        said = parse_qs(urlsplit(link).query)
        assert said["subject"] == [procedure.title.to(language)]
        assert said["body"][0].endswith(f"http://testserver{path}")
        assert "to=" not in link
        assert 'data-share="#list-in-short"' in page


def test_papers_stand_in_the_letter_where_they_fit() -> None:
    short = unquote(mail_link("List", ["Passport", "Photo & code"], "https://a.example/"))
    assert "- Passport\r\n- Photo & code\r\n\r\nhttps://a.example/" in short
    long = mail_link("List", ["Passport" * 50] * 9, "https://a.example/")
    assert "Passport" not in long
    assert long.endswith("https%3A%2F%2Fa.example%2F")
