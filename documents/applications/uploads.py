"""Reads the files of one form into memory: counts while it reads, and stops at size and time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from documents.applications.actions.refusals import TooManyAtOnce
from documents.applications.limits import FILE_BYTES

# 20 MB from a phone at 35 kB/s, as long as config/Caddyfile waits
READ_SECONDS, PAUSE_SECONDS = 600.0, 30.0
# of the four threads of a process: who books waits behind no slow line
AT_ONCE = 2
TURN_SECONDS = 5.0
_turns = threading.BoundedSemaphore(AT_ONCE)


class BoundedFiles(FileUploadHandler):
    """All files of a form together may be as large as one; nothing touches a disk unsealed."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.total = 0
        self.is_too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begins a file; no other handler sees it."""
        super().new_file(*args, **kwargs)
        self._content = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Counts a piece; the rest of a form that is too large is not read."""
        self.total += len(raw_data)
        if self.total > FILE_BYTES:
            self.is_too_large = True
            self._content = BytesIO()
            raise StopUpload(connection_reset=True)
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file, in memory."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name, self.content_type, file_size, None
        )


@contextmanager
def slow_line(request: HttpRequest) -> Iterator[None]:
    """The body may come slowly, but not for ever, not with long pauses, and two at once.

    What has not come in time is cut, so that the form lacks its last field. Raises TooManyAtOnce,
    and UnreadablePostError where it paused.
    """
    if not _turns.acquire(timeout=TURN_SECONDS):
        raise TooManyAtOnce
    line: socket.socket | None = request.META.get("gunicorn.socket")
    end = threading.Timer(READ_SECONDS, _cut, [line])
    end.daemon = True
    try:
        allow(request, READ_SECONDS)
        if line is not None:
            line.settimeout(PAUSE_SECONDS)
            end.start()
        yield
    finally:
        end.cancel()
        if line is not None:
            line.settimeout(None)
        allow(request, 0)
        _turns.release()


def allow(request: HttpRequest, seconds: float) -> None:
    """Has the watch over requests that hang wait so much longer (config.operations)."""
    further: Callable[[float], None] | None = request.META.get("soforttermin.allow")
    if further is not None:
        further(seconds)


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RD)
