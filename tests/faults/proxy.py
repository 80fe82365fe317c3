"""A TCP proxy that misbehaves on command."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Proxy:
    """Passes bytes on to a port of this machine, until told otherwise."""

    def __init__(self, to_port: int) -> None:
        self.mode = "pass"  # pass | refuse | blackhole
        # cuts the connection whose client says this next, before or after it is passed on
        self.cut_at: bytes | None = None
        self.passed_on = False
        self.to_port = to_port
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        self._pairs: list[socket.socket] = []
        self._open = True
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._server.accept()
            except OSError:
                return
            if not self._keep(client):
                return
            if self.mode == "refuse":
                client.close()
            elif self.mode == "pass":
                self._join(client)

    def _keep(self, each: socket.socket) -> bool:
        with self._lock:
            if self._open:
                self._pairs.append(each)
            else:
                each.close()  # it came in the last moment
            return self._open

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.to_port), 5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        if not self._keep(server):
            return
        for one, other in ((client, server), (server, client)):
            arguments = (one, other, one is client)
            threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if self.mode == "blackhole":
                    continue
                if from_client and self.cut_at and self.cut_at in data:
                    self.cut_at = None
                    one.shutdown(socket.SHUT_RDWR)  # nobody hears the answer
                    if self.passed_on:
                        other.sendall(data)
                        time.sleep(0.3)
                    break
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def break_all(self) -> None:
        """Cuts every open connection."""
        for each in self._pairs:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._pairs.clear()

    def reset_all(self) -> None:
        """Resets every open connection, without a farewell."""
        for each in self._pairs:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()
        self._pairs.clear()

    def close(self) -> None:
        """Ends the proxy."""
        with self._lock:
            self._open = False
        self._server.close()
        self.break_all()


@contextmanager
def proxy(to_port: int) -> Iterator[Proxy]:
    """A proxy in front of a port, until the block ends."""
    made = Proxy(to_port)
    try:
        yield made
    finally:
        made.close()
