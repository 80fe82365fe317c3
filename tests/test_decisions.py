"""docs/decisions: each file has its parts and its row, and the code that it names is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "decisions"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
STATUS = re.compile(
    r"accepted|(?:accepted, in part )?superseded by \[(?P<number>\d{4})\]\((?P<file>\S+\.md)\)"
)
SECTIONS = ("Context", "Decision", "What it costs")
# A library or a part of Django does the same, so these say what we gain and until when.
OWN_CODE = ("own-outbox", "plain-sql", "action-decorator")
# Libraries, options of theirs, and examples.
NOT_HERE = {"altcha", "no_ack", "transaction.atomic", "violation_error_code"}
A_PATH = re.compile(r"`((?:[a-z_]+/)+[a-z_.-]+\.[a-z]+)`")
A_NAME = re.compile(r"`([A-Za-z]\w*_\w+|_\w+|[A-Z][a-z]+[A-Z]\w*)`")
A_MODULE = re.compile(r"`((?:config|booking|pickup_box|documents|eligibility)(?:\.\w+)+)`")


def field(text: str, name: str) -> str:
    """The line of the head that begins so."""
    found = re.search(rf"^- {name}: (.+)$", text, re.MULTILINE)
    return found[1] if found else ""


def test_numbers_have_no_gap() -> None:
    numbers = [int(path.name[:4]) for path in FILES]
    assert numbers == list(range(1, len(FILES) + 1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_decision_has_its_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert text.startswith(f"# {path.name[:4]}. ")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", field(text, "Date"))
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [each for each in headings if each in SECTIONS] == list(SECTIONS)
    if any(part in path.name for part in OWN_CODE):
        assert {"Measured gain", "When it goes"} <= set(headings)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_status_names_a_later_decision(path: Path) -> None:
    found = STATUS.fullmatch(field(path.read_text(encoding="utf-8"), "Status"))
    assert found, "accepted, or superseded by [NNNN](file)"
    if found["number"]:
        assert found["file"].startswith(found["number"])
        assert (FOLDER / found["file"]).is_file()
        assert found["number"] > path.name[:4]


def test_index_says_what_the_files_say() -> None:
    rows = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix(f"# {path.name[:4]}. ")
        date, status = field(text, "Date"), field(text, "Status")
        rows.append(f"| [{path.name[:4]}]({path.name}) | {title} | {date} | {status} |")
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [line for line in index.splitlines() if line.startswith("| [")] == rows


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_code_that_a_valid_decision_names_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if field(text, "Status").startswith("superseded"):
        return
    for name in A_PATH.findall(text):
        assert (ROOT / name).exists(), name
    for name in set(A_NAME.findall(text)) - NOT_HERE:
        assert re.search(rf"\b{name}\b", _product()), name
    for dotted in A_MODULE.findall(text):
        parts = dotted.split(".")
        if parts[-1][0].isupper() or not _is_module(parts):
            assert _is_module(parts[:-1]), dotted
            source = _file(parts[:-1]).read_text(encoding="utf-8")
            assert re.search(rf"\b(?:def|class) {parts[-1]}\b|^{parts[-1]}\b", source, re.M), dotted


@cache
def _product() -> str:
    folders = ("config", "booking", "pickup_box", "documents", "eligibility")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    ours = (path for path in files if "migrations" not in path.parts)
    return "\n".join(path.read_text(encoding="utf-8") for path in ours)


def _file(parts: list[str]) -> Path:
    module = ROOT.joinpath(*parts)
    return module / "__init__.py" if module.is_dir() else module.with_suffix(".py")


def _is_module(parts: list[str]) -> bool:
    return _file(parts).is_file()
