"""System checks of the machine: does what the settings name answer, and is there what it needs?

They run with `manage.py check --deploy` and `manage.py doctor` alone, look only, and wait for two
seconds at most. A part that may come later than the product is a warning, never an error: compose
starts nothing before the errors are gone.
"""

from __future__ import annotations

import os
import shutil
import smtplib
from collections.abc import Callable, Iterator
from imaplib import IMAP4
from pathlib import Path

import redis
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.models import Q
from django.utils import timezone
from imap_tools import ImapToolsError

from booking.models import Quota, ServiceWindow
from config.foundation.office import Office
from config.foundation.schema import count_unapplied_migrations
from config.foundation.staff import Staff
from config.operations.append_only_tables import TABLES as APPEND_ONLY
from config.operations.bounce_mailbox import opened_mailbox
from documents.models import CatalogueVersion

TAG = "machine"
LEAST_SPACE = 500_000_000  # bytes
OLDEST_POSTGRES = 140_000
PATIENCE = 2  # seconds
Found = Iterator[CheckMessage]


def machine_check(found: Callable[[], Found]) -> Callable[[], Found]:
    def run(app_configs: object, **more: object) -> list[CheckMessage]:
        return list(found())

    run.__name__ = found.__name__
    register(TAG, deploy=True)(run)
    return found


@machine_check
def folder_can_be_written() -> Found:
    """Letters without a server, evidence of retention and SQLite lie there."""
    folder = Path(settings.DATA_DIR)
    if not os.access(folder, os.W_OK):
        hint = "Give it to the user that runs the product, or set DATA_DIR to another."
        yield Error("DATA_DIR can't be written.", hint=hint, id="config.E030")
    elif shutil.disk_usage(folder).free < LEAST_SPACE:
        hint = "Make room, or set DATA_DIR to another disk."
        yield Warning("DATA_DIR has less than half a gigabyte left.", hint=hint, id="config.W031")


@machine_check
def texts_are_compiled() -> Found:
    """Without its compiled texts a language speaks English."""
    for code, _name in settings.LANGUAGES:
        locale = "de_Simple" if code == "de-simple" else code
        if code != "en" and not _compiled(locale).is_file():
            hint = "git checkout locale, or make messages."
            yield Warning(f"The texts of {code} are missing.", hint=hint, id="config.W032")


