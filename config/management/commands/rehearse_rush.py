"""A rehearsal of a rush: many verified people for the free times, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import CommandError, CommandParser, call_command
from django.db import connection
from django.utils import timezone

from booking.models import Applicant
from booking.simulation import fixtures, rush_rehearsal
from config.foundation.commands import OperatorCommand, add_json
from config.management.commands import run

MOST_SLOTS = 1000  # as many as fit before the horizon


class Command(OperatorCommand):
    help = (
        "Rehearses a rush: many verified people for few times, over real HTTP, on a throwaway "
        "database. Exit code 1 when anybody was booked twice, forgotten or met a fault."
    )
    example = "--applicants 500 --seconds 30 --slots 36"

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, how fast, against what."""
        parser.add_argument("--applicants", type=int, required=True, help="how many people")
        parser.add_argument("--seconds", type=float, default=0, help="in which they arrive")
        parser.add_argument("--slots", type=int, default=36, help="free times, if thrown away")
        parser.add_argument("--port", type=int, default=8099, help="of the throwaway server")
        parser.add_argument(
            "--url", help="a test deployment whose database this command is configured for"
        )
        parser.add_argument(
            "--even-in-production", action="store_true", help="book over real people, with --url"
        )
        add_json(parser)

    def handle(self, **options: Any) -> None:
        """Rehearses; exit code 1 when anybody was booked twice, forgotten or met a fault."""
        if not 1 <= options["applicants"] <= rush_rehearsal.MOST:
            raise CommandError(f"--applicants takes 1 to {rush_rehearsal.MOST}")
        if not 0 <= options["seconds"] <= 3600:
            raise CommandError("--seconds takes 0 to 3600")
        if not 1 <= options["slots"] <= MOST_SLOTS:
            raise CommandError(f"--slots takes 1 to {MOST_SLOTS}")
        if options["url"]:
            check_url(options["url"])
            refuse_production(told=options["even_in_production"])
            outcome = self.rehearse(options["url"].rstrip("/"), options)
        else:
            run.check_port(options["port"])
            with throwaway(options["port"], slots=options["slots"]) as base:
                outcome = self.rehearse(base, options)
        self.report(outcome, as_json=options["json"])

    def rehearse(self, base: str, options: dict[str, Any]) -> rush_rehearsal.Outcome:
        """Makes the people and lets them run."""
        browsers = rush_rehearsal.visitors(options["applicants"], base=base, now=timezone.now())

        def tell(done: int) -> None:
            if not options["json"] and sys.stderr.isatty():
                width = 40 * done // len(browsers)
                self.stderr.write(f"\r[{'#' * width:40}] {done} answered", ending="")

        async def go() -> tuple[list[rush_rehearsal.Told], float]:
            return await rush_rehearsal.rush(
                browsers, rush_rehearsal.book, seconds=options["seconds"], tell=tell
            )

        told, seconds = asyncio.run(go())
        return rush_rehearsal.judge(browsers, told, seconds)

    def report(self, outcome: rush_rehearsal.Outcome, *, as_json: bool) -> None:
        """The result, for people or for machines."""
        if as_json:
            self.stdout.write(json.dumps(asdict(outcome)))
        else:
            self.stdout.write(
                f"\nBooked {outcome.booked}, refused {outcome.refused}, doubles {outcome.doubles}, "
                f"faults {outcome.faults}, booked but missing {outcome.missing}; everybody was "
                f"answered in {outcome.seconds} s, 95 of 100 answers took at most {outcome.p95} s, "
                f"the slowest {outcome.slowest[-1] if outcome.slowest else 0} s."
            )
        if outcome.doubles or outcome.faults or outcome.missing:
            raise CommandError(f"the rehearsal failed {outcome.first_fault}".strip())


def check_url(url: str, *, name: str = "--url") -> None:
    """Raises CommandError, which calls the argument `name`, unless `url` is a scheme and a host."""
    parts = urlsplit(url)
    whole = parts.scheme in {"http", "https"} and parts.hostname
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise CommandError(f"{name} takes a scheme and a host, like https://test.example.de")


def refuse_production(*, told: bool = False) -> None:
    """Raises CommandError when people use this database or its address is public.

    With `told`, what the option --even-in-production says, it raises nothing.
    """
    real = Applicant.objects.exclude(email__startswith="rehearsal-").exists()
    if (real or settings.HTTPS) and not told:
        raise CommandError(
            "this looks like the real thing: its address is public or people have entered data. "
            "Invented people would take their times. If you mean it: --even-in-production"
        )


@contextmanager
def throwaway(port: int, *, slots: int) -> Iterator[str]:
    """A web server on a fresh database with `slots` free times; gone afterwards."""
    base = f"http://{run.LOOPBACK}:{port}"
    own = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as home:
        name = f"rehearsal_{secrets.token_hex(4)}"
        if connection.vendor == "sqlite":
            name = f"{home}/{name}.sqlite3"
        else:
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        _use(name)
        try:
            _prepare(slots)
            with _serving(port, base, name, home):
                yield base
        finally:
            _use(own)
            if connection.vendor != "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def _prepare(slots: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_office", settings.BASE_DIR / run.OFFICE_FILE, verbosity=0)
    call_command("load_catalogue", verbosity=0)
    fixtures.add_public_slots(slots, now=timezone.now())


@contextmanager
def _serving(port: int, base: str, database: str, home: str) -> Iterator[None]:
    environment = {
        **os.environ,
        "DATABASE_URL": _address(database),
        "DATA_DIR": home,
        "PUBLIC_BASE_URL": base,
        "DEBUG": "false",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    (Path(home) / "static").mkdir()
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)  # noqa: S603
    web = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *run.WEB.split(), "--bind", f"{run.LOOPBACK}:{port}"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        run.wait_until_ready(port, [web])
        yield
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(30)


def _address(database: str) -> str:
    if connection.vendor == "sqlite":
        return f"sqlite:///{database}"
    return os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database}"
