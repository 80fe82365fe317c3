"""The office file: loaded whole or refused with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils import timezone

from booking import actions
from booking.models import Counter, ServiceWindow, Slot
from booking.states import Status
from config.foundation.office import CounterGroup, Office, ServiceStatus, current_office
from config.foundation.workdays import is_workday
from pickup_box.models import Box
from tests.factories import AppointmentFactory

MAGDEBURG = Path("config/offices/magdeburg.yaml")

pytestmark = pytest.mark.django_db


@pytest.fixture
def facts() -> dict[str, Any]:
    """What Magdeburg's file says, to be spoiled by a test."""
    found: dict[str, Any] = yaml.safe_load(MAGDEBURG.read_text(encoding="utf-8"))
    found["closures"] = [{"day": date(2026, 11, 26), "reason": {"de": "Betriebsversammlung"}}]
    return found


def write(tmp_path: Path, facts: object) -> Path:
    """A file with `facts`."""
    path = tmp_path / "office.yaml"
    path.write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    return path


def test_load_office_brings_the_published_facts(office: Office) -> None:
    assert current_office() == office
    assert office.phone == "0391 540-4389"
    assert (office.horizon_days, office.slot_minutes, office.release_time) == (7, 10, time(7))
    windows = ServiceWindow.objects.values_list("weekday", "opens", "closes")
    assert list(windows) == [
        (1, time(9), time(11)),
        (1, time(14), time(16)),
        (3, time(9), time(11)),
    ]


def test_load_office_closes_the_eves_that_are_no_holidays(office: Office) -> None:
    for day in (date(2026, 12, 24), date(2026, 12, 31), date(2030, 12, 24), date(2027, 12, 24)):
        assert is_workday(day, state="ST")
        assert office.is_closed_on(day)
    actions.open_slots(now=datetime(2026, 12, 21, 7, tzinfo=UTC), days=14)
    days = {row.starts_at.date() for row in Slot.objects.all()}
    assert days == {date(2026, 12, 22), date(2026, 12, 29)}


def test_load_office_again_holds_for_the_times_that_are_there(
    office: Office, facts: dict[str, Any], tmp_path: Path
) -> None:
    actions.open_slots(now=timezone.now())
    first = Slot.objects.earliest("starts_at")
    day = first.starts_at.astimezone(office.zone).date()
    facts["closures"] = [{"day": day, "reason": {"de": "Umzug"}}]
    booked = AppointmentFactory(slot=first)
    call_command("load_office", write(tmp_path, facts), verbosity=0)
    booked.refresh_from_db()
    assert booked.status == Status.DISPLACED
    assert not Slot.objects.in_service().filter(starts_at__date=day).exists()

    facts["counters"][0]["in_service"] = False
    call_command("load_office", write(tmp_path, facts), verbosity=0)
    assert not Slot.objects.in_service().exists()


def test_load_office_twice_changes_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_office", MAGDEBURG)
    assert "0 new, 0 changed" in capsys.readouterr().out
    assert Office.objects.count() == CounterGroup.objects.count() == Counter.objects.count() == 1


def test_load_office_updates_facts(office: Office, facts: dict[str, Any], tmp_path: Path) -> None:
    facts["office"]["phone"] = "0391 540-0"
    facts["counters"][0]["windows"][0]["closes"] = "12:00"
    call_command("load_office", write(tmp_path, facts), verbosity=0)
    assert Office.objects.get().phone == "0391 540-0"
    assert ServiceWindow.objects.filter(closes=time(12)).count() == 1


def test_load_office_leaves_the_status_to_the_desk(office: Office) -> None:
    ServiceStatus.objects.update(state=ServiceStatus.State.PAUSED)
    call_command("load_office", MAGDEBURG, verbosity=0)
    assert ServiceStatus.objects.get().state == ServiceStatus.State.PAUSED


def test_check_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_office", MAGDEBURG, check=True)
    assert capsys.readouterr().out.startswith("Checked")
    assert not Office.objects.exists()


