"""SMTP with the patience of RFC 5321, and with word of when a letter is out of our hands."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

# RFC 5321, section 4.5.3.2: how long a sender waits, in seconds
GREETING = 300  # 4.5.3.2.1
COMMAND = 300  # 4.5.3.2.2 and .3: MAIL and RCPT; what has no number of its own waits as long
DATA_INITIATION = 120  # 4.5.3.2.4
DATA_BLOCK = 180  # 4.5.3.2.5
DATA_TERMINATION = 600  # 4.5.3.2.6: "If the connection closes … most likely [it] is delivered"
FAREWELL = 5  # RSET and QUIT: everything that counts has been said
_PATIENCE = {"data": DATA_INITIATION, "rset": FAREWELL, "quit": FAREWELL}


class Unreachable(OSError):
    """The relay could not be connected to, or did not greet."""


class _Session(smtplib.SMTP):
    """A connection whose patience depends on what was said last."""

    before_body: Callable[[], None] | None = None

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Connects and is greeted within the given timeout; raises Unreachable otherwise."""
        try:
            code, text = super().connect(*args, **kwargs)
        except OSError as error:  # every SMTPException is one
            raise Unreachable(type(error).__name__) from error
        if code != 220:
            self.close()
            raise Unreachable(f"greeted with {code}")
        return code, text

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Sends a command and waits for its answer as long as the RFC says."""
        self._wait_for(_PATIENCE.get(cmd.lower(), COMMAND))
        super().putcmd(cmd, args)

    def send(self, s: Any) -> None:
        """Sends; the text of a letter comes as bytes, and commands as words."""
        if not isinstance(s, bytes):
            super().send(s)
            return
        if self.before_body is not None:
            self.before_body()
        self._wait_for(DATA_BLOCK)
        super().send(s)
        self._wait_for(DATA_TERMINATION)

    def _wait_for(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class _SecureSession(_Session, smtplib.SMTP_SSL):
    """The same under TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's, which tells through `before_body` that the text of a letter is about to leave.

    From then on only an answer says whether the relay has the letter.
    """

    before_body: Callable[[], None] | None = None

    @property
    def connection_class(self) -> type[_Session]:
        """The class of a connection."""
        return _SecureSession if self.use_ssl else _Session

    def open(self) -> bool | None:
        """Connects unless connected."""
        opened = super().open()
        if isinstance(self.connection, _Session):
            self.connection.before_body = self.before_body
        return opened

    def close(self) -> None:
        """Says goodbye; whatever goes wrong with that changes nothing any more."""
        with suppress(OSError):
            super().close()


class LeaseLost(Exception):
    """Somebody else has the letter by now: its text must not leave."""


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    REFUSED = "refused"  # for good
    NOT_NOW = "not now"
    UNREACHABLE = "unreachable"
    UNANSWERED = "unanswered"  # the relay got the text and did not say whether it has it


@dataclass(frozen=True)
class Answer:
    """What the relay said, in words without a person."""

    outcome: Outcome
    said: str = ""


def submit(message: EmailMessage, backend: BaseEmailBackend) -> Answer:
    """Hands `message` over and says how that went; raises nothing and leaves the connection open.

    Only an answer after the text, and one that was understood, says that the relay has no letter.
    """
    body = _Body(backend)
    try:
        backend.open()
        backend.send_messages([message])
    except Unreachable as error:
        return Answer(Outcome.UNREACHABLE, f"connect {error}")
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            return Answer(Outcome.REFUSED, f"refused {codes[0]}")
        return Answer(Outcome.NOT_NOW, "recipient not now")
    except smtplib.SMTPResponseException as error:
        return _of_code(error, text_left=body.left)
    except Exception as error:
        return Answer(Outcome.UNANSWERED if body.left else Outcome.NOT_NOW, type(error).__name__)
    return Answer(Outcome.SENT)


class _Body:
    """Whether the text of a letter has left."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.left = False
        if isinstance(backend, EmailBackend):
            self._first, backend.before_body = backend.before_body, self._leaves

    def _leaves(self) -> None:
        if self._first is not None:
            self._first()
        self.left = True


# what speaks of our own account or address at the relay, and of no letter
_ABOUT_US = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPHeloError,
    smtplib.SMTPSenderRefused,
)
_TOO_LARGE = 552


def _of_code(error: smtplib.SMTPResponseException, *, text_left: bool) -> Answer:
    code = error.smtp_code
    if not (200 <= code < 600 and isinstance(error, (smtplib.SMTPDataError, *_ABOUT_US))):
        # no code at all, or a line without end
        return Answer(Outcome.UNANSWERED if text_left else Outcome.NOT_NOW, f"answered {code}")
    if text_left and code < 300:
        return Answer(Outcome.SENT)
    if code >= 500 and (not isinstance(error, _ABOUT_US) or code == _TOO_LARGE):
        return Answer(Outcome.REFUSED, f"refused {code}")
    return Answer(Outcome.NOT_NOW, f"not now {code}")
