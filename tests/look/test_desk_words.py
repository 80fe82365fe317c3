"""What the desk says: German words or data, nothing in the code's own language, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings as configured
from django.db import models
from django.test import Client

from booking.models import Applicant
from config.foundation.staff import Staff
from config.foundation.standard_texts import NOTICES, REASONS, standard_texts
from config.foundation.workdays import holiday_name
from documents.applications.models import Application, FamilyMember
from tests.look import desk

pytestmark = pytest.mark.django_db

WORD = re.compile(r"[A-Za-zÄÖÜäöüß_]{2,}")
SAID = {"alt", "aria-label", "placeholder", "title"}
UNSAID = {"script", "style", "textarea"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}
# Names, and what is written the same in every language.
NEUTRAL = {"csv", "xlsx", "pdf", "soforttermin", "qr", "id"}
OURS = {"booking", "documents", "applications", "foundation", "pickup_box"}


class Reader(HTMLParser):
    """The visible strings of a page, and what is inline that the policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inputs: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self._unsaid = ""
        self._quote = ""  # what the public was asked, in its own words
        self._foreign: list[str] = []  # open elements within one that says it is not German

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID and (self._foreign or given.get("lang", "de") != "de"):
            self._foreign.append(tag)
        # the frame names a row of a table in it, which the skin does not show
        if tag in UNSAID or (tag == "td" and given.get("class") == "original"):
            self._unsaid = tag
        if tag == "q":
            self._quote = "„"
        runs = "src" not in given and given.get("type") != "application/json"
        if tag == "style" or (tag == "script" and runs):
            self.inline.append(f"<{tag}>")
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.texts += [given[name] or "" for name in SAID & set(given)]
        if tag == "input":
            self.inputs.append(given)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "input" and given.get("type") == "submit":
            self.texts.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unsaid:
            self._unsaid = ""
        if tag == "q":
            self._quote = ""
        if tag in self._foreign:  # what is left open, as a <p> may be, ends with what holds it
            while self._foreign.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._unsaid and not self._foreign:
            self.texts.append(self._quote + data)


def words(text: str) -> set[str]:
    """In lower case."""
    return {word.lower() for word in WORD.findall(text)}


# English or a key, still on these pages; it must become empty, and whoever mends one takes it out.
LEFT_OVER: dict[str, set[str]] = {}


def german() -> set[str]:
    """Every word of the German catalogues: ours, Django's and allauth's."""
    found = set(NEUTRAL)
    folders = [Path(configured.BASE_DIR) / "locale"]
    for app in apps.get_app_configs():
        folders.append(Path(app.path) / "locale")
    django = find_spec("django")
    assert django is not None
    assert django.origin is not None
    folders.append(Path(django.origin).parent / "conf" / "locale")
    for folder in folders:
        for path in folder.glob("de/LC_MESSAGES/django.po"):
            for entry in polib.pofile(str(path)):
                for text in (entry.msgstr, *entry.msgstr_plural.values()):
                    found |= words(text)
    return found


def data() -> set[str]:
    """Every word that people entered or pick; keys, choices, texts in other languages are none."""
    found: set[str] = set()
    for prepared in (REASONS, NOTICES):
        for texts in standard_texts(prepared).values():
            found |= words(texts["de"])
    year = (date(desk.DEMO_NOW.year, 1, 1) + timedelta(days=number) for number in range(365))
    for day in year:
        found |= words(holiday_name(day, state="ST") or "")
    for people in (Applicant, Application, FamilyMember):
        for person in people.objects.all():
            found |= words(person.desk_name)
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.concrete_fields:
            if field.choices or field.name in {"kind", "subject", "action", "queue", "failure"}:
                continue
            if isinstance(field, models.SlugField):
                continue
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                for value in model._base_manager.values_list(field.attname, flat=True):
                    found |= set().union(*map(words, _german_texts(value)))
    return found


def _german_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and isinstance(value.get("de"), str):
        yield value["de"]


@pytest.fixture
def pages(demo_day: None) -> dict[str, Reader]:
    """Every page that the team lead may see, as it was sent."""
    client = desk.client_of(Staff.objects.get(username="kurz"))
    return {shown.name: read(client, shown.path) for shown in desk.pages(client)}


