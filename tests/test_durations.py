"""What `make test` says about its own length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import durations

pytestmark = pytest.mark.once
BURN = "import time\nwhile time.process_time() < 0.2: pass"
# the one in the middle ends at once, as `pg_ctl start` does
LEAVE = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {BURN!r}])"


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux")
def test_counts_what_was_left_behind_too() -> None:
    outer = f"""
import sys
from tests.durations import run
code, cpu, wall = run([sys.executable, "-c", {LEAVE!r}])
assert code == 0, code
assert cpu > 0.2, cpu
code, cpu, wall = run([sys.executable, "-c", "raise SystemExit(3)"])
assert code == 3, code
"""
    done = subprocess.run([sys.executable, "-c", outer], check=False)
    assert done.returncode == 0


def test_names_the_part_that_has_grown() -> None:
    rows: dict[str, dict[str, float]] = {
        "types": {"tests": 0, "cpu": durations.LIMITS["types"], "wall": 9},
        "sqlite": {"tests": 2, "cpu": durations.LIMITS["sqlite"] + 1, "wall": 9},
    }
    told = [line for line in durations.report(rows) if "takes more" in line]
    assert [line.split()[0] for line in told] == ["sqlite"]


def test_keeps_a_part_until_it_is_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(durations, "KEPT", tmp_path / "var" / "durations.json")
    monkeypatch.setattr(durations, "run", lambda command, **more: (7, 12.0, 3.0))
    assert durations.main(["lint", "true"]) == 7
    assert durations.main([]) == 0
    assert capsys.readouterr().out.split()[-4:] == ["lint", "0", "12", "3"]
    assert not durations.rows()
