"""One process that sends pairs: orders come through a pipe, one at a time.

A thread that hangs is named, and the process ends with it.
"""

from __future__ import annotations

import gc
import os
import time
from datetime import timedelta
from multiprocessing.connection import Connection
from unittest import mock

import time_machine

from tests.forked import stand_on


def serve(end: Connection, name: str, began: float) -> None:
    """Prepares on the database `name`, then answers each order until there is none.

    `began` is when the races did, in seconds of the real clock.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what is logged is written all the same
    stand_on(name)
    from django.conf import settings
    from django.contrib import admin

    # as in production, or each page and action would ask for the office several times
    settings.OFFICE_MEMORY_SECONDS = 2

    from config.foundation import clock
    from pickup_box import codes
    from pickup_box.views import simulator
    from tests.factories import TUESDAY_NINE
    from tests.races.pairs.rounds import Rounds, keep_to_own_counters

    codes.COST = 2
    # as with DEBUG, which would keep every query
    mock.patch.object(simulator, "is_played", lambda box: box.simulated).start()
    keep_to_own_counters()
    # what is the same on every page of the desk: a form needs none of it
    admin.site.enable_nav_sidebar = False
    mock.patch.object(admin.site, "get_app_list", return_value=[]).start()
    gc.freeze()  # what is loaded stays: it need not be looked through again and again
    gc.set_threshold(50_000)
    clock.skew = lambda *, now: timedelta(0)  # the database does not travel in time
    # one clock for all processes: it is Tuesday, nine o'clock, when the first of them begins
    passed = timedelta(seconds=time.time() - began)
    with time_machine.travel(TUESDAY_NINE + passed, tick=True):
        rounds = Rounds(os.getpid())
        while True:
            try:
                order = end.recv()
            except (EOFError, OSError):
                return
            used = time.process_time()
            found = rounds.answer(order)
            end.send(found | {"cpu": time.process_time() - used})
            if found.get("hung"):
                os._exit(3)
