"""Who is reminded of what: visits that are moved and called off, and a sender that is often away.

Plain Python. When a reminder is due and whether it still tells the truth is asked of the product's
own `reminder_at`, `is_to_be_reminded` and `is_still_called_off`, and `with_text` counts the short
messages; where each person is expected is kept apart from what these are told, and every message
that leaves is held against it.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from booking.states import Status, is_to_be_reminded, may_move
from booking.text_rules import MOST_PER_APPOINTMENT, is_still_called_off, with_text
from booking.windows import instant, reminder_at

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2026, 1, 1)
HORIZON = 7  # days that people book ahead
VISITS = 4  # booked on a day
FATES = {"kept": 8, "moved": 4, "cancelled": 4, "undone": 2, "displaced": 2, "restored": 2}
WITH_SMS = 0.6  # share of the people who tick it
BY_THE_OFFICE = 0.5  # share of the cancellations that nobody takes back
AWAY = 0.2  # share of the days on which the sender stops in the afternoon


@dataclass
class Visit:
    """One appointment, as the product knows it and as its person does."""

    state: Status
    starts_at: datetime
    takes_texts: bool = False
    revision: int = 0
    version: int = 0
    is_forgotten: bool = False
    expected_at: datetime | None = None  # what is true
    texts: str = ""  # what the product counts
    texts_left: int = 0
    told: list[tuple[str, datetime]] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A row of the outbox: "reminder", "SMS reminder" or "SMS called off"."""

    number: int
    kind: str
    visit: Visit
    revision: int
    version: int
    tells: datetime

    @property
    def is_text(self) -> bool:
        """Whether it goes to a phone."""
        return self.kind != "reminder"

    @property
    def holds(self) -> bool:
        """What the product knows when the row leaves."""
        visit = self.visit
        if visit.is_forgotten:
            return False
        if self.kind == "SMS called off":
            return is_still_called_off(visit.state, visit.version, promised=self.version)
        return is_to_be_reminded(visit.state, visit.revision, promised=self.revision)

    @property
    def is_true(self) -> bool:
        """Whether the person has that time; whether they have none, if it says so."""
        expected_at = self.visit.expected_at
        return expected_at == (None if self.kind == "SMS called off" else self.tells)


