"""Short messages to a phone, through one gateway that the settings name."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class Refused(Exception):
    """The gateway will never take this message: the number is wrong or barred."""


class Gateway(Protocol):
    """What a provider's adapter has to do."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Hands `text` for `number` (E.164) over; the same `message_id` twice is one message.

        Raises Refused when it will never be taken and OSError when it may be later.
        """


class FileGateway:
    """Writes messages beside the letters, for a demonstration without a provider."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Writes one file for one message."""
        message = EmailMessage()
        message["To"] = number
        message["Subject"] = "SMS"
        message["Date"] = formatdate()
        message["Message-ID"] = message_id
        message.set_content(text)
        folder = Path(settings.SMS_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        name = message_id.strip("<>").partition("@")[0]
        (folder / f"sms-{name}.log").write_bytes(message.as_bytes())


class ConsoleGateway:
    """Prints messages, for developers."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Prints one message."""
        print(f"SMS to {number}: {text}")  # noqa: T201


def gateway() -> Gateway:
    """The gateway of this deployment."""
    return cast(Gateway, import_string(settings.SMS_GATEWAY)())