def test_load_office_refuses_to_become_another_office(
    office: Office, facts: dict[str, Any], tmp_path: Path
) -> None:
    facts["office"]["slug"] = "halle"
    with pytest.raises(CommandError, match="this deployment belongs to magdeburg"):
        call_command("load_office", write(tmp_path, facts))


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (["ofice"], {}, "the file has no 'ofice'"),
        (["office", "phon"], "1", "office has no 'phon'"),
        (["office"], None, "office must be a mapping"),
        (["office", "name"], {"en": "Office"}, "office.name needs a German text"),
        (["office", "name"], {"de": " "}, "office.name.de must be a text"),
        (["office", "name"], {"xx": "Büro"}, "office.name has no 'xx'"),
        (["office", "name"], {}, "office.name: "),
        (["office", "release_time"], 840, 'a time in quotes, like "09:00"'),
        (["office", "release_time"], "25:00", "office.release_time can't be '25:00'"),
        (["office", "release_mode"], "sometimes", "office.release_mode: "),
        (["office", "horizon_days"], "many", "office.horizon_days can't be 'many'"),
        (["office", "horizon_days"], -1, "office.horizon_days: "),
        (["office", "horizon_days"], 28, "office.horizon_days: "),
        (["office", "time_zone"], "Europe/Atlantis", "office.time_zone: "),
        (["office", "state"], "XX", "office.state: "),
        (["office", "website"], "somewhere", "office.website: "),
        (["office", "sender_name"], "Magdeburg\n", "office.sender_name: "),
        (["office", "sender_name"], "M\r\nBcc: a@example.org", "office.sender_name: "),
        (["office", "city"], "Magde\u2028burg", "office.city: "),
        (["office", "phone"], [115], "office.phone must be a text"),
        (["office", "visitor_address"], {"de": "x"}, "office.visitor_address must be a text"),
        (["office", "arrive_minutes"], float("inf"), "office.arrive_minutes can't be inf"),
        (["office", "legal_representative"], "a\0b", "file.office.legal_representative has a char"),
        (["office", "name"], {"de": "a\0b"}, "file.office.name.de has a character"),
        (["office", "website"], "javascript:alert(1)", "office.website: "),
        (["links", 0, "address"], "javascript:alert(1)", r"links\[1\].address: "),
        (["box", "time_zone"], "Europe/Atlantis", "box.time_zone: "),
        (["box", "state"], "XX", "box.state: "),
        (["box", "weekdays"], ["monday"], "box.weekdays: "),
        (["box", "name"], {"en": "Box"}, "box.name needs a German text"),
        (["box", "slug"], None, "box.slug: "),
        (["box", "layout"], ["jbs"], "box.layout must be a text"),
        (["box", "phone"], "0391\n115", "box.phone: "),
        (["box", "phone"], ["115"], "box.phone must be a text"),
        (["box", "storage_days"], float("inf"), "box.storage_days can't be inf"),
        (["service", "state"], "asleep", "service.state: "),
        (["counter_groups"], {}, "counter_groups must be a list"),
        (["counter_groups", 0, "mailbox"], "nobody", r"counter_groups\[1\].mailbox: "),
        (["counters", 0, "group"], "x", r"counters\[1\].group 'x' is not among"),
        (["counters", 0, "windows", 0, "weekday"], "Dienstag", "weekday must be one of"),
        (["counters", 0, "windows", 0, "closes"], "08:00", r"windows\[1\]"),
        (["counters", 0, "windows", 0, "closes"], None, r"windows\[1\].closes"),
        (["closures", 0, "day"], "christmas", "must be a day, like 2026-12-24"),
    ],
)
def test_load_office_refuses_bad_values(
    place: list[Any], value: object, sentence: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    spot: Any = facts
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    path = write(tmp_path, facts)
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("load_office", path)
    assert str(refused.value).startswith(str(path))
    assert len(str(refused.value).splitlines()) == 1
    assert not Office.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"office: [", "is not YAML"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"", "must be a mapping"),
        (b"!!python/object/apply:os.getpid []", "is not YAML"),
    ],
)
def test_load_office_refuses_what_is_no_office_file(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "office.yaml"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("load_office", path)


def test_load_office_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read: No such file"):
        call_command("load_office", tmp_path / "none.yaml")


def test_load_office_makes_the_box_with_its_doors(office: Office) -> None:
    box = Box.objects.get(slug="jbs")
    assert (box.state, box.time_zone, box.storage_days) == ("ST", "Europe/Berlin", 7)
    assert box.compartments.count() == 512
