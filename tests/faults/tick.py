"""python -m tests.faults.tick: `manage.py tick --every 1`, maybe on a host with a wrong clock."""

import django
from django.core.management import call_command

from tests.faults import clock  # noqa: F401

django.setup()
call_command("tick", every=1.0)
