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
BUTTON = ("If the button does not work, open this address:", "Or confirm with this button:")
WORD = re.compile(r"[^\W_]+")
PHONE = re.compile(r"(?<![\d.])(?:\+49|0)[\d -]{8,}\d")
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


def test_calls_every_number_that_it_shows(sent: list[Sent]) -> None:
    for one in sent:
        passages = one.envelope.html.split('<td class="passage"')[1:]
        numbers = [PHONE.findall(MARKS.sub("", re.sub(r"<[^>]+>", "|", each))) for each in passages]
        links = [re.findall(r'<a [^>]*href="tel:(\+?\d+)"', each) for each in passages]
        assert all(numbers), one.kind
        for shown, called in zip(numbers, links, strict=True):
            assert [re.sub(r"[ -]", "", number) for number in shown] == called, one.kind


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
                of_the_button.update(WORD.findall(" ".join(map(gettext, BUTTON))))
        said = set(WORD.findall(MARKS.sub("", one.envelope.text)))
        seen = words(one.envelope.html)
        assert said <= seen, one.kind
        assert seen - of_the_button <= said, one.kind


def test_says_who_it_is_from_and_nothing_of_the_matter(sent: list[Sent]) -> None:
    for one in sent:
        assert one.envelope.sender == "Landeshauptstadt Magdeburg"


def test_makes_the_code_and_the_place_of_the_box_stand_out(sent: list[Sent]) -> None:
    told = [one for one in sent if one.kind in ("pickup_ready", "pickup_reminder")]
    assert told
    for one in told:
        for passage in one.envelope.html.split('<td class="passage"')[1:]:
            first, place, *_rest = re.findall(r'<td class="box".*?</td>', passage, re.DOTALL)
            assert re.search(r"<strong[^>]*><bdi>[^<]*\b\d{6}\b", first), one.kind
            assert "39104 Magdeburg" in place, one.kind


def test_offers_the_counter_as_a_choice_only_while_there_is_one(sent: list[Sent]) -> None:
    choice = "Would you rather collect it at the counter, or do you need help?"
    for one in sent:
        if one.kind.startswith("pickup_"):
            with override(one.language):
                asks = gettext(choice) in one.envelope.text
            assert asks == (one.kind in ("pickup_ready", "pickup_reminder")), one.kind


def test_says_with_every_code_of_the_box_what_is_entered_and_put_in_there(sent: list[Sent]) -> None:
    entries = (
        "At the box you enter three things: the e-mail address this message went to, the code, "
        "and the date of birth of the person the document belongs to."
    )
    old_document = (
        "Please bring your old document. You put it into the slot of the box before the door opens."
    )
    told = [one for one in sent if one.kind in ("pickup_ready", "pickup_reminder")]
    assert {one.kind for one in told} == {"pickup_ready", "pickup_reminder"}
    for one in told:
        with override(one.language):
            assert gettext(entries) in one.envelope.text, one.kind
            assert gettext(old_document) in one.envelope.text, one.kind


def test_says_that_the_day_is_that_of_an_appointment_which_does_not_take_place(
    sent: list[Sent],
) -> None:
    headings = {
        "booking.cancellation": "Cancelled appointment",
        "booking.displacement": "Appointment that can't take place",
    }
    told = [(headings.get(one.kind.partition("/")[0]), one) for one in sent]
    assert {heading for heading, _one in told} == {None, *headings.values()}
    for heading, one in told:
        with override(one.language):
            when = f"{gettext('When')}: "
            if heading:
                assert f"{gettext(heading)}: " in one.envelope.text, one.kind
                assert when not in one.envelope.text, one.kind


def test_has_a_heading_a_deadline_that_stands_out_and_a_divider(sent: list[Sent]) -> None:
    deadlines = {
        "booking.code": "It is valid for 30 minutes.",
        "booking.invitation": "Please choose your appointment by %(day)s.",
        "booking.offer": "It is reserved for you until %(until)s.",
    }
    for one in sent:
        page, text = one.envelope.html, one.envelope.text
        passages = page.split('<td class="passage"')[1:]
        assert all(passage.count("<h1") == 1 for passage in passages), one.kind
        assert (">Deutsch</td>" in page) == ("\nDeutsch\n" in text) == (one.language != "de")
        if sentence := deadlines.get(one.kind.partition("/")[0]):
            with override(one.language):
                begins = gettext(sentence).partition("%")[0].strip()
            assert f"<strong>{begins}" in page, one.kind
            assert f"\n\n{begins}" in text, one.kind


def test_shows_the_appointment_with_the_button_of_its_confirmation(sent: list[Sent]) -> None:
    told = [one for one in sent if one.kind.startswith("booking.confirmation")]
    assert told
    for one in told:
        with override(one.language):
            assert f">{gettext('Show appointment')}</a>" in one.envelope.html
            assert gettext("What happens next") in one.envelope.text
