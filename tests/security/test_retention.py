"""Nothing is kept longer than needed: reliability.md section 6, I31, I33, P1 to P13."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, connections, models
from django.test import Client

from booking.actions import retention
from booking.actions.bookings import cancel
from booking.actions.erasure import forget_applicant
from booking.actions.visit_notes import write_note
from booking.models import Applicant, Appointment, AppointmentEvent, Invitation, WaitingEntry
from booking.notifications.enqueue import enqueue_invitation, enqueue_waiting
from booking.states import Status
from config.foundation.audit import AccessRecord
from config.foundation.bots import BotSignal, flag
from config.foundation.limits import Limit, take
from config.foundation.office import Office
from config.foundation.outbox import Notification, send_due
from config.operations import tasks
from config.operations.retention import forget_due
from pickup_box.models import Consent, Deposit
from tests.booking.visitors import Visitor
from tests.factories import (
    MONDAY,
    ApplicantFactory,
    AppointmentFactory,
    InvitationFactory,
    InvitedFactory,
    SlotFactory,
    StaffFactory,
    WaitingEntryFactory,
)
from tests.pickup_box.making import make_box, make_notified

CANARY = "Kanarienvogel"
MAILBOX = "kanarienvogel"
BIRTH = "1961-02-03"
LONG_AFTER = MONDAY + timedelta(days=14)


def _person(n: int) -> dict[str, str]:
    return {
        "family_name": f"{CANARY}-{'abcdefg'[n]}",
        "given_names": CANARY,
        "birth_date": BIRTH,
        "email": f"{MAILBOX}{n}@example.org",
        "phone": "+49391999888",
    }


def every_cell() -> str:
    """Every cell of every table, as the database holds it."""
    cells = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            cells.append(str(cursor.fetchall()))
    return "\n".join(cells)


def _traces(text: str) -> list[str]:
    found = [word for word in (CANARY, BIRTH, "03.02.1961", "391999888") if word in text]
    return found + ([MAILBOX] if MAILBOX in text.casefold() else [])


def _live_through_everything() -> None:
    """One person for each class, through the pages where there are pages."""
    with time_machine.travel(MONDAY, tick=False):
        SlotFactory.create_batch(6)
        call_command("load_catalogue", verbosity=0)
        booked, drafted, refused = Visitor(Client()), Visitor(Client()), Visitor(Client())
        booked.books(**_person(0))
        drafted.enters(**_person(1))
        refused.send("details/", _person(2) | {"birth_date": f"31/12/1985 {CANARY}"})
        cancelled = AppointmentFactory(applicant=ApplicantFactory(**_person(3)))
        reason = Appointment.CancelReason.BY_APPLICANT
        cancel(appointment=cancelled, reason=reason, now=MONDAY)
        WaitingEntryFactory(applicant=ApplicantFactory(**_person(4)))
        visit = AppointmentFactory(applicant=ApplicantFactory(**_person(5)), checked_in=True)
        invited = InvitedFactory(
            **_person(6),
            invitation__case_reference=CANARY,
            invitation__valid_until=MONDAY + timedelta(days=9),
        )
        assert invited.invitation is not None
        enqueue_invitation(invited.invitation, now=MONDAY)
        send_due(queue=Notification.Queue.ORDINARY, now=MONDAY)
        staff = StaffFactory(username="desk")
        write_note(appointment=visit, text=CANARY, version=0, now=MONDAY, by=staff)
        deposit, _code = make_notified(make_box(), staff, now=MONDAY, contact="a@example.org")
        Deposit.objects.filter(pk=deposit.pk).update(
            contact=f"{MAILBOX}@example.org",
            holder_birth_date=BIRTH,
            case_reference=CANARY,
            collector_name=CANARY,
            status="cleared",
            status_since=MONDAY,
            code_hashes="",
        )
        Consent.objects.filter(deposits=deposit).update(case_reference=CANARY)
        appointment = Appointment.objects.exclude(booked_at=None).first()
        LogEntry.objects.create(user=staff, object_repr=str(appointment), action_flag=2)
        flag(kind=BotSignal.Kind.HONEYPOT, subject=str(appointment), now=MONDAY)
        take("code", f"{MAILBOX}@example.org", limit=3, per=timedelta(hours=1), now=MONDAY)
        AccessRecord.objects.create(by=staff, kind="view", subject="applicant/1", at=MONDAY)


@pytest.fixture
def _lived(transactional_db: None, magdeburg: Office) -> None:
    _live_through_everything()
    # a place on the list ends first; its person is forgotten a day later
    WaitingEntry.objects.update(joined_at=MONDAY - timedelta(days=100))
    forget_due(now=MONDAY, apply=True)


@pytest.mark.usefixtures("_lived")
def test_canary_is_found_nowhere_after_retention() -> None:  # I33
    before = every_cell()
    assert len(_traces(before)) == 4  # the test can see it
    assert CANARY in str([message.body for message in mail.outbox])

    first = forget_due(now=LONG_AFTER, apply=True)
    assert first["P2 appointments"] == 2
    assert first["P3 cancelled"] == 2
    assert first["P1 drafts"] == 1
    assert first["P3 invitations"] == 1
    assert first["P5 deposits"] == 1
    assert _traces(every_cell()) == []
    second = forget_due(now=LONG_AFTER, apply=True)
    assert not any(second.values()), second

    assert Appointment.objects.count() == 3  # what statistics need is still there
    assert not Applicant.objects.filter(forgotten_at=None).exists()


@pytest.mark.usefixtures("_lived")
def test_killed_run_is_finished_by_the_next() -> None:
    connections.close_all()
    child = os.fork()
    if child == 0:
        done: list[int] = []
        one = retention._forget_batch

        def then_die(keys: list[int], name: str, **when: Any) -> int:
            if done:
                os.kill(os.getpid(), signal.SIGKILL)
            done.extend(keys)
            return one(keys, name, **when)

        mock.patch.multiple(retention, _forget_batch=then_die, BATCH=1).start()
        forget_due(now=LONG_AFTER, apply=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert _traces(every_cell()) != []
    forget_due(now=LONG_AFTER, apply=True)
    assert _traces(every_cell()) == []
    assert not any(forget_due(now=LONG_AFTER, apply=True).values())


@pytest.mark.usefixtures("_lived")
def test_bytes_of_sqlite_hold_no_canary_after_a_checkpoint() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("what may stay in heap and WAL of PostgreSQL is stated in docs/privacy.md")
    forget_due(now=LONG_AFTER, apply=True)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = Path(str(connection.settings_dict["NAME"]))
    for path in (file, file.with_name(file.name + "-wal")):
        content = path.read_bytes() if path.exists() else b""
        assert CANARY.encode() not in content
        assert MAILBOX.encode() not in content


def test_two_runs_at_once_forget_everybody_once(
    transactional_db: None, magdeburg: Office
) -> None:  # 180
    appointments = AppointmentFactory.create_batch(12, completed=True)

    def run(_n: int) -> int:
        try:
            return forget_due(now=LONG_AFTER, apply=True)["P2 appointments"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(run, range(2))) == len(appointments)
    assert not Applicant.objects.filter(forgotten_at=None).exists()


def test_run_that_has_no_time_left_goes_on_with_the_next_message(
    transactional_db: None, magdeburg: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker's limit of a minute once cut a run of an hour's people off, hour by hour."""
    AppointmentFactory.create_batch(5, completed=True)
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(tasks, "FORGET_SECONDS", -1)
    rounds = 0
    with time_machine.travel(LONG_AFTER):
        while Applicant.objects.filter(forgotten_at=None).exists():
            tasks.forget()
            rounds += 1
            assert rounds < 50
    assert rounds > 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "gone"), [(47, False), (49, True)], ids=["within two days", "after two days"]
)
def test_appointment_is_forgotten_two_days_after_its_time(
    magdeburg: object, hours: int, gone: bool
) -> None:  # P2
    appointment = AppointmentFactory(completed=True)
    forget_due(now=appointment.slot.ends_at + timedelta(hours=hours), apply=True)
    appointment.applicant.refresh_from_db()
    assert (appointment.applicant.forgotten_at is not None) == gone
    assert (appointment.applicant.family_name == "") == gone


