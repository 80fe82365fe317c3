"""Keeps the parts of `manage.py run` alive: a part that ends is started again, the others go on."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5  # seconds before a part is started again
LONGEST_PAUSE = 10.0  # it doubles up to this
STEADY = 60.0  # a part that lived so long starts with the first pause again
SECONDS_TO_STOP = 10.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Part:
    """One program: how it is started, and how it fares. Times are of the monotonic clock."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    keep_open: tuple[int, ...] = ()  # descriptors it inherits
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = field(default=FIRST_PAUSE)

    def start(self) -> None:
        """Starts it in a session of its own; a start that fails counts as an end."""
        self.started_at = time.monotonic()
        parent = os.getpid()
        try:
            # a session of its own: Ctrl-C is for the supervisor, which ends all in order
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                env=self.environment,
                pass_fds=self.keep_open,
                start_new_session=True,
                preexec_fn=lambda: _end_with(parent),
            )
        except OSError as error:  # no process or no memory to be had just now
            self._wait(f"could not be started ({error.strerror})")

    def look(self) -> None:
        """Starts it again when it has ended and its pause is over."""
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            _kill_group(self.process)
            self.process = None
            self._wait(f"was ended by signal {-code}" if code < 0 else f"ended with code {code}")
        elif self.process is None and time.monotonic() >= self.start_again_at:
            self.start()

    def _wait(self, what: str) -> None:
        if time.monotonic() - self.started_at >= STEADY:
            self.pause = FIRST_PAUSE
        self.start_again_at = time.monotonic() + self.pause
        logger.warning("%s %s; it is started again in %.1f s", self.name, what, self.pause)
        self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def ask_to_end(self) -> None:
        """Asks it to finish."""
        if self.process is not None:
            self.process.terminate()

    def end(self, *, patience: float) -> None:
        """Returns when it has finished, by itself or after `patience` seconds by force."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(patience, 0))
        _kill_group(self.process)
        self.process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # also what it started and left behind, as a web server that was killed does
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with(parent: int) -> None:
    """In the child: the kernel ends it with its parent, however that ended (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


class Supervisor:
    """The parts, in the order in which they start."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.told_to_stop = False

    def add(self, part: Part) -> Part:
        """Starts one more part."""
        self.parts.append(part)
        part.start()
        return part

    def stop(self, *_signal: object) -> None:
        """Lets `watch` return; as a handler of signals, however often it comes."""
        self.told_to_stop = True

    def watch(self) -> None:
        """Starts again what ends, until it is told to stop."""
        while not self.told_to_stop:
            for part in self.parts:
                part.look()
            time.sleep(0.2)

    def end(self) -> None:
        """Ends the parts, the first one last: the others may still need it to finish."""
        if not self.parts:
            return
        last_of_all, *others = self.parts
        for group in (others, [last_of_all]):
            for part in reversed(group):
                part.ask_to_end()
            until = time.monotonic() + SECONDS_TO_STOP
            for part in group:
                part.end(patience=until - time.monotonic())
