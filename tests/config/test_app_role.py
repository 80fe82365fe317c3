"""config/postgres/app-role.sql: who may do what, whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.config.test_production import ROOT
from tests.servers import Postgres, postgres

pytestmark = pytest.mark.once
SCRIPT = ROOT / "config/postgres/app-role.sql"
PASSWORD = 'it\'s a "word"'


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A PostgreSQL with an owner that is no superuser, and its database."""
    with postgres() as found:
        with psycopg.connect(found.url, autocommit=True) as admin:
            admin.execute("CREATE ROLE owner LOGIN CREATEROLE")
            admin.execute("CREATE DATABASE soforttermin OWNER owner")
        yield found


@pytest.mark.parametrize("who", ["postgres", "owner"])
@pytest.mark.parametrize("given", ["DATABASE_PASSWORD", "DATABASE_PASSWORD_FILE"])
def test_product_works_on_the_tables_of_their_owner_and_changes_none(
    server: Postgres, tmp_path_factory: pytest.TempPathFactory, who: str, given: str
) -> None:
    secret = tmp_path_factory.mktemp("secrets") / "password"
    secret.write_text(f"{PASSWORD}\n")
    base = server.url.removesuffix("/postgres") + "/soforttermin"
    by = base.replace("postgres@", f"{who}@")
    server.psql(by, SCRIPT, **{given: str(secret) if given.endswith("_FILE") else PASSWORD})
    with psycopg.connect(base.replace("postgres@", "owner@"), autocommit=True) as owner:
        owner.execute("CREATE TABLE made (id serial, name text)")
    with psycopg.connect(base.replace("postgres@", "soforttermin@"), autocommit=True) as product:
        product.execute("INSERT INTO made (name) VALUES ('a')")
        product.execute("UPDATE made SET name = 'b'")
        assert product.execute("DELETE FROM made RETURNING id, name").fetchall() == [(1, "b")]
        for statement in ("DROP TABLE made", "ALTER TABLE made ADD x int", "CREATE TABLE more ()"):
            with pytest.raises(InsufficientPrivilege):
                product.execute(statement)
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        waits = [product.execute(f"SHOW {name}").fetchone() for name in names]
        assert waits == [("3s",), ("10s",), ("15s",)]


def test_password_is_what_was_given(server: Postgres) -> None:
    server.psql(
        server.url.removesuffix("/postgres") + "/soforttermin", SCRIPT, DATABASE_PASSWORD=PASSWORD
    )
    rules = server.data / "pg_hba.conf"
    rules.write_text("host all soforttermin 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    with psycopg.connect(server.url, autocommit=True) as admin:
        admin.execute("SELECT pg_reload_conf()")
    there = f"host=127.0.0.1 port={server.port} dbname=soforttermin user=soforttermin"
    psycopg.connect(there, password=PASSWORD).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(there, password="another")
