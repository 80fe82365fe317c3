"""Everything on this machine: the database, the office, the web server, Celery worker and beat."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import BaseCommand, CommandError, CommandParser, call_command

from config.foundation.office import Office
from config.foundation.staff import Staff
from config.roles import ROLES

OFFICE_FILE = "config/offices/magdeburg.yaml"
LOOPBACK = "127.0.0.1"
WEB = "gunicorn --config python:config.gunicorn --workers 2 --log-level warning config.wsgi"
CELERY = (
    "celery --app config --quiet worker --beat --pool solo --loglevel WARNING"
    " --without-gossip --without-mingle --without-heartbeat"
)
SECONDS_TO_START = 60
SECONDS_TO_STOP = 10


class Command(BaseCommand):
    """manage.py run [--port 8000]"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """--port."""
        parser.add_argument("--port", type=int, default=8000, help="8000 unless told otherwise")

    def handle(self, *, port: int, **options: object) -> None:
        """Prepares what is missing, starts everything and stops it all on Ctrl-C."""
        check_port(port)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, stop)
        environment = surroundings(port)
        password = self.prepare(collect=environment["DEBUG"] == "false")
        children: list[subprocess.Popen[bytes]] = []
        try:
            for line in (f"{WEB} --bind {LOOPBACK}:{port}", CELERY):
                # a session of its own: Ctrl-C is for this process, which ends them in order
                children.append(
                    subprocess.Popen(  # noqa: S603
                        [sys.executable, "-m", *line.split()],
                        env=environment,
                        start_new_session=True,
                    )
                )
            wait_until_ready(port, children)
            self.welcome(environment["PUBLIC_BASE_URL"], password)
            while all(child.poll() is None for child in children):
                time.sleep(0.2)
            raise CommandError("a part stopped by itself; its last lines above tell why")
        finally:
            end(children)

    def prepare(self, *, collect: bool) -> str:
        """Migrates and loads what is not there yet; the first caseworker's password, once.

        With DEBUG static files come from where they lie, so nobody waits for their compression.
        """
        for folder in ("queue/messages", "queue/control", "letters", "static"):
            (Path(settings.DATA_DIR) / folder).mkdir(parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        if collect:
            call_command("collectstatic", interactive=False, verbosity=0)
        if not Office.objects.exists():
            call_command("load_office", settings.BASE_DIR / OFFICE_FILE)
            call_command("load_catalogue")
        call_command("open_slots")
        if Staff.objects.exists():
            return ""
        password = secrets.token_urlsafe(12)
        staff = Staff.objects.create_user(
            "caseworker", password=password, is_staff=True, must_change_password=True
        )
        staff.groups.set(Group.objects.filter(name__in=ROLES))
        return password

    def welcome(self, address: str, password: str) -> None:
        """Says where the doors are."""
        lines = ["", f"For applicants:   {address}/", f"For caseworkers:  {address}/admin/"]
        if password:
            lines += [f"                  caseworker, password for the first sign-in: {password}"]
        if settings.EMAIL_BACKEND.endswith("letter_files.EmailBackend"):
            lines += [f"Letters:          {address}/dev/letters/"]
        lines += [f"Everything that is written lies in {settings.DATA_DIR}", "Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def check_port(port: int) -> None:
    """Raises CommandError when `port` can't be listened on."""
    if not 0 < port < 65536:
        raise CommandError(f"{port} is no port; choose one between 1 and 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise CommandError(
                f"port {port} can't be used ({error.strerror}); choose another: make run PORT=8001"
            ) from error


def surroundings(port: int) -> dict[str, str]:
    """The children's environment: on loopback with DEBUG, so that letters can be read on a page."""
    address = os.environ.get("PUBLIC_BASE_URL") or f"http://{LOOPBACK}:{port}"
    local = urlsplit(address).hostname in {LOOPBACK, "localhost"}
    debug = settings.DEBUG if "DEBUG" in os.environ else local
    return {**os.environ, "PUBLIC_BASE_URL": address, "DEBUG": str(debug).lower()}


def wait_until_ready(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    """Returns when the web server answers; raises CommandError when it does not."""
    end_of_patience = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end_of_patience:
        if any(child.poll() is not None for child in children):
            raise CommandError("a part stopped while starting; its last lines above tell why")
        try:
            urllib.request.urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise CommandError(f"the web server did not answer within {SECONDS_TO_START} seconds")


def end(children: list[subprocess.Popen[bytes]]) -> None:
    """Asks every child to finish, the last started first, and insists after ten seconds."""
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()


def stop(signum: int, frame: FrameType | None) -> None:
    """Leaves through `finally`; once is enough, however often Ctrl-C is pressed."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise SystemExit(0)
