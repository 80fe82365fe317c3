"""The commands of a page of docs/, in their order: what stands in blocks that begin with ```sh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
_PARTS = re.compile(r"^## (?P<section>[^\n]+)$|^```sh\n(?P<commands>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """Some commands, and the heading they stand under."""

    section: str
    commands: str


def blocks(page: str, names: Mapping[str, str]) -> list[Block]:
    """The blocks of a page, with names of one's own for those that the page says to replace."""
    text = (DOCS / page).read_text()
    found, section = [], ""
    for part in _PARTS.finditer(text):
        section = part["section"] or section
        if commands := part["commands"]:
            for placeholder, name in names.items():
                commands = commands.replace(placeholder, name)
            found.append(Block(section, commands))
    return found