@pytest.mark.django_db
def test_step_of_staff_loses_its_name_after_a_year(magdeburg: object) -> None:  # P10
    staff, appointment = StaffFactory(), AppointmentFactory()
    steps = AppointmentEvent.objects.filter(appointment=appointment)
    cancel(
        appointment=appointment,
        reason=Appointment.CancelReason.OFFICE,
        now=MONDAY,
        by=staff,
    )
    year = timedelta(days=365)
    forget_due(now=MONDAY + year - timedelta(seconds=1), apply=True)
    assert steps.get(by=staff).actor == "staff"
    assert forget_due(now=MONDAY + year, apply=True)["P10 names of staff in steps"] == 1
    assert steps.get(actor="desk").by is None
    assert not forget_due(now=MONDAY + year, apply=True)["P10 names of staff in steps"]


@pytest.mark.django_db
def test_invited_person_is_kept_to_the_end_and_a_day(magdeburg: object) -> None:
    invited = InvitedFactory()
    assert invited.invitation is not None
    ends = invited.invitation.valid_until
    forget_due(now=ends + timedelta(hours=24) - timedelta(seconds=1), apply=True)
    invited.refresh_from_db()
    assert invited.family_name
    forget_due(now=ends + timedelta(hours=24), apply=True)
    invited.refresh_from_db()
    assert (invited.family_name, Invitation.objects.get().person_key) == ("", "")


