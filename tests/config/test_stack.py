"""The parts of docker-compose.yml without containers: one booking through all of them."""

from __future__ import annotations

import email
import email.policy
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg
import pytest
from celery import Celery
from django.db import connection
from redis import Redis

from tests.servers import Postgres, free_port, valkey
from tests.visitor import Visitor

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="once is enough: with PostgreSQL"),
]

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "letters4and5digits"
PATIENCE = 60
A_FEW_MESSAGES = 240  # seconds: some tasks run once a minute, and each message waits its turn


def until(found: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> Any:
    """What `found` finds, within a minute or the given time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} seconds: {what}")


@contextmanager
def running(command: str, environment: dict[str, str], log: Path) -> Iterator[None]:
    """A part of the stack in a process of its own."""
    with log.open("wb") as out:
        line = [sys.executable, "-m", *command.split()]
        process = subprocess.Popen(line, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()
            process.wait(30)


class Stack:
    """Where the parts are, and how to give commands to them."""

    def __init__(self, folder: Path, cluster: Postgres, broker: Any) -> None:
        self.folder, self.cluster, self.broker = folder, cluster, broker
        self.site = f"http://127.0.0.1:{free_port()}"
        self.owner = cluster.url.removesuffix("/postgres") + "/soforttermin"
        app = self.owner.replace("postgres@", f"soforttermin:{PASSWORD}@")
        url = broker.connection_url.replace("redis://", f"redis://:{PASSWORD}@")
        own = {"DATA_DIR": str(folder), "DATABASE_URL": app, "REDIS_URL": url}
        own |= {"PUBLIC_BASE_URL": self.site, "DJANGO_SETTINGS_MODULE": "config.settings"}
        self.environment = {**os.environ, **own}
        for name in ("EMAIL_URL", "DEBUG"):
            self.environment.pop(name, None)

    def manage(self, *arguments: str, owner: bool = False) -> str:
        """What a command says; it has to succeed."""
        environment = {**self.environment, **({"DATABASE_URL": self.owner} if owner else {})}
        line = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            line, env=environment, capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def letter(self, words: str) -> str:
        """The text of the newest letter with these words, as soon as it has left."""

        def found() -> str:
            for path in sorted((self.folder / "letters").glob("*.log"), reverse=True):
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                body = message.get_body(("plain",))
                if body is not None and words in body.get_content():
                    return str(body.get_content())
            return ""

        return str(until(found, f"a letter with {words}"))

    def answers(self) -> bool:
        """Whether the web server is ready."""
        try:
            urllib.request.urlopen(f"{self.site}/readyz", timeout=2).close()
        except (URLError, OSError):
            return False
        return True


@pytest.fixture(scope="module")
def stack(cluster: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web processes, worker, beat; PostgreSQL with both roles, Valkey with a password."""
    folder = tmp_path_factory.mktemp("stack")
    with psycopg.connect(cluster.url, autocommit=True) as server:
        server.execute("CREATE DATABASE soforttermin")
    with ExitStack() as parts:
        broker = parts.enter_context(valkey())
        with Redis.from_url(broker.connection_url) as client:
            client.config_set("requirepass", PASSWORD)
        found = Stack(folder, cluster, broker)
        cluster.psql(found.owner, ROOT / "config/postgres/app-role.sql", DATABASE_PASSWORD=PASSWORD)
        found.manage("migrate", "-v0", owner=True)
        found.manage("load_office", "config/offices/magdeburg.yaml")
        found.manage("load_catalogue")
        found.manage("collectstatic", "--noinput", "-v0")
        found.manage("open_slots")
        bind = found.site.removeprefix("http://")
        web = "gunicorn --config python:config.gunicorn --workers 2"
        for name, command in {
            "web": f"{web} --bind {bind} config.wsgi",
            "worker": "celery --app config worker --concurrency 1 --loglevel WARNING",
            "beat": "celery --app config beat --pidfile=",
        }.items():
            parts.enter_context(running(command, found.environment, folder / f"{name}.log"))
        until(found.answers, "the web server")
        yield found


def test_one_booking_goes_through_all_parts(stack: Stack) -> None:
    visitor = Visitor(stack.site)
    assert visitor.opens("/en/check/").status == 200
    visitor.sends(category="expired").sends(title_valid_until="31.01.2020")
    assert 'data-decision="eligible"' in visitor.page
    visitor.opens("/en/details/").sends(
        family_name="الأحمد", given_names="محمد", birth_date="12.05.1985", email="m@example.org"
    )
    code = re.search(r"\b\d{6}\b", stack.letter("valid for 30 minutes"))
    assert code
    visitor.sends(code=code[0])
    visitor.sends(slot=visitor.offered("slot")[0])
    assert "data-held-until" in visitor.page
    visitor.sends()
    reference = re.search(r'id="reference"[^>]*>\s*([^<\s]+)', visitor.page)
    assert reference
    assert "Lübecker Str." in stack.letter(reference[1])
    stack.manage("check_invariants")


def test_stack_is_healthy_by_its_own_word(stack: Stack) -> None:
    _until_healthy(stack)


def test_worker_at_work_takes_no_orders_from_the_broker(stack: Stack) -> None:
    _until_healthy(stack)
    broker = stack.environment["REDIS_URL"]
    with Celery("anybody", broker=broker, set_as_current=False) as anybody:
        answers = [anybody.control.ping(timeout=3) for _try in range(3)]  # the first is often lost
    assert answers == [[], [], []]


def _until_healthy(stack: Stack) -> None:
    # tasks that beat sends every hour or ten minutes have not had their turn yet
    late = ("counts of the box", "retention", "slots")
    until(lambda: "RED" not in _health(stack, without=late), "health", seconds=A_FEW_MESSAGES)


def _health(stack: Stack, *, without: tuple[str, ...]) -> str:
    line = [sys.executable, "manage.py", "health"]
    said = subprocess.run(
        line, env=stack.environment, capture_output=True, text=True, check=False
    ).stdout
    return "\n".join(row for row in said.splitlines() if not any(name in row for name in without))


# --- what the role may not change -----------------------------------------------------------------

AUDIT = {
    "foundation_accessrecord": "at",
    "auditlog_logentry": "timestamp",
    "django_admin_log": "action_time",
}


def product(stack: Stack) -> psycopg.Connection[Any]:
    """A session of the product, with the role that is shipped."""
    return psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True)


