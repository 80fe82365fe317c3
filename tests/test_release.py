"""`make release` looks before it tags, and tags nothing that was not tested."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "CHANGELOG.md": "## 1.2.3 (2026-12-01)\n\n- A word for everybody.\n\n## 1.2.2 (2026-11-01)\n",
    "pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "publiccode.yml": 'softwareVersion: "1.2.3"\nreleaseDate: "2026-12-01"\n',
    "docs/releases.md": "# Releases\n\n## Notes on 1.2.3\n\nGood.\n",
}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository in which everything is ready for 1.2.3."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "release", tmp_path / ".ci" / "release")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for key, value in {"user.name": "Somebody", "user.email": "somebody@example.org"}.items():
        git(tmp_path, "config", key, value)
    commit(tmp_path)
    return tmp_path


def commit(project: Path) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "Say something")


def release(project: Path, version: str = "1.2.3", tests: str = "true") -> tuple[int, str]:
    done = subprocess.run(
        [".ci/release", version],
        cwd=project,
        env=os.environ | {"RELEASE_TESTS": tests},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def test_release_is_tagged_with_its_section_and_its_tests(project: Path) -> None:
    assert release(project) == (0, "")
    text = git(project, "tag", "--list", "--format", "%(contents)", "v1.2.3")
    assert text.startswith("Soforttermin 1.2.3 (2026-12-01)\n")
    assert "- A word for everybody." in text
    assert "1.2.2" not in text
    assert "Tested: true" in text
    assert release(project) == (1, "Not released: v1.2.3 is there already\n")


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        (
            "CHANGELOG.md",
            "1.2.3 (2026-12-01)",
            "Not released yet",
            "the first heading of CHANGELOG",
        ),
        ("CHANGELOG.md", "- A word for everybody.", "", "the changelog says nothing of 1.2.3"),
        ("pyproject.toml", "1.2.3", "1.2.4", "pyproject.toml names another version"),
        ("publiccode.yml", '"1.2.3"', '"1.2.2"', 'needs softwareVersion: "1.2.3"'),
        ("publiccode.yml", "2026-12-01", "2026-12-02", 'needs releaseDate: "2026-12-01"'),
        ("docs/releases.md", "Notes on 1.2.3", "Notes on 1.2.2", 'no "## Notes on 1.2.3"'),
    ],
)
def test_release_names_what_does_not_fit(
    project: Path, file: str, before: str, after: str, says: str
) -> None:
    path = project / file
    path.write_text(path.read_text().replace(before, after))
    commit(project)
    code, said = release(project)
    assert (code, says in said) == (1, True), said
    assert git(project, "tag") == ""


def test_release_is_made_of_what_is_committed_on_main_and_tested(project: Path) -> None:
    assert "VERSION=1.2.3" in release(project, "1.2")[1]
    assert release(project, tests="false") == (1, "Not released: the tests failed: false\n")
    (project / "more").touch()
    assert "nobody committed" in release(project)[1]
    commit(project)
    git(project, "switch", "--quiet", "--create", "other")
    assert "made from main" in release(project)[1]
    assert git(project, "tag") == ""
