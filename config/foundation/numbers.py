"""Numbers in what a browser sends."""

from __future__ import annotations


def whole_number(text: str, *, digits: int = 18) -> int | None:
    """The number that `text` is, of at most so many digits from 0 to 9; None for anything else.

    Python refuses to read thousands of digits, and a key of the database has 18 at most.
    """
    plain = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if plain else None
