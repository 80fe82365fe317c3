"""A mail server on loopback that answers as a test scripts it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.servers import free_port

OK = "250 OK"


class Script(MessageHandler):
    """What the server says at each step, and the messages it took."""

    def __init__(self) -> None:
        super().__init__()
        self.at_recipient: dict[str, str] = {}
        self.at_data = OK
        self.taken: list[Message] = []
        self.silence = 0.0

    def silent_once(self, *, seconds: float) -> None:
        """The next message gets no answer for so long."""
        self.silence = seconds

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Takes every recipient but those the script refuses."""
        answer = self.at_recipient.get(address, OK)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Takes the message, or answers as scripted."""
        if self.silence:
            seconds, self.silence = self.silence, 0.0
            await asyncio.sleep(seconds)
            return "451 too late"
        if self.at_data != OK:
            return self.at_data
        return str(await super().handle_DATA(server, session, envelope))

    def handle_message(self, message: Message) -> None:
        """Keeps what was taken."""
        self.taken.append(message)


@contextmanager
def mailserver(settings: Any) -> Iterator[Script]:
    """A running server that Django's settings point to."""
    script = Script()
    controller = Controller(script, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        point(settings, controller.port)
        yield script
    finally:
        controller.stop()


@contextmanager
def silent(settings: Any) -> Iterator[None]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        point(settings, server.getsockname()[1])
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()


def point(settings: Any, port: int) -> None:
    """Lets Django send to `port` on loopback."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
