"""A line as phones have it in a train: narrow, with loss, and cut when somebody says so."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from tests.faults.proxy import Proxy
from tests.randomness import seeded

PACKET = 1460
# until the sender has noticed that a packet was lost, and sent it again
SENT_AGAIN = 0.2


class BadLine(Proxy):
    """Passes on so many bytes a second each way; behind a packet that was lost everything waits."""

    def __init__(self, to_port: int, *, rate: float, loss: float) -> None:
        self.carried = 0  # bytes that went up, those that were sent again too
        self._rate, self._loss = rate, loss
        self._free = {True: 0.0, False: 0.0}
        self._lines = threading.Lock()
        super().__init__(to_port)
        # else the system takes megabytes at once, and the browser believes that they have arrived
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)

    def _take_turn(self, size: int, from_client: bool) -> None:
        with self._lines:
            free = max(time.monotonic(), self._free[from_client]) + size / self._rate
            self._free[from_client] = free
            self.carried += size if from_client else 0
        time.sleep(max(0.0, free - time.monotonic()))

    def _pass_on(self, one: socket.socket, other: socket.socket, from_client: bool) -> None:
        chance = seeded("packets", from_client)
        with contextlib.suppress(OSError):
            while data := one.recv(PACKET):
                self._take_turn(len(data), from_client)
                while chance.random() < self._loss:
                    time.sleep(SENT_AGAIN)
                    self._take_turn(len(data), from_client)
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
