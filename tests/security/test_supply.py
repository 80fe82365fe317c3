"""What is inside, from where, and where to report a flaw: ASVS 15.1.2, T-C8, RFC 9116."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_every_locked_package_has_a_hash_and_stands_in_the_bill(tmp_path: Path) -> None:
    """As `make sbom` writes it."""
    pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]+\])?==", LOCK, re.MULTILINE)
    tool = Path(sys.executable).parent / "cyclonedx-py"
    line = [str(tool), "requirements", "requirements.txt", "--pyproject", "pyproject.toml"]
    bill = tmp_path / "sbom.json"
    subprocess.run([*line, "-o", str(bill)], cwd=ROOT, check=True, capture_output=True)
    parts = json.loads(bill.read_text())["components"]
    assert len(parts) == len(pinned) > 40
    assert all(part["externalReferences"][0]["hashes"] for part in parts)
    assert {"django", "gunicorn", "psycopg"} <= {part["name"] for part in parts}


def test_lock_names_no_server() -> None:
    assert "://" not in "".join(line for line in LOCK.splitlines() if not line.startswith("#"))


@pytest.mark.django_db
def test_security_txt_names_the_contact(client: Client, settings: Settings) -> None:
    settings.SECURITY_CONTACT = ""
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    answer = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert lines["Contact"] == "mailto:security@example.org"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", lines["Expires"])


def _production(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "PUBLIC_BASE_URL": "https://termin.example.org",
        "SECRET_KEY": "k3" * 40 + "!x&yAbCdEfGhIjKl",
        "SECURITY_CONTACT": "mailto:security@example.org",
        "EMAIL_URL": "smtp+tls://relay.example.org:587",
        "DATABASE_URL": "postgres://app:x@127.0.0.1/app",
        "REDIS_URL": "redis://127.0.0.1/0",
    } | changes
    command = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    """Django's own; ours have a whole deployment behind them in config/test_planted_mistakes."""
    done = _production(tmp_path)
    assert "System check identified" in done.stderr
    assert "security." not in done.stderr


def test_short_secret_stops_the_start(tmp_path: Path) -> None:
    done = _production(tmp_path, SECRET_KEY="short")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_no_class_of_data_may_stay_for_ever(tmp_path: Path) -> None:
    done = _production(tmp_path, KEEP_APPOINTMENT_HOURS="0")
    assert done.returncode != 0
    assert "KEEP_" in done.stderr
