"""One stack of a soak, in a process of its own: start, let every scenario act, ask what holds."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.randomness import SEED
from tests.soak.stacks import ROOT, STACKS, Stack

LAST_LETTERS = 240  # seconds for what is still to leave; longer than a killed sender's lease


class Soak:
    """What the scenarios of one run share: the stack, the time, and what they found."""

    def __init__(self, stack: Stack, *, minutes: float) -> None:
        self.stack, self.minutes = stack, minutes
        self.began = time.monotonic()
        self.over = threading.Event()
        self.ended_after = 0.0
        self.failures: list[str] = []
        self.counts: Counter[str] = Counter()
        self.worst: dict[str, float] = {}
        self.cuts: list[float] = []  # when web processes were killed (monotonic)
        self.senders_killed: list[float] = []  # seconds of the epoch, as in what follows
        self.frozen: list[tuple[float, float]] = []  # from when to when the broker was
        self._worker = 0
        self._references: set[str] = set()
        self._lock = threading.Lock()

    @property
    def is_frozen(self) -> bool:
        """Whether the broker is frozen now."""
        return bool(self.frozen) and self.frozen[-1][1] > time.time()

    def was_cut(self, since: float) -> bool:
        """Whether a web process was killed since that moment (monotonic), or just before."""
        return any(cut > since - 1 for cut in list(self.cuts))

    def look_at_worker(self) -> None:
        """Notes when the worker ended, whoever ended it: its senders ended with it."""
        pid = self.stack.pid("worker")
        if self._worker and pid != self._worker:
            self.senders_killed.append(time.time())
            self.count("ends of the worker, killed or by itself")
        self._worker = pid

    def told(self, reference: str) -> None:
        """Keeps that somebody read this reference as that of their appointment."""
        with self._lock:
            self._references.add(reference)

    def journal(self) -> set[str]:
        """Every reference that somebody read."""
        with self._lock:
            return set(self._references)

    def count(self, name: str, by: int = 1) -> None:
        """Counts something; counts of several runs are added."""
        with self._lock:
            self.counts[name] += by

    def measure(self, name: str, value: float) -> None:
        """Keeps the largest value of a name."""
        with self._lock:
            self.worst[name] = round(max(value, self.worst.get(name, value)), 2)

    def fail(self, text: str) -> None:
        """Notes what must never happen, with the minute in which it did."""
        with self._lock:
            self.failures.append(f"{(time.monotonic() - self.began) / 60:.1f} min: {text}")

    def act(self, scenario: Any) -> None:
        """Runs one scenario in this thread; an error of its own is a failure of the run."""
        from django.db import connection

        try:
            scenario.run(self)
        except Exception as error:
            self.fail(f"{scenario.name}: {type(error).__name__}: {error}")
        finally:
            connection.close()

    def outcome(self) -> dict[str, Any]:
        """What the file keeps."""
        return {
            "stack": self.stack.name,
            "ended_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
            "commit": _commit(),
            "seed": SEED,
            "minutes": round(self.ended_after / 60, 2),
            "counts": dict(self.counts),
            "worst": self.worst,
            "failures": self.failures,
        }


def _commit() -> str:
    line = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Exit code 1 when anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", choices=list(STACKS), required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--home", type=Path, required=True)
    told = parser.parse_args()
    told.home.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    with ExitStack() as rest:
        stack = STACKS[told.stack](told.home, rest)
        os.environ |= stack.environment
        import django

        django.setup()
        soak = Soak(stack, minutes=told.minutes)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_signal: soak.over.set())
        try:
            _go(soak)
        except Exception as error:
            soak.fail(f"the run broke off: {type(error).__name__}: {error}")
            raise
        finally:
            (told.home / "soak.json").write_text(json.dumps(soak.outcome()))
    return 1 if soak.failures else 0


def _go(soak: Soak) -> None:
    from tests.soak.scenarios import SCENARIOS, settle, stage

    soak.stack.start(given_up=soak.over.is_set)
    stage(soak)
    soak.began = time.monotonic()
    threads = [
        threading.Thread(target=soak.act, args=(made(),), name=made.name) for made in SCENARIOS
    ]
    for thread in threads:
        thread.start()
    end = soak.began + soak.minutes * 60
    while time.monotonic() < end and not soak.over.is_set():
        before = time.monotonic()
        soak.look_at_worker()
        soak.stack.look()
        time.sleep(0.2)
        # far above a second, it is the machine that fails and not what runs on it
        soak.measure("seconds that the machine let the soak wait", time.monotonic() - before - 0.2)
    soak.ended_after = time.monotonic() - soak.began
    soak.over.set()
    _wait(soak, threads)
    settling = threading.Thread(target=soak.act, args=(settle,))
    settling.start()
    _wait(soak, [settling])


def _wait(soak: Soak, threads: list[threading.Thread]) -> None:
    # the stack is looked after in this thread alone: its children end with the thread
    end = time.monotonic() + LAST_LETTERS + 60
    while any(thread.is_alive() for thread in threads):
        if time.monotonic() > end:
            soak.fail("did not end: " + ", ".join(t.name for t in threads if t.is_alive()))
            os._exit(3)
        soak.stack.look()
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
