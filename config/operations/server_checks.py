"""System checks of how PostgreSQL, the broker and this machine are set up, where all answer.

They belong to those of `config.operations.checks`, which say when one does not answer.
"""

from __future__ import annotations

import re
import stat
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import redis
from django.conf import settings
from django.core.checks import Error, Warning
from django.db import DatabaseError, connection
from django.utils import timezone

from config.foundation import clock
from config.operations.append_only_tables import TABLES as APPEND_ONLY
from config.operations.checks import Found, machine_check, open_broker

LEAST_CONNECTIONS = 20  # of the web servers and the worker
CLOCKS_DIFFER = timedelta(seconds=5)
_PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)(?:\[.+?\])?==([^\s;]+)( ;)?", re.MULTILINE)
_ASKED = """
    SELECT role.rolsuper OR role.rolbypassrls OR role.rolcreaterole OR role.rolcreatedb,
           role.rolconnlimit,
           pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on',
           current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off'
               OR current_setting('full_page_writes') = 'off',
           current_setting('default_transaction_isolation') <> 'read committed',
           current_setting('log_min_error_statement') NOT IN ('panic', 'fatal')
               OR current_setting('log_error_verbosity') <> 'terse'
               OR current_setting('log_statement') <> 'none'
               OR current_setting('log_min_duration_statement') <> '-1',
           (SELECT count(*) FROM unnest(%s::text[]) AS t(name) WHERE to_regclass(t.name) IS NOT NULL
               AND (has_table_privilege(t.name, 'UPDATE') OR has_table_privilege(t.name, 'DELETE')
                    OR has_table_privilege(t.name, 'TRUNCATE'))),
           EXISTS (SELECT 1 FROM pg_tables
               WHERE tablename = ANY(%s) AND tableowner = current_user)
    FROM pg_roles AS role WHERE role.rolname = current_user
"""


@machine_check
def database_is_set_up_for_us() -> Found:
    """The role and the server's settings as they hold for our sessions."""
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ASKED, [list(APPEND_ONLY)] * 2)
            (mighty, limit, read_only, forgetful, isolated, talkative, changeable, is_owner) = (
                cursor.fetchone()
            )
    except DatabaseError:
        return  # `database_is_ready` says why
    # that web and worker are not the owner's is config.W049
    if mighty and not is_owner:
        hint = (
            "ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB, as app-role.sql has it."
        )
        yield Error("The role of DATABASE_URL may do anything.", hint=hint, id="config.E080")
    elif changeable and not is_owner:
        hint = "manage.py migrate with the owner's role takes these rights away again."
        text = "The role of DATABASE_URL can change who did what (access records, logs)."
        yield Error(text, hint=hint, id="config.E081")
    if read_only:
        hint = "Name the primary, and RESET default_transaction_read_only of role and database."
        yield Error("DATABASE_URL: the database takes no writes.", hint=hint, id="config.E082")
    if forgetful:
        hint = "Set synchronous_commit, fsync and full_page_writes on: server, database, role."
        text = "PostgreSQL may forget what was confirmed when the power fails."
        yield Error(text, hint=hint, id="config.E083")
    if isolated:
        hint = "ALTER ROLE … RESET default_transaction_isolation, and of the database."
        text = "Transactions are isolated in another way than the product was made for."
        yield Error(text, hint=hint, id="config.E084")
    if 0 < limit < LEAST_CONNECTIONS:
        text = f"The role of DATABASE_URL gets {limit} connections; web and worker need up to 20."
        yield Warning(text, hint="ALTER ROLE … CONNECTION LIMIT -1.", id="config.W085")
    if talkative and settings.HTTPS:
        hint = "Set what docs/operations.md lists under Roles of the database."
        yield Warning("PostgreSQL's log would name people.", hint=hint, id="config.W086")


@machine_check
def broker_keeps_messages() -> Found:
    """A message that the broker drops or refuses is a letter that comes late."""
    if not settings.REDIS_URL:
        return
    try:
        with open_broker() as broker:
            told = broker.info()
    except (redis.RedisError, ValueError, OSError):
        return  # `broker_answers` says why
    if told.get("role") == "slave":
        hint = "Name the primary in REDIS_URL."
        yield Warning(
            "REDIS_URL: the broker is a copy and takes no messages.", hint=hint, id="config.W087"
        )
    if told.get("maxmemory") and told.get("maxmemory_policy") != "noeviction":
        hint = "Set maxmemory-policy noeviction."
        yield Warning(
            "REDIS_URL: the broker drops messages when full.", hint=hint, id="config.W088"
        )


@machine_check
def others_read_and_write_nothing() -> Found:
    """On a machine with more users nobody else reads a password or plants a letter."""
    folder = Path(settings.DATA_DIR)
    if folder.is_dir() and _mode(folder) & stat.S_IWOTH:
        hint = f"chmod o-w {folder}"
        yield Warning("DATA_DIR can be written by everybody.", hint=hint, id="config.W089")
    file = Path(settings.BASE_DIR) / ".env"
    if settings.HTTPS and file.is_file() and _mode(file) & stat.S_IROTH:
        hint = "chmod o-rwx .env"
        yield Warning(".env can be read by everybody.", hint=hint, id="config.W090")


def _mode(path: Path) -> int:
    return path.stat().st_mode


@machine_check
def packages_are_those_of_the_lock() -> Found:
    """What was tested together runs together."""
    lock = Path(settings.BASE_DIR) / "requirements.txt"
    if not lock.is_file():
        return
    for name, locked, for_some_systems in _PIN.findall(lock.read_text(encoding="utf-8")):
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "" if not for_some_systems else locked
        if found != locked:
            text = f"{name} is {found or 'missing'}, and the lock has {locked}."
            hint = (
                "pip install --require-hashes -r requirements.txt, into the product's environment."
            )
            yield Warning(text, hint=hint, id="config.W091")


@machine_check
def clocks_agree() -> Found:
    """What has lapsed is decided by this machine's clock and by the database's."""
    try:
        apart = abs(clock.skew(now=timezone.now()))
    except DatabaseError:
        return  # `database_is_ready` says why
    if apart > CLOCKS_DIFFER:
        text = (
            f"This machine's clock and the database's are {round(apart.total_seconds())} s apart."
        )
        hint = "Let chrony or systemd-timesyncd set both."
        yield Warning(text, hint=hint, id="config.W092")