@pytest.mark.django_db
def test_invited_visit_is_forgotten_as_every_visit(magdeburg: object) -> None:
    invited = InvitedFactory(invitation__valid_until=MONDAY + timedelta(days=60))
    visit = AppointmentFactory(applicant=invited, invitation=invited.invitation, completed=True)
    forget_due(now=visit.slot.ends_at + timedelta(hours=47), apply=True)
    invited.refresh_from_db()
    assert invited.family_name
    forget_due(now=visit.slot.ends_at + timedelta(hours=49), apply=True)
    invited.refresh_from_db()
    assert invited.family_name == ""


@pytest.mark.django_db
def test_invitation_loses_the_names_of_staff_after_a_year(magdeburg: object) -> None:  # P10
    staff = StaffFactory()
    row = InvitationFactory(issued_by=staff, withdrawn_by=staff, withdrawn_at=MONDAY)
    year = timedelta(days=365)
    assert forget_due(now=MONDAY + year, apply=True)["P10 names of staff in steps"] == 1
    row.refresh_from_db()
    assert (row.issued_by, row.withdrawn_by, row.withdrawn_at) == (None, None, MONDAY)


@pytest.mark.django_db
def test_visit_that_nobody_closed_is_closed_and_forgotten(magdeburg: object) -> None:  # I31
    booked, arrived = AppointmentFactory(), AppointmentFactory(checked_in=True)
    now = booked.slot.ends_at + timedelta(days=3)
    forget_due(now=now, apply=True)
    booked.refresh_from_db()
    arrived.refresh_from_db()
    assert (booked.status, arrived.status) == (Status.NO_SHOW, Status.COMPLETED)
    assert booked.events.latest("version").detail == "nobody closed it"
    assert not Applicant.objects.filter(forgotten_at=None).exists()


@pytest.mark.django_db
def test_those_who_still_need_the_office_are_kept(magdeburg: object) -> None:
    coming = AppointmentFactory()
    waiting = WaitingEntryFactory()
    counts = forget_due(now=coming.slot.starts_at, apply=True)
    assert not any(counts.values())
    for applicant in (coming.applicant, waiting.applicant):
        applicant.refresh_from_db()
        assert applicant.family_name


@pytest.mark.django_db
def test_place_on_the_list_ends_after_ninety_days(magdeburg: object) -> None:
    entry = WaitingEntryFactory()
    forget_due(now=entry.joined_at + timedelta(days=89), apply=True)
    assert WaitingEntry.objects.active().count() == 1
    forget_due(now=entry.joined_at + timedelta(days=91), apply=True)
    assert WaitingEntry.objects.active().count() == 0


@pytest.mark.django_db
def test_every_text_about_an_applicant_is_blanked() -> None:
    """A column that `forget_applicant` does not name would stay for ever."""
    kept = {"language"}  # says nothing of a person, and statistics count it
    kinds = (models.CharField, models.TextField, models.JSONField)
    personal = [each for each in Applicant._meta.fields if isinstance(each, kinds)]
    personal = [each for each in personal if each.name not in kept]
    applicant = ApplicantFactory()
    for field in personal:
        is_json = isinstance(field, models.JSONField)
        value = [CANARY] if is_json else CANARY[: field.max_length]
        Applicant.objects.filter(pk=applicant.pk).update(**{field.name: value}, verified_at=None)
    Applicant.objects.filter(pk=applicant.pk).update(text_me=True, phone_proved_at=MONDAY)
    forget_applicant(applicant, now=MONDAY)
    applicant.refresh_from_db()
    assert applicant.forgotten_at == MONDAY
    assert {field.name for field in personal if getattr(applicant, field.name)} == set()
    assert (applicant.text_me, applicant.phone_proved_at) == (False, None)


@pytest.mark.django_db
def test_small_rows_go_with_their_class() -> None:  # P6, P8, P10, P11
    staff = StaffFactory()
    AccessRecord.objects.create(by=staff, kind="view", subject="x/1", at=MONDAY)
    flag(kind=BotSignal.Kind.HONEYPOT, now=MONDAY)
    take("a", "b", limit=1, per=timedelta(hours=1), now=MONDAY)
    for model, days in ((Limit, 2), (BotSignal, 31), (AccessRecord, 366)):
        forget_due(now=MONDAY + timedelta(days=days - 1.9), apply=True)
        assert model.objects.exists()
        forget_due(now=MONDAY + timedelta(days=days), apply=True)
        assert not model.objects.exists()


