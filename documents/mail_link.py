"""A link that opens a person's own mail program with the list in it; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

# Some mail programs and systems cut or refuse a longer address.
LONGEST = 1900


def mail_link(title: str, papers: Sequence[str], address: str) -> str:
    """A letter without a recipient: the papers where they fit, always the address of the list."""
    whole = _link(title, [title, "", *(f"- {paper}" for paper in papers), "", address])
    return whole if len(whole) <= LONGEST else _link(title, [title, "", address])


def _link(subject: str, lines: Sequence[str]) -> str:
    body = "\r\n".join(lines)
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}"
