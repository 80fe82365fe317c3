"""An office on a Monday morning, open, with free times, behind a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from config.foundation.office import Office
from tests.documents.applications.making import ready
from tests.factories import MONDAY
from tests.look import desk


@pytest.fixture
def monday() -> Iterator[None]:
    """Eight o'clock; the clock goes on from there."""
    with time_machine.travel(MONDAY, tick=True):
        yield


@pytest.fixture
def site(monday: None, live_server: LiveServer, office: Office) -> str:
    """The address of a server whose office has free times."""
    call_command("load_catalogue", verbosity=0)
    call_command("open_slots", verbosity=0)
    return live_server.url


@pytest.fixture
def demo_day(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The office on its demo day, on a machine where anybody may try everything at once."""
    settings.LOOPBACK = True
    settings.APPLICATIONS = ready(tmp_path)
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
    with time_machine.travel(desk.DEMO_NOW, tick=True):
        desk.load()
        yield


@pytest.fixture
def demo_desk(demo_day: None, live_server: LiveServer) -> str:
    """The address of a server with the demo day at its desk, and three very long names."""
    desk.rename()
    return live_server.url
