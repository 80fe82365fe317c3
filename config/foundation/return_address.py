"""The address to which a mail server reports about one letter, and which proves its report."""

from __future__ import annotations

import hmac
import re

from django.conf import settings

from config.foundation.persons import digest

_SEAL = 24  # hex characters: 96 bits
_LETTER = re.compile(rf"([1-9]\d{{0,17}})\.([0-9a-f]{{{_SEAL}}})")


def return_address(letter: int) -> str:
    """The envelope sender of the letter with this id; "" where no BOUNCE_ADDRESS is set."""
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{letter}.{_seal(letter)}@{domain}" if domain else ""


def _seal(letter: int) -> str:
    return digest("bounce", str(letter))[:_SEAL]


def proved_letters(text: str) -> set[int | None]:
    """The letters whose return address stands in `text`; None stands for what is forged."""
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    if not domain:
        return set()
    # mail servers on the way may write an address in capitals
    ours = re.compile(
        rf"{re.escape(local)}\+([^\s@<>,;]{{1,64}})@{re.escape(domain)}\b", re.IGNORECASE
    )
    return {_proved(detail.lower()) for detail in ours.findall(text)}


def _proved(detail: str) -> int | None:
    found = _LETTER.fullmatch(detail)
    if found is None:
        return None
    letter, seal = int(found[1]), found[2]
    return letter if hmac.compare_digest(seal, _seal(letter)) else None
