"""Everything on this machine: database, office, web server, broker, Celery worker and beat."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import CommandError, CommandParser, call_command

from config.accounts.roles import ROLES
from config.foundation.commands import OperatorCommand
from config.foundation.office import Office
from config.foundation.staff import Staff
from config.operations import dev_broker
from config.operations.supervisor import Part, Supervisor

OFFICE_FILE = "config/offices/magdeburg.yaml"
LOOPBACK = "127.0.0.1"
WEB = "gunicorn --config python:config.gunicorn --workers 2 --log-level warning config.wsgi"
WORKER = (
    "-m celery --app config --quiet worker --pool solo --loglevel WARNING"
    " --without-gossip --without-mingle --without-heartbeat"
)
BEAT = "-m celery --app config --quiet beat --loglevel WARNING --pidfile="
TICK = "manage.py tick --every 5"
NO_BROKER = "There is no broker for this system: `manage.py tick` sends letters and tidies instead."
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_START = 120  # a machine that is busy with other work needs most of them


class Command(OperatorCommand):
    help = (
        "Starts everything on this machine: database, office, web server, broker, worker and "
        "beat. Ctrl-C ends it."
    )
    example = "--port 8000"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="8000 unless told otherwise")

    def handle(self, *, port: int, **options: object) -> None:
        """Prepares what is missing, starts everything and keeps it running until Ctrl-C."""
        for name in SIGNALS:
            signal.signal(name, leave)
        environment = subprocess_env(port)
        folders: list[Path] = []
        supervisor = Supervisor()
        with listen(port) as listener:
            password = self.prepare(collect=environment["DEBUG"] == "false")
            for name in SIGNALS:
                signal.signal(name, supervisor.stop)
            try:
                self.start(supervisor, listener, environment, folders)
                if not supervisor.told_to_stop:
                    self.welcome(environment["PUBLIC_BASE_URL"], password)
                supervisor.watch()
            finally:
                supervisor.end()
                for folder in folders:
                    shutil.rmtree(folder, ignore_errors=True)

    def start(
        self,
        supervisor: Supervisor,
        listener: socket.socket,
        environment: dict[str, str],
        folders: list[Path],
    ) -> None:
        """Starts every part; returns when the web server answers, or when told to stop."""
        lines = {"worker": WORKER, "beat": BEAT}
        if not settings.REDIS_URL:
            server = dev_broker.binary()
            if server:
                dev_broker.clear_folders()
                folders.append(folder := dev_broker.make_folder())
                environment["REDIS_URL"] = dev_broker.url(folder)
                supervisor.add(Part("broker", dev_broker.command(server, folder), environment))
            else:
                self.stdout.write(NO_BROKER)
                lines = {"tick": TICK}
        # The socket is kept here: while the web server is started again, visitors wait in it.
        number = listener.fileno()
        web = f"-m {WEB} --bind fd://{number}"
        part = supervisor.add(Part("web server", python(web), environment, keep_open=(number,)))
        for name, line in lines.items():
            supervisor.add(Part(name, python(line), environment))
        if part.process is None:
            raise CommandError("the web server could not be started; the log above tells why")
        port = listener.getsockname()[1]
        wait_until_ready(port, [part.process], given_up=lambda: supervisor.told_to_stop)

    def prepare(self, *, collect: bool) -> str:
        """Migrates and loads what is not there yet; the first caseworker's password, once.

        With DEBUG static files come from where they lie, so nobody waits for their compression.
        """
        for folder in ("letters", "static"):
            (Path(settings.DATA_DIR) / folder).mkdir(parents=True, exist_ok=True)
        # what a broker made of files left there, in earlier versions
        shutil.rmtree(Path(settings.DATA_DIR) / "queue", ignore_errors=True)
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
        """Prints the addresses of the pages."""
        lines = ["", f"For applicants:   {address}/", f"For caseworkers:  {address}/admin/"]
        if password:
            lines += [f"                  caseworker, password for the first sign-in: {password}"]
        if settings.EMAIL_BACKEND.endswith("email_files.EmailBackend"):
            lines += [f"Letters:          {address}/dev/letters/"]
        lines += [f"Everything that is written lies in {settings.DATA_DIR}", "Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def check_port(port: int) -> None:
    """Raises CommandError when `port` can't be listened on."""
    listen(port).close()


def listen(port: int) -> socket.socket:
    """A socket bound to `port` on loopback; raises CommandError when it can't be."""
    if not 0 < port < 65536:
        raise CommandError(f"{port} is no port; choose one between 1 and 65535")
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise CommandError(
            f"port {port} can't be used ({error.strerror}); choose another: make run PORT=8001"
        ) from error
    return bound


def python(line: str) -> list[str]:
    """The command that runs `line` with this Python."""
    return [sys.executable, *line.split()]


def subprocess_env(port: int) -> dict[str, str]:
    """The children's environment: on loopback with DEBUG, so that letters can be read on a page."""
    address = os.environ.get("PUBLIC_BASE_URL") or f"http://{LOOPBACK}:{port}"
    local = urlsplit(address).hostname in {LOOPBACK, "localhost"}
    debug = settings.DEBUG if "DEBUG" in os.environ else local
    return {**os.environ, "PUBLIC_BASE_URL": address, "DEBUG": str(debug).lower()}


def wait_until_ready(
    port: int,
    children: Sequence[subprocess.Popen[bytes]],
    *,
    given_up: Callable[[], bool] = lambda: False,
) -> None:
    """Returns when the web server answers or `given_up`; raises CommandError when it does not."""
    end_of_patience = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end_of_patience and not given_up():
        if any(child.poll() is not None for child in children):
            raise CommandError("a part stopped while starting; its last lines above tell why")
        try:
            urllib.request.urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    if not given_up():
        raise CommandError(f"the web server did not answer within {SECONDS_TO_START} seconds")


def leave(signum: int, frame: FrameType | None) -> None:
    """Ends the command while nothing runs yet; once is enough, however often Ctrl-C is pressed."""
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    raise SystemExit(0)
