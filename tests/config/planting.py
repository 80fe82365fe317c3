"""A deployment in which everything is right, for tests that spoil one thing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from redis import Redis

from tests.servers import Postgres, free_port, postgres, valkey

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "letters4and5digits"
SETUP = """
import django; django.setup()
from django.core.management import call_command as call
from config.foundation.staff import Staff
call("migrate", verbosity=0)
call("collectstatic", interactive=False, verbosity=0)
call("load_office", "config/offices/magdeburg.yaml", verbosity=0)
call("load_catalogue", verbosity=0)
Staff.objects.create_superuser("lead", password=None)
"""


class Deployment:
    """Settings of a public service in which everything is right."""

    def __init__(self, folder: Path, cluster: Postgres, broker: str) -> None:
        self.folder, self.port = folder, cluster.port
        self.owner = cluster.url.removesuffix("/postgres") + "/planted"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PUBLIC_BASE_URL": "https://termin.office.test",
            "SITE": "termin.office.test",
            "SECRET_KEY": os.urandom(40).hex(),
            "PERSON_KEY_SECRET": os.urandom(40).hex(),
            "METRICS_TOKEN": os.urandom(40).hex(),
            "TRUSTED_PROXIES": "1",
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": self.owner.replace("postgres@", f"soforttermin:{PASSWORD}@"),
            "REDIS_URL": broker.replace("redis://", f"redis://:{PASSWORD}@"),
            "DEFAULT_FROM_EMAIL": "Office <termin@office.test>",
            "SECURITY_CONTACT": "mailto:security@office.test",
        }

    def run(self, *command: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
        """A command with other settings; None takes one away."""
        merged = {**self.environment, **changed}
        environment = {name: value for name, value in merged.items() if value is not None}
        line = [sys.executable, *command]
        return subprocess.run(
            line, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def complaints(self, **changed: str | None) -> list[str]:
        """What the doctor says has to be mended, each with its mend."""
        done = self.run("manage.py", "doctor", "--json", **changed)
        if not done.stdout:  # the settings themselves refused
            assert "Traceback" not in done.stderr
            assert done.returncode == 1
            return [done.stderr.strip()]
        return [f"{row['text']} {row['mend']}" for row in _wrong(done)]

    def findings(self, **changed: str | None) -> list[dict[str, str]]:
        """The same with the number of each check, where the settings are no reason to stop."""
        return _wrong(self.run("manage.py", "doctor", "--json", **changed))


def _wrong(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    wrong = [row for row in json.loads(done.stdout)["findings"] if row["level"] >= 30]
    assert done.returncode == (1 if wrong else 0)
    assert all(row["mend"] for row in wrong if row["id"].startswith("config."))
    return wrong


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """PostgreSQL with both roles and passwords, Valkey with one, a mail server, all loaded."""
    mail = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    mail.start()
    try:
        # other tests spare the disk, and would forget what they were told
        safe = postgres(fsync="on", synchronous_commit="on")
        with valkey() as broker, safe as cluster:
            _ask_for_passwords(cluster)
            with Redis.from_url(broker.connection_url) as client:
                client.config_set("requirepass", PASSWORD)
            found = Deployment(tmp_path_factory.mktemp("planted"), cluster, broker.connection_url)
            found.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mail.port}"
            with psycopg.connect(cluster.url, autocommit=True) as server:
                server.execute("CREATE DATABASE planted")
            script = ROOT / "config/postgres/app-role.sql"
            cluster.psql(found.owner, script, DATABASE_PASSWORD=PASSWORD)
            done = found.run("-c", SETUP, DATABASE_URL=found.owner)
            assert done.returncode == 0, done.stderr
            yield found
    finally:
        mail.stop()


def _ask_for_passwords(cluster: Postgres) -> None:
    rules = cluster.data / "pg_hba.conf"
    asked = "host planted soforttermin 127.0.0.1/32 scram-sha-256\n"
    rules.write_text(asked + rules.read_text())
    with psycopg.connect(cluster.url, autocommit=True) as server:
        server.execute("SELECT pg_reload_conf()")


@contextmanager
def as_owner(deployment: Deployment, does: str, takes_back: str) -> Iterator[None]:
    """What the owner does to the database, and takes back."""
    with psycopg.connect(deployment.owner, autocommit=True) as server:
        server.execute(does.encode())
        try:
            yield
        finally:
            server.execute(takes_back.encode())
