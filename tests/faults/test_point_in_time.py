"""The database is lost: from a copy and its log it comes back elsewhere as it was at one second."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from tests.faults.conftest import ROOT, report, wait_for
from tests.servers import Postgres, cluster, postgres

SET_UP = (
    "load_office config/offices/magdeburg.yaml",
    "load_catalogue",
    "open_slots",
    "createsuperuser --noinput --username root --email root@example.org",
    "load_demo",
)
pytestmark = [pytest.mark.slow, pytest.mark.fault]


@pytest.fixture
def archive() -> Iterator[Path]:
    """Where the log goes; in /tmp, since the server is nobody and looks into no other folder."""
    folder = Path(tempfile.mkdtemp(prefix="log-", dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def elsewhere() -> Iterator[Postgres]:
    """Another machine, with another port, on which nothing runs yet."""
    with cluster() as server:
        yield server


def manage(url: str, folder: Path, *arguments: str) -> str:
    """What a command of the product says; it has to succeed."""
    own = {"DATABASE_URL": url, "DATA_DIR": str(folder), "DEBUG": "true"}
    own["PUBLIC_BASE_URL"] = "http://127.0.0.1:8000"  # as on a machine of one's own
    line = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(
        line, cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(url: str, query: LiteralString) -> Any:
    """The first value of the first row."""
    with psycopg.connect(url, autocommit=True) as session:
        row = session.execute(query).fetchone()
    return row[0] if row else None


def test_lost_database_comes_back_as_it_was_at_one_second(
    archive: Path, elsewhere: Postgres, tmp_path: Path
) -> None:
    keeps_its_log = {
        "archive_mode": "on",
        "archive_command": f"'test ! -f {archive}/%f && cp %p {archive}/%f'",
    }
    with postgres(**keeps_its_log) as server:
        manage(server.url, tmp_path, "migrate", "--verbosity", "0")
        elsewhere.become_copy_of(server)  # what happens later is in the log alone
        for step in SET_UP:
            manage(server.url, tmp_path, *step.split())
        people = "SELECT count(*) FROM booking_appointment"
        booked = ask(server.url, people)
        time.sleep(1)
        moment = ask(server.url, "SELECT date_trunc('second', now())::text")
        time.sleep(2)
        with psycopg.connect(server.url) as session:  # what nobody wanted
            session.execute("TRUNCATE booking_appointment CASCADE")
        segment = ask(server.url, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_for((archive / segment).exists, seconds=30)
        server.stop("immediate")
        shutil.rmtree(server.data)
    began = time.monotonic()
    signal = elsewhere.data / "recovery.signal"
    signal.touch()
    owner = elsewhere.data.stat()
    os.chown(signal, owner.st_uid, owner.st_gid)
    elsewhere.start(
        restore_command=f"'cp {archive}/%f %p'",
        recovery_target_time=f"'{moment}'",
        recovery_target_action="promote",
    )
    wait_for(lambda: not ask(elsewhere.url, "SELECT pg_is_in_recovery()"), seconds=60)
    took = time.monotonic() - began
    assert booked > 0
    assert ask(elsewhere.url, people) == booked
    manage(elsewhere.url, tmp_path, "forget", "--apply")
    manage(elsewhere.url, tmp_path, "check_invariants")
    report("point in time, back on another port", appointments=booked, seconds=took)
