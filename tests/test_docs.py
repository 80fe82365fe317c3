"""What docs name is there: files by their paths, words of the glossary in the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDERS = ("config", "booking", "pickup_box", "documents", "eligibility")
# A path with a placeholder such as <name> or {name} is none.
A_PATH = re.compile(
    r"`((?:docs|templates|static|tests|locale|\.ci|" + "|".join(FOLDERS) + r")/[^`\s<>{}*…]+)`"
)


@cache
def product() -> str:
    """The source of the product."""
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize(
    "name",
    [
        "architecture.md",
        "CONTRIBUTING.md",
        "glossary.md",
        "ui.md",
        "admin_templates.md",
        "../README.md",
    ],
)
def test_every_path_that_a_guide_names_is_there(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    named = (path.partition("::")[0] for path in A_PATH.findall(text))
    # a template may be named as `include` names it
    missing = [
        path
        for path in named
        if not (ROOT / path).exists() and not (ROOT / "templates" / path).exists()
    ]
    assert missing == []


def test_every_word_of_the_glossary_is_in_the_code() -> None:
    missing = []
    for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        if len(cells) != 4:
            continue
        for name in re.findall(r"`([A-Za-z_.]+)`", cells[2]):
            if not re.search(rf"\b{name.rpartition('.')[2]}\b", product()):
                missing.append(name)
    assert missing == []
