"""What Outlook, Apple Mail, Gmail, GMX and web.de publish about the HTML they show.

Outlook for Windows lays out by tables and their attributes and knows neither `max-width` nor
padding of a link's box; Gmail drops the style sheet of a message of more than 102 kB, and GMX and
web.de may drop it always; a dark Apple Mail asks for `color-scheme`.
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils.translation import gettext, override

from tests.look import test_notifications as letters
from tests.look.test_notifications import Sent, office_with_papers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office_with_papers")]
__all__ = ["office_with_papers"]
CLIPPED_BY_GMAIL = 102_000  # bytes
LANGUAGES = ["de", "ar", "ru"]
BUTTON = "If the button does not work, open this address:"
WORD = re.compile(r"[^\W_]+")
MARKS = re.compile("[\u2066-\u2069]")
SHEET = re.compile(r"<style>.*?</style>", re.DOTALL)


@pytest.fixture(params=LANGUAGES)
def sent(request: pytest.FixtureRequest) -> list[Sent]:
    return list(letters.every_letter(request.param))


def words(page: str) -> set[str]:
    """What a person reads in a page, without marks of direction."""
    body = SHEET.sub("", page).partition("<body")[2].partition(">")[2]
    shown = unescape(re.sub(r"<[^>]+>", " ", body))
    return set(WORD.findall(MARKS.sub("", shown)))


def test_is_laid_out_by_a_table_of_600_pixels(sent: list[Sent]) -> None:
    for one in sent:
        page = one.envelope.html
        assert page.count('width="600"') == 1, one.kind
        assert all('role="presentation"' in table for table in re.findall("<table[^>]*>", page))
        assert "<div" not in page, one.kind


def test_looks_right_without_its_style_sheet(sent: list[Sent]) -> None:
    for one in sent:
        page = SHEET.sub("", one.envelope.html)
        for element in re.findall(r"<(?:td|a)\b[^>]*>", page):
            assert "style=" in element, (one.kind, element)
        for colour in re.findall(r'bgcolor="(#\w+)"', page):
            assert f"background-color:{colour}" in page


def test_loads_nothing_from_anywhere(sent: list[Sent]) -> None:
    for one in sent:
        assert not re.search(r"<(img|link|script|iframe)\b|url\(|@import", one.envelope.html)
        assert len(one.envelope.html.encode()) < CLIPPED_BY_GMAIL


def test_knows_the_dark(sent: list[Sent]) -> None:
    for one in sent:
        page = one.envelope.html
        assert '<meta name="color-scheme" content="light dark">' in page
        dark = page.partition("prefers-color-scheme: dark")[2].partition("</style>")[0]
        for name in set(re.findall(r'class="(\w+)"', page)):
            assert f".{name}" in dark, name


def test_has_one_button_and_its_address_in_plain_sight(sent: list[Sent]) -> None:
    for one in sent:
        passages = one.envelope.html.split('<td class="passage"')[1:]
        links = [re.findall(r'<a [^>]*href="(https?://[^"]+)"', each) for each in passages]
        for found, passage in zip(links, passages, strict=True):
            if one.kind.startswith("booking.") and found:
                assert len(found) == 2, (one.kind, found)
                assert found[0] == found[1]
                assert passage.count('class="button"') == 1
                assert f">{found[0]}</a>" in passage


def test_plain_text_says_the_same(sent: list[Sent]) -> None:
    for one in sent:
        of_the_button: set[str] = set()
        for language in (one.language, "de"):
            with override(language):
                of_the_button.update(WORD.findall(gettext(BUTTON)))
        said = set(WORD.findall(MARKS.sub("", one.envelope.text)))
        seen = words(one.envelope.html)
        assert said <= seen, one.kind
        assert seen - of_the_button <= said, one.kind


def test_says_who_it_is_from_and_nothing_of_the_matter(sent: list[Sent]) -> None:
    for one in sent:
        assert one.envelope.sender == "Landeshauptstadt Magdeburg"
