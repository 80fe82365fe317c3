"""Every alert is raised by its fault and by no other, as Prometheus itself evaluates it.

`make monitoring` needs promtool, which the distribution's package `prometheus` brings.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from booking.actions.refusals import TooManyHolds
from booking.models import AppointmentEvent, Slot
from config.celery import app
from config.foundation.actions import Busy, Refused, action
from config.foundation.bounces import BounceMailbox
from config.foundation.outbox import BROKEN, Notification, enqueue
from config.foundation.relay import Relay
from config.foundation.sweeps import record_sweep
from config.operations.invariants import record_broken
from documents.applications.models import Application, File
from documents.applications.states import Scan
from documents.models import CatalogueVersion
from pickup_box.models import Alarm, Box
from tests.config.test_metrics import collect
from tests.factories import AppointmentFactory

__all__ = ["collect"]

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "config" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
METRIC = re.compile(r"\b(?:soforttermin|process)_[a-z_]+")
GROWING = ("_total", "_bucket", "_count", "_sum")
INSTANCES = ("web1:8000", "web2:8000")
EVALUATED = 180  # minutes: longer than any alert waits
DAY = timedelta(days=1)


class Fault:
    """What may be done to a system that is well."""

    def __init__(self, client: Client, patch: pytest.MonkeyPatch, settings: Settings) -> None:
        self.client, self.patch, self.settings = client, patch, settings
        self.up = 1
        self.now = timezone.now()

    def letter(self, *, ago: timedelta = timedelta(0), **changes: Any) -> None:
        """A letter that became due so long ago, in a state."""
        number = Notification.objects.count()
        enqueue(kind="x", subject=f"x/{number}", language="de", now=self.now - ago)
        Notification.objects.filter(subject=f"x/{number}").update(**changes)

    def page(self, answer: Callable[[], int]) -> None:
        """Asks for a page that `answer` makes."""
        self.patch.setattr("config.operations.views.count_unapplied_migrations", answer)
        self.client.raise_request_exception = False
        self.client.get("/readyz")

    def refuse(self, refusal: type[Refused], *, times: int) -> None:
        """An action that refuses so often."""

        @action
        def act() -> None:
            raise refusal

        for _ in range(times):
            with pytest.raises(Refused):
                act()


def web_server_down(fault: Fault) -> None:
    fault.up = 0


def database_down(fault: Fault) -> None:
    def refuse() -> None:
        raise DatabaseError

    away = type("Away", (), {"cursor": staticmethod(refuse)})
    fault.patch.setattr("config.operations.state_metrics.connection", away)


def invariant_broken(fault: Fault) -> None:
    AppointmentFactory(slot=Slot.objects.last())
    AppointmentEvent.objects.update(at=fault.now + DAY)  # a step in the future
    record_broken(now=fault.now)


def clock_wrong(fault: Fault) -> None:
    wrong = fault.now + timedelta(minutes=1)
    fault.patch.setattr("config.operations.health.database_clock", lambda: wrong)


def task_late(fault: Fault) -> None:
    record_sweep("booking.tasks.offer_slots", now=fault.now - timedelta(minutes=5))


def letters_late(fault: Fault) -> None:
    fault.letter(ago=timedelta(minutes=7))


def letter_broken(fault: Fault) -> None:
    fault.letter(failed_at=fault.now, failure=f"{BROKEN}ValueError")


def mail_server_down(fault: Fault) -> None:
    Relay.objects.create(pk=1, failing_since=fault.now - timedelta(minutes=6), failed_at=fault.now)


def bounce_mailbox_unread(fault: Fault) -> None:
    fault.settings.BOUNCE_IMAP_URL = "imaps://bounce@mail.example.org/INBOX"
    BounceMailbox.objects.create(pk=1, failing_since=fault.now - timedelta(minutes=16))


def letters_come_back(fault: Fault) -> None:
    for _ in range(21):
        fault.letter(sent_at=fault.now, bounced_at=fault.now, bounce="5.1.1")


def migrations_missing(fault: Fault) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'booking'")


def retention_late(fault: Fault) -> None:
    fault.letter(sent_at=fault.now - fault.settings.RETENTION["LETTER"] - 2 * DAY)


def disk_nearly_full(fault: Fault) -> None:
    _disk(fault.patch, free=9)


def pages_fail(fault: Fault) -> None:
    def fail() -> int:
        raise ValueError

    fault.page(fail)


def pages_slow(fault: Fault) -> None:
    def wait() -> int:
        time.sleep(2.6)
        return 0

    fault.page(wait)


def locks_held(fault: Fault) -> None:
    fault.refuse(Busy, times=6)


def entries_slowed_down(fault: Fault) -> None:
    fault.refuse(TooManyHolds, times=40)


def no_times_opened(fault: Fault) -> None:
    Slot.objects.all().delete()


def box_needs_staff(fault: Fault) -> None:
    box = Box.objects.get()
    Alarm.objects.create(box=box, kind=Alarm.Kind.CALL, cause="terminal/1", at=fault.now)


def files_wait(fault: Fault) -> None:
    call_command("load_catalogue", verbosity=0)
    draft = Application.objects.create(
        procedure="humanitarian",
        catalogue=CatalogueVersion.objects.latest("pk"),
        language="de",
        sealed_key=b"sealed",
        created_at=fault.now,
        touched_at=fault.now,
    )
    File.objects.create(
        application=draft,
        paper="passport",
        position=1,
        upload_id=uuid4(),
        scan=Scan.WAITING,
        size=1,
        sha512="0",
        original="blob",
        received_at=fault.now - timedelta(minutes=16),
    )


FAULTS = {
    "WebServerDown": web_server_down,
    "DatabaseDown": database_down,
    "InvariantBroken": invariant_broken,
    "ClockWrong": clock_wrong,
    "TaskLate": task_late,
    "LettersLate": letters_late,
    "LetterBroken": letter_broken,
    "MailServerDown": mail_server_down,
    "BounceMailboxUnread": bounce_mailbox_unread,
    "LettersComeBack": letters_come_back,
    "MigrationsMissing": migrations_missing,
    "RetentionLate": retention_late,
    "DiskNearlyFull": disk_nearly_full,
    "PagesFail": pages_fail,
    "PagesSlow": pages_slow,
    "LocksHeld": locks_held,
    "EntriesSlowedDown": entries_slowed_down,
    "NoTimesOpened": no_times_opened,
    "BoxNeedsStaff": box_needs_staff,
    "FilesWait": files_wait,
}


def _disk(patch: pytest.MonkeyPatch, *, free: int) -> None:
    usage = type("Usage", (), {"free": free, "total": 100})
    patch.setattr(shutil, "disk_usage", lambda folder: usage)


@pytest.fixture
def fault(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, office: object
) -> Fault:
    """A system that is well."""
    found = Fault(client, monkeypatch, settings)
    for entry in app.conf.beat_schedule.values():
        record_sweep(entry["task"], now=found.now)
    call_command("open_slots", verbosity=0)
    _disk(monkeypatch, free=50)
    client.get("/healthz")
    return found


def expressions() -> Iterable[str]:
    """What rules and panels ask, the variables of the dashboard filled in."""
    for rule in RULES:
        yield rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$office", "soforttermin")


def test_every_alert_has_a_fault_a_severity_and_a_card() -> None:
    assert [rule["alert"] for rule in RULES] == list(FAULTS)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert (ROOT / rule["annotations"]["card"]).is_file(), rule["alert"]


@pytest.mark.django_db
def test_rules_and_panels_ask_for_metrics_that_exist(
    fault: Fault, collect: Callable[[], str]
) -> None:
    fault.refuse(Busy, times=1)
    AppointmentFactory()
    box_needs_staff(fault)
    names = {sample for sample, _labels, _value in samples(collect())}
    asked = {name for text in expressions() for name in METRIC.findall(text)}
    # no deposit lies in the box of a fresh office
    assert asked - names == {"soforttermin_box_deposits"}


def samples(text: str) -> Iterable[tuple[str, dict[str, str], float]]:
    """Every sample of an answer of /metrics."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def series(before: str, after: str, *, up: int) -> list[dict[str, str]]:
    """What a collector sees for hours: states stay as they are after, counts grow as they did."""
    old = {(name, *sorted(labels.items())): value for name, labels, value in samples(before)}
    rows: list[tuple[str, dict[str, str], str]] = [("up", {}, f"{up}x{EVALUATED}")]
    for name, labels, value in samples(after):
        grown = value - old.get((name, *sorted(labels.items())), 0)
        counts = name.endswith(GROWING)
        if grown or not counts:  # other tests have counted pages of their own
            rows.append((name, labels, f"{value:f}+{grown if counts else 0:f}x{EVALUATED}"))
    return [
        {
            "series": f"{name}{_braces(labels | {'job': 'soforttermin', 'instance': at})}",
            "values": v,
        }
        for name, labels, v in rows
        for at in INSTANCES
    ]


