"""The mail relay of a soak: slow, moody and in parts refusing, all at the same time."""

from __future__ import annotations

import asyncio
import threading
import time
import zlib
from collections import Counter, defaultdict
from email import message_from_bytes
from typing import Any

from tests.mailserver import OK, Script, Server, _Scripted
from tests.randomness import seeded

AFTER_THE_DOT = 20.0  # seconds
A_REPLY = 7.0  # seconds before each of its eight replies
SLOW_CONNECTIONS = 0.04
LATER = 2  # so often those who are refused for now are told to come back

# A recipient's number among a hundred says how the relay treats them.
NO_ANSWER_FOR_LONG = range(6)
REFUSED = range(6, 10)
NOT_NOW = range(10, 14)
TEXT_NOT_NOW = range(14, 18)


def treatment(address: str) -> int:
    """The same for an address in every run."""
    return zlib.crc32(address.encode()) % 100


Copy = tuple[float, float, float]


class Relay(Script):
    """Takes what it takes at once and says so when it pleases.

    `copies` are the moments at which the text of each Message-ID was taken (seconds of the epoch),
    the seconds until the sender was told, and those that went by before with slow replies.
    """

    def __init__(self) -> None:
        super().__init__()
        self.copies: defaultdict[str, list[Copy]] = defaultdict(list)
        self.did: Counter[str] = Counter()
        self._sent_away: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Refuses some for good and some for now."""
        number = treatment(address)
        if number in REFUSED:
            self.did["recipients refused for good"] += 1
            return "550 5.1.1 no such mailbox"
        if number in NOT_NOW and self._still_away(address):
            self.did["recipients refused for now"] += 1
            return "451 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Takes the text; some senders hear of it much later."""
        address = envelope.rcpt_tos[0]
        number = treatment(address)
        if number in TEXT_NOT_NOW and self._still_away(address):
            self.did["texts refused for now"] += 1
            return "451 4.3.0 try again"
        message = message_from_bytes(envelope.original_content or envelope.content)
        pause = AFTER_THE_DOT if number in NO_ANSWER_FOR_LONG else 0.0
        with self._lock:
            self.taken.append(message)
            told_after, before = pause + server.per_reply, 5 * server.per_reply
            self.copies[str(message["Message-ID"])].append((time.time(), told_after, before))
        if pause:
            self.did["texts answered after 20 s"] += 1
            await asyncio.sleep(pause)
        return OK

    def _still_away(self, address: str) -> bool:
        self._sent_away[address] += 1
        return self._sent_away[address] <= LATER

    def known(self) -> dict[str, list[Copy]]:
        """A copy of `copies`."""
        with self._lock:
            return {name: list(moments) for name, moments in self.copies.items()}


_dice = seeded("relay")


class _Connection(_Scripted):
    """Some connections need seven seconds for every reply."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.per_reply = A_REPLY if _dice.random() < SLOW_CONNECTIONS else 0.0
        if self.per_reply:
            self.event_handler.did["connections with 7 s a reply"] += 1

    async def push(self, status: Any) -> None:
        """Says one line, after its time."""
        await asyncio.sleep(self.per_reply)
        await super().push(status)


class RelayServer(Server):
    """A mail server that is a `Relay`."""

    def factory(self) -> _Scripted:
        """One for each connection."""
        return _Connection(self.handler, **self.SMTP_kwargs)
