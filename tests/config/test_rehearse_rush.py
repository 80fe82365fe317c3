"""manage.py rehearse_rush: what it refuses, and a small rush from end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.factories import ApplicantFactory
from tests.servers import free_port

TEST_DEPLOYMENT = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "wrong",
    [
        {"applicants": 0},
        {"applicants": 20_001},
        {"seconds": -1.0},
        {"seconds": float("nan")},
        {"slots": 0},
        {"slots": 100_000},
        {"url": "test.example.de"},
        {"url": "ftp://test.example.de"},
        {"url": "https://test.example.de/de/times/"},
    ],
)
def test_rehearse_refuses_what_makes_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(CommandError, match="takes"):
        call_command("rehearse_rush", **{"applicants": 1, **wrong})


@pytest.mark.django_db
def test_rehearse_refuses_a_database_with_people_of_its_own() -> None:
    ApplicantFactory()
    with pytest.raises(CommandError, match="--even-in-production"):
        call_command("rehearse_rush", applicants=1, url=TEST_DEPLOYMENT)


@pytest.mark.django_db
def test_rehearse_refuses_a_public_address(settings: Settings) -> None:
    settings.HTTPS = True
    with pytest.raises(CommandError, match="--even-in-production"):
        call_command("rehearse_rush", applicants=1, url=TEST_DEPLOYMENT)


@pytest.mark.slow
def test_rehearse_books_every_time_once_and_answers_everybody(tmp_path: Path) -> None:
    command = "manage.py rehearse_rush --applicants 12 --seconds 1 --slots 5 --json --port"
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, *command.split(), str(free_port())],
        cwd=settings.BASE_DIR,
        env=environment | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert (outcome["booked"], outcome["refused"]) == (5, 7)
    assert (outcome["doubles"], outcome["faults"], outcome["missing"]) == (0, 0, 0)
    assert len(outcome["slowest"]) == 3
