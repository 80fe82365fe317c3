"""`make deploy` without Docker: two web servers behind Caddy, renewed as compose renews containers.

Without systemd nobody holds the door of a server open that restarts: the proxy has to go to the
other one. `make operator-handbook` plays it, with the current Caddy and the distribution's.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from tests.faults.conftest import ROOT, listens, wait_for
from tests.reverse_proxies import CADDIES, caddy
from tests.servers import free_port

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])]
LEAST = 1000
GRACE = 40  # seconds, as in docker-compose.yml
(SEEN,) = {int(each) for each in re.findall(r"\n\tsleep (\d+)", (ROOT / "Makefile").read_text())}


class Server:
    """One web server with the shipped settings and an application that takes half a second."""

    def __init__(self, host: str, health_port: int, temporary: Path) -> None:
        self.host, self.port, self.health_port = host, free_port(), health_port
        self.temporary = temporary
        self.start()

    def start(self) -> None:
        """Starts it and waits until it is well."""
        line = "gunicorn --config python:config.gunicorn --workers 2 --log-level error"
        line += f" --bind {self.host}:{self.port} --bind {self.host}:{self.health_port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", *line.split(), "tests.faults.bare"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(partial(listens, self.health_port, self.host), seconds=60)

    def renew(self) -> None:
        """What `make deploy` does to one of them; a container's temporary folder goes with it."""
        (self.temporary / "leaving").touch()
        time.sleep(SEEN)
        self.process.terminate()
        self.process.wait(GRACE)
        (self.temporary / "leaving").unlink()
        self.start()
        time.sleep(SEEN)

    def kill(self) -> None:
        """Ends it at once, and what it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two hosts with one web server each."""
    with ExitStack() as stack:
        health_port, found = free_port(), []
        for host in ("127.0.0.1", "127.0.0.2"):
            found.append(Server(host, health_port, tmp_path_factory.mktemp("web")))
            stack.callback(found[-1].kill)
        yield found


class People:
    """Some who read and send forms on connections that they keep."""

    def __init__(self, port: int) -> None:
        self.port, self.told = port, list[str]()
        self.gone = threading.Event()

    def come(self) -> None:
        """Asks again and again."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for method in cycle(("GET", "POST")):
            if self.gone.is_set():
                break
            try:
                connection.request(method, "/", body=b"a=b" if method == "POST" else None)
                answer = connection.getresponse()
                self.told.append(f"{method} {answer.status}" if answer.read() else "empty")
            except (OSError, http.client.HTTPException) as error:
                self.told.append(f"{method} {error!r}")
                connection.close()
        connection.close()


@pytest.mark.parametrize("program", CADDIES, ids=["current", "2.6"][: len(CADDIES)])
def test_nobody_notices_that_each_web_server_is_renewed(
    program: Path, servers: list[Server], tmp_path: Path
) -> None:
    web = [f"{server.host}:{server.port}" for server in servers]
    with caddy(program, tmp_path, web=web, health_port=servers[0].health_port) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        people = People(proxy.port)
        threads = [threading.Thread(target=people.come) for _one in range(12)]
        for thread in threads:
            thread.start()
        try:
            for server in cycle(servers):
                server.renew()
                if len(people.told) >= LEAST:
                    break
        finally:
            people.gone.set()
            for thread in threads:
                thread.join(90)
    failed = [each for each in people.told if each not in {"GET 200", "POST 200"}]
    sys.stderr.write(f"=== renewed one by one: {len(failed)} of {len(people.told)} failed\n")
    assert failed == []
