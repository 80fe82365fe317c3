"""Templates of other packages that ours replace, extend or include are as ours expect them.

docs/admin_templates.md says which of ours stand on which of theirs.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.loaders.app_directories import Loader

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "templates"
LISTED = tomllib.loads((ROOT / "tests" / "upstream_templates.toml").read_text(encoding="utf-8"))
NAMED = re.compile(r"\{%-?\s*(?:extends|include)\s+[\"']([^\"']+)[\"']")


def upstream(name: str) -> Path | None:
    """The file of that name in the first installed app that has one; none of ours has any."""
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    for origin in Loader(engine.engine).get_template_sources(name):
        path = Path(str(origin.name))
        if path.is_file():
            return path
    return None


def used() -> dict[str, set[str]]:
    """Names of templates of other packages, and which of ours replace, extend or include them."""
    found: dict[str, set[str]] = {}
    for path in sorted(OURS.rglob("*.html")):
        own = path.relative_to(OURS).as_posix()
        for name in {own, *NAMED.findall(path.read_text(encoding="utf-8"))}:
            # what extends its own name gets the next of that name
            if (name == own or not (OURS / name).exists()) and upstream(name):
                found.setdefault(name, set()).add(own)
    return found


def package(path: Path) -> str:
    """The distribution to which an installed file belongs."""
    parts = path.parts[path.parts.index("site-packages") + 1 :]
    return packages_distributions()[parts[0]][0].lower()


def test_list_is_complete() -> None:
    assert set(LISTED) == set(used())


@pytest.mark.parametrize("name", sorted(used()))
def test_upstream_text_is_the_one_that_ours_were_compared_with(name: str) -> None:
    path = upstream(name)
    assert path is not None
    listed = LISTED.get(name, {})
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    now = f'package = "{package(path)}", version = "{version(package(path))}", sha256 = "{sha256}"'
    assert listed.get("package") == package(path), f'"{name}" = {{ {now} }}'
    assert listed["sha256"] == sha256, (
        f"{name} has changed since {listed['package']} {listed['version']}; ours stand on it: "
        f'{", ".join(sorted(used()[name]))}. Compare, then write: "{name}" = {{ {now} }}'
    )


def test_guide_names_every_template_of_the_list() -> None:
    text = (ROOT / "docs" / "admin_templates.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|", text, re.MULTILINE))
    assert set(rows) == set(LISTED)
    for name, own in used().items():
        assert set(re.findall(r"`([^`]+)`", rows[name])) == own


def test_changed_text_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "site-packages" / "django" / "changed.html"
    changed.parent.mkdir(parents=True)
    changed.write_text("something else")
    monkeypatch.setattr(f"{__name__}.upstream", lambda name: changed)
    with pytest.raises(AssertionError, match=r"^admin/change_form\.html has changed since django"):
        test_upstream_text_is_the_one_that_ours_were_compared_with("admin/change_form.html")
