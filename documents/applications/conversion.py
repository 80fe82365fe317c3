"""Has a file drawn anew by a process with limits, and believes little of what it says."""

from __future__ import annotations

import importlib.util
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.conf import settings

from documents.applications.converter.frames import BadFrame, End, Picture, await_start, read
from documents.applications.converter.refusals import REFUSALS
from documents.applications.converter.service import start_child

SECONDS = 40  # by the clock
SECONDS_TO_BEGIN = 15  # until a process has loaded what it needs, or has its turn
MOST_OUTPUT = 100 * 2**20
# Two children and their output are what one process of the web server may cost in memory.
AT_ONCE = 2
LIBRARIES = ("PIL", "pi_heif", "pypdfium2", "pyrage")
_turns = threading.BoundedSemaphore(AT_ONCE)


class ConverterBusy(Exception):
    """As many files are being drawn as may be, or nothing draws; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pages of a file; or why it can't be used, with no page at all."""

    pages: tuple[Picture, ...] = ()
    refusal: str = ""


def missing_libraries() -> list[str]:
    """The libraries that the converter needs and that are not installed."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def convert(content: bytes, *, patience: float = 0) -> Drawn:
    """The pages of `content`, each drawn by a process that can do nothing else.

    Waits `patience` seconds for a turn; raises ConverterBusy when there is none, and when nothing
    begins to draw. A child that ran into a limit or died is the file's fault: a bomb, or more than
    a paper needs.
    """
    if not _turns.acquire(timeout=patience):
        raise ConverterBusy
    try:
        with _child() as line:
            return _ask(line, content)
    finally:
        _turns.release()


def _ask(line: socket.socket, content: bytes) -> Drawn:
    talk = _Talk(line, content)
    try:
        talk.until = time.monotonic() + SECONDS_TO_BEGIN
        await_start(talk.exactly)
    except (BadFrame, EOFError, TimeoutError) as error:
        raise ConverterBusy from error
    try:
        talk.until = time.monotonic() + SECONDS
        pages: list[Picture] = []
        for frame in read(talk.exactly, refusals=REFUSALS):
            if isinstance(frame, End):
                return Drawn(refusal=frame.refusal) if frame.refusal else Drawn(tuple(pages))
            pages.append(frame)
    except (BadFrame, EOFError, TimeoutError):
        return Drawn(refusal="too_heavy")
    raise AssertionError("frames end with an End")


@contextmanager
def _child() -> Iterator[socket.socket]:
    """A line to a process of the converter's service, or to a child of our own."""
    path = settings.APPLICATIONS.converter_socket
    if path:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(SECONDS_TO_BEGIN)
            try:
                line.connect(path)
            except OSError as error:  # down, or more wait than may
                raise ConverterBusy from error
            yield line
        return
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            child = start_child(theirs)
        try:
            yield ours
        finally:
            child.kill()
            child.wait()


class _Talk:
    """Feeds the child and reads from it at the same time, until a moment and up to a size."""

    until = 0.0

    def __init__(self, line: socket.socket, content: bytes) -> None:
        self._line, self._left = line, memoryview(content)
        self._buffer, self._total = bytearray(), 0
        self._selector = selectors.DefaultSelector()
        line.setblocking(False)
        self._selector.register(line, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def exactly(self, length: int) -> bytes:
        """The next `length` bytes; raises EOFError, TimeoutError and BadFrame."""
        while len(self._buffer) < length:
            remaining = self.until - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            for _key, events in self._selector.select(timeout=remaining):
                if events & selectors.EVENT_WRITE:
                    self._feed()
                if events & selectors.EVENT_READ:
                    self._read()
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found

    def _feed(self) -> None:
        try:
            self._left = self._left[self._line.send(self._left[: 2**16]) :]
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError):  # it knows enough, or is dead
            self._left = memoryview(b"")
        if not self._left:
            self._selector.modify(self._line, selectors.EVENT_READ)
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_WR)

    def _read(self) -> None:
        try:
            part = self._line.recv(2**18)
        except BlockingIOError:
            return
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError
        self._total += len(part)
        if self._total > MOST_OUTPUT:
            raise BadFrame("too much")
        self._buffer += part
