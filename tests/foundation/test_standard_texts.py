"""Prepared texts are there in every language, and stand for what was chosen."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils.translation import override

from config.foundation.standard_texts import (
    NAMES,
    NOTICES,
    OWN,
    REASONS,
    choice_of,
    chosen_text,
    standard_texts,
)

LANGUAGES = {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("kind", [REASONS, NOTICES])
def test_each_is_there_in_every_language_and_has_a_name(kind: str) -> None:
    for key, texts in standard_texts(kind).items():
        assert set(texts) == LANGUAGES, key
        assert all(text.strip() == text != "" for text in texts.values()), key
        assert key in NAMES


ILL = re.compile(r"krank|\bill|sick|مرض|хвор|болез|بیمار|hasta|malad|ốm")


@pytest.mark.parametrize("kind", [REASONS, NOTICES])
def test_no_public_text_says_that_staff_are_ill(kind: str) -> None:
    for texts in standard_texts(kind).values():
        for code, text in texts.items():
            assert not ILL.search(text.lower()), (code, text)


def test_no_name_of_a_text_says_so() -> None:
    for code in ("de", "en"):
        with override(code):
            assert not any(ILL.search(str(name).lower()) for name in NAMES.values()), code


def test_choice_stands_for_its_text_and_back() -> None:
    own = {"de": "Wasserschaden"}
    assert chosen_text(REASONS, "none", own) == {}
    assert chosen_text(REASONS, OWN, own) == chosen_text(REASONS, "", own) == own
    illness = chosen_text(REASONS, "illness", own)
    assert illness["tr"].startswith("Gişe")
    assert choice_of(REASONS, illness) == "illness"
    assert choice_of(REASONS, own) == OWN
    assert choice_of(REASONS, {}) == "none"