@pytest.mark.parametrize("table", AUDIT)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_product_can_not_change_what_says_who_did_what(
    stack: Stack, table: str, change: str
) -> None:
    with product(stack) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(change.format(table))


_INSERT = """
    WITH who AS (
        INSERT INTO foundation_staff (username, password, first_name, last_name, email, language,
            is_superuser, is_staff, is_active, date_joined, must_change_password)
        VALUES (gen_random_uuid(), '', '', '', '', 'de', false, true, true, now(), false)
        RETURNING id
    ), seen AS (
        INSERT INTO foundation_accessrecord (at, by_id, kind, subject, reason)
        SELECT now() - %(age)s, id, 'view', 'applicant/1', '' FROM who
    ), edited AS (
        INSERT INTO auditlog_logentry
            (timestamp, content_type_id, object_pk, object_repr, action, changes_text)
        SELECT now() - %(age)s, min(id), '1', '', 0, '' FROM django_content_type
    )
    INSERT INTO django_admin_log (action_time, user_id, object_repr, action_flag, change_message)
    SELECT now() - %(age)s, id, '', 1, '' FROM who
"""


def ages(session: psycopg.Connection[Any]) -> dict[str, list[bool]]:
    """For each row that says who did what, whether it is older than a year."""
    found = {}
    for table, column in AUDIT.items():
        query = f"SELECT {column} < now() - interval '1 year' FROM {table} ORDER BY id"  # noqa: S608
        found[table] = [old for (old,) in session.execute(query)]
    return found


def test_retention_alone_removes_what_says_who_did_what(stack: Stack) -> None:
    with product(stack) as session:
        before = ages(session)
        for days in (400, 1):
            session.execute(_INSERT, {"age": timedelta(days=days)})
        assert ages(session) == {table: [*rows, True, False] for table, rows in before.items()}
        stack.manage("forget", "--apply")
        kept = {table: [*rows, False] for table, rows in before.items()}
        assert ages(session) == kept
        # also who calls the owner's function gets nothing away that is younger than a month
        for table in AUDIT:
            every = f"ARRAY(SELECT id::bigint FROM {table})"  # noqa: S608
            gone = session.execute(f"SELECT forget_audit_rows('{table}', {every})")
            assert gone.fetchone() == (0,)
        assert ages(session) == kept


def test_command_that_needs_the_owner_says_so_without_a_traceback(stack: Stack) -> None:
    line = [sys.executable, "manage.py", "rehearse_rush", "--applicants", "2"]
    done = subprocess.run(line, env=stack.environment, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().splitlines() == [
        "CommandError: this role of the database may not do that; "
        "give DATABASE_URL the role that owns the tables"
    ]


def test_owner_function_touches_no_other_table(stack: Stack) -> None:
    with product(stack) as session:
        gone = session.execute("SELECT forget_audit_rows('booking_slot', ARRAY[1]::bigint[])")
        assert gone.fetchone() == (0,)


def test_product_can_not_change_tables(stack: Stack) -> None:
    with (
        psycopg.connect(stack.environment["DATABASE_URL"]) as product,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        product.execute("DROP TABLE booking_slot")
