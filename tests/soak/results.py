"""The file of a soak: every run, and what they add up to for each stack."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

Run = dict[str, Any]


def read(file: Path) -> list[Run]:
    """The runs so far."""
    return json.loads(file.read_text())["runs"] if file.exists() else []


def add(file: Path, run: Run) -> None:
    """Adds a run; the sums are reckoned anew."""
    runs = [*read(file), run]
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"totals": totals(runs), "runs": runs}, indent=2))
    fresh.replace(file)


def totals(runs: list[Run]) -> dict[str, Run]:
    """For each stack: minutes, what was counted, the worst of what was measured, the failures."""
    found: dict[str, Run] = {}
    for run in runs:
        total = found.setdefault(
            run["stack"], {"runs": 0, "minutes": 0.0, "counts": {}, "worst": {}, "failures": []}
        )
        total["runs"] += 1
        total["minutes"] = round(total["minutes"] + run["minutes"], 2)
        total["counts"] = dict(Counter(total["counts"]) + Counter(run["counts"]))
        for name, value in run["worst"].items():
            total["worst"][name] = max(value, total["worst"].get(name, value))
        total["failures"] += run["failures"]
    return found


def say(file: Path) -> str:
    """The sums as lines for people."""
    lines = []
    for stack, total in totals(read(file)).items():
        lines.append(f"{stack}: {total['runs']} runs, {total['minutes']:g} minutes")
        lines += [f"  {name} {value:g}" for name, value in sorted(total["counts"].items())]
        lines += [f"  worst {name} {value:g}" for name, value in sorted(total["worst"].items())]
        lines += [f"  FAILED {text}" for text in total["failures"]]
        if not total["failures"]:
            lines.append("  nothing failed")
    return "\n".join(lines)
