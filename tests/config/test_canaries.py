"""Whatever fails while people book, no log of any part holds one of them: T-L5, ASVS 16.2.5."""

from __future__ import annotations

import shlex
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psycopg
import pytest
import yaml
from django.db import connection

from tests.config.test_stack import ROOT, Stack, until
from tests.config.test_stack import stack as _stack
from tests.reverse_proxies import CURRENT, ReverseProxy, caddy
from tests.servers import Postgres, free_port
from tests.visitor import Visitor

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="once is enough: with PostgreSQL"),
]
stack = _stack
# Nobody is called so; the birthday in both spellings that a log could have.
CANARIES = ("Kanarienvogel", "Zwitschernd", "1971-09-17", "17.09.1971", "piepmatz")
TOKEN = "Piep_" * 9


def sung(*texts: str) -> set[str]:
    """The canaries that stand in any of these texts."""
    return {canary for canary in (*CANARIES, TOKEN) for text in texts if canary in text}


def logged(cluster: Postgres) -> str:
    """What the database server has written so far."""
    return (cluster.data / "log").read_text(errors="replace")


def provoke(url: str, table: str) -> None:
    """Every failure that quotes rows or statements, as a driver sends them that binds by itself."""
    row = "('Kanarienvogel', 'Zwitschernd', DATE '1971-09-17')"
    insert = f"INSERT INTO {table} (family_name, given_names, birth_date) VALUES {row}"  # noqa: S608
    change = f"UPDATE {table} SET birth_date = DATE '1971-09-17' WHERE family_name ="  # noqa: S608
    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url) as other:
        for name in ("Kanarienvogel", "other"):
            one.execute(insert.replace("Kanarienvogel", name, 1))
        with pytest.raises(psycopg.errors.UniqueViolation):
            one.execute(insert)
        with pytest.raises(psycopg.errors.CheckViolation):
            one.execute(insert.replace("1971", "1771").replace("'Kanarienvogel'", "'x-17.09.1971'"))
        with pytest.raises(psycopg.errors.UndefinedColumn):
            one.execute(f"SELECT nothing FROM {table} WHERE family_name = 'Kanarienvogel'")  # noqa: S608
        other.execute(f"{change} 'Kanarienvogel'")
        one.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            one.execute(f"{change} 'Kanarienvogel'")
        one.execute("SET lock_timeout = 0")
        deadlock(one, other, change)


def deadlock(one: psycopg.Connection[Any], other: psycopg.Connection[Any], change: str) -> None:
    """Two sessions that wait for each other, with statements about a person; `other` has a row."""
    one.execute("BEGIN")
    one.execute(f"{change} 'other'")
    failed: list[Exception] = []

    def wait(session: psycopg.Connection[Any], name: str) -> None:
        try:
            session.execute(f"{change} '{name}'")
        except psycopg.errors.DeadlockDetected as error:
            failed.append(error)
            session.rollback()

    waiting = threading.Thread(target=wait, args=(one, "Kanarienvogel"))
    waiting.start()
    wait(other, "other")
    waiting.join(20)
    assert len(failed) == 1
    for session in (one, other):
        session.rollback()


MAKE = """
    CREATE TABLE canary (family_name text UNIQUE, given_names text,
                         birth_date date CHECK (birth_date > '1900-01-01'))
"""


def test_log_of_the_database_holds_nobody(stack: Stack) -> None:
    with psycopg.connect(stack.owner, autocommit=True) as owner:
        owner.execute(MAKE)
    try:
        begun = len(logged(stack.cluster))
        provoke(stack.environment["DATABASE_URL"], "canary")
        text = logged(stack.cluster)[begun:]
        for said in ("canary_family_name_key", "violates check", "lock timeout", "deadlock"):
            assert said in text
        assert sung(text) == set()
    finally:
        with psycopg.connect(stack.owner, autocommit=True) as owner:
            owner.execute("DROP TABLE canary")


