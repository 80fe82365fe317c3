"""Looks at this machine and says what is missing and how to get it; changes nothing."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import BaseCommand
from django.db import DatabaseError

from config.foundation.office import Office
from config.foundation.schema import count_unapplied_migrations
from config.operations import dev_broker
from documents.models import CatalogueVersion

Sign = tuple[bool, str, str]  # well, what, what to do


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: object) -> None:
        """One line for each sign; exit code 1 when something is missing."""
        signs = [*machine(), *parts(), *data()]
        for well, what, cure in signs:
            self.stdout.write(f"ok      {what}" if well else f"MISSING {what}: {cure}")
        if not all(well for well, _what, _cure in signs):
            sys.exit(1)


def machine() -> Iterator[Sign]:
    """What the machine has to bring."""
    yield sys.version_info >= (3, 11), "Python 3.11 or newer", "install one and make setup"
    folder = Path(settings.DATA_DIR)
    yield os.access(folder, os.W_OK), f"{folder} can be written", "mend its owner or set DATA_DIR"
    space = shutil.disk_usage(folder).free > 500_000_000
    yield space, "half a gigabyte of disk", "make room"
    compiled = all(
        (Path(settings.LOCALE_PATHS[0]) / code.replace("-", "_") / "LC_MESSAGES").exists()
        for code, _name in settings.LANGUAGES
        if "-" not in code and code != "en"
    )
    yield compiled, "texts of every language", "git checkout locale, or make messages"


def parts() -> Iterator[Sign]:
    """What has to answer, and what stands in where nothing was named."""
    for name, address in (
        ("broker", settings.REDIS_URL),
        ("mail server", _mail_address()),
    ):
        if address:
            yield _answers(address), f"the {name} answers", "start it, or look at the address"
    if not settings.REDIS_URL:
        own = (
            "a Valkey of its own" if dev_broker.binary() else "none for this system: it runs `tick`"
        )
        yield True, f"broker of `make run`: {own}", ""


def data() -> Iterator[Sign]:
    """What has to be in the database; stops at the first gap, for the rest stands on it."""
    try:
        migrated = not count_unapplied_migrations()
    except DatabaseError:
        yield False, "the database answers", "start it, or look at DATABASE_URL"
        return
    yield migrated, "the tables of this version", "manage.py migrate"
    if not migrated:
        return
    office = "manage.py load_office config/offices/magdeburg.yaml"
    yield Office.objects.exists(), "an office", office
    yield CatalogueVersion.objects.exists(), "a catalogue of papers", "manage.py load_catalogue"


def _mail_address() -> str:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return ""
    return f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def _answers(address: str) -> bool:
    found = urlsplit(address)
    if found.scheme == "redis+socket":
        return dev_broker.answers(Path(found.path))
    try:
        socket.create_connection((found.hostname or "", found.port or 6379), timeout=2).close()
    except OSError:
        return False
    return True
