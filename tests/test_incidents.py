"""The pages for operators are whole, and what they name is there: tests, alerts, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from config.management.reference import our_commands
from tests.test_docs import ROOT

FOLDER = ROOT / "docs" / "incidents"
CARDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
PARTS = ["Seen", "Do", "Don't", "Tried"]
LONGEST = 40  # lines: what fits on one sheet of paper
DJANGOS = {"createsuperuser", "collectstatic"}


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_card_is_one_whole_page(card: Path) -> None:
    text = card.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert len(text.splitlines()) <= LONGEST
    for part in text.split("\n## ")[1:]:
        assert len(part.strip().splitlines()) > 1, part


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_card_names_what_exists(card: Path) -> None:
    text = card.read_text(encoding="utf-8")
    tried = re.findall(r"^- `(tests/[^`]+)`$", text.partition("## Tried")[2], re.MULTILINE)
    assert tried
    for name in tried:
        file, _, function = name.partition("::")
        assert (ROOT / file).is_file(), name
        assert not function or f"def {function}(" in (ROOT / file).read_text(), name
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert commands <= {name for name, _command in our_commands()} | DJANGOS
    for other in re.findall(r"\b([a-z-]+\.md)", re.sub(r"docs/\S+", "", text)):
        assert (FOLDER / other).is_file(), other
    for page in re.findall(r"docs/[a-z_]+\.md", text):
        assert (ROOT / page).is_file(), page


def test_every_alert_named_on_a_card_exists() -> None:
    rules = yaml.safe_load((ROOT / "config/monitoring/alerts.yml").read_text())
    cards = {rule["alert"]: rule["annotations"]["card"] for rule in rules["groups"][0]["rules"]}
    for alert, card in cards.items():
        assert f"`{alert}`" in (ROOT / card).read_text(encoding="utf-8"), alert


def test_list_names_every_card() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\[([a-z-]+)\]\(\1\.md\)", text) == [card.stem for card in CARDS]
