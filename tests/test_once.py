"""What runs once is the same on every database, and nothing that could differ is among it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.once
TESTS = """
import os
import pytest
from django.test import SimpleTestCase
{beside}

def test_plain(): pass
def test_with_a_table(db): pass
def test_with_a_server(live_server): pass
@pytest.mark.django_db
def test_marked(): pass
@pytest.mark.race
def test_race(): pass
@pytest.mark.skipif(False, reason="on the other")
def test_maybe_skipped(): pass
class Case(SimpleTestCase):
    def test_of_django(self): pass
@pytest.fixture
def rows(transactional_db): pass
def test_with_a_table_behind_a_fixture(rows): pass
@pytest.mark.once
def test_that_says_so(): pass
@pytest.mark.once
def test_that_says_so_and_uses_a_table(db): pass
"""


# what stands in a module beside the tests, and which of them run once
MODULES = {
    "plain": ("", {"test_plain", "test_that_says_so"}),
    "connected": ("from django.db import connection", {"test_that_says_so"}),
    "starting": ("import subprocess", {"test_that_says_so"}),
    "asking": ("HOME = os.environ['HOME']", {"test_that_says_so"}),
}


def test_database_only_leaves_out_what_reaches_no_database(tmp_path: Path) -> None:
    for name, (beside, _once) in MODULES.items():
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(beside=beside))
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_addoption, pytest_configure\n"
    )
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--collect-only"]
    command += ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"]

    def collected(*options: str) -> set[tuple[str, str]]:
        line = [*command, *options, str(tmp_path)]
        ran = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        found = re.findall(r"test_(\w+)\.py::(?:Case::)?(\w+)", ran.stdout)
        assert found, ran.stdout + ran.stderr
        return set(found)

    everything = collected()
    assert len(everything) == len(MODULES) * TESTS.count("def test_")
    assert everything - collected("--database-only") == {
        (name, test) for name, (_beside, once) in MODULES.items() for test in once
    }
