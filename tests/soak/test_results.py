"""The file of a soak, and what counts as a failure."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.soak import one
from tests.soak.one import Soak
from tests.soak.results import add, say
from tests.soak.test_parts import a_soak


def outcome(**more: Any) -> dict[str, Any]:
    """A run of 20 minutes."""
    run = {"stack": "make run", "minutes": 20.0, "counts": {"pages": 7}, "worst": {"s": 1.0}}
    return {**run, "failures": [], **more}


def test_runs_add_up(tmp_path: Path) -> None:
    file = tmp_path / "var" / "soak.json"
    for run in (outcome(), outcome(worst={"s": 2.5, "t": 0}), outcome(stack="production")):
        add(file, run)
    kept = json.loads(file.read_text())
    assert len(kept["runs"]) == 3
    assert kept["totals"]["make run"] == {
        "runs": 2, "minutes": 40.0, "counts": {"pages": 14}, "worst": {"s": 2.5, "t": 0},
        "failures": [],
    }  # fmt: skip
    assert say(file).count("nothing failed") == 2


def test_a_failure_of_one_run_stays_in_the_sum(tmp_path: Path) -> None:
    add(tmp_path / "soak.json", outcome(failures=["1.0 min: /de/ answered 500"]))
    add(tmp_path / "soak.json", outcome())
    assert "FAILED 1.0 min: /de/ answered 500" in say(tmp_path / "soak.json")


def test_scenario_that_breaks_fails_the_run() -> None:
    def run(soak: Soak) -> None:
        raise ZeroDivisionError("of its own")

    soak = a_soak()
    soak.act(SimpleNamespace(name="broken", run=run))
    assert "broken: ZeroDivisionError" in soak.outcome()["failures"][0]


def test_run_that_breaks_off_says_so_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stack(home: Path, rest: ExitStack) -> SimpleNamespace:
        return SimpleNamespace(name="make run", environment={})

    def start(soak: Soak) -> None:
        raise RuntimeError("make run was not ready")

    line = ["one", "--stack", "run", "--minutes", "1", "--home", str(tmp_path)]
    monkeypatch.setattr("sys.argv", line)
    monkeypatch.setattr(one, "STACKS", {"run": stack})
    monkeypatch.setattr(one, "_go", start)
    monkeypatch.setattr(signal, "signal", lambda *_signal: None)
    with pytest.raises(RuntimeError):
        one.main()
    kept = json.loads((tmp_path / "soak.json").read_text())
    assert "broke off: RuntimeError: make run was not ready" in kept["failures"][0]
