"""How hard the German pages are to read, as LIX, written to var/readability-*.txt:

`pytest -m journey tests/look/readability.py`
"""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.look.walk import Walk

pytestmark = pytest.mark.journey
WORD = re.compile(r"[^\W\d_]+")
SENTENCE_END = re.compile(r"[.!?:](?=\s|$)|\n")
LONG = 6
MAIN = "() => document.querySelector('main').innerText"


def lix(text: str) -> float:
    """Words a sentence plus the percentage of words of more than six letters; 40 is a newspaper.

    A heading, a label or a row ends a sentence as a full stop does.
    """
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    words = WORD.findall(text)
    long_words = sum(len(word) > LONG for word in words)
    return len(words) / len(sentences) + 100 * long_words / len(words)


@pytest.mark.parametrize("language", ["de", "de-simple"])
def test_writes_down_how_hard_each_page_is(browser: Browser, site: str, language: str) -> None:
    page = browser.new_context(locale="de-DE").new_page()
    texts = {name: page.evaluate(MAIN) for name in Walk(page, site, language).all()}
    page.context.close()
    texts["all together"] = "\n".join(texts.values())
    found = sorted(((lix(text), name) for name, text in texts.items()), reverse=True)
    rows = "".join(f"{value:5.1f} {name}\n" for value, name in found)
    (settings.BASE_DIR / "var" / f"readability-{language}.txt").write_text(rows, encoding="utf-8")
