"""From SQLite to PostgreSQL without losing a row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.servers import Postgres

LOAD = """
from django.core.management import call_command
from config.foundation.staff import Staff
call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
call_command("load_catalogue", stdout=open("/dev/null", "w"))
Staff.objects.create_user("caseworker", is_staff=True)
call_command("load_demo")
"""
COUNT = """
from django.apps import apps
models = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed]
print({m._meta.label: m._base_manager.count() for m in models})
"""
NEXT = """
from config.foundation.office import CounterGroup
CounterGroup.objects.create(slug="new", name={"de": "Neu"})
"""


class Machine:
    """Commands in processes of their own, on one database."""

    def __init__(self, folder: Path, database: str) -> None:
        own = {"DATA_DIR": str(folder), "DATABASE_URL": database}
        own |= {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
        self.environment = {**os.environ, **own}
        for name in ("REDIS_URL", "EMAIL_URL", "PUBLIC_BASE_URL"):
            self.environment.pop(name, None)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """manage.py with `arguments`."""
        line = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            line, env=self.environment, capture_output=True, text=True, check=False
        )

    def must(self, *arguments: str) -> str:
        """What the command said; it has to succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.fault
@pytest.mark.skipif(connection.vendor == "sqlite", reason="once is enough: with PostgreSQL")
def test_move_copies_every_row_once(tmp_path: Path, cluster: Postgres) -> None:
    old = Machine(tmp_path, f"sqlite:///{tmp_path}/old.sqlite3")
    new = Machine(tmp_path, cluster.url)
    old.must("migrate", "-v0")
    old.must("shell", "-v0", "-c", LOAD)

    nobody = old.run("move_database", "--to", "postgres://a@127.0.0.1:1/c")
    assert nobody.stderr == "CommandError: nothing was copied: OperationalError\n"
    refused = old.run("move_database", "--to", cluster.url)
    assert "CommandError: the target is not migrated" in refused.stderr
    new.must("migrate", "-v0")
    assert old.must("move_database", "--to", cluster.url).startswith("Copied ")
    assert new.must("shell", "-v0", "-c", COUNT) == old.must("shell", "-v0", "-c", COUNT)
    new.must("check_invariants")
    new.must("shell", "-v0", "-c", NEXT)

    again = old.run("move_database", "--to", cluster.url)
    assert again.returncode == 1
    assert "CommandError: the target is not empty" in again.stderr


@pytest.mark.parametrize("address", ["sqlite:///x.sqlite3", "mysql://a@b/c", "nothing"])
def test_move_refuses_what_is_no_postgresql(address: str) -> None:
    with pytest.raises(CommandError, match="takes an address like postgres://"):
        call_command("move_database", "--to", address)
