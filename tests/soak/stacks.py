"""What is soaked: the one command on its defaults, and the parts of production."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from config.operations.supervisor import Part, Supervisor
from tests import processes
from tests.reverse_proxies import CURRENT, caddy
from tests.servers import free_port, postgres
from tests.soak.relay import Relay, RelayServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_BASE_URL", "DEBUG", "DATA_DIR")


class Stack:
    """Parts under a supervisor; what is killed is started again as the stack itself does it.

    `killable` names the parts and how each is known; `mail` is the server that takes the letters.
    Visitors come to `base`; `inside` is a web server as a collector asks it. `slow` are so many
    slow clients of each kind at `port`.
    """

    name: ClassVar[str]
    killable: ClassVar[dict[str, str]]
    slow: ClassVar[dict[str, int]]

    def __init__(self, home: Path, rest: ExitStack) -> None:
        self.home = home
        self.port = free_port()
        self.base = self.inside = f"http://127.0.0.1:{self.port}"
        self.supervisor = Supervisor()
        self.mail = Relay()
        relay = RelayServer(self.mail, hostname="127.0.0.1", port=free_port())
        relay.start()
        rest.callback(relay.stop)
        own = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        self.environment = {
            **own,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(home),
            "PUBLIC_BASE_URL": self.base,
            "EMAIL_URL": f"smtp://127.0.0.1:{relay.port}",
            "DEBUG": "false",
            "TRUSTED_PROXIES": "1",
            "LOG_LEVEL": "WARNING",
        }
        for name in _FOREIGN:
            os.environ.pop(name, None)
        self._rest = rest

    def add(self, name: str, *command: str) -> None:
        """Starts a part; the first one sees to it that all end with the run."""
        if not self.supervisor.parts:
            self._rest.callback(self.supervisor.end)
        self.supervisor.add(Part(name, command, self.environment))

    def add_python(self, name: str, line: str) -> None:
        """Starts a part that runs `line` with this Python."""
        self.add(name, sys.executable, *line.split())

    def start(self, *, given_up: Callable[[], bool]) -> None:
        """Starts every part; returns when the web server is ready."""
        raise NotImplementedError

    def look(self) -> None:
        """Starts again what ended. Only the main thread may call it."""
        for part in self.supervisor.parts:
            part.look()

    def pid(self, part: str) -> int:
        """The process of a part; 0 while it is not there."""
        raise NotImplementedError

    def web(self) -> list[int]:
        """The processes that answer."""
        everybody = processes.family(os.getpid())
        return [pid for pid in everybody if "gunicorn" in processes.command(pid)]

    def answering(self) -> set[int]:
        """The web processes that their master starts again."""
        web = self.web()
        return {pid for pid in web if processes.parent(pid) in web}

    def wait_until_ready(self, given_up: Callable[[], bool]) -> None:
        """Returns when /readyz says so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not given_up():
            self.look()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.inside}/readyz", timeout=5).close()
                return
            time.sleep(0.5)
        if not given_up():
            raise RuntimeError(f"{self.name} was not ready in {PATIENCE} s")


class Defaults(Stack):
    """`manage.py run`: SQLite, its own Valkey, its own supervisor."""

    name = "make run"
    killable: ClassVar[dict[str, str]] = {
        "valkey": "valkey-server",
        "worker": " worker ",
        "beat": " beat ",
    }
    # a few: nothing stands before it that would wait for a slow client in its place
    slow: ClassVar[dict[str, int]] = {"head": 1, "reader": 1, "nothing": 1}

    def start(self, *, given_up: Callable[[], bool]) -> None:
        """Starts the command, which starts the rest."""
        self.add_python("manage.py run", f"manage.py run --port {self.port}")
        self.wait_until_ready(given_up)

    def pid(self, part: str) -> int:
        """A child of the command."""
        process = self.supervisor.parts[0].process
        return processes.child(process.pid, self.killable[part]) if process else 0


class Production(Stack):
    """PostgreSQL, Valkey, Caddy, two web servers, worker and beat, kept alive as compose does."""

    name = "production"
    killable: ClassVar[dict[str, str]] = {"valkey": "broker", "worker": "worker", "beat": "beat"}
    slow: ClassVar[dict[str, int]] = {"body": 20, "head": 10, "nothing": 5, "reader": 5}

    def __init__(self, home: Path, rest: ExitStack) -> None:
        super().__init__(home, rest)
        self.environment["DATABASE_URL"] = rest.enter_context(postgres()).url
        self.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
        # two hosts with a port for visitors and one for the question whether they are well
        self.hosts = {host: free_port() for host in ("127.0.0.1", "127.0.0.2")}
        self.health = free_port()
        web = [f"{host}:{port}" for host, port in self.hosts.items()]
        proxy = rest.enter_context(caddy(CURRENT, home, web=web, health_port=self.health))
        self.port = proxy.port
        self.base = self.environment["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{self.port}"
        self.inside = f"http://{web[0]}"

    def start(self, *, given_up: Callable[[], bool]) -> None:
        """Prepares the database and starts the parts."""
        for line in (
            "migrate -v0",
            "collectstatic --no-input -v0",
            "load_office config/offices/magdeburg.yaml",
            "load_catalogue",
        ):
            command = [sys.executable, "manage.py", *line.split()]
            subprocess.run(command, env=self.environment, check=True)
        from config.operations import dev_broker

        port = self.environment["REDIS_URL"].rpartition(":")[2].partition("/")[0]
        self.add(
            "broker", dev_broker.binary(), "--port", port, "--save", "", "--loglevel", "warning"
        )
        web = "-m gunicorn --config python:config.gunicorn --workers 2 --access-logfile /dev/null"
        for host, own in self.hosts.items():
            binds = f"--bind {host}:{own} --bind {host}:{self.health}"
            self.add_python(f"web {host}", f"{web} {binds} config.wsgi")
        quiet = "-m celery --app config --quiet"
        self.add_python(
            "worker",
            f"{quiet} worker --concurrency 2 --loglevel ERROR --without-gossip --without-mingle",
        )
        self.add_python("beat", f"{quiet} beat --loglevel ERROR --pidfile=")
        self.wait_until_ready(given_up)

    def pid(self, part: str) -> int:
        """One of the parts."""
        name = self.killable[part]
        found = next(each for each in self.supervisor.parts if each.name == name)
        return found.process.pid if found.process and found.process.poll() is None else 0


STACKS: dict[str, type[Stack]] = {"run": Defaults, "production": Production}
