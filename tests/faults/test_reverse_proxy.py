"""A rush and slow clients before the real reverse proxies, with the files that are shipped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.faults.conftest import ROOT, System, _listens, report, wait_for
from tests.faults.crowd import ask, rush, slow_clients
from tests.reverse_proxies import CADDIES, NGINX, caddy, nginx, shipped_file
from tests.servers import free_port

pytestmark = [
    pytest.mark.fault,
    pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"]),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="once is enough: with PostgreSQL"),
]
EACH_CADDY = pytest.mark.parametrize("program", CADDIES, ids=["current", "2.6"][: len(CADDIES)])
SLOW = pytest.mark.slow
WEB = "gunicorn --config python:config.gunicorn --workers 2 --log-level error"


@dataclass(frozen=True)
class Web:
    """Two web servers: where visitors come in, and where both are asked whether they are well."""

    addresses: list[str]
    health_port: int
    processes: list[subprocess.Popen[bytes]]
    log: Path

    def asked(self) -> int:
        """How often both were asked whether they are well."""
        return self.log.read_text().count("GET /healthz 200")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """Two hosts with the shipped gunicorn settings, as docker-compose.yml has them."""
    health, log = free_port(), tmp_path / "web.log"
    addresses = [f"{host}:{free_port()}" for host in ("127.0.0.1", "127.0.0.2")]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    with ExitStack() as stack:
        out = stack.enter_context(log.open("ab"))
        processes = []
        for address in addresses:
            host = address.split(":")[0]
            line = f"{WEB} --bind {address} --bind {host}:{health} tests.faults.bare"
            process = subprocess.Popen(
                [sys.executable, "-m", *line.split()],
                cwd=ROOT,
                env=environment,
                stdout=out,
                start_new_session=True,
            )
            processes.append(process)
            stack.callback(process.wait)
            stack.callback(end, process)
        for address in addresses:
            host, port = address.split(":")
            wait_for(lambda host=host, port=int(port): _listens(port, host), seconds=60)
        yield Web(addresses, health, processes, log)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its children, also one that is frozen."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def before(program: Path, home: Path, web: Web) -> Iterator[Any]:
    """Caddy before both web servers, when it answers."""
    with caddy(program, home, web=web.addresses, health_port=web.health_port) as proxy:
        wait_for(lambda: _listens(proxy.port), seconds=20)
        yield proxy


def lines(log: Path) -> list[dict[str, Any]]:
    """What Caddy wrote."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


@EACH_CADDY
def test_file_of_this_release_is_valid(program: Path) -> None:
    environment = {**os.environ, "SITE": "https://termin.example.de"}
    adapted = subprocess.run(
        [
            program,
            "adapt",
            "--validate",
            "--adapter",
            "caddyfile",
            "--config",
            shipped_file(program),
        ],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert adapted.returncode == 0, adapted.stderr.decode()
    text = adapted.stdout.decode()
    assert '"dial":"web1:8000"' in text
    assert '"port":8001' in text


@EACH_CADDY
@pytest.mark.parametrize(("people", "seconds"), [(300, 8), pytest.param(1000, 30, marks=SLOW)])
def test_rush_leaves_both_web_servers_well(
    program: Path, people: int, seconds: float, web: Web, tmp_path: Path
) -> None:
    """Nobody is told an empty 503: in a long queue the proxy still hears that both are well."""
    with before(program, tmp_path, web) as proxy:
        wait_for(lambda: web.asked() >= 2, seconds=20)
        asked, began = web.asked(), time.monotonic()
        told = asyncio.run(rush(proxy.port, people=people, seconds=seconds, patience=120))
        report(
            f"rush before {shipped_file(program).name}", seconds=time.monotonic() - began, **told
        )
        assert web.asked() - asked >= seconds / 5
        assert set(told) <= {"200", "empty"}, told
        assert told["empty"] == 0
    assert not [line for line in lines(proxy.log) if "health_checker" in line.get("logger", "")]


@EACH_CADDY
def test_web_server_that_ends_is_noticed_by_nobody(program: Path, web: Web, tmp_path: Path) -> None:
    """F25: the other one answers; when both are gone, the answer says what to do."""
    with before(program, tmp_path, web) as proxy:
        end(web.processes[0])
        told = asyncio.run(rush(proxy.port, people=20, seconds=3, patience=20))
        assert set(told) == {"200", "empty"}
        assert told["empty"] == 0
        end(web.processes[1])
        status, body = asyncio.run(ask(proxy.port, "/", seconds=20))
    assert status == 503
    assert b"Please try again" in body


# --- F30 -----------------------------------------------------------------------------------------


async def probes(port: int, *, how: str, path: str) -> list[int]:
    """The statuses that ten people get, one after the other, while forty others are slow."""
    async with slow_clients(port, how=how, count=40, every=3):
        await asyncio.sleep(3.5)
        return [(await ask(port, path, seconds=5))[0] for _one in range(10)]


HOW = pytest.mark.parametrize(
    "how", ["body", "head", *(pytest.param(how, marks=SLOW) for how in ("nothing", "reader"))]
)


@HOW
@pytest.mark.django_db(transaction=True)
@EACH_CADDY
def test_slow_clients_before_caddy(system: System, program: Path, how: str, tmp_path: Path) -> None:
    """F30: forty connections with a byte every three seconds; ten of ten others are answered."""
    health = free_port()
    system.start(f"{WEB} --bind 127.0.0.1:{system.web_port} --bind 127.0.0.1:{health} config.wsgi")
    address = f"127.0.0.1:{system.web_port}"
    with caddy(program, tmp_path, web=[address], health_port=health) as proxy:
        wait_for(lambda: _listens(system.web_port) and _listens(proxy.port), seconds=60)
        assert asyncio.run(probes(proxy.port, how=how, path="/de/")) == [200] * 10


@HOW
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", NGINX, ids=["nginx"][: len(NGINX)])
def test_slow_clients_before_nginx(system: System, program: Path, how: str, tmp_path: Path) -> None:
    """F30: the same with nginx as docs/operations.md shows it."""
    system.start(f"{WEB} --bind 127.0.0.1:{system.web_port} config.wsgi")
    with nginx(program, tmp_path, web=f"127.0.0.1:{system.web_port}") as proxy:
        wait_for(lambda: _listens(system.web_port) and _listens(proxy.port), seconds=60)
        assert asyncio.run(probes(proxy.port, how=how, path="/de/")) == [200] * 10


@pytest.mark.parametrize("program", NGINX, ids=["nginx"][: len(NGINX)])
def test_rush_before_nginx(program: Path, web: Web, tmp_path: Path) -> None:
    """One web server and a queue of ten seconds before it: nobody is told an empty 503."""
    with nginx(program, tmp_path, web=web.addresses[0]) as proxy:
        wait_for(lambda: _listens(proxy.port), seconds=20)
        told = asyncio.run(rush(proxy.port, people=150, seconds=5, patience=120))
    assert set(told) == {"200", "empty"}
    assert told["empty"] == 0
