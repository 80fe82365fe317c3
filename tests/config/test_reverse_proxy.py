"""The real reverse proxies with the files that are shipped: a rush, slow clients, servers that end.

Behind them stands the web server with a bare application, so that what is proven is theirs.
`tests/faults/test_reverse_proxy.py` has the product instead. `make faults` plays the older
Caddy and nginx too.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.faults.conftest import ROOT, listens, wait_for
from tests.faults.crowd import ask, probes, rush
from tests.reverse_proxies import CADDIES, NGINX, ReverseProxy, caddy, nginx, shipped_file
from tests.servers import free_port

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"]),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="no database: once is enough"),
]
EACH_CADDY = pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, id=name, marks=[] if name == "current" else pytest.mark.slow)
        for program, name in zip(CADDIES, ("current", "2.6"), strict=False)
    ],
)
WITH_NGINX = pytest.mark.skipif(not NGINX.name, reason="no nginx on this machine")
SECRET = "aB3-_" * 8 + "xyz"  # as long as what is signed
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
            wait_for(partial(listens, int(port), host), seconds=60)
        yield Web(addresses, health, processes, log)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its children, also one that is frozen."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def before(program: Path, home: Path, web: Web) -> Iterator[ReverseProxy]:
    """Caddy before both web servers, when it answers."""
    with caddy(program, home, web=web.addresses, health_port=web.health_port) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        yield proxy


def lines(log: Path) -> list[dict[str, Any]]:
    """What Caddy wrote."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("program", CADDIES, ids=["current", "2.6"][: len(CADDIES)])
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
def test_rush_leaves_both_web_servers_well(program: Path, web: Web, tmp_path: Path) -> None:
    """Nobody is told an empty 503: in a long queue the proxy still hears that both are well."""
    with before(program, tmp_path, web) as proxy:
        meets_a_rush(proxy, web, people=300, seconds=8)


def meets_a_rush(proxy: ReverseProxy, web: Web, *, people: int, seconds: float) -> Counter[str]:
    """What people are told in a rush: all of them something, and both servers count as well."""
    wait_for(lambda: web.asked() >= 2, seconds=20)
    asked = web.asked()
    told = asyncio.run(rush(proxy.port, people=people, seconds=seconds, patience=120))
    assert web.asked() - asked >= seconds / 5
    assert set(told) <= {"200", "empty"}, told
    assert told["empty"] == 0
    assert not [line for line in lines(proxy.log) if "health_checker" in line.get("logger", "")]
    return told


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


@EACH_CADDY
def test_large_bodies_pass_at_the_pages_of_papers_alone(
    program: Path, web: Web, tmp_path: Path
) -> None:
    with before(program, tmp_path, web) as proxy:
        sizes = {"/de/apply/papers/3/": (300_000, 20 * 2**20), "/de/details/": (200_000,)}
        for path, taken in sizes.items():
            assert [posted(proxy, path, size) for size in taken] == [200] * len(taken)
        for path in ("/de/details/", "/de/apply/papers/", "/x/de/apply/papers/3/"):
            assert posted(proxy, path, 300_000) == 413
        assert posted(proxy, "/de/apply/papers/3/", 22 * 2**20) == 413


def posted(
    proxy: ReverseProxy, path: str, size: int, *, source: str = "127.0.0.1", method: str = "POST"
) -> int:
    """The status of a form of so many bytes."""
    line = HTTPConnection("127.0.0.1", proxy.port, timeout=30, source_address=(source, 0))
    try:
        line.request(method, path, body=bytes(size))
        return line.getresponse().status
    finally:
        line.close()


SLOWLY = pytest.mark.parametrize("how", ["body", pytest.param("head", marks=pytest.mark.slow)])


@SLOWLY
@EACH_CADDY
def test_slow_clients_hold_no_web_server(program: Path, how: str, web: Web, tmp_path: Path) -> None:
    """F30: forty connections with a byte every three seconds; ten of ten others are answered."""
    with before(program, tmp_path, web) as proxy:
        assert asyncio.run(probes(proxy.port, how=how, path="/")) == [200] * 10


