"""Days as each language writes them in full."""

from __future__ import annotations

from datetime import date

import pytest
from django.template import Context, Template
from django.utils.translation import override

from config.foundation.dates import say_birth_date, show_day

THURSDAY = date(2026, 12, 3)
IN_FULL = {
    "de": "Donnerstag, 3.\u00a0Dezember 2026",
    "de-simple": "Donnerstag, 3.\u00a0Dezember 2026",
    "en": "Thursday, 3 December 2026",
    "ar": "الخميس، 3 ديسمبر 2026",
    "fa": "پنجشنبه، 3 دسامبر 2026",
    "tr": "3 Aralık 2026 Perşembe",
    "fr": "jeudi 3 décembre 2026",
    # neither weekday fits behind every preposition, and both are small within a sentence
    "ru": "3 декабря 2026 г. (четверг)",
    "uk": "3 грудня 2026 р. (четвер)",
    "vi": "Thứ 5, ngày 3 tháng 12 năm 2026",
}


@pytest.mark.parametrize(("language", "said"), IN_FULL.items())
def test_day_in_full(language: str, said: str) -> None:
    with override(language):
        assert show_day(THURSDAY) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "3 December 2026"),
        ("de", "3. Dezember 2026"),
        ("ru", "3 декабря 2026 г."),
        ("uk", "3 грудня 2026 р."),
        ("vi", "ngày 3 tháng 12 năm 2026"),
        ("tr", "3 Aralık 2026"),
        ("ar", "3 ديسمبر 2026"),
    ],
)
def test_day_in_a_template(language: str, said: str) -> None:
    with override(language):
        shown = Template('{{ day|date:"DATE_FORMAT" }}').render(Context({"day": THURSDAY}))
    assert shown == said


@pytest.mark.parametrize(
    ("language", "stored", "said"),
    [
        ("en", "1985-05-12", "12 May 1985"),
        ("en", "1985-05", "May 1985"),
        ("en", "1985", "1985"),
        ("de", "1985-05-12", "12.\u00a0Mai 1985"),
        ("ru", "1985-05-12", "12 мая 1985 г."),
    ],
)
def test_birth_date_with_what_is_known_of_it(language: str, stored: str, said: str) -> None:
    with override(language):
        assert say_birth_date(stored) == said
