"""Has a file drawn anew by a child process with limits, and believes little of what it says."""

from __future__ import annotations

import importlib.util
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from documents.applications.converter.frames import BadFrame, End, Picture, read
from documents.applications.converter.refusals import REFUSALS

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 40  # by the clock
MOST_OUTPUT = 100 * 2**20
# Two children and their output are what one process of the web server may cost in memory.
AT_ONCE = 2
LIBRARIES = ("PIL", "pi_heif", "pypdfium2", "pyrage")
_turns = threading.BoundedSemaphore(AT_ONCE)


class ConverterBusy(Exception):
    """As many files are being drawn as may be; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pages of a file; or why it can't be used, with no page at all."""

    pages: tuple[Picture, ...] = ()
    refusal: str = ""


def missing_libraries() -> list[str]:
    """The libraries that the converter needs and that are not installed."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def convert(content: bytes, *, patience: float = 0) -> Drawn:
    """The pages of `content`, each drawn in a child process.

    Waits `patience` seconds for a turn, then raises ConverterBusy. A child that ran into a limit or
    died is the file's fault: a bomb, or more than a paper needs.
    """
    if not _turns.acquire(timeout=patience):
        raise ConverterBusy
    try:
        return _convert(content)
    finally:
        _turns.release()


def _convert(content: bytes) -> Drawn:
    child = subprocess.Popen(
        [sys.executable, "-E", "-s", "-m", "documents.applications.converter"],
        cwd=ROOT,
        env={"LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what a library prints may quote the file
    )
    try:
        reader = _Pipes(child, content, until=time.monotonic() + SECONDS)
        pages: list[Picture] = []
        for frame in read(reader.exactly, refusals=REFUSALS):
            if isinstance(frame, End):
                return Drawn(refusal=frame.refusal) if frame.refusal else Drawn(tuple(pages))
            pages.append(frame)
    except (BadFrame, EOFError, TimeoutError):
        return Drawn(refusal="too_heavy")
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe and not pipe.closed:
                with suppress(BrokenPipeError):
                    pipe.close()
        child.wait()
    raise AssertionError("frames end with an End")


class _Pipes:
    """Feeds the child and reads from it at the same time, within one limit of time and bytes."""

    def __init__(self, child: subprocess.Popen[bytes], content: bytes, *, until: float) -> None:
        assert child.stdin is not None  # noqa: S101 - both are pipes
        assert child.stdout is not None  # noqa: S101
        self._in, self._out = child.stdin, child.stdout
        self._left, self._until = memoryview(content), until
        self._buffer, self._total = bytearray(), 0
        self._selector = selectors.DefaultSelector()
        for pipe, what in ((self._in, selectors.EVENT_WRITE), (self._out, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, what)

    def exactly(self, length: int) -> bytes:
        """The next `length` bytes; raises EOFError, TimeoutError and BadFrame."""
        while len(self._buffer) < length:
            remaining = self._until - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            for key, _events in self._selector.select(timeout=remaining):
                act: Callable[[], None] = self._feed if key.fileobj is self._in else self._read
                act()
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _feed(self) -> None:
        try:
            self._left = self._left[os.write(self._in.fileno(), self._left[: 2**16]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:  # it knows enough, or is dead
            self._left = memoryview(b"")
        if not self._left:
            self._selector.unregister(self._in)
            self._in.close()

    def _read(self) -> None:
        part = os.read(self._out.fileno(), 2**18)
        if not part:
            raise EOFError
        self._total += len(part)
        if self._total > MOST_OUTPUT:
            raise BadFrame("too much")
        self._buffer += part
