"""Which tests prove the same whatever the database is, and so need to run only once.

The suite runs on SQLite and on PostgreSQL. On the second (`--database-only`) these are left out.
"""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest
from django.test import SimpleTestCase

FIXTURES = {
    "db",
    "transactional_db",
    "django_db_setup",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
}
MARKERS = ("django_db", "race", "fault", "journey", "slow", "skip", "skipif")
# How a test gets at the database of the run without one of the fixtures.
OTHERWISE = re.compile(r"\b(connections?|DATABASE_URL|DATABASES|environ|subprocess|\w*cluster)\b")


def is_needed_once(item: pytest.Item) -> bool:
    """True if nothing in the test can reach the database of the run, or if it says `once`."""
    # a skipped one may be skipped on the other database, and then it would run nowhere
    if any(item.get_closest_marker(name) for name in MARKERS):
        return False
    if FIXTURES & set(getattr(item, "fixturenames", FIXTURES)):
        return False
    if issubclass(getattr(item, "cls", None) or object, SimpleTestCase):
        return False
    once = item.get_closest_marker("once") is not None
    return once or not OTHERWISE.search(_source(getattr(item, "module", None)))


def _source(module: ModuleType | None) -> str:
    return inspect.getsource(module) if module else "connection"
