"""Mailboxes and links are the office's data, shown where they are needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.foundation import contacts
from config.foundation.contacts import Link, mailboxes, mailboxes_at, mailboxes_for
from config.foundation.office import Office
from documents.answer_codes import Answers, encode
from documents.catalogue import catalogue_on, forget_memory
from documents.catalogue_types import Note, Requirement
from tests.documents.cases import HUMANITARIAN, STUDY, TODAY, instead
from tests.factories import CounterGroupFactory

pytestmark = pytest.mark.django_db
MAGDEBURG = Path("config/offices/magdeburg.yaml")
ON_A_STOP = {
    "title_24": "ukraine-abh@ewo.magdeburg.de",
    "asylum_pending": "asylrecht@ewo.magdeburg.de",
}
# answer -> (where its stop is shown, the mailbox and the link that nobody has told us)
UNTOLD = {
    "title_25_1_to_3": ("other_procedure", "refugees", "online_refugees"),
    "settlement_wanted": ("settlement", "settlement", "online_settlement"),
    "title_24": ("temporary_protection", "", "ukraine_information"),
    "asylum_pending": ("asylum", "", "asylum_information"),
    "other_title": ("not_listed", "other_titles", "online_others"),
    "family_member": ("family_excluded", "family", "counselling"),
}


@pytest.fixture
def loaded(office: Office) -> Office:
    forget_memory()
    contacts.forget_links()
    call_command("load_catalogue", verbosity=0)
    return office


def list_page(client: Client, slug: str, *facts: str) -> str:
    procedure = catalogue_on(TODAY).procedure(slug)
    assert procedure
    code = encode(procedure, Answers(frozenset(facts)))
    return client.get(reverse("documents:list", args=[slug, code])).content.decode()


def provide(slug: str, address: str) -> None:
    Link.objects.filter(slug=slug).update(address=address)
    contacts.forget_links()


def written_to(page: str) -> list[str]:
    return re.findall(r'href="mailto:([^"]+)"', page)


def test_office_file_brings_a_mailbox_for_each_concern(loaded: Office) -> None:
    named = {one.address.partition("@")[0] for one in mailboxes()}
    assert named == {
        *("studium-ausbildung", "erwerbstaetigkeit", "aufenthaltsrecht", "asylrecht"),
        *("freizuegigkeit", "verpflichtungserklaerung", "aufende", "staatsnamen"),
        *("ukraine-abh", "Abh-zentrale", "dokubox-jbs", "krzysztof.blau"),
    }


def test_every_place_of_the_office_file_is_one_of_the_catalogue(loaded: Office) -> None:
    known = {"contact", "check", "times"}
    known |= {f"check.{one}" for one in ("expired", "job_loss", "urgent_travel", "lost_document")}
    for procedure in catalogue_on(TODAY).procedures:
        known.add(procedure.id)
        rows: list[Requirement | Note] = [*procedure.requirements, *procedure.notes]
        known |= {f"{procedure.id}.{row.id}" for row in rows}
    used = {place for link in Link.objects.all() for place in link.places.split()}
    assert used - known == set()


@pytest.mark.parametrize(("fact", "address"), ON_A_STOP.items())
def test_stop_names_the_mailbox_of_its_concern(
    loaded: Office, client: Client, fact: str, address: str
) -> None:
    page = list_page(client, "humanitarian", *instead(HUMANITARIAN, ("title_25_5", fact)))
    assert written_to(page) == [address]


def stopped(client: Client, fact: str) -> tuple[str, str]:
    """The list and its PDF for somebody who is sent elsewhere."""
    was = "title_holder" if fact == "family_member" else "title_25_5"
    page = list_page(client, "humanitarian", *instead(HUMANITARIAN, (was, fact)))
    found = re.search(r'href="([^"]+\.pdf)"', page)
    assert found
    pages = pypdfium2.PdfDocument(client.get(found[1]).content)
    return page, " ".join("".join(each.get_textpage().get_text_range() for each in pages).split())


@pytest.mark.parametrize("fact", UNTOLD)
def test_each_stop_has_a_link_and_a_mailbox_of_its_own(loaded: Office, fact: str) -> None:
    stop, mailbox, link = UNTOLD[fact]
    rows = {row.slug: row for row in Link.objects.all()}
    place = f"humanitarian.{stop}"
    own = [row.slug for row in rows.values() if place in row.places.split()]
    assert own == [mailbox or {"title_24": "ukraine"}.get(fact, "asylum"), link]
    assert not any(rows[slug].is_confirmed for slug in own)
    assert all(len(rows[slug].name) == 10 for slug in own)
    assert {rows[slug].address for slug in own} == {""} or not mailbox


@pytest.mark.parametrize("fact", [fact for fact, (_, mailbox, _) in UNTOLD.items() if mailbox])
def test_stop_without_a_mailbox_names_the_central_one_phone_and_hours(
    loaded: Office, client: Client, fact: str
) -> None:
    page, printed = stopped(client, fact)
    assert written_to(page) == ["Abh-zentrale@ewo.magdeburg.de"]
    assert 'href="tel:' in page
    assert "Monday to Friday 08:00 to 12:00" in page
    for words in ("Abh-zentrale@ewo.magdeburg.de", "0391 540-4389", "Monday to Friday 08:00"):
        assert words in printed


@pytest.mark.parametrize("fact", UNTOLD)
def test_stop_names_its_mailbox_and_link_once_they_are_known(
    loaded: Office, client: Client, fact: str
) -> None:
    _stop, mailbox, link = UNTOLD[fact]
    if mailbox:
        provide(mailbox, "eigenes@stadt.example")
    provide(link, f"https://stadt.example/{link}")
    page, printed = stopped(client, fact)
    assert written_to(page) == [ON_A_STOP.get(fact, "eigenes@stadt.example")]
    assert f'href="https://stadt.example/{link}"' in page
    assert 'href="tel:' not in page
    assert written_to(page)[0] in printed
    assert f"https://stadt.example/{link}" in printed


def test_eu_citizen_is_sent_to_the_mailbox_of_free_movement(loaded: Office, client: Client) -> None:
    page = list_page(client, "study", *instead(STUDY, ("visa_needed", "eu_citizen")))
    assert written_to(page) == ["freizuegigkeit@ewo.magdeburg.de"]


def test_no_names_the_fitting_mailbox_alone(loaded: Office, client: Client) -> None:
    client.post("/en/check/job_loss/", {"has_proof": "no"})
    page = client.get("/en/check/result/").content.decode()
    assert written_to(page) == ["erwerbstaetigkeit@ewo.magdeburg.de"]
    assert "Work and self-employment" in page


def test_contact_page_names_the_fax_and_every_mailbox(loaded: Office, client: Client) -> None:
    page = client.get("/en/contact/").content.decode()
    assert "0391 540-4350" in page
    assert len(written_to(page)) == 12
    assert "City integration officer" in page


def test_office_without_links_keeps_the_mailboxes_of_its_counters(db: None) -> None:
    contacts.forget_links()
    CounterGroupFactory(mailbox="schalter@example.org")
    assert [one.address for one in mailboxes()] == ["schalter@example.org"]
    assert mailboxes_for("humanitarian.asylum") == mailboxes_at("check") == mailboxes()


# --- forms, services, films ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "procedure", "facts"),
    [
        ("application_form", "study", STUDY),
        ("rent_certificate_form", "humanitarian", HUMANITARIAN),
        ("self_disclosure_form", "eu_students", ()),
        ("box_video", "pickup_box", ()),
        ("online_study", "study", STUDY),
        ("online_humanitarian", "humanitarian", HUMANITARIAN),
        (
            "online_refugees",
            "humanitarian",
            instead(HUMANITARIAN, ("title_25_5", "title_25_1_to_3")),
        ),
    ],
)
def test_what_is_not_provided_is_left_out_and_shown_once_it_is(
    loaded: Office, client: Client, slug: str, procedure: str, facts: tuple[str, ...]
) -> None:
    assert Link.objects.get(slug=slug).address == ""
    name = Link.objects.get(slug=slug).name["de"]
    before = list_page(client, procedure, *facts)
    assert f">{name}</a>" not in before
    assert "noch nicht hinterlegt" not in before

    provide(slug, f"https://stadt.example/{slug}")
    after = list_page(client, procedure, *facts)
    assert f'href="https://stadt.example/{slug}"' in after


def test_team_lead_sees_what_is_missing(loaded: Office, admin_client: Client) -> None:
    page = admin_client.get("/admin/foundation/link/").content.decode()
    assert page.count("noch nicht hinterlegt") == 17
    assert "unbestätigt" in page
    assert {link.slug for link in contacts.missing()} == {
        link.slug for link in Link.objects.filter(is_confirmed=False)
    }


def test_file_loaded_again_erases_no_address_of_the_desk(loaded: Office) -> None:
    provide("application_form", "https://stadt.example/antrag.pdf")
    call_command("load_office", MAGDEBURG, verbosity=0)
    assert Link.objects.get(slug="application_form").address == "https://stadt.example/antrag.pdf"


@pytest.mark.parametrize(
    ("kind", "address", "places"),
    [
        ("mailbox", "https://stadt.example/", ""),
        ("form", "someone@example.org", ""),
        ("form", "http://stadt.example/", ""),
        ("form", "javascript:alert(1)", ""),
        ("form", "", "study/form"),
        ("form", "", "study.form.more"),
    ],
)
def test_address_of_another_kind_and_place_of_nowhere_are_refused(
    kind: str, address: str, places: str
) -> None:
    link = Link(slug="x", kind=kind, name={"de": "X"}, address=address, places=places)
    with pytest.raises(ValidationError):
        link.full_clean()


def test_file_gives_names_in_german_and_english() -> None:
    found: dict[str, Any] = yaml.safe_load(MAGDEBURG.read_text(encoding="utf-8"))
    assert all({"de", "en"} <= set(link["name"]) for link in found["links"])
    mailed = [link for link in found["links"] if link["kind"] == "mailbox"]
    assert all(len(link["name"]) == 10 for link in mailed)


def test_sheet_is_printed_anew_once_the_office_provides_a_form(
    loaded: Office, client: Client
) -> None:
    procedure = catalogue_on(TODAY).procedure("study")
    assert procedure
    path = reverse(
        "documents:list_pdf", args=["study", encode(procedure, Answers(frozenset(STUDY)))]
    )
    before = client.get(path).content
    assert client.get(path).content == before
    provide("application_form", "https://stadt.example/antrag.pdf")
    assert client.get(path).content != before
