"""What docs name is there: files by their paths, words of the glossary in the code."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polib
import pytest

from config.celery import intervals
from config.foundation.office import Office
from config.management.reference import our_commands
from tests.look.handbook import PICTURES

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
        "scaling.md",
        "releases.md",
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


def test_handbook_shows_every_picture_that_is_made() -> None:
    text = (DOCS / "handbuch.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]+\]\(handbook/([a-z-]+)\.png\)", text)
    there = {path.stem: path.stat().st_size for path in (DOCS / "handbook").iterdir()}
    assert shown.count("heute") == 1
    assert len(shown) == len(set(shown)) == text.count("![") <= 12
    assert set(shown) == set(there) == set(PICTURES)
    assert {name for name, size in there.items() if size > 120_000} == set()


def test_handbook_names_buttons_as_the_desk_does() -> None:
    text = (DOCS / "handbuch.md").read_text(encoding="utf-8")
    german = {entry.msgstr for entry in polib.pofile(str(ROOT / "locale/de/LC_MESSAGES/django.po"))}
    named = {" ".join(name.split()) for name in re.findall(r"(?<![*\w])\*([^*]+)\*(?!\*)", text)}
    assert len(named) > 30
    assert named - german == set()


# What the engines that scaling.md speaks of call their settings.
OF_ENGINES = {"CELERY_BROKER_TRANSPORT_OPTIONS", "OFFICE", "WEB"}


def test_scaling_names_settings_alerts_and_commands_that_are_there() -> None:
    text = (DOCS / "scaling.md").read_text(encoding="utf-8")
    quoted = re.findall(r"`([^`]+)`", text)
    settings = {name for each in quoted for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", each)}
    known = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert len(settings) > 10
    assert {
        name
        for name in settings - OF_ENGINES - {"SHOW", "POOLS"}
        if not re.search(rf"^#?{name}=", known, re.MULTILINE)
    } == set()
    alerts = (ROOT / "config/monitoring/alerts.yml").read_text(encoding="utf-8")
    named = {each for each in quoted if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", each)}
    assert len(named) > 5
    assert {name for name in named if f"alert: {name}\n" not in alerts} == set()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert commands <= {name for name, _command in our_commands()} | {"check"}
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", targets, re.MULTILINE), target
    for fact in ("release_time", "proof", "proof_above"):
        assert fact in text
        assert Office._meta.get_field(fact)


def test_scaling_counts_with_the_figures_that_were_measured() -> None:
    text = (DOCS / "scaling.md").read_text(encoding="utf-8")
    measured = (DOCS / "performance.md").read_text(encoding="utf-8")
    for here, there in {
        "1,474 a second": "(1474 against 3124 pages/s)",
        "365 a second": "(365 against 165 pages/s)",
        "20 a second": "(20.4 against 27.9 bookings/s)",
        "4.2 ms": "4.2 ms of processor in the web processes",
    }.items():
        assert here in text
        assert there in measured
    messages = sum(60 / seconds for seconds in intervals().values())
    assert f"{messages:.0f} a minute" in text
