"""The migration that gives persons the key of today's spelling rules."""

from __future__ import annotations

import importlib

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from booking.models import Applicant, Appointment, WaitingEntry
from tests.factories import ApplicantFactory, AppointmentFactory, WaitingEntryFactory

pytestmark = pytest.mark.django_db
migration = importlib.import_module("booking.migrations.0007_rekey_persons")


def _with_old_key(old: str, family_name: str) -> tuple[Applicant, str]:
    """Somebody, and the key that is right."""
    person = ApplicantFactory(given_names="Anna", birth_date="1985-05-12", family_name=family_name)
    right = person.person_key
    Applicant.objects.filter(pk=person.pk).update(person_key=old)
    person.person_key = old
    return person, right


def _rekey() -> None:
    # the models as they were then: their fields have other names today
    then = MigrationLoader(connection).project_state(("booking", "0007_rekey_persons"))
    migration.rekey(then.apps, None)


def test_live_rows_get_the_new_key_with_their_person() -> None:
    person, right = _with_old_key("old", "Groß")
    booked = AppointmentFactory(applicant=person)
    waiting, right_of_waiting = _with_old_key("other", "Yılmaz")
    entry = WaitingEntryFactory(applicant=waiting)
    _rekey()
    person.refresh_from_db()
    booked.refresh_from_db()
    entry.refresh_from_db()
    assert person.person_key == booked.person_key == right
    assert entry.person_key == right_of_waiting
    assert Applicant.objects.filter(flagged_at__isnull=False).count() == 0


def test_two_live_persons_who_become_one_are_namesakes_and_flagged() -> None:
    (first, right), (second, _same) = _with_old_key("a", "Müller"), _with_old_key("b", "Mueller")
    draft, _same = _with_old_key("c", "MUELLER")
    for person in (first, second):
        AppointmentFactory(applicant=person)
        WaitingEntryFactory(applicant=person)
    _rekey()
    rows = {row.pk: row for row in Applicant.objects.all()}
    assert {row.person_key for row in rows.values()} == {right}
    assert [rows[each.pk].namesake_number for each in (first, second, draft)] == [0, 1, 0]
    assert [rows[each.pk].flagged_at is None for each in (first, second, draft)] == [
        True,
        False,
        True,
    ]
    assert set(Appointment.objects.values_list("namesake_number", flat=True)) == {0, 1}
    assert set(WaitingEntry.objects.values_list("namesake_number", flat=True)) == {0, 1}
    before = list(Applicant.objects.order_by("pk").values())
    _rekey()
    assert list(Applicant.objects.order_by("pk").values()) == before


def test_who_is_forgotten_stays_forgotten() -> None:
    person = AppointmentFactory().applicant
    Applicant.objects.filter(pk=person.pk).update(person_key="", forgotten_at=person.created_at)
    Appointment.objects.update(person_key="", status="completed", outcome="served")
    _rekey()
    assert list(Applicant.objects.values_list("person_key", flat=True)) == [""]
    assert list(Appointment.objects.values_list("person_key", flat=True)) == [""]
