"""A mail server on loopback that answers as a test scripts it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP
from pytest_django import Settings

from tests.servers import free_port

OK = "250 OK"


class Script(MessageHandler):
    """What the server says at each step, and the messages it took."""

    def __init__(self) -> None:
        super().__init__()
        self.at_sender = OK
        self.at_recipient: dict[str, str] = {}
        self.at_data = OK
        self.taken: list[Message] = []
        self.raw: list[bytes] = []
        self.silence = 0.0
        self.connections: set[SMTP] = set()
        self.per_reply = 0.0  # seconds before everything it says
        self.at_greeting = self.at_hello = self.at_data_start = ""
        self.after_text: Callable[[], object] | None = None
        self.slow: dict[str, float] = {}  # seconds between the text and the answer, by recipient
        self.resets = 0  # so many next messages are taken, and the connection reset unanswered

    def silent_once(self, *, seconds: float) -> None:
        """The next message gets no answer for so long."""
        self.silence = seconds

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Takes every sender, or answers as scripted."""
        if self.at_sender == OK:
            envelope.mail_from = address
        return self.at_sender

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
        self.raw.append(envelope.original_content or envelope.content)
        if self.after_text:
            self.after_text()
        if pause := self.slow.get(envelope.rcpt_tos[0], 0.0):
            try:
                await asyncio.sleep(pause)
            except asyncio.CancelledError:  # the sender has hung up
                server.transport.abort()
                raise
        if self.resets:
            self.resets -= 1
            await super().handle_DATA(server, session, envelope)
            server.transport.abort()
            return OK
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


class _Scripted(SMTP):
    """Speaks as slowly as the script says, and sometimes says something else."""

    greeted = False

    def connection_made(self, transport: Any) -> None:
        """Counts an open connection."""
        super().connection_made(transport)
        self.event_handler.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Counts it no more."""
        super().connection_lost(error)
        self.event_handler.connections.discard(self)

    async def push(self, status: Any) -> None:
        """Says one line; the first is the greeting."""
        await asyncio.sleep(self.event_handler.per_reply)
        if not self.greeted:
            self.greeted, status = True, self.event_handler.at_greeting or status
        await super().push(status)

    async def smtp_EHLO(self, hostname: str) -> None:
        """Says hello, or what is scripted."""
        if answer := self.event_handler.at_hello:
            await self.push(answer)
        else:
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        """The same in the older way."""
        if answer := self.event_handler.at_hello:
            await self.push(answer)
        else:
            await super().smtp_HELO(hostname)

    async def smtp_DATA(self, arg: str) -> None:
        """Asks for the text, or says what is scripted."""
        if answer := self.event_handler.at_data_start:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


class Server(Controller):
    """A mail server that keeps to a `Script`."""

    def factory(self) -> SMTP:
        """One for each connection."""
        return _Scripted(self.handler, **self.SMTP_kwargs)


@contextmanager
def mailserver(settings: Settings) -> Iterator[Script]:
    """A running server that Django's settings point to."""
    script = Script()
    controller = Server(script, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        point(settings, controller.port)
        yield script
    finally:
        # what senders hung up has to be noticed before the loop ends
        until = time.monotonic() + 5
        while script.connections and time.monotonic() < until:
            time.sleep(0.02)
        for connection in list(script.connections):
            if isinstance(connection.transport, asyncio.WriteTransport):
                controller.loop.call_soon_threadsafe(connection.transport.abort)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), controller.loop).result(5)
        controller.stop()


@contextmanager
def silent(settings: Settings) -> Iterator[None]:
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


def point(settings: Settings, port: int) -> None:
    """Lets Django send to `port` on loopback."""
    settings.EMAIL_BACKEND = "config.foundation.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