@SLOWLY
@WITH_NGINX
@pytest.mark.slow
def test_slow_clients_hold_no_web_server_behind_nginx(how: str, web: Web, tmp_path: Path) -> None:
    """F30: the same with nginx and the shipped site."""
    with nginx(NGINX, tmp_path, web=web.addresses[:1]) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        assert asyncio.run(probes(proxy.port, how=how, path="/")) == [200] * 10


@WITH_NGINX
@pytest.mark.slow
def test_rush_before_nginx(web: Web, tmp_path: Path) -> None:
    """One web server and a queue of ten seconds before it: nobody is told an empty 503."""
    with nginx(NGINX, tmp_path, web=web.addresses[:1]) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        told = asyncio.run(rush(proxy.port, people=150, seconds=5, patience=120))
    assert set(told) == {"200", "empty"}
    assert told["empty"] == 0


@pytest.mark.slow
@EACH_CADDY
def test_slow_files_hold_no_web_server(program: Path, web: Web, tmp_path: Path) -> None:
    """Forty phones that send a photo of 3 MB bit by bit: it waits in the proxy."""
    with before(program, tmp_path, web) as proxy:
        assert asyncio.run(probes(proxy.port, how="body", path="/de/apply/papers/3/")) == [200] * 10


@WITH_NGINX
@pytest.mark.slow
def test_more_slow_files_than_nginx_keeps_are_told_to_come_again(web: Web, tmp_path: Path) -> None:
    with nginx(NGINX, tmp_path, web=web.addresses[:1]) as proxy, ExitStack() as lines_:
        wait_for(lambda: listens(proxy.port), seconds=20)
        head = b"POST /de/apply/papers/3/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\nab"

        def hold(source: str) -> None:
            for _ in range(10):
                line = socket.create_connection(
                    ("127.0.0.1", proxy.port), timeout=20, source_address=(source, 0)
                )
                lines_.enter_context(line).sendall(head)

        hold("127.0.0.1")
        wait_for(lambda: posted(proxy, "/de/apply/papers/3/", 1000) == 503, seconds=20)
        assert posted(proxy, "/de/apply/papers/3/", 1000, source="127.0.0.3") == 200
        hold("127.0.0.2")
        told = partial(posted, proxy, "/de/apply/papers/3/", 1000, source="127.0.0.3")
        wait_for(lambda: told() == 503, seconds=20)
        assert told(method="GET") == 200
        assert posted(proxy, "/de/details/", 1000) == 200


@WITH_NGINX
@pytest.mark.slow
def test_large_bodies_pass_nginx_at_the_pages_of_papers_alone(web: Web, tmp_path: Path) -> None:
    with nginx(NGINX, tmp_path, web=web.addresses[:1]) as proxy:
        wait_for(lambda: listens(proxy.port), seconds=20)
        assert posted(proxy, "/de/apply/papers/3/", 20 * 2**20) == 200
        assert posted(proxy, "/de/details/", 300_000) == 413


def told_of(path: str, proxy: ReverseProxy, log: Path) -> str:
    """What a proxy without a web server writes about somebody who opens a link."""
    wait_for(lambda: listens(proxy.port), seconds=20)
    with closing(HTTPConnection("127.0.0.1", proxy.port, timeout=20)) as line:
        line.request("GET", f"{path}{SECRET}/")
        assert line.getresponse().status >= 500
    wait_for(lambda: log.exists() and path in log.read_text(), seconds=20)
    return log.read_text()


@WITH_NGINX
@pytest.mark.parametrize("path", ["/de/appointment/", "/de/application/17."])
def test_log_of_nginx_has_no_link_that_opens_anything(path: str, tmp_path: Path) -> None:
    with nginx(NGINX, tmp_path, web=["127.0.0.1:1"]) as proxy:
        told = told_of(path, proxy, tmp_path / "access.log")
    assert f"{path}[hidden] 502" in told


@EACH_CADDY
def test_log_of_caddy_has_no_link_that_opens_anything(program: Path, tmp_path: Path) -> None:
    with caddy(program, tmp_path, web=["127.0.0.1:1"], health_port=1) as proxy:
        told = told_of("/de/application/17.", proxy, proxy.log)
    assert "[hidden]" in told
    assert SECRET not in told
