"""Processes of their own for a test, each ready to act at once.

They are forked from one process that has Django loaded: eight that begin from nothing would load
it eight times, which takes longer than most races. That process has no connection and no thread.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext

from django.conf import settings


def context() -> ForkServerContext:
    """Makes processes, pipes and barriers; `tests.loaded` is what each process has in memory."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.loaded"])
    return found


def database() -> str:
    """The name of the database the test stands on; the processes are told it."""
    return str(settings.DATABASES["default"]["NAME"])


def stand_on(name: str) -> None:
    """Lets this process, all of its threads, act on the database of that name from now on."""
    from django.db import connection

    if connection.settings_dict["NAME"] != name:
        connection.close()
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
