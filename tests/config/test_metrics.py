"""What a collector reads: every process counted, the state of the database, and for nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from booking.actions.refusals import SlotTaken
from config.foundation.actions import Refused, action
from config.foundation.outbox import enqueue
from config.operations.health import measure
from tests.config.test_overdue import wait_for
from tests.factories import AppointmentFactory, WaitingEntryFactory
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "s3cret"
NOT_BASE = ("_kilobytes", "_percent", "_milliseconds", "_minutes", "_hours")


def families(text: str) -> dict[str, Metric]:
    """The families of metrics in an answer of /metrics, by name."""
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(text: str, name: str, **labels: str) -> float | None:
    """One sample of an answer; None where there is none."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if (sample.name, sample.labels) == (name, labels):
                return float(sample.value)
    return None


@pytest.fixture
def collect(client: Client, settings: Settings) -> Callable[[], str]:
    """Reads /metrics as a collector with the token does."""
    settings.METRICS_TOKEN = "s3cret"
    told = {"authorization": "Bearer s3cret"}
    return lambda: client.get("/metrics", headers=told).content.decode()


@pytest.mark.django_db
def test_every_metric_has_help_type_and_a_base_unit(
    client: Client, collect: Callable[[], str], office: object
) -> None:
    client.get("/de/")
    AppointmentFactory()
    found = families(collect())
    assert len(found) > 25
    for name, family in found.items():
        assert name.startswith(("soforttermin_", "process_")), name
        assert not name.endswith(NOT_BASE), name
        assert family.type in {"gauge", "counter", "histogram"}, name
        assert len(family.documentation) > 20, name


@pytest.mark.django_db
def test_every_finding_of_health_is_there(collect: Callable[[], str]) -> None:
    text = collect()
    for one in measure(now=timezone.now()):
        labels = {"finding": one.name, "of": one.label}
        assert value(text, "soforttermin_health_ok", **labels) == one.well


@pytest.mark.django_db
def test_state_of_the_service_is_told(collect: Callable[[], str], office: object) -> None:
    before = collect()
    AppointmentFactory()
    WaitingEntryFactory()
    now = timezone.now()
    enqueue(kind="x", subject="a", language="de", now=now - timedelta(seconds=90))
    after = collect()
    booked = {"status": "booked"}
    assert value(before, "soforttermin_appointments", **booked) == 0
    assert value(after, "soforttermin_appointments", **booked) == 1
    assert value(after, "soforttermin_waiting_entries") == 1
    assert value(after, "soforttermin_letters", queue="ordinary", state="due") == 1
    age = value(after, "soforttermin_letters_oldest_due_seconds", queue="ordinary")
    assert age == pytest.approx(90, abs=30)
    assert value(after, "soforttermin_letters_oldest_due_seconds", queue="code") == 0


@pytest.mark.django_db
def test_answers_are_counted_by_page_and_status(client: Client, collect: Callable[[], str]) -> None:
    health = {"page": "healthz", "method": "GET", "status": "200"}
    unknown = {"page": "unknown", "method": "GET", "status": "404"}
    name = "soforttermin_http_requests_total"
    before = [value(collect(), name, **labels) or 0 for labels in (health, unknown)]
    client.get("/healthz")
    client.get("/somebody@example.org/")
    text = collect()
    assert [value(text, name, **labels) for labels in (health, unknown)] == [
        count + 1 for count in before
    ]
    assert "somebody" not in text
    seconds = "soforttermin_http_request_duration_seconds_count"
    assert value(text, seconds, page="healthz")


@pytest.mark.django_db
def test_refusals_are_counted_once_by_reason(collect: Callable[[], str]) -> None:

    @action
    def inner() -> None:
        raise SlotTaken

    @action
    def outer() -> None:
        inner()

    name, labels = "soforttermin_refusals_total", {"reason": SlotTaken.code}
    before = value(collect(), name, **labels) or 0
    with pytest.raises(Refused):
        outer()
    assert value(collect(), name, **labels) == before + 1