# fields that hold a day or a time, whatever form they belong to
DATED = re.compile(
    r"(?!counts_from)(.+_)?(day|on|from|until|since|last|at|to|opens|closes|came|left|time)(_\d)*(_[01])?"
)
# as Django writes days, and what is empty
OF_DJANGO = re.compile(
    r"\d\. (Januar|Februar|März|April|Mai|Juni|Juli|August|(Sept|Okto|Nov|Dez)em?ber) \d|^-$"
)
# as the public pages speak to whoever books
TO_THE_PERSON = re.compile(r"Ihr Aufenthalts|Mein Aufenthalts|Sie haben Ihr")
# pages that hold texts as the public reads them
PUBLIC_TEXTS = ("admin-documents", "admin-foundation-link")


def test_days_names_and_verdicts_are_shown_in_one_manner(pages: dict[str, Reader]) -> None:
    wrong: dict[str, list[str]] = {}
    for name, page in pages.items():
        faults = []
        for each in page.inputs:
            is_dated = DATED.fullmatch(each.get("name") or "")
            plain = (each.get("type") or "text") == "text"
            if "vDate" in (each.get("class") or "") or (is_dated and plain):
                faults.append(f"text for a day: {each.get('name')}")
        for text in page.texts:
            if re.search(r"wie (\d\d:\d\d|\d\d\.\d\d\.)", text):
                faults.append(f"shows how to type: {text}")
            if not name.startswith(PUBLIC_TEXTS) and OF_DJANGO.search(text.strip()):
                faults.append(f"as Django writes it: {text.strip()[:60]}")
            # the login of the one who has done everything of the demo day
            if re.search(r"\bkurz\b(?! darauf)", text):
                faults.append(f"login: {text.strip()[:60]}")
            is_public = name.startswith(PUBLIC_TEXTS) or text.startswith("„")
            if not is_public and TO_THE_PERSON.search(text):
                faults.append(f"to the person: {text.strip()[:60]}")
        if faults:
            wrong[name] = faults
    assert wrong == {}


def test_every_history_on_offer_has_something_to_tell(pages: dict[str, Reader]) -> None:
    histories = [page for name, page in pages.items() if name.endswith("-history")]
    assert len(histories) == 1
    assert any("Geändert: Telefon." in text for text in histories[0].texts)
    offered = {link for page in pages.values() for link in page.links if "/history/" in link}
    assert len(offered) == 1


def read(client: Client, path: str) -> Reader:
    """What stands at an address."""
    found = Reader()
    found.feed(client.get(path).content.decode())
    return found


def test_every_page_is_free_of_inline_scripts_and_styles(pages: dict[str, Reader]) -> None:
    root = desk.client_of(desk.superuser())
    others = [shown for shown in desk.pages(root) if shown.name not in pages]
    assert "admin-foundation-staff" in {shown.name for shown in others}
    everything = pages | {shown.name: read(root, shown.path) for shown in others}
    everything["sign-in"] = read(Client(), "/accounts/login/")
    assert len(everything) > 100
    wrong = {name: page.inline for name, page in everything.items() if page.inline}
    assert wrong == {}


def test_every_word_is_german_or_data(pages: dict[str, Reader]) -> None:
    known = german() | data()
    wrong = {name: set().union(*map(words, page.texts)) - known for name, page in pages.items()}
    found = {name: strange for name, strange in wrong.items() if strange}
    assert found == LEFT_OVER, "\n".join(f"{at}: {sorted(new)}" for at, new in found.items())


def test_word_of_the_code_is_noticed() -> None:
    page = Reader()
    page.feed('<p title="no_show">Termin <b>drafted</b></p><style>p{}</style><i onclick="x">y</i>')
    assert set().union(*map(words, page.texts)) - german() == {"no_show", "drafted"}
    assert page.inline == ["<style>", "onclick"]


def test_only_what_says_so_is_of_another_language() -> None:
    page = Reader()
    page.feed('<p lang="fr">avant<br><b>midi</b></p><p>drafted</p><i lang="de">Termin</i>')
    assert page.texts == ["drafted", "Termin"]
