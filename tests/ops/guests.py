"""People who come through the reverse proxy by TLS, each from an address of their own."""

from __future__ import annotations

import http.client
import itertools
import re
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from http.cookiejar import CookieJar

from tests.visitor import Visitor

_NUMBERS = itertools.count(1)


class _Door(http.client.HTTPSConnection):
    """The proxy of this machine, whatever the name of the site."""

    def __init__(self, host: str, source: str, timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self.source = source

    def connect(self) -> None:
        """Connects from the guest's address."""
        plain = socket.create_connection(("127.0.0.1", 443), 60, (self.source, 0))
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        self.sock = anybody.wrap_socket(plain, server_hostname=self.host)


class Guest(Visitor):
    """A visitor of the site behind the proxy."""

    def __init__(self, host: str) -> None:
        super().__init__(f"https://{host}")
        self.asked = 0
        number = next(_NUMBERS)
        source = f"127.77.{number // 250}.{number % 250 + 1}"

        def counted() -> None:
            self.asked += 1

        class Https(urllib.request.HTTPSHandler):
            def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
                counted()
                return self.do_open(lambda host, **more: _Door(host, source, more["timeout"]), req)

        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies, Https)


class Guests:
    """Many at once who read, take files and send forms until they are told to go."""

    def __init__(self, host: str, *, count: int = 6) -> None:
        self.host, self.failed = host, list[str]()
        self.asked = 0
        self._going = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._come, daemon=True) for _one in range(count)]

    def __enter__(self) -> Guests:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._going.set()
        for thread in self._threads:
            thread.join(120)

    def _come(self) -> None:
        while not self._going.is_set():
            guest = Guest(self.host)
            self._asks("page", guest, guest.opens, "/en/check/")
            page = guest.page
            self._asks("form", guest, partial(guest.sends, category="expired"))
            for path in re.findall(r'href="(/static/[^"]+\.css)"', page):
                self._asks(path, guest, guest.opens, path)

    def _asks(self, what: str, guest: Guest, ask: Callable[..., Visitor], *path: str) -> None:
        try:
            ask(*path)
            told = "" if guest.status == 200 else str(guest.status)
        except (OSError, http.client.HTTPException, StopIteration) as error:
            told = repr(error)
        with self._lock:
            self.asked += guest.asked  # a form is answered by a redirect, and so is two requests
            guest.asked = 0
            if told:
                self.failed.append(f"{time.strftime('%H:%M:%S')} {what}: {told}")
