"""Servers of their own for tests that need a whole stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Postgres, postgres


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL that belongs to the tests of one module."""
    with postgres() as server:
        yield server
