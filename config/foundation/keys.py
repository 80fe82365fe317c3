"""Keys that the program needs for a row; nobody types or reads them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def new_key(text: str, taken: Container[str], *, longest: int = 40) -> str:
    """A key like "geld_fuer_die_gebuehren" that is not `taken`."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_SPELLED))
    words = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode())
    stem = words.strip("_0123456789")[:longest].strip("_") or "row"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key
