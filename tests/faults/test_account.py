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
POSTGRES, SQLITE = "postgres://nobody@127.0.0.1:1/none", "sqlite:////tmp/none"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
@pytest.mark.parametrize(
    ("mark", "how", "ci", "database", "code"),
    [
        ("race", "pytest.skip('no')", "true", POSTGRES, 1),
        ("fault", "pytest.skip('no')", "true", POSTGRES, 1),
        ("fault", "pass", "true", POSTGRES, 0),
        ("fault", "pytest.skip('no')", "true", SQLITE, 0),
        ("fault", "pytest.skip('no')", "", POSTGRES, 0),
        ("slow", "pytest.skip('no')", "true", POSTGRES, 0),
    ],
)
def test_skipped_race_fails_ci(
    tmp_path: Path, mark: str, how: str, ci: str, database: str, code: int, workers: list[str]
) -> None:
    (tmp_path / "test_it.py").write_text(SKIPPED.format(mark=mark, how=how))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-m", mark]
    command += ["-c", str(ROOT / "pyproject.toml"), *workers, str(tmp_path)]
    environment = {**os.environ, "CI": ci, "DATABASE_URL": database}
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    said = "skipped, so not proven on" in ran.stdout
    assert said == (mark != "slow" and "skip" in how)
