"""How long each part of `make test` takes, and a word when one has grown.

python -m tests.durations PART COMMAND ...   runs COMMAND and keeps what it took
python -m tests.durations                    prints what is kept, and forgets it

Processor time counts, of all processes that were started on the way: it is the same beside other
work, and wall time is not.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

KEPT = Path("var/durations.json")
# Seconds of processor that a part may take before the last lines say so; see docs/performance.md.
LIMITS = {"lint": 60, "types": 240, "sqlite": 1200, "postgresql": 1600, "journeys": 420}
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Lets this process be the parent of what its children leave behind, where Linux offers it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(command: Sequence[str], **more: str) -> tuple[int, float, float]:
    """The exit code of a command, its seconds of processor, its seconds by the clock."""
    adopt_orphans()
    began = time.monotonic()
    child = subprocess.Popen(command, env={**os.environ, **more})
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            break
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    _reap(seconds=20)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return child.returncode, used.ru_utime + used.ru_stime, wall


def _reap(*, seconds: float) -> None:
    """Waits for orphans that are about to end; what stays is not counted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.05)
        except ChildProcessError:
            return


def rows() -> dict[str, dict[str, float]]:
    """What is kept, by part."""
    return dict(json.loads(KEPT.read_text())) if KEPT.exists() else {}


def main(arguments: Sequence[str]) -> int:
    """Runs a part and returns its exit code, or prints all of them and returns 0."""
    if not arguments:
        for line in report(rows()):
            print(line)  # noqa: T201
        KEPT.unlink(missing_ok=True)
        return 0
    part, *command = arguments
    KEPT.parent.mkdir(exist_ok=True)
    count = KEPT.with_suffix(".count")
    count.unlink(missing_ok=True)
    code, cpu, wall = run(command, TESTS_COUNTED_IN=str(count.resolve()))
    tests = int(count.read_text()) if count.exists() else 0
    count.unlink(missing_ok=True)
    KEPT.write_text(json.dumps(rows() | {part: {"tests": tests, "cpu": cpu, "wall": wall}}))
    return code


def report(found: dict[str, dict[str, float]]) -> list[str]:
    """A line for each part, and one more for each that takes longer than it should."""
    lines = [f"{'part':12}{'tests':>7}{'processor s':>13}{'clock s':>9}"]
    for part, row in found.items():
        lines.append(f"{part:12}{row['tests']:7.0f}{row['cpu']:13.0f}{row['wall']:9.0f}")
    for part, row in found.items():
        if row["cpu"] > LIMITS.get(part, row["cpu"]):
            lines.append(
                f"{part} takes more than {LIMITS[part]} s of a processor: its slowest tests are "
                "listed above"
            )
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
