"""What lies below the program: a full disk, a database that is stopped, tables that change."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from booking.models import Appointment
from booking.simulation import rush_rehearsal
from tests.faults.conftest import ROOT, System, booked, report, wait_for
from tests.faults.ways import way_to

pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def session(database: str = "") -> psycopg.Connection[Any]:
    """A session of the administrator, beside those of the product."""
    address = settings.DATABASES["default"]
    return psycopg.connect(
        host=address["HOST"],
        port=address["PORT"],
        user=address["USER"],
        dbname=database or connection.settings_dict["NAME"],
        autocommit=True,
    )


# --- disks ---------------------------------------------------------------------------------------


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of one megabyte that the database may write to."""
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir="/tmp"))
    owner = data_directory().stat()
    options = f"size=1m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


@contextmanager
def table_on(disk: Path, table: str) -> Iterator[None]:
    """A table of the product lies on `disk` until the block ends."""
    with session() as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        try:
            admin.execute(f"ALTER TABLE {table} SET TABLESPACE small")
            yield
        finally:
            admin.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
            admin.execute("DROP TABLESPACE small")


def test_disk_of_the_database_is_full(system: System) -> None:
    """F26: 503 and nothing half-written; when there is room again, the same press works."""
    system.start_web()
    (browser,) = system.people(1)
    path, page, fields = asyncio.run(way_to(browser, "hold"))
    with small_disk() as disk, table_on(disk, "booking_appointmentevent"):
        with contextlib.suppress(OSError), (disk / "junk").open("wb", buffering=0) as junk:
            while True:
                junk.write(bytes(4096))
        broken = asyncio.run(browser.post(path, page, **fields))
        assert broken.status == 503
        assert not Appointment.objects.exists()
        assert asyncio.run(browser.get("/de/times/")).status == 200
        (disk / "junk").unlink()
        assert asyncio.run(browser.post(path, page, **fields)).status == 303
    assert Appointment.objects.count() == 1


def test_disk_of_the_log_is_full(system: System) -> None:
    """F26: no line can be written, and people book as ever."""
    with Path("/dev/full").open("wb") as full:
        system.start_web(output=full)
        outcome = system.book(system.people(20))
    assert (outcome.booked, outcome.faults) == (20, 0)


# --- a database that goes and comes --------------------------------------------------------------


def data_directory() -> Path:
    """Where the server of this run keeps its data; only on the machine of the test."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    if not (folder / "postmaster.pid").exists():
        pytest.skip("the database is not on this machine")
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("other tests use the same server at this moment")
    return folder


def crash(folder: Path) -> None:
    """Stops the server at once, as `pg_ctl stop -m immediate` does."""
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    wait_for(lambda: not (folder / "postmaster.pid").exists(), seconds=10)


def start_again(folder: Path) -> None:
    """Starts the server with the options it had, as the user who owns its data."""
    owner = folder.stat()
    line = (folder / "postmaster.opts").read_text().strip()
    subprocess.run(
        ["sh", "-c", f"{line} >/dev/null 2>&1 &"],
        check=True,
        cwd="/",
        user=owner.st_uid,
        group=owner.st_gid,
        extra_groups=[],
        start_new_session=True,
    )

    def answers() -> bool:
        with contextlib.suppress(psycopg.OperationalError), session("postgres"):
            return True
        return False

    wait_for(answers, seconds=30)


def test_database_crashes_for_a_minute(system: System) -> None:
    """F16, F14: for 60 s 503 within three seconds each; ten seconds after its start all goes on."""
    folder = data_directory()
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:  # the servers of tests forget for speed; production never
        cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    system.start_web()
    people = system.people(30)
    assert system.book(people[:10]).booked == 10
    connection.close()
    crash(folder)
    try:
        end, answers = time.monotonic() + 60, []
        while time.monotonic() < end:
            answers.append(asyncio.run(people[0].get("/de/times/")))
            time.sleep(0.5)
        assert {answer.status for answer in answers} == {503}
        assert asyncio.run(people[0].get("/readyz")).status == 503
    finally:
        start_again(folder)
    took = wait_for(lambda: asyncio.run(people[0].get("/readyz")).status == 200, seconds=10)
    outcome = system.book(people[10:])
    assert (outcome.booked, outcome.faults, outcome.missing) == (20, 0, 0)
    assert booked() == 30
    slowest = max(answer.seconds for answer in answers)
    report("F16", slowest_503=slowest, back_after_s=took)
    assert slowest <= 3


# --- tables that change --------------------------------------------------------------------------

NEXT_RELEASE = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("booking", "{last}")]
    operations = [
        migrations.AddField("appointment", "remark", models.TextField(null=True)),
        migrations.AddIndex("slot", models.Index(fields=["ends_at"], name="slot_ends_at_later")),
    ]
"""


@pytest.fixture
def next_release(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Runs `manage.py migrate` of a later release, which has one migration more."""
    ours = ROOT / "booking" / "migrations"
    later = tmp_path / "later_migrations"
    shutil.copytree(ours, later, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.stem for path in ours.glob("0*.py"))
    (later / "9999_later.py").write_text(NEXT_RELEASE.format(last=last))
    (tmp_path / "later_settings.py").write_text(
        "from config.settings import *\nMIGRATION_MODULES = {'booking': 'later_migrations'}\n"
    )

    def migrate(system: System, *target: str) -> subprocess.Popen[bytes]:
        environment = {
            **system.environment,
            "PYTHONPATH": f"{tmp_path}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "later_settings",
        }
        line = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target]
        return subprocess.Popen(line, cwd=ROOT, env=environment, stderr=subprocess.PIPE)

    yield migrate
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE booking_appointment DROP COLUMN IF EXISTS remark")
        cursor.execute("DROP INDEX IF EXISTS slot_ends_at_later")
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


def test_migrate_while_people_book(
    system: System, next_release: Callable[..., subprocess.Popen[bytes]]
) -> None:
    """F24: behind a long reader it gives way after two seconds; the old code books on meanwhile."""
    system.start_web()
    people, lookers = system.people(60), system.people(5)

    async def look(browser: rush_rehearsal.Browser) -> None:
        for _time in range(60):
            await asyncio.sleep(0.5)
            await browser.get("/de/times/")

    async def migrate() -> tuple[int | None, str, int | None]:
        await asyncio.sleep(3)
        with session() as reader:
            reader.autocommit = False
            reader.execute("SELECT count(*) FROM booking_appointment")
            first = next_release(system)
            _out, said = await asyncio.to_thread(first.communicate)
            reader.rollback()
        second = next_release(system)
        await asyncio.to_thread(second.communicate)
        return first.returncode, said.decode(), second.returncode

    async def rush() -> tuple[list[rush_rehearsal.Told], tuple[int | None, str, int | None]]:
        (told, _seconds), codes, _looked = await asyncio.gather(
            rush_rehearsal.rush(people, rush_rehearsal.book, seconds=28),
            migrate(),
            asyncio.gather(*map(look, lookers)),
        )
        return told, codes

    told, (first, said, second) = asyncio.run(rush())
    assert first == 1
    assert "run migrate again" in said
    assert second == 0
    assert not [each.fault for each in told if each.fault]
    answers = [answer for each in people + lookers for answer in each.answers]
    assert set(Counter(answer.status for answer in answers)) <= {200, 303, 409}
    slowest = max(answer.seconds for answer in answers)
    report("F24", requests=len(answers), slowest=slowest)
    assert slowest <= 3
    assert booked() == 60
