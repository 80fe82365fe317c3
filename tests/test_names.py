"""Words that only we understood and that standard terms replaced: none comes back as a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("booking", "config", "documents", "eligibility", "pickup_box")
# As a part of a name between underscores. A door of the pickup box is one.
OLD = {
    *("verb", "verbs", "noun", "nouns", "ring", "rings", "gate", "hasty", "lapsing", "proving"),
    *("letterbox", "surroundings", "shapes", "suits"),
}
OLD_WHOLE = {
    *("Letter", "Seen", "Kept", "Within", "OnlyOne", "Waiting", "rest_slot"),
    *("serve_entry", "pass_on", "namesake", "persons_rights"),
}


def names_in(source: str) -> Iterator[str]:
    """What a module defines, assigns or takes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr


def old_names(source: str) -> set[str]:
    """The names in `source` that are or hold a word of old."""
    found = set()
    for name in names_in(source):
        parts = set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
        if parts & OLD or name in OLD_WHOLE:
            found.add(name)
    return found


@pytest.mark.parametrize("app", APPS)
def test_no_old_word_names_anything(app: str) -> None:
    files = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    found = {str(path.relative_to(ROOT)): old_names(path.read_text("utf-8")) for path in files}
    assert files
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "planted",
    ["def serve_entry(): ...", "class VerbForm: ...", "def f(*, suits): ...", "row.verb = 1"],
)
def test_an_old_word_is_found(planted: str) -> None:
    assert old_names(planted)
