"""Servers of their own for tests that need a whole stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.config.planting import deployment  # noqa: F401  (a fixture of several files)
from tests.servers import Postgres, postgres


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL that belongs to the tests of one module."""
    with postgres() as server:
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what a test wants to be read in the last lines of the run."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "last_line":
                terminalreporter.write_line(str(value))
