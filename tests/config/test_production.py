"""What a server is set up from: the compose file, the image, the list of settings."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.core.checks import WARNING
from django.core.management import get_commands
from django.db import connection
from django.db.utils import ConnectionHandler
from gunicorn.config import Config

from config import gunicorn
from config import settings as product
from config.environment import KNOWN, OF_COMPOSE
from documents.applications.limits import FILE_BYTES

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
SETTINGS = (ROOT / "config" / "settings.py").read_text()
OF_APPLICATIONS = (ROOT / "config" / "application_settings.py").read_text()
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: row for name, row in SERVICES.items() if row.get("image") == "soforttermin"}


def run(*command: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """A tool of the environment, with what it said."""
    line = [str(TOOLS / command[0]), *command[1:]]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, **more)


def explained() -> set[str]:
    """The names of the settings in .env.example."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))


def known() -> set[str]:
    """The names that settings.py reads from the environment."""
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS + OF_APPLICATIONS))
    return read | {f"KEEP_{name}_HOURS" for name in product.RETENTION}


def asked_by_compose() -> set[str]:
    """The names that docker-compose.yml takes from .env."""
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_compose_file_follows_its_schema() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    found = run("check-jsonschema", *schema, "docker-compose.yml")
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("file", ["Dockerfile", "config/deploy/pgbouncer/Dockerfile"])
def test_dockerfile_has_no_fault(file: str) -> None:
    found = run("hadolint", file)
    assert found.returncode == 0, found.stdout


def test_pre_commit_names_tools_that_exist() -> None:
    assert run("pre-commit", "validate-config").returncode == 0
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    for hook in hooks:
        assert (TOOLS / Path(hook["entry"].split()[0]).name).exists(), hook["id"]


def test_stack_has_the_parts_it_promises() -> None:
    assert set(SERVICES) == {
        "proxy", "web1", "web2", "worker", "beat", "prepare", "database", "broker",
        "pooler", "backup", "uploads", "converter", "scanner",
    }  # fmt: skip
    optional = {name: row["profiles"] for name, row in SERVICES.items() if "profiles" in row}
    of_applications = {key: ["applications"] for key in ("uploads", "converter", "scanner")}
    assert optional == {"pooler": ["pooler"], "backup": ["backup"], **of_applications}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_change_nothing(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] not in {"0", "root"}


def test_only_the_proxy_can_be_reached() -> None:
    assert [name for name, row in SERVICES.items() if row.get("ports")] == ["proxy"]


@pytest.mark.parametrize("file", ["Caddyfile", "Caddyfile-2.6"])
def test_proxy_keeps_no_more_connections_than_are_taken(file: str) -> None:
    caddyfile = (ROOT / "config" / file).read_text()
    (most,), (idle,) = (
        re.findall(rf"^\s*{name} (\d+)s?$", caddyfile, re.MULTILINE)
        for name in ("max_conns_per_host", "keepalive")
    )
    (workers,) = re.findall(r'"--workers", "(\d+)"', (ROOT / "Dockerfile").read_text())
    # one of each process is left for whoever asks whether it is well
    assert int(most) == int(workers) * (gunicorn.worker_connections - 1)
    assert int(idle) < gunicorn.keepalive


@pytest.mark.parametrize("file", ["Caddyfile", "Caddyfile-2.6"])
def test_health_is_asked_at_a_port_of_its_own(file: str) -> None:
    caddyfile = (ROOT / "config" / file).read_text()
    (asked,) = re.findall(r"health_port \{\$HEALTH_PORT:(\d+)\}", caddyfile)
    served = re.findall(r'"--bind", "0\.0\.0\.0:(\d+)"', (ROOT / "Dockerfile").read_text())
    visitors = set(re.findall(r"web\d:(\d+)", caddyfile))
    assert {asked, *visitors} == set(served)
    assert asked not in visitors
    script = ROOT / SERVICES["web1"]["healthcheck"]["test"][-1]
    assert f'("127.0.0.1", {asked})' in script.read_text()