@pytest.mark.django_db
def test_forget_counts_and_changes_nothing_unless_told_to(
    magdeburg: object, tmp_path: Path
) -> None:  # T-C8
    appointment = AppointmentFactory(completed=True)
    evidence = tmp_path / "evidence.json"
    with time_machine.travel(appointment.slot.ends_at + timedelta(days=3)):
        out = StringIO()
        call_command("forget", "--json", stdout=out)
        assert json.loads(out.getvalue())["rows"]["P2 appointments"] == 1
        appointment.applicant.refresh_from_db()
        assert appointment.applicant.forgotten_at is None
        call_command("forget", "--apply", "--report", str(evidence), stdout=StringIO())
        report = json.loads(evidence.read_text())
        assert report["applied"]
        assert report["rows"]["P2 appointments"] == 1
        assert appointment.applicant.family_name not in evidence.read_text()
        out = StringIO()
        call_command("forget", "--apply", "--json", stdout=out)
        assert json.loads(out.getvalue())["total"] == 0


@pytest.mark.django_db
def test_forget_person_waits_for_the_end_of_the_appointment(magdeburg: object) -> None:
    appointment = AppointmentFactory()
    call_command("forget_person", appointment.reference, stdout=StringIO())
    with pytest.raises(CommandError, match="open"):
        call_command("forget_person", appointment.reference, "--apply")
    cancel(appointment=appointment, reason=Appointment.CancelReason.BY_APPLICANT, now=MONDAY)
    call_command("forget_person", appointment.reference, "--apply", stdout=StringIO())
    call_command("forget_person", appointment.reference, "--apply", stdout=StringIO())
    appointment.applicant.refresh_from_db()
    assert appointment.applicant.family_name == ""
    for told in (["--apply"], []):
        with pytest.raises(CommandError, match="reference"):
            call_command("forget_person", "NONE-SUCH", *told)


@pytest.mark.django_db
def test_forget_person_blanks_an_ended_deposit(magdeburg: object) -> None:
    deposit, _code = make_notified(make_box(), StaffFactory(), contact="a@example.org")
    with pytest.raises(CommandError, match="deposit"):
        call_command("forget_person", deposit.reference, "--apply")
    Deposit.objects.filter(pk=deposit.pk).update(status="cleared", code_hashes="")
    call_command("forget_person", deposit.reference, "--apply", stdout=StringIO())
    deposit.refresh_from_db()
    assert (deposit.contact, deposit.holder_birth_date) == ("", "")


@pytest.mark.django_db
def test_export_person_tells_everything_and_who_asked(magdeburg: object) -> None:  # T-C7
    appointment = AppointmentFactory()
    entry = WaitingEntryFactory(applicant=appointment.applicant)
    enqueue_waiting(entry, "joined", now=MONDAY)
    StaffFactory(username="frieda")
    out = StringIO()
    given = ["--by", "frieda", "--reason", "request of Monday"]
    call_command("export_person", appointment.reference.lower(), *given, stdout=out)
    found = json.loads(out.getvalue())
    text = out.getvalue()
    assert appointment.applicant.family_name in text
    assert appointment.applicant.email in text
    assert {row["what"] for row in found["data"]} == {"applicant", "appointment", "waiting entry"}
    assert [row["subject"] for row in found["letters"]] == [entry.subject]
    assert appointment.person_key not in text
    record = AccessRecord.objects.get()
    assert (record.kind, record.by.username, record.reason) == (
        "export",
        "frieda",
        "request of Monday",
    )
    with pytest.raises(CommandError, match="user name"):
        call_command("export_person", appointment.reference, "--by", "x", "--reason", "x")


@pytest.mark.django_db
def test_invitation_is_exported_and_forgotten_by_its_reference(magdeburg: object) -> None:
    row = InvitedFactory(invitation__case_reference="4711/26").invitation
    assert row is not None
    StaffFactory(username="frieda")
    out = StringIO()
    given = ["--by", "frieda", "--reason", "request of Monday"]
    call_command("export_person", row.reference, *given, stdout=out)
    assert "4711/26" in out.getvalue()
    assert row.person_key not in out.getvalue()
    with pytest.raises(CommandError, match="open"):
        call_command("forget_person", row.reference, "--apply")
    Invitation.objects.update(withdrawn_at=MONDAY)
    call_command("forget_person", row.reference, "--apply", stdout=StringIO())
    assert not Applicant.objects.exclude(family_name="").exists()


def test_no_class_is_kept_without_a_limit() -> None:
    assert all(
        timedelta(0) < period <= timedelta(days=366) for period in settings.RETENTION.values()
    )