@pytest.mark.django_db
def test_without_a_database_the_collector_is_told(
    collect: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr("config.operations.state_metrics.connection.cursor", refuse)
    text = collect()
    assert value(text, "soforttermin_database_up") == 0
    assert value(text, "soforttermin_waiting_entries") is None
    assert "soforttermin_http_requests_total" in text


@pytest.mark.django_db
def test_group_that_takes_too_long_is_missing_alone(
    collect: Callable[[], str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**arguments: object) -> None:
        raise OperationalError

    monkeypatch.setattr("config.operations.state_metrics.measure", refuse)
    text = collect()
    assert value(text, "soforttermin_database_up") == 1
    assert value(text, "soforttermin_letters_due") is None
    assert value(text, "soforttermin_waiting_entries") == 0
    assert "one group is missing" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "loopback", "told", "status"),
    [
        ("", False, "", 404),
        ("", True, "", 200),
        ("s3cret", True, "", 404),
        ("s3cret", True, "Bearer wrong", 404),
        ("s3cret", False, "Bearer s3cret", 200),
    ],
)
def test_metrics_are_for_the_collector(
    client: Client, settings: Settings, token: str, loopback: bool, told: str, status: int
) -> None:
    settings.METRICS_TOKEN, settings.LOOPBACK = token, loopback
    assert client.get("/metrics", headers={"authorization": told}).status_code == status


@pytest.mark.django_db
def test_whoever_comes_through_a_proxy_gets_nothing(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "s3cret"
    headers = {"authorization": "Bearer s3cret", "x-forwarded-for": "203.0.113.7"}
    assert client.get("/metrics", headers=headers).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.once
def test_all_processes_count_and_a_collector_inside_needs_no_name(tmp_path: Path) -> None:
    """As production runs: https, two processes, and whoever asks knows only their address."""
    with web_server(tmp_path) as base:
        asked = 60
        for _ in range(asked):
            assert status_of(f"{base}/healthz") == HTTPStatus.OK
        assert len(list(tmp_path.glob("soforttermin-metrics-*/counter_*.db"))) == 2
        texts = {read(f"{base}/metrics", Host="web1:8000") for _ in range(8)}
        labels = {"page": "healthz", "method": "GET", "status": "200"}
        counts = {value(text, "soforttermin_http_requests_total", **labels) for text in texts}
        assert len(counts) == 1
        assert (counts.pop() or 0) > asked
        # this database has no tables, so only the counts of the processes are there
        assert {value(text, "soforttermin_database_up") for text in texts} == {1}
        assert {value(text, "soforttermin_waiting_entries") for text in texts} == {None}
        assert status_of(f"{base}/metrics") == HTTPStatus.NOT_FOUND
    assert not list(tmp_path.glob("soforttermin-metrics-*"))


@contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """The address of a web server with two processes and its database in `folder`."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    line = "gunicorn --config python:config.gunicorn --workers 2 --log-level error config.wsgi"
    with subprocess.Popen(
        [sys.executable, "-m", *line.split(), "--bind", f"127.0.0.1:{port}"],
        env=in_production(folder),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            wait_for(lambda: status_of(f"{base}/healthz") == HTTPStatus.OK, "the server")
            yield base
        finally:
            server.terminate()


def in_production(folder: Path) -> dict[str, str]:
    """The environment of a part that runs with https and keeps everything in `folder`."""
    environment = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    return environment | {
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PUBLIC_BASE_URL": "https://termin.example.de",
        "SECRET_KEY": "k" * 50,
        "METRICS_TOKEN": TOKEN,
        "TMPDIR": str(folder),
    }


def read(url: str, **headers: str) -> str:
    """The text at `url`, asked with the token."""
    told = {"Authorization": f"Bearer {TOKEN}", **headers}
    with urllib.request.urlopen(urllib.request.Request(url, headers=told), timeout=20) as answer:
        assert answer.url == url
        return str(answer.read().decode())


def status_of(url: str) -> int:
    """The status at `url`, asked by a stranger on loopback; 0 if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return 0
