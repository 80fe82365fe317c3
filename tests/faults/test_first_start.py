"""The first start of the database of compose, in the order of the image's entrypoint."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import yaml

from tests.faults.conftest import ROOT, report, wait_for
from tests.servers import Postgres, cluster

pytestmark = [pytest.mark.slow, pytest.mark.fault]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ROUNDS = 20


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A cluster that was just made; nothing runs on it."""
    with cluster() as made:
        yield made


def test_database_is_called_well_only_once_it_stays(server: Postgres) -> None:
    """While scripts run, a server answers at its socket alone, and goes away again."""
    command, *question = COMPOSE["services"]["database"]["healthcheck"]["test"][1:]
    assert command == "pg_isready"
    by_socket = ("--host", str(server.data))
    stays, over = threading.Event(), threading.Event()
    too_early = []

    def ask() -> None:
        while not over.is_set():
            early = not stays.is_set()
            if server.is_ready(*question) and early and not stays.is_set():
                too_early.append(question)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(ROUNDS):
            server.start(listen_addresses="''")
            assert server.is_ready(*by_socket)  # whoever asks there is told too early
            server.stop()
            stays.set()
            server.start()
            wait_for(lambda: server.is_ready(*question), seconds=10)
            server.stop()
            stays.clear()
    finally:
        over.set()
        asking.join()
    assert too_early == []
    report("first starts of the database without a race", rounds=ROUNDS)
