"""How a pickup code is stored."""

from __future__ import annotations

from config.foundation.persons import digest
from pickup_box import codes
from pickup_box.models import Box


def code_hash(*, box: Box, contact: str, code: str, birth_date: str) -> str:
    """The slow hash of a code, bound to its contact and birth date, under a key of our own.

    The salt belongs to the contact: one hash answers for all their deposits, so every answer
    takes the same time and says nothing about who has how many documents in the box.
    """
    salt = digest("pickup salt", box.slug, contact)
    return codes.slow_hash(digest("pickup code", salt, code, birth_date), salt=salt)
