"""What happens to a stack while it is soaked.

A scenario has a name and `run(soak)`, which returns soon after `soak.over` is set. It counts what
it did (`soak.count`), keeps its worst figures (`soak.measure`) and notes what must never happen
(`soak.fail`). All scenarios of `SCENARIOS` act at once, each in a thread of its own.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol
from urllib.error import HTTPError

from django.utils import timezone

from booking.models import Counter as Counters
from config import rehearsal
from config.foundation.letters import Letter, waiting
from config.foundation.sweeps import Sweep
from config.management.commands.check_invariants import invariants
from tests import processes
from tests.bench.growth import add_times
from tests.soak.one import LAST_LETTERS, Soak

AN_ANSWER = 30  # seconds
LETTERS_GO_ON = 60  # seconds after a part was killed
KILLS_AN_HOUR = 3
EVERY = 10  # seconds between two rounds of bookings
PEOPLE = 2
PAGES = ("/de/", "/en/", "/en/check/", "/en/times/", "/en/manage/", "/readyz", "/healthz")


class Scenario(Protocol):
    """What one.py runs in a thread."""

    name: str

    def run(self, soak: Soak) -> None:
        """Acts until the time is over."""


class Asking:
    """A page each second: no connection error, no 5xx but a 503 with a sentence, within 30 s."""

    name = "asking"

    def run(self, soak: Soak) -> None:
        """Asks for one page after the other."""
        turn = 0
        while not soak.over.wait(1):
            turn += 1
            self._ask(soak, PAGES[turn % len(PAGES)])

    def _ask(self, soak: Soak, path: str) -> None:
        began = time.monotonic()
        soak.count("pages")
        try:
            urllib.request.urlopen(soak.stack.base + path, timeout=AN_ANSWER).close()
        except HTTPError as error:
            text = error.read().decode(errors="replace")
            if error.code == 503 and "</p>" in text:
                soak.count("pages answered 503 with a sentence")
            elif error.code >= 500:
                soak.fail(f"{path} answered {error.code}")
        except OSError as error:
            soak.fail(f"{path} was not answered: {error}")
        soak.measure("seconds for a page", time.monotonic() - began)


class Booking:
    """Some people book every few seconds; who was told a reference has an appointment."""

    name = "booking"

    def run(self, soak: Soak) -> None:
        """Books until the time is over."""
        while not soak.over.wait(EVERY):
            people = rehearsal.visitors(PEOPLE, base=soak.stack.base, now=timezone.now())
            told, seconds = asyncio.run(rehearsal.rush(people, rehearsal.book, seconds=0))
            outcome = rehearsal.judge(people, told, seconds)
            soak.count("bookings", outcome.booked)
            soak.count("people who found nothing free", outcome.refused)
            soak.measure("seconds for a step of a booking", max(outcome.slowest))
            if outcome.faults or outcome.missing or outcome.doubles:
                soak.fail(
                    f"{outcome.faults} faults ({outcome.first_fault}), {outcome.missing} lost, "
                    f"{outcome.doubles} booked twice"
                )


class Killing:
    """Each part of the stack is killed three times an hour; letters go on within a minute."""

    name = "killing"

    def run(self, soak: Soak) -> None:
        """Kills at random moments, never two parts at the same."""
        began = time.monotonic()
        for moment, part in self._plan(soak):
            if soak.over.wait(max(0, began + moment - time.monotonic())):
                return
            self._kill(soak, part)

    def _plan(self, soak: Soak) -> Iterator[tuple[float, str]]:
        times = max(1, round(KILLS_AN_HOUR * soak.minutes / 60))
        parts = list(soak.stack.killable) * times
        random.shuffle(parts)
        # a share of the time each; at its end there is room to see that all goes on
        share = soak.minutes * 60 / len(parts)
        for number, part in enumerate(parts):
            yield (number + random.uniform(0, 0.5)) * share, part

    def _kill(self, soak: Soak, part: str) -> None:
        old = soak.stack.pid(part)
        if not old:
            soak.fail(f"{part} was not there to be killed")
            return
        os.kill(old, signal.SIGKILL)
        killed, now = time.monotonic(), timezone.now()
        soak.count(f"kills of {part}")
        task = Sweep.objects.filter(task="config.tasks.send_letters", ended_at__gt=now)
        while not (soak.stack.pid(part) not in {0, old} and task.exists()):
            if time.monotonic() - killed > LETTERS_GO_ON:
                soak.fail(f"{part} was killed and letters did not go on for {LETTERS_GO_ON} s")
                return
            time.sleep(0.2)
        soak.measure(f"seconds until letters went on without {part}", time.monotonic() - killed)


class Letters:
    """No letter is older than a minute, but one whose sender was killed while it had it."""

    name = "letters"

    def run(self, soak: Soak) -> None:
        """Looks every second."""
        seen: set[int] = set()
        while not soak.over.wait(1):
            now = timezone.now()
            # tried once and still here: its sender died, and its lease runs out by itself
            for letter in waiting().filter(due_at__lte=now, attempts=0):
                late = (now - letter.due_at).total_seconds()
                soak.measure("seconds that a letter waited", late)
                if late > LETTERS_GO_ON and letter.pk not in seen:
                    seen.add(letter.pk)
                    soak.fail(f"{letter.kind} waits for more than {LETTERS_GO_ON} s")


SCENARIOS: list[type[Scenario]] = [Asking, Booking, Killing, Letters]


def stage(soak: Soak) -> None:
    """As many free times as can be booked in the minutes, between the usual ones."""
    now = timezone.now()
    between = now + timedelta(minutes=13 - now.minute % 10)  # the office's begin every five or ten
    count = round(soak.minutes * 60 / EVERY * PEOPLE) + 50
    # what lies within a day is public; so many counters that all of it does
    first = Counters.objects.earliest("pk")
    for number in range(count // 120):
        name = {"de": f"Schalter S{number}"}
        Counters.objects.create(slug=f"s{number}", name=name, group=first.group)
    add_times(count, now=between)


class Settling:
    """When all is over: every letter has left, everything holds, and nothing runs on."""

    name = "settling"

    def run(self, soak: Soak) -> None:
        """Waits for the last letters, then asks."""
        end = time.monotonic() + LAST_LETTERS
        while waiting().exists() and time.monotonic() < end:
            time.sleep(0.5)
        if left := waiting().count():
            soak.fail(f"{left} letters never left")
        ids = Counter(message["Message-ID"] for message in soak.stack.mail.taken)
        soak.count("letters", len(ids))
        soak.count("letters that came twice", sum(n - 1 for n in ids.values()))
        lost = Letter.objects.exclude(sent_at=None).exclude(message_id__in=list(ids)).count()
        if lost:
            soak.fail(f"{lost} letters are marked as sent and never came")
        killed = soak.counts["kills of worker"]
        if soak.counts["letters that came twice"] > killed:
            soak.fail("more letters came twice than senders were killed")
        self._invariants(soak)
        self._hung(soak)

    def _invariants(self, soak: Soak) -> None:
        now = timezone.now()
        for name, says, query in invariants():
            soak.count("invariants asked")
            if found := query(now):
                soak.fail(f"{name} is broken: {says} ({len(found)} rows)")

    def _hung(self, soak: Soak) -> None:
        # nobody asks for anything now: a thread that is busy will never end
        before = {pid: processes.seconds_busy(pid) for pid in soak.stack.web()}
        time.sleep(5)
        for pid, busy in before.items():
            used = processes.seconds_busy(pid) - busy
            soak.measure("seconds of processor in five idle ones", used)
            if used > 2:
                soak.fail("a thread of the web server is busy with nothing")
        Asking()._ask(soak, "/readyz")


settle = Settling()