def _compiled(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.mo"


@machine_check
def static_files_are_collected() -> Found:
    """A page asks for its styles by their collected name, and is a 500 without one."""
    if settings.DEBUG or not isinstance(staticfiles_storage, ManifestFilesMixin):
        return
    collected = staticfiles_storage.hashed_files
    wanted = {name for finder in get_finders() for name, _storage in finder.list([])}
    if missing := len(wanted - set(collected)):
        text = f"{missing} static files are not collected into STATIC_ROOT: each page would be 500."
        hint = "manage.py collectstatic --noinput"
        yield Error(text, hint=hint, id="config.E033")


def open_broker() -> redis.Redis:
    """A connection to Celery's broker that soon gives up."""
    wait = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    return redis.Redis.from_url(settings.REDIS_URL.replace("redis+socket:", "unix:"), **wait)


@machine_check
def broker_answers() -> Found:
    """Celery hears through it what is due."""
    if not settings.REDIS_URL:
        return
    try:
        with open_broker() as broker:
            broker.ping()
    except redis.AuthenticationError:
        hint = "Look at the password in REDIS_URL."
        yield Warning("REDIS_URL: the broker refuses us.", hint=hint, id="config.W034")
    except redis.ResponseError:
        hint = "Look at the number after the last slash of REDIS_URL: 0 is always there."
        yield Warning("REDIS_URL: the broker has no such database.", hint=hint, id="config.W054")
    except (redis.RedisError, ValueError, OSError):
        hint = "Start it, or look at host and port in REDIS_URL."
        yield Warning("REDIS_URL: no broker answers.", hint=hint, id="config.W035")


@machine_check
def mail_server_answers() -> Found:
    """Greets the mail server and signs in; sends nothing."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return
    server = get_connection("django.core.mail.backends.smtp.EmailBackend", timeout=PATIENCE)
    try:
        server.open()
        server.close()
    except smtplib.SMTPAuthenticationError:
        hint = "Look at user and password in EMAIL_URL."
        yield Warning("EMAIL_URL: the mail server refuses us.", hint=hint, id="config.W036")
    except (smtplib.SMTPException, OSError):
        hint = "Start it, or look at scheme, host and port in EMAIL_URL; 587 goes with smtp+tls."
        yield Warning("EMAIL_URL: no mail server answers.", hint=hint, id="config.W037")


@machine_check
def bounce_mailbox_answers() -> Found:
    """Signs in to the mailbox of letters that came back; reads nothing."""
    if not settings.BOUNCE_IMAP_URL:
        return
    try:
        with opened_mailbox():
            pass
    except (OSError, IMAP4.error, ImapToolsError):
        hint = "Look at host, user, password and folder in BOUNCE_IMAP_URL."
        yield Warning("BOUNCE_IMAP_URL: no mailbox opens.", hint=hint, id="config.W038")


@machine_check
def database_is_ready() -> Found:
    """Connection, role, tables, contents; stops at the first gap, for the rest stands on it."""
    try:
        with connection.cursor():
            pass
        yield from _server()
        if count_unapplied_migrations():
            hint = "manage.py migrate, with the role that owns the tables."
            yield Error("Tables of this version are missing.", hint=hint, id="config.E040")
            return
        yield from _role()
        yield from _contents()
    except DatabaseError as error:
        yield _refusal(str(error))


def _refusal(text: str) -> CheckMessage:
    """What is wrong with a connection, without the server's text: it names user and host."""
    if "password" in text or "authentication" in text:
        hint = "Look at user and password in DATABASE_URL."
        return Error("DATABASE_URL: the database refuses us.", hint=hint, id="config.E041")
    if "startup parameter" in text:
        hint = "Set DATABASE_BEHIND_PGBOUNCER=true; the role has its timeouts (docs/operations.md)."
        return Error("DATABASE_URL: a pooler refuses our session.", hint=hint, id="config.E042")
    if "permission denied" in text:
        return _grants()
    hint = "Start it, make it, or look at host, port and name in DATABASE_URL."
    return Error("DATABASE_URL: no database answers.", hint=hint, id="config.E043")


def _grants() -> CheckMessage:
    hint = "Run config/postgres/app-role.sql as the owner before migrate (docs/operations.md)."
    return Error("The role of DATABASE_URL lacks rights on tables.", hint=hint, id="config.E044")


def _server() -> Found:
    """What else than our own settings lies between us and PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_backend_pid(), current_setting('lock_timeout'),"
            " current_setting('server_version_num')::int, current_setting('server_encoding')"
        )
        process, lock_timeout, version, encoding = cursor.fetchone()
    if version < OLDEST_POSTGRES:
        hint = "Use PostgreSQL 14 or newer."
        yield Error("DATABASE_URL: PostgreSQL is too old.", hint=hint, id="config.E045")
    if encoding != "UTF8":
        hint = "Make the database with ENCODING 'UTF8'."
        yield Error("The database can't hold every name.", hint=hint, id="config.E046")
    # a pooler gives a number of its own for the process that serves us
    pooled = connection.connection.info.backend_pid != process
    if pooled and not settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"]:
        hint = "Set DATABASE_BEHIND_PGBOUNCER=true."
        yield Error("A pooler stands before the database.", hint=hint, id="config.E047")
    if lock_timeout == "0":
        hint = "Set the timeouts on the role (docs/operations.md): ALTER ROLE … SET lock_timeout …"
        yield Error("The timeouts of our sessions get lost.", hint=hint, id="config.E048")


_UNSERVED = """
    SELECT count(*) FROM unnest(%s::text[]) AS t(name)
    WHERE to_regclass(t.name) IS NOT NULL AND NOT (
        has_table_privilege(t.name, 'SELECT') AND has_table_privilege(t.name, 'INSERT')
        AND (t.name = ANY(%s) OR has_table_privilege(t.name, 'UPDATE')
             AND has_table_privilege(t.name, 'DELETE')))
"""


def _role() -> Found:
    """The product reads and writes rows, and can't change a table."""
    if connection.vendor != "postgresql":
        return
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    with connection.cursor() as cursor:
        cursor.execute(_UNSERVED, [tables, list(APPEND_ONLY)])
        (unserved,) = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_tables"
            " WHERE tablename = ANY(%s) AND tableowner = current_user",
            [tables],
        )
        (owned,) = cursor.fetchone()
    if unserved:
        yield _grants()
    if owned and settings.HTTPS:
        text = (
            "DATABASE_URL has the role that owns the tables: right for migrate, for nothing else."
        )
        hint = "Run web, worker and beat as the role of config/postgres/app-role.sql."
        yield Warning(text, hint=hint, id="config.W049")


def _still_valid() -> Q:
    return Q(valid_until=None) | Q(valid_until__gt=timezone.localdate())


def _contents() -> Found:
    if not Office.objects.exists():
        hint = "manage.py load_office config/offices/magdeburg.yaml"
        yield Warning("There is no office.", hint=hint, id="config.W050")
    elif not ServiceWindow.objects.filter(_still_valid()).exists():
        hint = "Enter them at the desk, or load an office file that has them."
        yield Warning("No counter has hours.", hint=hint, id="config.W093")
    if not CatalogueVersion.objects.exists():
        hint = "manage.py load_catalogue"
        yield Warning("There is no catalogue of papers.", hint=hint, id="config.W051")
    yield from _quotas()
    if settings.HTTPS and not Staff.objects.filter(is_active=True).exists():
        hint = "manage.py createsuperuser"
        yield Warning("There is no account of staff.", hint=hint, id="config.W052")


def _quotas() -> Found:
    """Special hours and collecting at the counter, as far as the office has set them up."""
    registrars = Staff.objects.filter(groups__permissions__codename="register_person")
    if registrars.filter(is_active=True, is_staff=True).exists():
        text = "An account registers people of another service and has the desk as well."
        hint = "Take one of them away under Settings, Staff."
        yield Warning(text, hint=hint, id="config.W053")
    opened = Quota.objects.filter(in_service=True, windows__isnull=False)
    collects = Quota.objects.filter(in_service=True, collects=True)
    if collects.exists() and not collects.filter(pk__in=opened.values("pk")).exists():
        text = "The quota for collecting documents has no hours: nobody can choose the counter."
        hint = "Give it hours on the page of a counter, or take the tick away."
        yield Warning(text, hint=hint, id="config.W055")