def test_server_of_compose_logs_nobody_by_itself(cluster: Postgres) -> None:
    """Also where the role's SQL never ran; and without either, the same failures do name people."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    words = shlex.split(compose["services"]["database"]["command"])
    options = [word for word in words if word.startswith("log_")]
    begun = len(logged(cluster))
    with psycopg.connect(cluster.url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE quiet")
        owner.execute("CREATE DATABASE loud")
    quiet, loud = (cluster.url.removesuffix("/postgres") + f"/{name}" for name in ("quiet", "loud"))
    for url in (quiet, loud):
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(MAKE)
    given = "%20".join(f"-c%20{option.replace('=', '%3D')}" for option in options)
    provoke(f"{quiet}?options={given}", "canary")
    part = logged(cluster)[begun:]
    assert "deadlock" in part
    assert sung(part) == set()
    provoke(loud, "canary")
    part = logged(cluster)[begun:]
    assert sung(part) >= {"Kanarienvogel", "1971-09-17"}


@contextmanager
def front(stack: Stack, web: str, folder: Path) -> Iterator[tuple[ReverseProxy, str]]:
    """Caddy with its shipped file before `web`, and its address."""
    folder.mkdir()
    port = int(web.rpartition(":")[2])
    with caddy(CURRENT, folder, web=[web], health_port=port) as proxy:
        site = f"http://127.0.0.1:{proxy.port}"

        def answers() -> bool:
            with suppress(HTTPError, OSError):
                urllib.request.urlopen(f"{site}/robots.txt", timeout=8).close()
                return True
            return "no upstreams" in proxy.log.read_text() or "refused" in proxy.log.read_text()

        until(answers, "the proxy")
        yield proxy, site


def enter(site: str, stack: Stack) -> Visitor:
    """Somebody who enters a canary's details while a lock holds the table up, and then again."""
    visitor = Visitor(site)
    visitor.opens("/en/check/").sends(category="expired").sends(title_valid_until="31.01.2020")
    details = visitor.opens("/en/details/").page
    fields = {
        "family_name": "Kanarienvogel",
        "given_names": "Zwitschernd",
        "birth_date": "17.09.1971",
        "email": "piepmatz@example.org",
    }
    with psycopg.connect(stack.owner) as admin:
        admin.execute("LOCK TABLE booking_applicant IN ACCESS EXCLUSIVE MODE")
        assert visitor.sends(**fields).status == 503
        admin.rollback()
    visitor.page, visitor.url = details, f"{site}/en/details/"
    return visitor.sends(**fields)


def test_logs_of_all_parts_hold_nobody(stack: Stack, tmp_path: Path) -> None:
    bind, begun = stack.site.removeprefix("http://"), len(logged(stack.cluster))
    with front(stack, bind, tmp_path / "one") as (proxy, site):
        visitor = enter(site, stack)
        assert visitor.status == 200
        stack.letter("valid for 30 minutes")
        for path in (f"/en/manage/{TOKEN}/", "/en/check/?email=piepmatz%40example.org"):
            visitor.opens(path)
    nowhere = f"127.0.0.1:{free_port()}"
    with front(stack, nowhere, tmp_path / "two") as (broken, site):
        assert Visitor(site).opens(f"/en/manage/{TOKEN}/?piepmatz=1").status == 503
    assert "/en/manage/" in broken.log.read_text()
    assert "503" in proxy.log.read_text()
    logs = [stack.folder / f"{name}.log" for name in ("web", "worker", "beat")]
    logs += [stack.broker.log_path, proxy.log, broken.log]
    server = logged(stack.cluster)[begun:]
    assert "lock timeout" in server
    assert sung(server, *(log.read_text(errors="replace") for log in logs)) == set()
    assert '"remote_ip":"127.0.0.0"' in proxy.log.read_text()
    for log in (proxy.log, broken.log):
        assert '"remote_ip":"127.0.0.1"' not in log.read_text()
