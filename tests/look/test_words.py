"""What people read holds none of the words that were thrown out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
import yaml
from django.conf import settings

from config.management.commands.check_translations import is_desk, po_path

pytestmark = pytest.mark.once
UNWANTED: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent / "unwanted_words.yaml").read_text("utf-8")
)
CATALOGUE = settings.BASE_DIR / "documents" / "catalogue"
OFFICES = settings.BASE_DIR / "config" / "offices"
STANDARD_TEXTS = settings.BASE_DIR / "config" / "standard_texts.yaml"


def of_the_code(language: str) -> Iterator[str]:
    """The texts of code and templates that are not for the desk alone."""
    for entry in polib.pofile(str(po_path("de" if language == "en" else language))):
        if is_desk(entry):
            continue
        if language == "en":
            yield from filter(None, (entry.msgid, entry.msgid_plural))
        else:
            yield from entry.msgstr_plural.values() or [entry.msgstr]


def of_data(found: Any, language: str) -> Iterator[str]:
    """Every text in `language` within a YAML file of `{language: text}`."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key == language and isinstance(value, str):
                yield value
            else:
                yield from of_data(value, language)
    elif isinstance(found, list):
        for value in found:
            yield from of_data(value, language)


def texts(language: str) -> Iterator[str]:
    """All that somebody may read in a language."""
    yield from of_the_code(language)
    for file in (*CATALOGUE.glob("*.yaml"), *OFFICES.glob("*.yaml"), STANDARD_TEXTS):
        yield from of_data(yaml.safe_load(file.read_text("utf-8")), language)
    translated = CATALOGUE / "texts" / f"{language}.yaml"
    if translated.is_file():
        yield from yaml.safe_load(translated.read_text("utf-8"))["texts"].values()


def unwanted(language: str, text: str) -> list[str]:
    """The patterns of a language that a text holds."""
    return [each for each in UNWANTED[language] if re.search(each, text, re.IGNORECASE)]


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_no_word_that_was_thrown_out_has_come_back(language: str) -> None:
    found = [
        f"{text!r}: {words}" for text in texts(language) if (words := unwanted(language, text))
    ]
    assert not found, "\n".join(found)


def of_the_desk(language: str) -> Iterator[str]:
    """What staff read of the code and templates."""
    for entry in polib.pofile(str(po_path("de"))):
        if is_desk(entry) and language == "en":
            yield from filter(None, (entry.msgid, entry.msgid_plural))
        elif is_desk(entry):
            yield from entry.msgstr_plural.values() or [entry.msgstr]


@pytest.mark.parametrize("language", ["de", "en"])
def test_desk_has_one_word_for_a_thing(language: str) -> None:
    listed = f"desk-{language}"
    found = [
        f"{text!r}: {words}" for text in of_the_desk(language) if (words := unwanted(listed, text))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "10 Zeiten sind in den nächsten 7 Tagen frei"),
        ("de", "Eine Zeit wählen"),
        ("de", "Danke. Ihre Zeit bleibt Ihre."),
        ("de", "(freiwillig)"),
        ("de", "Freiwillig. Wir rechnen dann aus, bis wann Sie den Antrag stellen sollten."),
        ("de", "So lange kann niemand schneller sein als Sie."),
        ("de-simple", "Jetzt ist keine Zeit frei."),
        ("en", "This is a translation. The German text counts."),
        ("ar", "العودة إلى الأوقات المتاحة"),
        ("ar", "بطاقتك مع الورقة الإضافية"),
        ("fa", "وقت‌های آزاد"),
        ("tr", "Önümüzdeki 7 günde 16 saat boş"),
        ("ru", "5 свободных времён в ближайшие 7 дней"),
        ("uk", "5 вільних часів у найближчі 7 днів"),
        ("fr", "5 horaires sont libres dans les 7 prochains jours"),
        ("vi", "Có 5 giờ trống trong 7 ngày tới"),
        ("vi", "Trường hợp khẩn cấp của bạn là gì?"),
    ],
)
def test_finds_what_was_thrown_out(language: str, text: str) -> None:
    assert unwanted(language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Bearbeitung braucht Zeit."),
        ("de", "Die Nutzung der Box ist freiwillig."),
        ("tr", "Bürgerbüro saat 8'de açılır"),
        ("vi", "Chọn lịch hẹn"),
    ],
)
def test_leaves_the_time_of_day_alone(language: str, text: str) -> None:
    assert not unwanted(language, text)
