"""One reading of everything typed that is compared or counted: codes, references, dates, phones.

People paste from letters and messengers in many scripts: digits of their own, no-break blanks,
other dashes, invisible marks of direction. For comparing only; what is stored stays as typed.
"""

from __future__ import annotations

import unicodedata

MINUS = "\u2212"  # a sign to Unicode, a dash to whoever types it


def fold_typed(text: str) -> str:
    """`text` with ASCII digits, hyphens and blanks, without format characters, trimmed.

    NFKC; every decimal digit becomes its ASCII twin, every dash a hyphen, every blank a space.
    """
    return "".join(map(_plain, unicodedata.normalize("NFKC", text))).strip()


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == MINUS:
        return "-"
    if category == "Zs":
        return " "
    return "" if category == "Cf" else character


def digits_of(text: str) -> str:
    """The ASCII digits of a typed code without blanks, dots and hyphens between them.

    Anything else that was typed stays, so that the caller can refuse it.
    """
    return fold_typed(text).translate({ord(mark): None for mark in " -.\t\r\n"})
