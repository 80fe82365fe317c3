"""The pages, as a browser gets them."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from config.foundation import office
from documents import catalogue
from documents.answer_codes import Answers, decode_some, encode
from documents.catalogue import _parsed
from documents.catalogue_types import CATEGORIES, Catalogue
from documents.models import CatalogueVersion
from documents.validation import read
from documents.yaml_files import digest
from tests.documents.cases import HUMANITARIAN, STUDY, instead, procedure_of

pytestmark = pytest.mark.usefixtures("loaded")


def address(
    shipped: Catalogue,
    slug: str,
    *facts: str,
    days: dict[str, date] | None = None,
    language: str = "en",
    name: str = "list",
) -> str:
    code = encode(procedure_of(shipped, slug), Answers(frozenset(facts), days or {}))
    with translation.override(language):
        return reverse(f"documents:{name}", args=[slug, code])


def test_index_names_every_procedure_and_sheet(client: Client, shipped: Catalogue) -> None:
    page = client.get("/en/documents/").content.decode()
    for procedure in shipped.procedures:
        assert f"/en/documents/{procedure.id}/" in page
        assert procedure.title.to("en").replace("'", "&#x27;") in page


@pytest.mark.parametrize("category", CATEGORIES)
def test_answers_lead_to_the_list_without_telling_them_in_the_address(
    client: Client, category: str
) -> None:
    answer = client.post("/en/documents/emergency/", {"category": category})
    assert answer.status_code == 302
    assert category not in answer["Location"]
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert 'id="item-passport"' in page.content.decode()


def test_questions_work_without_a_session(client: Client) -> None:
    client.post("/en/documents/emergency/", {"category": "expired"})
    client.get("/en/documents/")
    assert "session" not in client.cookies


def test_a_missing_answer_is_asked_for_again(client: Client, shipped: Catalogue) -> None:
    page = client.post("/en/documents/study/", {"purpose": "first", "applies": ["working"]})
    assert page.status_code == 422
    text = page.content.decode()
    assert text.count('role="alert"') == text.count('id="error-summary"') == 1
    assert "<title>Error: " in text
    assert 'name="passport_of"' in text, "the first that lacks"
    found = re.search(r'action="/en/documents/study/step/2/([\w-]+)/"', text)
    assert found
    answers = decode_some(procedure_of(shipped, "study"), found[1])
    assert answers
    assert answers.facts == {"first", "working"}


@pytest.mark.parametrize("day", ["01/32/2027", "31.02.2027", "morgen"])
def test_a_day_that_is_not_understood_is_refused(client: Client, day: str) -> None:
    answers = {
        "purpose": "extension",
        "passport_of": "visa_needed",
        "age": "age_18_or_more",
        "title_ends_on": day,
    }
    assert client.post("/en/documents/study/", answers).status_code == 422


def test_a_deadline_is_counted_and_a_past_one_is_told(client: Client, shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("first", "extension"))
    past = address(shipped, "humanitarian", *facts, days={"title_ends_on": date(2020, 1, 1)})
    page = client.get(past).content.decode()
    assert "This day has passed" in page
    future = address(shipped, "humanitarian", *facts, days={"title_ends_on": date(2090, 1, 1)})
    assert "This day has passed" not in client.get(future).content.decode()


@pytest.mark.parametrize("code", ["0-0", "zzzz", "a-b-c-d", "x" * 60])
def test_an_outdated_code_asks_again(client: Client, code: str) -> None:
    page = client.get(f"/en/documents/study/list/{code}/")
    assert page.status_code == 404
    assert 'id="step"' in page.content.decode()
    assert client.get(f"/en/documents/study/list/{code}/sheet.pdf").status_code == 404


def test_an_unknown_procedure_is_not_found(client: Client) -> None:
    assert client.get("/en/documents/driving_licence/").status_code == 404


def test_who_goes_elsewhere_is_told_where(client: Client, shipped: Catalogue) -> None:
    facts = instead(STUDY, ("visa_needed", "eu_citizen"))
    page = client.get(address(shipped, "study", *facts)).content.decode()
    assert 'data-stop="eu_citizens"' in page
    assert "/en/documents/eu_students/" in page
    assert "item-" not in page


def test_german_stands_beside_the_other_language(client: Client, shipped: Catalogue) -> None:
    page = client.get(address(shipped, "emergency", "expired")).content.decode()
    assert '<span class="german" lang="de" dir="ltr">Pass oder Passersatz</span>' in page
    german = client.get(address(shipped, "emergency", "expired", language="de")).content.decode()
    assert 'class="german"' not in german


def test_hard_german_does_not_stand_beside_simple_german(
    client: Client, shipped: Catalogue
) -> None:
    for language, beside in (("en", True), ("de-simple", False)):
        path = address(shipped, "emergency", "expired", language=language)
        assert ('class="german"' in client.get(path).content.decode()) is beside


def test_both_languages_stand_side_by_side_to_print(client: Client, shipped: Catalogue) -> None:
    here = address(shipped, "emergency", "expired")
    page = client.get(here, {"view": "print"}).content.decode()
    assert '<th scope="col" lang="de" dir="ltr">Deutsch</th>' in page
    assert "English</th>" in page


def test_ticks_survive_a_reload_without_script_or_account(
    client: Client, shipped: Catalogue
) -> None:
    here = address(shipped, "emergency", "expired")
    page = client.get(here, {"have": ["1", "3", "x", "99999999999"]}).content.decode()
    assert re.findall(r'name="have" value="(\d)" checked', page) == ["1", "3"]
    assert "session" not in client.cookies


def test_reading_changes_nothing(client: Client, shipped: Catalogue) -> None:
    before = list(CatalogueVersion.objects.values())
    client.get(address(shipped, "emergency", "expired"), {"have": "1"})
    client.post("/en/documents/emergency/", {"category": "expired"})
    assert list(CatalogueVersion.objects.values()) == before


def test_pages_hold_no_inline_script_or_style(client: Client, shipped: Catalogue) -> None:
    for here in ("/en/documents/", "/en/documents/study/", address(shipped, "study", *STUDY)):
        page = client.get(here).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert "style=" not in page
        assert "<style" not in page


@pytest.mark.parametrize("language", ["de", "en", "ar", "fa", "uk", "vi"])
def test_list_as_pdf_in_every_language(client: Client, shipped: Catalogue, language: str) -> None:
    facts = (*instead(HUMANITARIAN, ("valid_passport", "no_valid_passport")), "travel_document")
    here = address(shipped, "humanitarian", *facts, language=language, name="list_pdf")
    answer = client.get(here)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("slug", ["employers", "interpreter", "legalisation", "pickup_box_leaflet"])
def test_sheets_are_read_and_printed(client: Client, shipped: Catalogue, slug: str) -> None:
    page = client.get(f"/en/documents/{slug}/")
    assert page.status_code == 200
    for note in procedure_of(shipped, slug).notes:
        assert f'data-note="{note.id}"' in page.content.decode()
    assert client.get(f"/en/documents/{slug}/sheet.pdf").content.startswith(b"%PDF-")


def test_consent_form_is_signed_in_german_alone(client: Client) -> None:
    original = client.get("/de/documents/pickup_box_consent/").content.decode()
    for line in ("Telefonnummer oder E-Mail-Adresse", "Aktenzeichen", "Ort, Datum", "Unterschrift"):
        assert f"<dt>{line}" in original
    assert "Abzugeben bei:" in original
    for_reading = client.get("/en/documents/pickup_box_consent/").content.decode()
    assert "Unterschrift" not in for_reading
    assert 'href="/de/documents/pickup_box_consent/sheet.pdf"' in for_reading


def test_stop_as_pdf(client: Client, shipped: Catalogue) -> None:
    facts = instead(HUMANITARIAN, ("title_25_5", "title_24"))
    here = address(shipped, "humanitarian", *facts, name="list_pdf")
    assert client.get(here).content.startswith(b"%PDF-")


def large(content: dict[str, Any]) -> dict[str, Any]:
    """50 procedures with 500 papers."""
    texts = {"de": "Unterlage", "en": "Paper"}
    rows = [
        {"id": f"paper_{n}", "title": texts, "reason": texts, "details": texts} for n in range(500)
    ]
    more = [
        {"id": f"procedure_{n}", "title": texts, "requirements": rows[n * 10 : n * 10 + 10]}
        for n in range(49)
    ]
    more.append({"id": "largest", "title": texts, "requirements": rows})
    return content | {"procedures": content["procedures"] + more}


def test_a_list_costs_at_most_six_queries_however_large_the_catalogue(
    client: Client,
    content: dict[str, Any],
    django_assert_max_num_queries: DjangoAssertNumQueries,
    loaded: CatalogueVersion,
    settings: Settings,
) -> None:
    settings.OFFICE_MEMORY_SECONDS = 2  # as in production; office, service, links and box: four
    data = large(content)
    read(data)
    CatalogueVersion.objects.filter(pk=loaded.pk).update(content=data, digest=digest(data))
    _parsed.cache_clear()
    office.forget_memory()
    with django_assert_max_num_queries(6) as cold:
        page = client.get("/en/documents/largest/")
    assert page.content.decode().count('name="have"') == 500
    with django_assert_max_num_queries(0):
        client.get("/en/documents/largest/")
    assert len(cold) == 6
    catalogue.forget_memory()
    office.forget_memory()


def test_pdf_of_one_list_is_made_once_a_day_for_each_language(
    client: Client, shipped: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from documents import views

    views.PRINTED.forget()
    made: list[str] = []

    def make(*args: object, language: str, **more: object) -> bytes:
        made.append(language)
        return b"%PDF-"

    monkeypatch.setattr(views, "print_checklist", make)
    slug = "employers"
    for language in ("de", "en", "de", "en"):
        answer = client.get(f"/{language}/documents/{slug}/sheet.pdf")
        assert answer.status_code == 200, answer
        assert f'filename="{slug}.pdf"' in answer["Content-Disposition"]
    assert made == ["de", "en"]
    views.PRINTED.forget()


def test_typed_day_is_repeated_in_words(client: Client, shipped: Catalogue) -> None:
    facts = instead(STUDY, ("first", "extension"))
    path = address(shipped, "study", *facts, days={"title_ends_on": date(2027, 3, 4)})
    page = client.get(path).content.decode()
    assert "What is the expiry date of your visa or residence title?" in page
    assert "4 March 2027" in page
