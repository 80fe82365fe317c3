"""What every process of a race has in memory when it starts; see `tests.forked`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()

from booking import actions  # noqa: E402
from pickup_box.actions import deposits, doors, visits  # noqa: E402
from tests.races import actors, wear  # noqa: E402

__all__ = ["actions", "actors", "deposits", "doors", "visits", "wear"]
