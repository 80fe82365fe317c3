"""The rules of the house that a machine can keep."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import models
from django.test import RequestFactory
from django.utils.module_loading import import_string
from packaging.requirements import Requirement

from config.celery import app
from config.foundation.staff import Staff

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    *("config", "config.foundation", "booking", "eligibility", "documents", "pickup_box"),
    "documents.applications",
)
SOURCE = [
    path
    for folder in ("config", "booking", "eligibility", "documents", "pickup_box")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
# Templates that Django or the form pack look for by a name of their own. Those that replace one of
# Django's or allauth's are in tests/upstream_templates.toml.
BY_CONVENTION = re.compile(r"\d{3}(_csrf)?\.html|kern/(uni_form|field)\.html")
REPLACED = tomllib.loads((ROOT / "tests" / "upstream_templates.toml").read_text())
LONGEST = 400
# Who without when in the same row, and where the moment stands instead.
WHEN = {
    "recorded_by": "the consent's received_on",
    "loaded_by": "the deposit's event",
    "checked_by": "the deposit's event",
}

# What asks for a day where no office may be loaded yet.
BEFORE_AN_OFFICE = {
    "config/operations/checks.py",
    "documents/management/commands/load_catalogue.py",
    "documents/templatetags/papers.py",
}


def tracked() -> list[Path]:
    """Every file of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def our_models() -> Iterator[type[models.Model]]:
    """Every table of ours."""
    for config in apps.get_app_configs():
        if config.name in OURS:
            yield from config.get_models()


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_every_line_of_the_beat_table_names_a_task_and_expires() -> None:
    for entry in app.conf.beat_schedule.values():
        assert import_string(entry["task"]).name == entry["task"]
        assert entry["options"]["expires"] == entry["schedule"]


def test_every_task_is_in_the_beat_table() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == scheduled


def test_nobody_publishes_to_the_broker() -> None:
    for path in SOURCE:
        calls = re.findall(r"\.(?:delay|apply_async|delay_on_commit)\(", path.read_text())
        assert not calls, path


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_template_is_used() -> None:
    folder = ROOT / "templates"
    templates = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = {path: path.read_text() for path in [*SOURCE, *templates]}
    unused = []
    for path in templates:
        name = path.relative_to(folder).as_posix()
        if BY_CONVENTION.fullmatch(name) or name in REPLACED:
            continue
        # a name may be put together: f"pickup_box/mail/{kind}.txt"
        made = name[: name.rfind("/") + 1] + "{"
        if not any(name in text or made in text for at, text in texts.items() if at != path):
            unused.append(name)
    assert not unused


def test_every_chance_of_a_test_has_a_seed() -> None:
    """A draw from the generator of the module can't be repeated; one from `seeded(…)` can."""
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text()
        for call in re.findall(r"\brandom\.(?!Random\b)\w+\(|\brandom\.Random\(\)", text):
            found.append(f"{path.relative_to(ROOT)}: {call}")
        if re.search(r"^from random import", text, re.MULTILINE):
            found.append(f"{path.relative_to(ROOT)}: from random import")
    assert found == []


def test_who_comes_with_when() -> None:
    for model in our_models():
        names = {field.name for field in model._meta.get_fields()}
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.name.endswith("_by"):
                when = {field.name[:-3] + suffix for suffix in ("_at", "_on")}
                assert when & names or field.name in WHEN, f"{model.__name__}.{field.name}"


def test_status_is_never_edited_in_the_admin(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = Staff(username="chief", is_staff=True, is_active=True, is_superuser=True)
    for model, desk in admin.site._registry.items():
        columns = {field.name for field in model._meta.fields}
        if model in set(our_models()) and "status" in columns:
            form = desk.get_form(request, obj=model(), change=True)
            assert "status" not in form.base_fields, model.__name__


def test_modules_can_be_read_without_scrolling() -> None:
    long = [path.name for path in SOURCE if len(path.read_text().splitlines()) > LONGEST]
    assert not long


def test_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run = [Requirement(text) for text in project["project"]["dependencies"]]
    dev = [Requirement(text) for text in project["dependency-groups"]["dev"]]
    for name, wanted in (("requirements.txt", run), ("requirements-dev.txt", run + dev)):
        text = (ROOT / name).read_text()
        locked = dict(
            re.findall(r"^([a-z0-9][a-z0-9.-]*)(?:\[.+?\])?==([^\s;]+)", text, re.MULTILINE)
        )
        assert text.count("--hash=sha256:") >= len(locked) > 20
        for requirement in wanted:
            version = locked[requirement.name.lower().replace("_", "-")]
            assert requirement.specifier.contains(version), requirement


def test_no_file_names_a_registry() -> None:
    hosts = re.compile(
        rb"py" + rb"pi\.org|pythonhost" + rb"ed|registry\.npm" + rb"js|--index" + rb"-url"
    )
    allowed = {"Makefile"}  # tells the locker to leave the index out
    for path in tracked():
        found = hosts.search(path.read_bytes())
        assert not found or path.name in allowed, f"{path}: {found}"


def test_days_are_those_of_the_office() -> None:
    """Django's local day is that of TIME_ZONE; an office says its own zone."""
    found = {str(path.relative_to(ROOT)) for path in SOURCE if "localdate(" in path.read_text()}
    assert found == BEFORE_AN_OFFICE
