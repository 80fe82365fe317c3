"""What the lists show beside their papers: conditions, ranges, the emergency check, the box."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from config.foundation.office import ServiceStatus, forget_memory
from documents.answer_codes import Answers, encode
from documents.catalogue_types import Catalogue
from eligibility.forms import QuestionsForm
from pickup_box.models import Box
from tests.documents.cases import HUMANITARIAN, STUDY, ask, instead, item, procedure_of

pytestmark = pytest.mark.usefixtures("loaded")
THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
LOSS = {"de": "Verlustanzeige (falls vorhanden)", "en": "Notice of loss (if you have it)"}


@pytest.fixture(autouse=True)
def thursday() -> Iterator[None]:
    with time_machine.travel(THURSDAY, tick=False):
        yield


def shown(
    client: Client,
    shipped: Catalogue,
    slug: str,
    *facts: str,
    language: str = "de",
    query: str = "",
    days: dict[str, date] | None = None,
) -> str:
    code = encode(procedure_of(shipped, slug), Answers(frozenset(facts), days or {}))
    with translation.override(language):
        path = reverse("documents:list", args=[slug, code])
    return client.get(path + query).content.decode()


@pytest.mark.parametrize("query", ["", "?view=print"])
def test_condition_stands_at_the_paper_in_both_languages(
    client: Client, shipped: Catalogue, query: str
) -> None:
    page = shown(client, shipped, "emergency", "lost_document", language="en", query=query)
    assert LOSS["de"] in page
    assert LOSS["en"] in page


def test_fee_of_somebody_of_unknown_age_names_both_amounts(
    client: Client, shipped: Catalogue
) -> None:
    page = shown(client, shipped, "emergency", "expired").replace("\xa0", " ")
    assert "93,00 €; unter 18 Jahren 46,50 €" in page
    assert "zwischen 0 € und 112 €" in page
    assert "mit allem Möglichen" not in page
    assert "Ermäßigt" not in page


def test_fee_that_is_certain_is_one_amount(client: Client, shipped: Catalogue) -> None:
    facts = (*instead(STUDY, ("first", "extension")), "scholarship")
    page = shown(client, shipped, "study", *facts).replace("\xa0", " ")
    assert "zwischen 0 € und 6 €" in page
    assert "zwischen 93" not in page


@pytest.mark.parametrize(
    ("slug", "facts", "ends", "reason_for_urgency"),
    [
        ("study", STUDY, date(2026, 11, 20), "title_expired"),
        ("humanitarian", HUMANITARIAN, date(2026, 11, 28), "title_expires_soon"),
        ("humanitarian", HUMANITARIAN, date(2026, 12, 3), "title_expires_soon"),
        ("humanitarian", HUMANITARIAN, date(2026, 12, 4), ""),
        ("humanitarian", HUMANITARIAN, None, ""),
    ],
)
def test_title_that_is_over_or_nearly_over_leads_to_the_emergency_check(
    client: Client,
    shipped: Catalogue,
    slug: str,
    facts: tuple[str, ...],
    ends: date | None,
    reason_for_urgency: str,
) -> None:
    days = {"title_ends_on": ends} if ends else {}
    page = shown(client, shipped, slug, *facts, language="en", days=days)
    assert re.findall(r'data-urgency="(\w+)"', page) == (
        [reason_for_urgency] if reason_for_urgency else []
    )
    assert ('href="/en/check/"' in page) == bool(reason_for_urgency)


@pytest.mark.parametrize("slug", ["pickup_box_leaflet", "pickup_box_consent"])
def test_sheets_about_the_box_say_where_it_stands_and_lead_there(
    client: Client, box: Box, slug: str
) -> None:
    page = client.get(f"/de/documents/{slug}/").content.decode()
    assert "Kistenweg 3, 12345 Teststadt" in page
    assert 'href="/de/box/"' in page


@pytest.mark.parametrize(
    ("slug", "facts"),
    [("study", (*STUDY, "box_pickup")), ("humanitarian", HUMANITARIAN), ("pickup_box", ())],
)
def test_lists_that_name_the_box_say_where_it_stands(
    client: Client, shipped: Catalogue, box: Box, slug: str, facts: tuple[str, ...]
) -> None:
    assert "Kistenweg 3, 12345 Teststadt" in shown(client, shipped, slug, *facts)
    assert "Kistenweg 3" not in shown(client, shipped, "study", *STUDY)
    assert "Kistenweg 3" in shown(client, shipped, slug, *facts, language="en", query="?view=print")


def test_page_of_the_boxes_leads_to_consent_leaflet_and_list(client: Client, box: Box) -> None:
    page = client.get("/de/box/").content.decode()
    for slug in ("pickup_box", "pickup_box_leaflet", "pickup_box_consent"):
        assert f'href="/de/documents/{slug}/"' in page


def test_restricted_operation_is_said_beside_the_promise_of_an_appointment(
    client: Client, shipped: Catalogue
) -> None:
    ServiceStatus.objects.update_or_create(defaults={"state": ServiceStatus.State.RESTRICTED})
    forget_memory()
    page = shown(client, shipped, "study", *STUDY, language="en")
    assert "Restricted operation" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_proof_of_a_threatened_job_has_one_wording(shipped: Catalogue, language: str) -> None:
    proof = item(ask(shipped, "emergency", "job_loss"), "emergency_proof_job")
    with translation.override(language):
        asked = QuestionsForm(category="job_loss", today=THURSDAY.date()).fields["has_proof"]
        assert str(asked.help_text) in proof.details.to(language)
