"""What every test stands on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from config.foundation import clock
from config.foundation.office import Office, forget_memory

IN_CI = os.environ.get("CI") == "true"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The same examples each time in CI; new ones at home.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis_settings.register_profile("home", deadline=None)
hypothesis_settings.load_profile("ci" if IN_CI else "home")


class Account:
    """Says what a run did not prove: journeys without a browser, races that were skipped."""

    def __init__(self) -> None:
        self.left_out = 0
        self.skipped: list[str] = []

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves out the journeys where no Chromium is installed; CI must have one."""
        journeys = [item for item in items if item.get_closest_marker("journey")]
        if not journeys or "not journey" in config.option.markexpr:
            return
        # Playwright keeps an event loop in the test's thread, and Django would refuse it queries.
        os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        if CHROMIUM:
            return
        if IN_CI:
            raise pytest.UsageError(f"CI needs Chromium for {len(journeys)} journeys")
        items[:] = [item for item in items if item not in journeys]
        self.left_out = len(journeys)
        config.hook.pytest_deselected(items=journeys)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes a race or fault that was skipped, so that nobody takes it for proven."""
        if report.skipped and {"race", "fault"} & set(report.keywords):
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A skipped race on PostgreSQL fails CI; leaving out all journeys is no failure at home."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.left_out:
            session.exitstatus = pytest.ExitCode.OK
        if IN_CI and self.skipped and connection.vendor == "postgresql":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says in the last lines what was not run."""
        for nodeid in self.skipped:
            terminalreporter.write_line(f"skipped, so not proven on {connection.vendor}: {nodeid}")
        if self.left_out:
            terminalreporter.write_line(
                f"{self.left_out} journeys were left out: no Chromium here. Install one (Debian "
                "and Ubuntu: apt-get install chromium) or name it in CHROMIUM, then: make journeys"
            )


def pytest_configure(config: pytest.Config) -> None:
    """Keeps account of the whole run."""
    config.pluginmanager.register(Account())


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The language of the sources, whatever page the last test asked for."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def clocks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests travel in time and their database does not."""
    monkeypatch.setattr(clock, "skew", lambda *, now: timedelta(0))


@pytest.fixture
def office(db: None) -> Office:
    """Magdeburg, loaded from its own file."""
    call_command("load_office", "config/offices/magdeburg.yaml", verbosity=0)
    return Office.objects.get()


@pytest.fixture
def office_remembered(settings: Any) -> Iterator[None]:
    """The memory of the office that a running server has, for tests that count queries."""
    settings.OFFICE_MEMORY_SECONDS = 60
    forget_memory()
    yield
    forget_memory()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The Chromium of the distribution, quiet and without its sandbox (CI runs as root)."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": CHROMIUM_ARGUMENTS,
    }
