"""What a server is set up from: the compose file, the image, the list of settings."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from django.core.management import get_commands
from django.db import connection
from django.db.utils import ConnectionHandler

from config import gunicorn
from config import settings as product

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
SETTINGS = (ROOT / "config" / "settings.py").read_text()
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
    read = set(re.findall(r'(?:env\.\w+|_secret)\(\s*"([A-Z_]+)"', SETTINGS))
    return read | {f"KEEP_{name}_HOURS" for name in product.RETENTION}


def asked_by_compose() -> set[str]:
    """The names that docker-compose.yml takes from .env."""
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_compose_file_follows_its_schema() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    found = run("check-jsonschema", *schema, "docker-compose.yml")
    assert found.returncode == 0, found.stdout + found.stderr


def test_dockerfile_has_no_fault() -> None:
    found = run("hadolint", "Dockerfile")
    assert found.returncode == 0, found.stdout


def test_pre_commit_names_tools_that_exist() -> None:
    assert run("pre-commit", "validate-config").returncode == 0
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    for hook in hooks:
        assert (TOOLS / Path(hook["entry"].split()[0]).name).exists(), hook["id"]


def test_stack_has_the_parts_it_promises() -> None:
    assert set(SERVICES) == {
        "proxy", "web1", "web2", "worker", "beat", "prepare", "database", "broker",
    }  # fmt: skip


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
    assert f"127.0.0.1:{asked}/readyz" in " ".join(SERVICES["web1"]["healthcheck"]["test"])


def test_both_files_of_caddy_say_the_same() -> None:
    current, older = (
        [line for line in (ROOT / "config" / name).read_text().splitlines()[2:] if line.strip()]
        for name in ("Caddyfile", "Caddyfile-2.6")
    )
    words = {"\t\tbuffer_requests", "\t\tbuffer_responses", "\t\tmax_buffer_size 1MB"}
    assert set(older) - set(current) == words
    assert set(current) - set(older) == {"\t\trequest_buffers 256KB", "\t\tresponse_buffers 1MB"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_an_end_to_what_it_takes(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 256
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


@pytest.mark.parametrize("name", OURS)
def test_no_container_sees_the_password_of_another_part(name: str) -> None:
    """What .env has for PostgreSQL and Valkey is taken away; an address holds what is needed."""
    environment = OURS[name]["environment"]
    lines = re.findall(r"^([A-Z_]*PASSWORD)=", EXAMPLE, re.MULTILINE)
    assert [environment[line] for line in lines] == ["", "", ""]
    owner = "DATABASE_OWNER_PASSWORD" in environment["DATABASE_URL"]
    assert owner == (name == "prepare")
    assert "DATABASE_OWNER_PASSWORD" not in environment["REDIS_URL"]


def test_broker_needs_a_password() -> None:
    assert "--requirepass" in SERVICES["broker"]["command"]
    assert "noeviction" in SERVICES["broker"]["command"]
    assert ":${REDIS_PASSWORD" in OURS["web1"]["environment"]["REDIS_URL"]


def test_mounted_files_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
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
    assert explained() - known() == asked_by_compose()
    assert known() - explained() == set()


def test_defaults_in_the_example_are_those_of_the_settings() -> None:
    hours = dict(re.findall(r"^#KEEP_(\w+)_HOURS=(\d+)$", EXAMPLE, re.MULTILINE))
    assert {name: timedelta(hours=int(value)) for name, value in hours.items()} == product.RETENTION


def filled_in(tmp_path: Path, **more: str) -> dict[str, str]:
    """The environment that a filled-in .env.example makes."""
    lines = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    secret = {name: value or os.urandom(40).hex() for name, value in lines.items()}
    return {"PATH": str(TOOLS), "DATA_DIR": str(tmp_path), **secret, **more}


def test_filled_in_example_passes_the_deployment_checks(tmp_path: Path) -> None:
    environment = filled_in(tmp_path, TRUSTED_PROXIES="1")
    found = run(
        "python", "manage.py", "check", "--deploy", "--fail-level", "WARNING", env=environment
    )
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "short", "at least 50 characters"),
        ("PUBLIC_BASE_URL", "termin.example.de", "needs a scheme and a host"),
        ("KEEP_DRAFT_HOURS", "0", "nothing stays without a limit"),
        ("SMS_URL", "http://sms.example.de/", "SMS_URL needs https://"),
        ("SMS_URL", "https://sms.example.de/", "SMS_TOKEN"),
        ("DEBUG", "true", "config.E001"),
        ("PERSON_KEY_SECRET", "short", "config.E002"),
        ("EMAIL_URL", "smtp://mail.example.de:25", "config.E003"),
        ("PUBLIC_BASE_URL", "http://termin.example.de", "config.E004"),
        ("METRICS_TOKEN", "short", "config.E005"),
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
