"""What has to hold every minute, and when all is over."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from booking.models import Appointment
from booking.states import LIVE_FOR_SLOT
from config.foundation.outbox import UNANSWERED, Notification, waiting
from tests import processes
from tests.races.pairs.findings import broken_beside_writers
from tests.soak.disturbing import LETTERS_GO_ON
from tests.soak.one import LAST_LETTERS, Soak
from tests.soak.pairs import untrue_journal

MINUTE = 60
BUSY = 10  # seconds of processor that no thread needs in a minute of a page or two a second
HANGS = "a request has run for"  # what config.operations.overdue_requests says
# how a worker says that it ended a sender by its own limits, which a starved machine reaches
ENDED = re.compile(r"^(\S+Z) .*(?:Hard time limit|this worker ends itself)", re.MULTILINE)


class Watching:
    """Every minute: the invariants, who was told that they are booked, and no thread that hangs."""

    name = "watching"

    def run(self, soak: Soak) -> None:
        """Looks until the time is over."""
        busy: dict[tuple[int, int], float] = {}
        while not soak.over.wait(MINUTE):
            holds(soak)
            now = threads_busy(soak)
            for thread, seconds in now.items():
                used = seconds - busy.get(thread, seconds)
                soak.measure("seconds of processor of one thread in a minute", used)
                if used > BUSY:
                    soak.fail(f"a thread of the web server used {used:.0f} s in a minute")
            busy = now


def threads_busy(soak: Soak) -> dict[tuple[int, int], float]:
    """The seconds of processor of each thread of the web processes."""
    web = soak.stack.web()
    return {(pid, task): busy for pid in web for task, busy in processes.threads_busy(pid).items()}


def holds(soak: Soak) -> None:
    """Notes every invariant that is broken and everybody who was told what is not so."""
    told = soak.journal()
    soak.count("looks at all invariants")
    for name, rows in broken_beside_writers(timezone.now()).items():
        soak.fail(f"{name} is broken ({len(rows)} rows)")
    for untrue in untrue_journal(told):
        soak.fail(f"somebody was told that they are booked: {untrue}")


class Letters:
    """No letter is older than a minute, but one whose sender was killed while it had it."""

    name = "letters"

    def run(self, soak: Soak) -> None:
        """Looks every second."""
        seen: set[int] = set()
        while not soak.over.wait(1):
            now = timezone.now()
            # tried once and still here: the relay is slow or refuses, or its sender died
            for letter in waiting().filter(due_at__lte=now, attempts=0):
                late = _late(soak, letter.due_at, now.timestamp())
                soak.measure("seconds that a letter waited for its first try", late)
                if late > LETTERS_GO_ON and letter.pk not in seen:
                    seen.add(letter.pk)
                    soak.fail(f"{letter.kind} waits for more than {LETTERS_GO_ON} s")


def _late(soak: Soak, due: datetime, until: float) -> float:
    """The seconds between two moments in which the broker was not frozen."""
    began = due.timestamp()
    frozen = sum(max(0.0, min(until, end) - max(began, start)) for start, end in list(soak.frozen))
    return until - began - frozen


class Settling:
    """When all is over: every letter has left, everything holds, and nothing runs on."""

    name = "settling"

    def run(self, soak: Soak) -> None:
        """Waits for the last letters, then asks."""
        end = time.monotonic() + LAST_LETTERS
        while waiting().filter(due_at__lte=timezone.now()).exists() and time.monotonic() < end:
            time.sleep(0.5)
        self._letters(soak)
        self._copies(soak)
        holds(soak)
        soak.count("people told that they are booked", len(soak.journal()))
        doubles = Appointment.objects.filter(status__in=LIVE_FOR_SLOT)
        slots = list(doubles.values_list("slot", flat=True))
        if len(slots) != len(set(slots)):
            soak.fail("a time is taken twice")
        self._hung(soak)

    def _letters(self, soak: Soak) -> None:
        due = waiting().filter(due_at__lte=timezone.now())
        if left := list(due.values_list("kind", "attempts", "failure")[:5]):
            soak.fail(f"{due.count()} letters never left, such as {left}")
        for name, number in soak.stack.mail.did.items():
            soak.count(f"relay: {name}", number)
        failed = Notification.objects.exclude(failed_at=None)
        soak.count(
            "letters given up: refused for good", failed.filter(failure="refused 550").count()
        )
        unanswered = failed.filter(failure=UNANSWERED).count()
        soak.count("letters given up: perhaps delivered", unanswered)
        if unanswered and not soak.senders_killed:
            soak.fail(f"{unanswered} letters were given up though no sender was killed")
        others = failed.exclude(failure__in=["refused 550", UNANSWERED])
        for kind, failure in others.values_list("kind", "failure")[:5]:
            soak.fail(f"{kind} was given up: {failure}")

    def _copies(self, soak: Soak) -> None:
        """Each letter that is marked as sent came, at most twice, and twice only after a kill."""
        copies = soak.stack.mail.known()
        ended = senders_ended(soak)
        soak.count("senders ended by the limits of a worker", len(ended))
        ends_of_senders = soak.senders_killed + ended
        sent = Notification.objects.exclude(sent_at=None)
        soak.count("letters", len(copies))
        for letter in sent.iterator():
            came = copies.get(letter.message_id)
            if not came:
                soak.fail(f"{letter.kind} is marked as sent and never came")
            elif letter.attempts == 1:
                moment, slow = came[0][0], came[0][2]
                late = _late(soak, letter.due_at, moment)
                if not slow:
                    soak.measure("seconds until a letter was at the relay", late)
                if late > LETTERS_GO_ON + slow:
                    soak.fail(f"{letter.kind} was at the relay after {late:.0f} s")
        for came in copies.values():
            if len(came) > 2:
                soak.fail(f"a letter came {len(came)} times")
            if len(came) == 2:
                soak.count("letters that came twice, their sender killed before it was answered")
                moment, told_after, _slow = came[0]
                ends = moment + told_after + 2
                if not any(moment - 1 < kill < ends for kill in ends_of_senders):
                    apart = came[1][0] - moment
                    soak.fail(f"a letter came twice, {apart:.0f} s apart, its sender being alive")

    def _hung(self, soak: Soak) -> None:
        # nobody asks for anything now: a thread that is busy will never end
        before = threads_busy(soak)
        time.sleep(5)
        for thread, busy in threads_busy(soak).items():
            used = busy - before.get(thread, busy)
            soak.measure("seconds of processor of an idle thread in five", used)
            if used > 2:
                soak.fail("a thread of the web server is busy with nothing")
        said = log_of(soak)
        soak.count("requests that hung", said.count(HANGS))
        if HANGS in said:
            soak.fail(f"a request hung: {said[said.index(HANGS) :][:600]}")
        soak.count("tracebacks in the log", said.count("Traceback (most recent call last)"))


def log_of(soak: Soak) -> str:
    """What all parts of the stack wrote."""
    return (Path(soak.stack.home) / "out").read_text(errors="replace")


def senders_ended(soak: Soak) -> list[float]:
    """When a worker ended senders by its own limits, in seconds of the epoch."""
    return [datetime.fromisoformat(at).timestamp() for at in ENDED.findall(log_of(soak))]


settle = Settling()
