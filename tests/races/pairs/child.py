"""One process that sends pairs: python -m tests.races.pairs.child (orders on stdin, one a line).

Answers one line of JSON for each order. A thread that hangs is named, and the process ends with it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import timedelta
from typing import Any

import django


def main() -> None:
    """Prepares, then does what each line of stdin says until there is none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # what is written need not survive a power cut here
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        settings.DATABASES["default"]["OPTIONS"]["init_command"] = pragmas

    # as in production, or each page and verb would ask for the office several times
    settings.OFFICE_MEMORY_SECONDS = 2

    import time_machine

    from config.foundation import clock
    from pickup_box import codes
    from tests.factories import TUESDAY_NINE
    from tests.races.pairs.rounds import Rounds, keep_to_own_counters

    codes.COST = 2
    keep_to_own_counters()
    clock.skew = lambda *, now: timedelta(0)  # the database does not travel in time
    # one clock for all processes: it is Tuesday, nine o'clock, when the first of them begins
    passed = timedelta(seconds=time.time() - float(os.environ["PAIRS_BEGAN"]))
    with time_machine.travel(TUESDAY_NINE + passed, tick=True):
        rounds = Rounds(os.getpid())
        for line in sys.stdin:
            order: dict[str, Any] = json.loads(line)
            found = rounds.answer(order)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
            if found.get("hung"):
                os._exit(3)


if __name__ == "__main__":
    main()
