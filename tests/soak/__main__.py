"""python -m tests.soak --minutes 60: the whole stack for long, with its parts killed at random.

Two stacks at once, each on its own: `make run` as a newcomer has it, and the parts of production
(PostgreSQL, Valkey, gunicorn, worker, beat). Both cores are kept busy beside them. Every run adds
to the file, so three times 20 minutes are an hour; exit code 1 when anything failed in this run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.randomness import SEED
from tests.soak.results import add, say
from tests.soak.stacks import STACKS

LONGEST = 240  # minutes
# What comes before and after the minutes: starting, the last letters, the invariants.
AROUND = 15 * 60
BUSY = "import sys, time\nend = time.monotonic() + float(sys.argv[1])\n" + (
    "while time.monotonic() < end:\n    sum(range(10_000))"
)


def main() -> int:
    """Runs the stacks side by side and adds what came out to the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--stack", choices=[*STACKS, "both"], default="both")
    parser.add_argument("--burn", type=int, default=os.cpu_count() or 1, help="busy processes")
    parser.add_argument("--file", type=Path, default=Path("var/soak.json"))
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    told = parser.parse_args()
    if not 0.5 <= told.minutes <= LONGEST or not 0 <= told.burn <= 64:
        parser.error(f"--minutes takes 0.5 to {LONGEST}, --burn 0 to 64")
    signal.signal(signal.SIGTERM, _leave)
    stacks = list(STACKS) if told.stack == "both" else [told.stack]
    if told.fresh:
        told.file.unlink(missing_ok=True)
    print(f"TEST_SEED={SEED} repeats what this run draws by chance", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="soak-", dir="/tmp") as home:
        well = _run(stacks, told.minutes, told.burn, Path(home), told.file)
    print(say(told.file))  # noqa: T201
    return 0 if well else 1


def _run(stacks: list[str], minutes: float, burn: int, home: Path, file: Path) -> bool:
    line = [sys.executable, "-m", "tests.soak.one", "--minutes", str(minutes), "--stack"]
    seconds = minutes * 60
    members = [_start([*line, name, "--home", str(home / name)], home / name) for name in stacks]
    burners = [subprocess.Popen([sys.executable, "-c", BUSY, str(seconds)]) for _n in range(burn)]
    end = time.monotonic() + seconds + AROUND
    try:
        for member in members:
            member.wait(max(end - time.monotonic(), 1))
    except (subprocess.TimeoutExpired, KeyboardInterrupt, SystemExit):
        for member in members:  # each ends its own parts and writes down how far it came
            member.terminate()
        for member in members:
            member.wait(120)
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
    outcomes = [home / name / "soak.json" for name in stacks]
    for outcome in outcomes:
        if outcome.exists():
            add(file, json.loads(outcome.read_text()))
    for name, member in zip(stacks, members, strict=True):
        if member.returncode:
            said = (home / name / "out").read_text(errors="replace")
            print(f"{name}: the last lines of its parts\n{said[-4000:]}")  # noqa: T201
    return all(outcome.exists() for outcome in outcomes) and not any(m.returncode for m in members)


def _start(line: list[str], home: Path) -> subprocess.Popen[bytes]:
    home.mkdir()
    with (home / "out").open("wb") as out:
        return subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT)


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    sys.exit(main())
