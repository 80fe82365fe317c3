"""The distribution's PgBouncer in transaction mode: `make operator-handbook`."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.conftest import listens, wait_for
from tests.servers import Postgres, free_port, postgres

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "letters4and5digits"
ROLE = (ROOT / "config/postgres/app-role.sql").read_text()
SET_ON_ROLE = re.findall(r"^ALTER ROLE soforttermin (SET \w+ = '\d+s');$", ROLE, re.MULTILINE)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        os.getuid() != 0 or not shutil.which("apt-get"), reason="needs root and apt"
    ),
]


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a pooler before a PostgreSQL whose role has the timeouts of the product's."""
    if not shutil.which("pgbouncer"):
        install = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*install, "pgbouncer"], env=environment, check=True)
    with postgres() as server:
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(f"CREATE ROLE soforttermin LOGIN CREATEDB PASSWORD '{PASSWORD}'".encode())
            owner.execute("CREATE DATABASE soforttermin OWNER soforttermin")
            for setting in SET_ON_ROLE:
                owner.execute(f"ALTER ROLE soforttermin {setting}".encode())
        with _pooler(server) as port:
            yield f"postgres://soforttermin:{PASSWORD}@127.0.0.1:{port}/soforttermin"


@contextmanager
def _pooler(server: Postgres) -> Iterator[int]:
    """PgBouncer with the shipped file but for names of hosts, ports and the database of tests."""
    port = free_port()
    home = Path(tempfile.mkdtemp(prefix="pooler-", dir="/tmp"))
    nobody = pwd.getpwnam("nobody")
    text = (ROOT / "config/deploy/pgbouncer/pgbouncer.ini").read_text()
    for shipped, here in (
        ("soforttermin = host=database port=5432", f"* = host=127.0.0.1 port={server.port}"),
        ("listen_addr = *", "listen_addr = 127.0.0.1"),
        ("listen_port = 5432", f"listen_port = {port}"),
        ("auth_file = /tmp/users", f"auth_file = {home}/users"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (home / "pgbouncer.ini").write_text(text)
    (home / "users").write_text(f'"soforttermin" "{PASSWORD}"\n')
    home.chmod(0o755)
    process = subprocess.Popen(
        ["/usr/sbin/pgbouncer", "-q", home / "pgbouncer.ini"],
        cwd="/",
        user=nobody.pw_uid,
        group=nobody.pw_gid,
        extra_groups=[],
    )
    try:
        wait_for(lambda: listens(port), seconds=20)
        yield port
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(home)


def run(pooled: str, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command of the product or its tests, with its settings for a pooler."""
    environment = {**os.environ, "DATABASE_URL": pooled, "DATABASE_BEHIND_PGBOUNCER": "true"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_timeouts_hold_behind_the_pooler(pooled: str) -> None:
    """Nobody waits for a lock, a statement or somebody who went away, longer than without it."""
    with psycopg.connect(pooled) as one, psycopg.connect(pooled) as other:
        one.execute("CREATE TABLE held (n int)")
        one.commit()
        one.execute("LOCK TABLE held")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT * FROM held")
        other.rollback()
        with pytest.raises(psycopg.errors.QueryCanceled):
            other.execute("SELECT pg_sleep(12)")
        other.rollback()
        time.sleep(5)  # with the waits before more than 15 seconds
        assert other.execute("SELECT count(*) FROM held").fetchone() == (0,)
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            one.execute("SELECT 1")


SEEN = """
import django; django.setup()
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
for _each in range(20):
    MigrationRecorder(connection).applied_migrations()
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_prepared_statements")
    print(*cursor.fetchone(), connection.settings_dict["CONN_MAX_AGE"])
"""


def test_nothing_is_prepared_on_a_connection_that_somebody_else_gets_next(pooled: str) -> None:
    seen = run(pooled, "-c", SEEN)
    assert seen.stdout == "0 0\n", seen.stderr


def test_a_pooler_that_nobody_told_of_is_found(pooled: str) -> None:
    found = run(pooled, "manage.py", "doctor", DATABASE_BEHIND_PGBOUNCER="false")
    assert "Set DATABASE_BEHIND_PGBOUNCER=true" in found.stdout


def test_races_behind_the_pooler_have_one_winner(pooled: str) -> None:
    # the pooler keeps connections to the database of the tests, so that it can't be dropped
    races = ["tests/races/test_holding.py", "tests/races/test_moving.py", "--reuse-db"]
    played = run(
        pooled, "-m", "pytest", "-q", "-m", "race and not slow", *races,
        DJANGO_SETTINGS_MODULE="config.settings_test",
    )  # fmt: skip
    assert played.returncode == 0, played.stdout[-4000:]
    assert re.search(r"^\d\d passed", played.stdout, re.MULTILINE), played.stdout[-400:]
    assert "skipped" not in played.stdout
