"""What is done to the parts of a stack: kills, a frozen broker, clients that are slow."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from django.utils import timezone

from config.foundation.sweeps import Sweep
from tests.faults.crowd import slow_clients
from tests.randomness import seeded
from tests.soak.one import Soak

LETTERS_GO_ON = 60  # seconds after a part was killed or thawed
KILLS_AN_HOUR = 3  # of each part
FREEZES_AN_HOUR = 6
FREEZE = "freeze"
FROZEN = (20.0, 40.0)  # seconds
WEB_LIVES = (30.0, 90.0)  # seconds between two kills of web processes
WEB_IS_BACK = 30  # seconds


class Killing:
    """Each part is killed three times an hour and the broker frozen; letters go on in a minute."""

    name = "killing"

    def run(self, soak: Soak) -> None:
        """At random moments, never two parts at the same."""
        self.dice = seeded(soak.stack.name, self.name)
        began = time.monotonic()
        for moment, part in self._plan(soak):
            if soak.over.wait(max(0, began + moment - time.monotonic())):
                return
            if part == FREEZE:
                self._freeze(soak)
            else:
                self._kill(soak, part)

    def _plan(self, soak: Soak) -> Iterator[tuple[float, str]]:
        times = max(1, round(KILLS_AN_HOUR * soak.minutes / 60))
        freezes = max(1, round(FREEZES_AN_HOUR * soak.minutes / 60))
        parts = list(soak.stack.killable) * times + [FREEZE] * freezes
        self.dice.shuffle(parts)
        # a share of the time each; at its end there is room to see that all goes on
        share = soak.minutes * 60 / len(parts)
        for number, part in enumerate(parts):
            yield (number + self.dice.uniform(0, 0.5)) * share, part

    def _kill(self, soak: Soak, part: str) -> None:
        old = soak.stack.pid(part)
        if not old:
            soak.fail(f"{part} was not there to be killed")
            return
        os.kill(old, signal.SIGKILL)
        soak.count(f"kills of {part}")
        if part == "worker":
            soak.senders_killed.append(time.time())
        self._letters_go_on(soak, f"{part} was killed", part=part, old=old)

    def _freeze(self, soak: Soak) -> None:
        pid = soak.stack.pid("valkey")
        if not pid:
            soak.fail("the broker was not there to be frozen")
            return
        began = time.time()
        soak.frozen.append((began, began + FROZEN[1]))
        os.kill(pid, signal.SIGSTOP)
        try:
            soak.over.wait(self.dice.uniform(*FROZEN))
        finally:
            os.kill(pid, signal.SIGCONT)
            soak.frozen[-1] = (began, time.time())
        soak.count("times the broker was frozen")
        soak.count("seconds the broker was frozen", round(time.time() - began))
        self._letters_go_on(soak, "the broker was frozen")

    def _letters_go_on(self, soak: Soak, what: str, *, part: str = "", old: int = 0) -> None:
        since, now = time.monotonic(), timezone.now()
        task = Sweep.objects.filter(task="config.operations.tasks.send_letters", ended_at__gt=now)
        while (part and soak.stack.pid(part) in {0, old}) or not task.exists():
            if time.monotonic() - since > LETTERS_GO_ON:
                soak.fail(f"{what} and letters did not go on for {LETTERS_GO_ON} s")
                return
            time.sleep(0.2)
        soak.measure(f"seconds until letters went on after {what}", time.monotonic() - since)


class KillingWeb:
    """A web process is killed now and then; its master starts another."""

    name = "killing web processes"

    def run(self, soak: Soak) -> None:
        """Kills until the time is over."""
        dice = seeded(soak.stack.name, self.name)
        while not soak.over.wait(dice.uniform(*WEB_LIVES)):
            before = soak.stack.answering()
            victim = dice.choice(sorted(before))
            soak.cuts.append(time.monotonic())
            os.kill(victim, signal.SIGKILL)
            soak.cuts.append(time.monotonic())
            soak.count("kills of a web process")
            self._back(soak, victim, len(before))

    def _back(self, soak: Soak, victim: int, number: int) -> None:
        killed = time.monotonic()
        while len(soak.stack.answering() - {victim}) < number:
            if time.monotonic() - killed > WEB_IS_BACK:
                soak.fail(f"a web process was killed and not there again after {WEB_IS_BACK} s")
                return
            time.sleep(0.2)
        soak.measure("seconds until a web process was there again", time.monotonic() - killed)


class SlowClients:
    """Connections with a byte every three seconds, all the time."""

    name = "slow clients"

    def run(self, soak: Soak) -> None:
        """Holds them until the time is over."""
        asyncio.run(self._hold(soak))

    async def _hold(self, soak: Soak) -> None:
        async with AsyncExitStack() as stack:
            for how, count in soak.stack.slow.items():
                await stack.enter_async_context(
                    slow_clients(soak.stack.port, how=how, count=count, every=3)
                )
                soak.count("slow clients all the time", count)
            while not soak.over.is_set():
                await asyncio.sleep(0.5)
