"""The migration that takes the deadline from offers whose notification has not left."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from booking.models import Appointment, Slot
from tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db
migration = importlib.import_module("booking.migrations.0013_offer_without_deadline")


def test_only_offers_with_the_deadline_that_stood_for_none_lose_it(slots: list[Slot]) -> None:
    last = slots[0].starts_at - timedelta(minutes=60)
    untold = AppointmentFactory(offered=True, slot=slots[0], held_until=last, free_from=last)
    told = AppointmentFactory(offered=True, slot=slots[1])
    held = AppointmentFactory(held=True, slot=slots[2])
    before = {row.pk: row.held_until for row in (told, held)}
    editor = SimpleNamespace(connection=connection)
    migration.clear(apps, editor)
    after = dict(Appointment.objects.values_list("pk", "held_until"))
    assert after == before | {untold.pk: None}
    migration.restore(apps, editor)
    assert Appointment.objects.get(pk=untold.pk).held_until == last
