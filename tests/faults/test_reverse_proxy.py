"""F30 and the long rush: the product behind the real reverse proxies, as they are shipped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from django.db import connection

from tests.config.test_reverse_proxy import EACH_CADDY, WEB, Web, before, meets_a_rush
from tests.config.test_reverse_proxy import web as _web
from tests.faults.conftest import System, listens, report, wait_for
from tests.faults.crowd import probes
from tests.reverse_proxies import caddy, shipped_file
from tests.servers import free_port

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="once is enough: with PostgreSQL"),
]
SLOW = pytest.mark.slow
web = _web
HOW = pytest.mark.parametrize(
    "how", ["body", *(pytest.param(how, marks=SLOW) for how in ("head", "nothing", "reader"))]
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
        wait_for(lambda: listens(system.web_port) and listens(proxy.port), seconds=60)
        assert asyncio.run(probes(proxy.port, how=how, path="/de/")) == [200] * 10


@SLOW
@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
@EACH_CADDY
def test_long_rush(program: Path, web: Web, tmp_path: Path) -> None:
    """A thousand connections for thirty seconds: 0 empty 503s."""
    with before(program, tmp_path, web) as proxy:
        told = meets_a_rush(proxy, web, people=1000, seconds=30)
    report(f"rush before {shipped_file(program).name}", **told)
