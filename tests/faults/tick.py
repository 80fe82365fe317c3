"""python -m tests.faults.tick: `manage.py tick --every 1`, as a module."""

import django
from django.core.management import call_command

django.setup()
call_command("tick", every=1.0)
