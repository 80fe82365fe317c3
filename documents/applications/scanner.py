"""Asks clamd about a file; whatever is no clear answer means that it waits.

clamd takes a file as pieces with their lengths (INSTREAM) and answers one line.
"""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

from documents.applications.states import Scan

SECONDS = 15.0
_PIECE = 2**16
_MOST_ANSWER = 500


def scan(content: bytes) -> Scan:
    """What the scanner says of `content`: clean, found, or waiting; off where there is none."""
    if not settings.APPLICATIONS.scanner_url:
        return Scan.OFF
    try:
        answer = _ask(b"zINSTREAM\0", content)
    except OSError:  # down, frozen, or full: it closes the line when a file is larger than it takes
        return Scan.WAITING
    if answer == b"stream: OK":
        return Scan.CLEAN
    return Scan.FOUND if answer.endswith(b" FOUND") else Scan.WAITING


def is_alive() -> bool:
    """Whether the scanner answers."""
    try:
        return _ask(b"zPING\0") == b"PONG"
    except OSError:
        return False


def _ask(command: bytes, content: bytes | None = None) -> bytes:
    with _connected() as line:
        line.sendall(command)
        if content is not None:
            for at in range(0, len(content), _PIECE):
                piece = content[at : at + _PIECE]
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _MOST_ANSWER:
            part = line.recv(_MOST_ANSWER)
            if not part:
                break
            answer += part
        return answer.rstrip(b"\0\n")


def _connected() -> socket.socket:
    where = urlsplit(settings.APPLICATIONS.scanner_url)
    if where.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(SECONDS)
        try:
            line.connect(where.path)
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((where.hostname or "", where.port or 3310), timeout=SECONDS)