def _braces(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def promtool(*arguments: str | Path, given: str = "") -> str:
    """What promtool says; fails when it does not agree."""
    found = shutil.which("promtool")
    assert found, "promtool is not installed (Debian and Ubuntu: apt-get install prometheus)"
    line = [found, *map(str, arguments)]
    done = subprocess.run(line, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def firing(rows: list[dict[str, str]], expected: set[str], folder: Path) -> None:
    """Has promtool compare which alerts are raised."""
    test = {
        "rule_files": [str(FOLDER / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": rows,
                "promql_expr_test": [
                    {
                        "expr": 'min by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": f"{EVALUATED}m",
                        "exp_samples": [
                            {"labels": f'{{alertname="{name}"}}', "value": 1}
                            for name in sorted(expected)
                        ],
                    }
                ],
            }
        ],
    }
    path = folder / "test.yml"
    path.write_text(yaml.safe_dump(test))
    promtool("test", "rules", path)


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_is_raised_while_all_is_well(
    fault: Fault, collect: Callable[[], str], tmp_path: Path
) -> None:
    before = collect()
    fault.client.get("/healthz")
    firing(series(before, collect(), up=1), set(), tmp_path)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("alert", FAULTS)
def test_alert_is_raised_by_its_fault_alone(
    fault: Fault, collect: Callable[[], str], tmp_path: Path, alert: str
) -> None:
    before = collect()
    FAULTS[alert](fault)
    firing(series(before, collect(), up=fault.up), {alert}, tmp_path)


@pytest.mark.slow
def test_promtool_accepts_rules_configuration_and_panels(tmp_path: Path) -> None:
    promtool("check", "rules", FOLDER / "alerts.yml")
    promtool("check", "config", "--syntax-only", FOLDER / "prometheus.yml")
    rules = [{"record": f"panel_{n}", "expr": each} for n, each in enumerate(expressions())]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", path)


@pytest.mark.slow
@pytest.mark.django_db
def test_promtool_accepts_what_a_collector_reads(fault: Fault, collect: Callable[[], str]) -> None:
    fault.refuse(Busy, times=1)
    assert promtool("check", "metrics", given=collect()) == ""
