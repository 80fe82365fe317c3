"""python -m tests.bench.against TREE: every page and action here against those of another checkout.

Two processes, one with the code of each tree, answer by turns on databases of the same server. Per
page and action: statements there and here, and the median of fifteen ratios of processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO, Any

from tests.bench import machine
from tests.servers import postgres

ROUNDS = 15
TIMES_A_ROUND = 5


class Tree:
    """A process with the code of one checkout, which does what it is told and says what it took."""

    def __init__(self, path: Path, url: str, home: Path) -> None:
        home.mkdir()
        command = [sys.executable, "-c", Path(__file__).read_text("utf-8"), "answer", str(home)]
        self._process = subprocess.Popen(
            command,
            cwd=path,
            env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.acts: dict[str, int] = self._read()

    def _read(self) -> Any:
        pipe: IO[str] | None = self._process.stdout
        line = pipe.readline() if pipe else ""
        if not line:
            raise SystemExit("one of the trees ended before it answered")
        return json.loads(line)

    def ask(self, act: str) -> float:
        """The seconds of processor that `act` takes: the least of a round."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{act}\n")
        self._process.stdin.flush()
        return float(self._read())

    def end(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait()


def answer(home: str) -> None:
    """What the process of one tree does: makes its book, then answers line by line."""
    from tests.bench.__main__ import prepare

    with redirect_stdout(sys.stderr):
        prepare(home, os.environ["DATABASE_URL"])
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from tests.bench import growth

    try:  # a tree may be older than this module
        from booking.simulation.fixtures import add_public_slots
    except ImportError:
        add_public_slots = growth.add_times  # type: ignore[attr-defined]
    add_public_slots(36, now=timezone.now())
    acts = growth.ready()
    counts = {}
    for name, act in acts.items():
        act()
        with CaptureQueriesContext(connection) as captured:
            act()
        counts[name] = len(captured)
    _say(counts)
    for line in sys.stdin:
        spent = []
        for _time in range(TIMES_A_ROUND):
            began = time.process_time()
            acts[line.strip()]()
            spent.append(time.process_time() - began)
        _say(min(spent))


def _say(found: object) -> None:
    print(json.dumps(found), flush=True)  # noqa: T201


def compare(other: Path) -> dict[str, dict[str, Any]]:
    """{page or action: statements there, here, and the ratio here / there of processor time}."""
    with tempfile.TemporaryDirectory(prefix="against-") as home, postgres() as server:
        trees = [
            Tree(path, machine.database(server, name), Path(home) / name)
            for name, path in (("there", other), ("here", machine.ROOT))
        ]
        there, here = trees
        ratios: dict[str, list[float]] = {act: [] for act in here.acts if act in there.acts}
        for number in range(ROUNDS):
            for act, found in ratios.items():
                order = trees if number % 2 else trees[::-1]
                spent = {id(tree): tree.ask(act) for tree in order}
                found.append(spent[id(here)] / spent[id(there)])
        for tree in trees:
            tree.end()
    return {
        act: {
            "there": there.acts[act],
            "here": here.acts[act],
            "ratio": round(statistics.median(found), 2),
        }
        for act, found in ratios.items()
    }


def main(arguments: Sequence[str]) -> None:
    """Prints one line for each page and action, and writes var/against.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path, help="another checkout, with the same environment")
    found = compare(parser.parse_args(arguments).tree.resolve())
    (machine.ROOT / "var").mkdir(exist_ok=True)
    (machine.ROOT / "var" / "against.json").write_text(json.dumps(found, indent=1))
    for act, row in found.items():
        print(f"{row['there']:4} {row['here']:4} {row['ratio']:6.2f}  {act}")  # noqa: T201
    middle = statistics.median(row["ratio"] for row in found.values())
    print(f"median of all: {middle:.2f}")  # noqa: T201


if __name__ == "__main__":
    if sys.argv[1:2] == ["answer"]:
        answer(sys.argv[2])
    else:
        main(sys.argv[1:])
