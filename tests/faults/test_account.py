"""A race or a fault that was skipped is not proven: on PostgreSQL it fails CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.conftest import ROOT

SKIPPED = """
import pytest

@pytest.mark.{mark}
def test_something():
    {how}
"""
# each run has a database of its own
pytestmark = pytest.mark.once
POSTGRES, SQLITE = "postgres://nobody@127.0.0.1:1/none", "sqlite:////tmp/none"


@pytest.mark.parametrize(
    ("mark", "how", "database", "workers", "code"),
    [
        ("race", "pytest.skip('no')", POSTGRES, "0", 1),
        ("fault", "pytest.skip('no')", POSTGRES, "2", 1),
        ("fault", "pass", POSTGRES, "2", 0),
        ("fault", "pytest.skip('no')", SQLITE, "0", 0),
    ],
)
def test_skipped_race_fails_ci(
    tmp_path: Path, mark: str, how: str, database: str, workers: str, code: int
) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED.format(mark=mark, how=how))
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    command = [sys.executable, "-m", "pytest", "-q", "-m", mark, "-n", workers]
    command += ["-c", str(ROOT / "pyproject.toml"), str(tmp_path)]
    environment = {**os.environ, "CI": "true", "DATABASE_URL": database}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    said = "skipped, so not proven on" in ran.stdout
    assert said == ("skip" in how)