def test_both_files_of_caddy_say_the_same() -> None:
    current, older = (
        [line for line in (ROOT / "config" / name).read_text().splitlines()[2:] if line.strip()]
        for name in ("Caddyfile", "Caddyfile-2.6")
    )
    words = {"\tbuffer_requests", "\tbuffer_responses", "\tmax_buffer_size 4MB"}
    assert set(older) - set(current) == words
    assert set(current) - set(older) == {"\trequest_buffers 4MB", "\tresponse_buffers 1MB"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_an_end_to_what_it_takes(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 256
    assert service["cpus"] == "${DATABASE_CPUS:-2.0}" or 0 < service["cpus"] <= 1
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


def test_converter_has_a_socket_and_nothing_else() -> None:
    """What a file may make of the process that reads it can reach nobody and knows nothing."""
    row = SERVICES["converter"]
    assert row["network_mode"] == "none"
    assert not {"env_file", "environment", "secrets", "ports", "networks", "devices"} & set(row)
    (volume,) = row["volumes"]
    socket_path = shlex.split(row["command"])[-1]
    assert socket_path.startswith(volume.split(":")[1] + "/")
    assert volume in OURS["web1"]["volumes"]
    assert volume in OURS["worker"]["volumes"]
    assert f"#CONVERTER_SOCKET={socket_path}\n" in EXAMPLE
    assert f"install -d -o app /data {volume.split(':')[1]}\n" in (ROOT / "Dockerfile").read_text()


def test_scanner_takes_a_file_of_the_largest_size() -> None:
    conf = (ROOT / "config/deploy/clamd.conf").read_text()
    for name in ("StreamMaxLength", "MaxFileSize"):
        (size,) = re.findall(rf"^{name} (\d+)M$", conf, re.MULTILINE)
        assert int(size) * 2**20 > FILE_BYTES
    (port,) = re.findall(r"^TCPSocket (\d+)$", conf, re.MULTILINE)
    assert f"#SCANNER_URL=tcp://scanner:{port}\n" in EXAMPLE


def test_backup_reads_sealed_papers_and_can_change_none() -> None:
    row = SERVICES["backup"]
    assert "data:/data:ro" in row["volumes"]
    assert row["entrypoint"][-1] == "/data/sealed"


SEEN = {
    "converter": set(),
    "scanner": set(),
    "proxy": set(),
    "database": {"database_owner_password", "database_password"},
    "broker": {"redis_password"},
    "pooler": {"database_password"},
    "backup": {"database_password"},
}
KEYS = {"secret_key", "person_key_secret", "metrics_token", "redis_password"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_sees_a_secret_of_another_part(name: str) -> None:
    owner = {"database_owner_password" if name == "prepare" else "database_password"}
    assert set(SERVICES[name].get("secrets", [])) == SEEN.get(name, KEYS | owner)
    for variable, value in SERVICES[name].get("environment", {}).items():
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
        else:
            assert not re.search("PASSWORD|SECRET|KEY|TOKEN", variable), variable


def test_env_holds_no_secret_that_compose_has_in_a_file() -> None:
    set_here = set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert not {name.upper() for name in COMPOSE["secrets"]} & set_here
    lines = {line.strip() for line in (ROOT / ".gitignore").read_text().splitlines()}
    assert "/secrets/" in lines


def test_secrets_are_drawn_once(tmp_path: Path) -> None:
    """Every secret of compose, none twice, and none anew; nobody else gets into their folder."""
    folder = tmp_path / "secrets"
    script = [str(ROOT / "config/deploy/make_secrets.sh"), str(folder)]
    subprocess.run(script, check=True)
    drawn = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(drawn) == set(COMPOSE["secrets"])
    assert all(len(value.strip()) >= 50 for value in drawn.values())
    assert len(set(drawn.values())) == len(drawn)
    assert folder.stat().st_mode & 0o777 == 0o700
    # a container reads them as another user than the one who made them
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    (folder / "redis_password").unlink()
    subprocess.run(script, check=True)
    again = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name for name in again if again[name] != drawn[name]} == {"redis_password"}


def test_only_the_parts_that_write_letters_know_the_mail_server() -> None:
    told = {name: row["environment"] for name, row in OURS.items() if "environment" in row}
    knows = {name for name, given in told.items() if given.get("EMAIL_URL") is None}
    assert knows == {"worker", "prepare"}


def test_parts_have_time_to_end_what_they_have_begun() -> None:
    def seconds(name: str) -> int:
        return int(SERVICES[name]["stop_grace_period"].removesuffix("s"))

    assert min(seconds("web1"), seconds("web2")) > Config().graceful_timeout
    assert seconds("worker") > product.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


def test_database_is_asked_where_it_answers_only_when_it_is_made() -> None:
    """While it is made for the first time it listens at its socket alone."""
    test = SERVICES["database"]["healthcheck"]["test"]
    assert test[test.index("--host") + 1] == "127.0.0.1"


@pytest.mark.parametrize(("status", "code"), [("200 OK", 0), ("503 Service Unavailable", 1)])
def test_question_whether_a_web_server_is_ready_tells(status: str, code: int) -> None:
    *options, script = SERVICES["web1"]["healthcheck"]["test"][2:]
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = (ROOT / script).read_text().replace("8001", str(server.getsockname()[1]))
        asked = subprocess.Popen([sys.executable, *options, "-c", text])
        door, _address = server.accept()
        with door:
            assert door.recv(200).startswith(b"GET /readyz HTTP/1.0\r\n")
            door.sendall(f"HTTP/1.0 {status}\r\n\r\n".encode())
        assert asked.wait(20) == code


def test_deployment_renews_one_web_server_after_the_other() -> None:
    """The other one answers meanwhile: each has to be well before the next is touched."""
    dry = subprocess.run(
        ["make", "--dry-run", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    steps = [line for line in dry.splitlines() if line.startswith("docker compose")]
    renewed = [line.split()[-1] for line in steps if " up " in line and "--wait" in line.split()]
    assert renewed[:2] == ["web1", "web2"]
    assert all("--no-deps" in line for line in steps if line.endswith(("web1", "web2")))
    for name in ("web1", "web2"):
        leaves = next(
            at for at, line in enumerate(steps) if line.endswith(f"{name} touch /tmp/leaving")
        )
        comes = next(at for at, line in enumerate(steps) if line.endswith(f"--wait {name}"))
        assert leaves < comes
        # nothing else takes away the file that says so
        assert "--force-recreate" in steps[comes]
    # one that restarts all the time can't take leave, and needs the new release most
    assert "\n\t-docker compose exec --no-TTY $(1) touch" in (ROOT / "Makefile").read_text()
    prepared = next(at for at, line in enumerate(steps) if "run --rm prepare" in line)
    assert prepared < next(at for at, line in enumerate(steps) if line.endswith("web1"))


def test_broker_needs_a_password() -> None:
    command = SERVICES["broker"]["command"]
    assert "requirepass $$(cat /run/secrets/redis_password)" in command
    assert "noeviction" in command
    assert OURS["web1"]["environment"]["REDIS_PASSWORD_FILE"] == "/run/secrets/redis_password"


def test_mounted_files_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", volume).split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).exists(), volume


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    command = OURS[name].get("command")
    words = shlex.split(command) if command else []
    words += OURS[name].get("healthcheck", {}).get("test", [])[1:]
    if words[:2] == ["sh", "-c"]:
        words = shlex.split(words[2])
    for at, word in enumerate(words):
        if word == "manage.py":
            assert words[at + 1] in get_commands()
    if words and words[0] == "celery":
        role = next(word for word in words if word in {"worker", "beat"})
        options = _options(role)
        for word in words[words.index(role) :]:
            if word.startswith("--"):
                assert word.split("=")[0] in options, word


def _options(role: str) -> str:
    commands = celery.commands
    with commands[role].make_context(role, [], resilient_parsing=True) as context:
        return str(commands[role].get_help(context))


def test_every_setting_is_explained_and_known() -> None:
    assert asked_by_compose() - known() | {"COMPOSE_PROFILES"} == OF_COMPOSE
    assert known() == KNOWN
    assert explained() - known() == OF_COMPOSE
    assert known() - explained() == set()


def test_defaults_in_the_example_are_those_of_the_settings() -> None:
    hours = dict(re.findall(r"^#KEEP_(\w+)_HOURS=(\d+)$", EXAMPLE, re.MULTILINE))
    assert {name: timedelta(hours=int(value)) for name, value in hours.items()} == product.RETENTION


def filled_in(tmp_path: Path, **more: str) -> dict[str, str]:
    """The environment that a filled-in .env.example makes."""
    lines = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    for name in ("SECRET_KEY", "PERSON_KEY_SECRET", "METRICS_TOKEN"):
        lines[name] = os.urandom(40).hex()
    return {"PATH": str(TOOLS), "DATA_DIR": str(tmp_path), **lines, **more}


def test_filled_in_example_lacks_only_what_compose_gives(tmp_path: Path) -> None:
    environment = filled_in(tmp_path)
    found = run("python", "manage.py", "doctor", "--json", env=environment)
    rows = json.loads(found.stdout)["findings"]
    wrong = {row["id"] for row in rows if row["level"] >= WARNING}
    # database, broker and proxy; names of one's own
    of_compose, own = {"config.E008", "config.E009", "config.E013"}, {"config.W019"}
    assert {name for name in wrong if int(name[-3:]) < 30} == of_compose | own


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "short", "at least 50 characters"),
        ("PUBLIC_BASE_URL", "termin.example.de", "needs a scheme and a host"),
        ("KEEP_DRAFT_HOURS", "0", "nothing stays without a limit"),
        ("SMS_URL", "http://sms.example.de/", "SMS_URL needs https://"),
        ("SMS_URL", "https://sms.example.de/", "SMS_TOKEN"),
        ("SMS_PREFIXES", "49", "SMS_PREFIXES is no list like +49"),
        ("DEBUG", "true", "config.E001"),
        ("PERSON_KEY_SECRET", "short", "config.E002"),
        ("EMAIL_URL", "smtp://mail.example.de:25", "config.E003"),
        ("PUBLIC_BASE_URL", "http://termin.example.de", "config.E004"),
        ("METRICS_TOKEN", "short", "config.E005"),
        ("BOUNCE_ADDRESS", f"{'b' * 21}@termin.example.de", "config.E023"),
        ("BOUNCE_IMAP_URL", "imap://user:password@mail.example.de/INBOX", "config.E024"),
        ("BOUNCE_IMAP_URL", "imaps://mail.example.de/INBOX", "config.E024"),
    ],
)
def test_bad_setting_stops_the_start_with_a_sentence(
    tmp_path: Path, name: str, value: str, says: str
) -> None:
    environment = filled_in(tmp_path, TRUSTED_PROXIES="1", **{name: value})
    found = run("python", "manage.py", "check", "--deploy", env=environment)
    assert found.returncode != 0
    assert says in found.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a setting of SQLite")
@pytest.mark.django_db
def test_booking_on_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    shipped = product.DATABASES["default"] | {"NAME": tmp_path / "shipped.sqlite3"}
    connections = ConnectionHandler({"default": shipped})
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)  # FULL: each commit waits for the disk
    finally:
        connections.close_all()
