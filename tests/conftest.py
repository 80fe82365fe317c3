"""What every test stands on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from booking.availability import forget_memory as forget_times
from booking.views.page_cache import PageCache
from config.foundation import clock
from config.foundation.contacts import forget_links
from config.foundation.office import Office, forget_memory
from documents import catalogue, yaml_files
from documents.management.commands import load_catalogue
from documents.validation import read
from tests import offices
from tests.once import is_needed_once
from tests.randomness import SEED

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

# The same examples each time in CI; new ones at home, with the line that repeats one that failed.
hypothesis_settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis_settings.register_profile("home", deadline=None, print_blob=True)
hypothesis_settings.load_profile("ci" if IN_CI else "home")


class Account:
    """Says what a run did not prove: journeys without a browser, races that were skipped."""

    def __init__(self) -> None:
        self.left_out = 0
        self.once = 0
        self.skipped: list[str] = []

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves out what was proven elsewhere, and journeys where no Chromium is installed.

        CI must have a Chromium.
        """
        if config.getoption("database_only", default=False):
            once = [item for item in items if is_needed_once(item)]
            self.once = len(once)
            items[:] = [item for item in items if item not in set(once)]
            config.hook.pytest_deselected(items=once)
        _begin_with_longest(items)
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
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["account"] = (self.left_out, self.once)
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.left_out:
            session.exitstatus = pytest.ExitCode.OK
        if IN_CI and self.skipped and connection.vendor == "postgresql":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hears from a worker of xdist, which does the collecting, what it left out."""
        told = getattr(node, "workeroutput", {})  # a worker that died told nothing
        self.left_out, self.once = told.get("account", (self.left_out, self.once))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says in the last lines the seed and what was not run; counts for `tests.durations`."""
        if counted := os.environ.get("TESTS_COUNTED_IN"):
            ran = sum(len(terminalreporter.getreports(each)) for each in ("passed", "failed"))
            Path(counted).write_text(str(ran))
        terminalreporter.write_line(f"TEST_SEED={SEED} repeats what tests drew by chance")
        for nodeid in self.skipped:
            terminalreporter.write_line(f"skipped, so not proven on {connection.vendor}: {nodeid}")
        if self.once:
            terminalreporter.write_line(
                f"{self.once} tests were left out here: they need no database and run once, "
                "on SQLite (make test-sqlite)"
            )
        if self.left_out:
            terminalreporter.write_line(
                f"{self.left_out} journeys were left out: no Chromium here. Install one (Debian "
                "and Ubuntu: apt-get install chromium) or name it in CHROMIUM, then: make journeys"
            )


def _begin_with_longest(items: list[pytest.Item]) -> None:
    """Begun at the end, the longest would keep one worker busy while the others stand still."""
    items.sort(key=lambda item: item.get_closest_marker("longest") is None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a run on the second database asks for, and one for another office."""
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out what is the same on every database (it ran on SQLite)",
    )
    parser.addoption(
        "--office",
        type=Path,
        default=offices.MAGDEBURG,
        metavar="FILE",
        help="the office file that the tests run for",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keeps account of the whole run, and knows the office that it is for."""
    offices.chosen = config.getoption("office", default=offices.MAGDEBURG)
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


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> Iterator[None]:
    """What a process remembers for a moment is of the test that asked, and not of the next."""
    yield
    forget_memory()
    forget_links()
    forget_times()
    catalogue.forget_memory()


@pytest.fixture(scope="session", autouse=True)
def catalogue_is_read_once() -> Iterator[None]:
    """The files of the shipped catalogue are read once; each test still publishes them itself."""
    shipped: dict[str, Any] = {}

    def load(folder: Path) -> Any:
        if folder != yaml_files.SHIPPED:
            return yaml_files.load(folder)
        if not shipped:
            shipped["content"], shipped["place"] = yaml_files.load(folder)
            shipped["whole"] = read(shipped["content"])
        return deepcopy(shipped["content"]), shipped["place"]

    def whole(content: Any) -> Any:
        return shipped["whole"] if content == shipped.get("content") else read(content)

    with mock.patch.multiple(load_catalogue, load=load, read=whole):
        yield


@pytest.fixture
def office(db: None) -> Office:
    """Magdeburg, or the office of `--office`, loaded from its own file."""
    call_command("load_office", offices.chosen, verbosity=0)
    return Office.objects.get()


@pytest.fixture
def office_remembered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of the office that a running server has, for tests that count queries.

    A first page that was written from it is gone with the test: the next one has another office.
    """
    settings.OFFICE_MEMORY_SECONDS = 60
    monkeypatch.setattr("booking.views.booking_flow._written", PageCache())


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The Chromium of the distribution, quiet and without its sandbox (CI runs as root)."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": CHROMIUM_ARGUMENTS,
    }
