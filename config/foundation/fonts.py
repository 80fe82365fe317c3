"""The fonts that sheets are printed with: which script needs which, and a box for the rest.

They travel with us, since no machine is sure to have them. Reading one takes longer than all the
rest of a sheet, so each is read only when a text needs it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.conf import settings

FOLDER = settings.BASE_DIR / "static" / "fonts"
BOX = "\u25a1"
_UNSEEN = {"Cf", "Cc", "Zs", "Zl", "Zp"}


@dataclass(frozen=True)
class Fallback:
    """A font for what the first one lacks; `needed` finds its characters in a text."""

    family: str
    file: str
    needed: re.Pattern[str]
    bold: bool = False


def _for(family: str, file: str, characters: str, *, bold: bool = False) -> Fallback:
    return Fallback(family, file, re.compile(f"[{characters}]"), bold)


FALLBACKS = (
    _for("arabic", "NotoSansArabic", "\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufeff", bold=True),
    _for("armenian", "NotoSansArmenian", "\u0530-\u058f\ufb13-\ufb17"),
    _for("hebrew", "NotoSansHebrew", "\u0590-\u05ff\ufb1d-\ufb4f"),
    _for("devanagari", "NotoSansDevanagari", "\u0900-\u097f\ua8e0-\ua8ff"),
    _for("bengali", "NotoSansBengali", "\u0980-\u09ff"),
    _for("tamil", "NotoSansTamil", "\u0b80-\u0bff"),
    _for("thai", "NotoSansThai", "\u0e00-\u0e7f"),
    _for("georgian", "NotoSansGeorgian", "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f"),
    _for("ethiopic", "NotoSansEthiopic", "\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f"),
    _for("box", "NotoSansSymbols2-Box", BOX),
)


def in_line(name: str) -> str:
    """A name or number for a line of any direction: the line goes on where it should (FSI, PDI).

    Words of different directions are isolated each, in the order in which they were entered.
    """
    runs = groupby(_with_direction(name.split()), key=itemgetter(0))
    return " ".join(
        "\u2068" + " ".join(word for _way, word in run) + "\u2069" for _way, run in runs
    )


def _with_direction(words: list[str]) -> Iterator[tuple[bool, str]]:
    backwards = False  # a word without letters goes with the one before it
    for word in words:
        strong = [way for way in map(unicodedata.bidirectional, word) if way in {"L", "R", "AL"}]
        backwards = strong[0] != "L" if strong else backwards
        yield backwards, word


def with_boxes_for_missing_glyphs(text: str, has_glyph: Callable[[str], bool]) -> tuple[str, int]:
    """`text` with a box for each character that has no glyph, and how many those are.

    A mark on such a character goes with it.
    """
    made, missing, lost = [], 0, False
    for character in text:
        category = unicodedata.category(character)
        if category in _UNSEEN or has_glyph(character):
            made.append(character)
            lost = False
        elif not (lost and category.startswith("M")):
            made.append(BOX)
            missing, lost = missing + 1, True
    return "".join(made), missing
