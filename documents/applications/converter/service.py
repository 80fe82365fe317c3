"""Draws files for whoever reaches a socket: a child per file, in a container without a network.

`python -m documents.applications.converter.service /run/converter/socket` needs nothing but its
folder. Under systemd nobody runs it: there the socket starts each child.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHILD = [sys.executable, "-E", "-s", "-m", "documents.applications.converter"]
ENVIRONMENT = {"LANG": "C.UTF-8"}
AT_ONCE = 2
SECONDS = 45  # more than whoever asks waits
_LOOK_EVERY = 100  # milliseconds
_WAITING = 64  # for their turn; who meets more than that asks again later


def start_child(line: socket.socket) -> subprocess.Popen[bytes]:
    """A child that reads a file from this line and answers on it; it knows nothing else."""
    return subprocess.Popen(  # noqa: S603 - our own program
        CHILD,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=line.fileno(),
        stdout=line.fileno(),
        stderr=subprocess.DEVNULL,  # what a library prints may quote the file
    )


def answer(door: socket.socket) -> None:
    """Takes one file after the other, without an end."""
    while True:
        line, _who = door.accept()
        with line:
            child = start_child(line)
            _wait(child, line)
            child.kill()
            child.wait()


def _wait(child: subprocess.Popen[bytes], line: socket.socket) -> None:
    """Returns when the child has ended, took too long, or nobody waits for it any more."""
    hung_up = select.poll()
    hung_up.register(line, 0)
    end = time.monotonic() + SECONDS
    while child.poll() is None and time.monotonic() < end and not hung_up.poll(_LOOK_EVERY):
        pass


def listening(path: str) -> socket.socket:
    """The socket at `path`, also where one that ended left its own."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    os.chmod(path, 0o600)  # for the product's own user
    door.listen(_WAITING)
    return door


def main() -> None:
    """Serves until it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with listening(sys.argv[1]) as door:
        for _ in range(AT_ONCE):
            threading.Thread(target=answer, args=(door,), daemon=True).start()
        signal.pause()


if __name__ == "__main__":
    main()
