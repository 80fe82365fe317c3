"""The office in which the pairs meet."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command

from config.foundation.office import Office
from tests.factories import MONDAY, OfficeFactory, ServiceStatusFactory, StaffFactory


@pytest.fixture
def magdeburg(transactional_db: None) -> Office:
    """An open office with a catalogue and two chiefs who may do everything."""
    with time_machine.travel(MONDAY, tick=False):
        office: Office = OfficeFactory(
            proof=Office.Proof.NEVER, persons_per_domain=30_000, holds_per_hour=1_000
        )
        ServiceStatusFactory()
        call_command("load_catalogue", verbosity=0)
        for username in ("chief", "second"):
            chief = StaffFactory(username=username, is_superuser=True, language="en")
            chief.groups.add(Group.objects.get(name="caseworker"))  # a colleague at the desk
    return office
