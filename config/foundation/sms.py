"""Short messages to a phone, through one gateway that the settings name."""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.utils import formatdate
from http.client import HTTPException
from typing import Protocol, cast
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils.module_loading import import_string

from config.foundation import email_files

TIMEOUT = 10  # seconds without a byte
# 400 and 422 speak of this message; every other answer of the provider may be another one later
NEVER = frozenset({400, 422})


# The letters of GSM 03.38, and those of its extension, which take the room of two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_OF_TWO = frozenset("^{}\\[~]|€")
# How many fit into a message of its own, and into each of several.
_GSM_ROOM, _UCS2_ROOM = (160, 153), (70, 67)


def is_configured() -> bool:
    """Whether short messages reach phones here."""
    return bool(settings.SMS_URL)


def segments(text: str) -> int:
    """How many short messages a phone network makes of `text`, and charges."""
    if _GSM.union(_GSM_OF_TWO).issuperset(text):
        alone, room = _GSM_ROOM
        sizes = [1 + (letter in _GSM_OF_TWO) for letter in text]
    else:
        alone, room = _UCS2_ROOM
        sizes = [1 + (ord(letter) > 0xFFFF) for letter in text]
    if sum(sizes) <= alone:
        return 1
    count, left = 1, room
    for size in sizes:
        if size > left:
            count, left = count + 1, room
        left -= size
    return count


class NumberRefused(Exception):
    """The gateway will never take this message: the number is wrong or barred."""


class Gateway(Protocol):
    """What a provider's adapter has to do."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Hands `text` for `number` (E.164) over; the same `message_id` twice is one message.

        Raises NumberRefused when it will never be taken and OSError when it may be later.
        """


class _NoRedirect(HTTPRedirectHandler):
    """Takes a redirection as a failure: the token and the number are for nobody else."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """Follows nothing."""


class HttpGateway:
    """Posts each message as JSON to SMS_URL, with SMS_TOKEN as the bearer token.

    The body is {"id", "from", "to", "text"}; any 2xx is taken as accepted. A provider with
    another form needs a class of its own, or a small relay in front of it.
    """

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Posts one message; the provider may know it again by its id."""
        told = {"id": message_id, "from": settings.SMS_SENDER, "to": number, "text": text}
        request = Request(  # noqa: S310  the settings allow nothing but http and https
            settings.SMS_URL,
            data=json.dumps(told).encode(),
            headers={
                "Authorization": f"Bearer {settings.SMS_TOKEN}",
                "Content-Type": "application/json",
                "Idempotency-Key": message_id,
            },
        )
        try:
            build_opener(_NoRedirect).open(request, timeout=TIMEOUT).close()
        except HTTPError as error:
            error.close()
            raise (NumberRefused if error.code in NEVER else OSError)(error.code) from None
        except HTTPException as error:
            raise OSError(type(error).__name__) from None


class FileGateway:
    """Writes messages beside the letters, for a demonstration; under https it takes none."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Writes one file for one message."""
        message = EmailMessage()
        message["To"] = number
        message["Subject"] = "SMS"
        message["Date"] = formatdate()
        message["Message-ID"] = message_id
        message.set_content(text)
        email_files.write(message, prefix=email_files.SHORT)


class ConsoleGateway:
    """Prints messages, for developers."""

    def send(self, *, number: str, text: str, message_id: str) -> None:
        """Prints one message."""
        if settings.HTTPS:
            raise email_files.NoRecipient
        print(f"SMS to {number}: {text}")  # noqa: T201


def gateway() -> Gateway:
    """The gateway of this deployment."""
    return cast(Gateway, import_string(settings.SMS_GATEWAY)())