class Office:
    """What happens on so many days; `tally` counts it."""

    def __init__(self, *, days: int, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a simulation
        self.days = days
        self.tally: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._number = count()
        self._away: dict[date, datetime] = {}

    def run(self) -> Counter[str]:
        """Plays every day; the count of "wrong" and "twice" is what must be 0."""
        for day in range(self.days):
            self._plan(FIRST_DAY + timedelta(days=day))
        while self._agenda:
            moment, _number, act = heapq.heappop(self._agenda)
            act(moment)
        return self.tally

    def _at(self, moment: datetime, act: Callable[[datetime], None]) -> None:
        heapq.heappush(self._agenda, (moment, next(self._number), act))

    def _plan(self, day: date) -> None:
        if self.chance.random() < AWAY:
            stops = instant(day, time(16), zone=ZONE)
            self._away[day] = stops + timedelta(hours=self.chance.uniform(0, 20))
        for _visit in range(self.chance.randint(0, 2 * VISITS)):
            self._at(self._between(day, 0, 23), self._book)

    def _between(self, day: date, first: int, last: int) -> datetime:
        # no wall time of the nights on which the clocks change
        hour = self.chance.choice([hour for hour in range(first, last + 1) if hour not in {2, 3}])
        return instant(day, time(hour, self.chance.randrange(60)), zone=ZONE)

    def _free_time(self, now: datetime) -> datetime:
        day = now.astimezone(ZONE).date() + timedelta(days=self.chance.randint(1, HORIZON))
        return self._between(day, 8, 17)

    def _book(self, now: datetime) -> None:
        takes_texts = self.chance.random() < WITH_SMS
        visit = Visit(Status.BOOKED, self._free_time(now), takes_texts)
        visit.expected_at = visit.starts_at
        self.tally["booked"] += 1
        self._promise(visit, now)
        fate = self.chance.choices([*FATES], [*FATES.values()])[0]
        self.tally[fate] += 1
        if fate != "kept":
            acts = {"moved": self._move, "displaced": self._displace, "restored": self._displace}
            act = acts.get(fate, self._cancel)
            returns = fate in {"undone", "restored"}
            self._at(self._before(visit, now), lambda at: act(visit, at, returns=returns))

    def _before(self, visit: Visit, now: datetime) -> datetime:
        return now + self.chance.random() * (visit.starts_at - now)

    def _promise(self, visit: Visit, now: datetime) -> None:
        due_at = reminder_at(visit.starts_at, booked_at=now, zone=ZONE)
        if due_at is None:
            self.tally["not promised"] += 1
            return
        self._enqueue("reminder", visit, due_at)
        self._enqueue("SMS reminder", visit, due_at)

    def _enqueue(self, kind: str, visit: Visit, due_at: datetime) -> None:
        state = (visit.revision, visit.version, visit.starts_at)
        row = Row(next(self._number), kind, visit, *state)
        if row.is_text and not visit.takes_texts:
            return
        self._count(row, "promised")
        self._at(due_at, lambda at: self._send(row, at))

    def _count(self, row: Row, what: str) -> None:
        self.tally[f"SMS {what}" if row.is_text else what] += 1

    def _send(self, row: Row, now: datetime) -> None:
        back = self._away.get(now.astimezone(ZONE).date())
        if back is not None and now < back:
            self._at(back, lambda at: self._send(row, at))
            return
        visit = row.visit
        if now >= row.tells:
            self._count(row, "too late")
        elif not row.holds:
            self._count(row, "withdrawn")
        elif not row.is_text:
            self._tell(row)
        elif (texts := with_text(visit.texts, row.number)) is None:
            self._count(row, "over the cap")
        else:
            visit.texts = texts
            visit.texts_left += 1
            self.tally["too many"] += visit.texts_left > MOST_PER_APPOINTMENT
            self._tell(row)

    def _tell(self, row: Row) -> None:
        self._count(row, "left")
        self.tally["wrong"] += not row.is_true
        self.tally["twice"] += (row.kind, row.tells) in row.visit.told
        row.visit.told.append((row.kind, row.tells))

    def _change(self, visit: Visit, to: Status, expected_at: datetime | None) -> None:
        assert to == visit.state or may_move(visit.state, to)  # noqa: S101
        visit.state, visit.expected_at = to, expected_at
        visit.version += 1

    def _move(self, visit: Visit, now: datetime, *, returns: bool) -> None:
        visit.starts_at = self._free_time(now)
        visit.revision += 1
        self._change(visit, Status.BOOKED, visit.starts_at)
        self._promise(visit, now)
        if self.chance.random() < 0.5:
            again = self.chance.choice([self._move, self._cancel])
            self._at(self._before(visit, now), lambda at: again(visit, at, returns=False))

    def _cancel(self, visit: Visit, now: datetime, *, returns: bool) -> None:
        self._change(visit, Status.CANCELLED, None)
        if returns or self.chance.random() < BY_THE_OFFICE:
            self._enqueue("SMS called off", visit, now)
        if returns:
            self._at(now + timedelta(minutes=9), lambda at: self._put_back(visit, at))
        else:
            self._at(now + timedelta(hours=24), lambda at: self._forget(visit))

    def _displace(self, visit: Visit, now: datetime, *, returns: bool) -> None:
        self._change(visit, Status.DISPLACED, None)
        self._enqueue("SMS called off", visit, now)
        if returns:
            self._at(self._before(visit, now), lambda at: self._put_back(visit, at))

    def _put_back(self, visit: Visit, now: datetime) -> None:
        if now < visit.starts_at:
            visit.revision += 1
            self._change(visit, Status.BOOKED, visit.starts_at)
            # off once more is news
            visit.told = [each for each in visit.told if each[0] != "SMS called off"]
            self._promise(visit, now)
            if self.chance.random() < 0.5:
                again = self.chance.choice([self._cancel, self._displace])
                self._at(self._before(visit, now), lambda at: again(visit, at, returns=True))

    def _forget(self, visit: Visit) -> None:
        visit.is_forgotten = True
        self.tally["forgotten"] += 1


def simulate(*, days: int, seed: int) -> Counter[str]:
    """What became of the reminders of so many days; the same seed gives the same figures."""
    return Office(days=days, seed=seed).run()
