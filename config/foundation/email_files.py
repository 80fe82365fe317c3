"""Letters as files, for a demonstration without a mail server: readable by their owner alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SHORT = "sms-"  # begins the name of a short message's file
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")


class NoRecipient(OSError):
    """A file reaches nobody: where real people write, no letter may count as sent by it."""


class EmailBackend(BaseEmailBackend):
    """Writes each letter into a file of its own; under https it takes none."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Writes the files; raises NoRecipient under https."""
        for message in email_messages:
            write(message.message())
        return len(email_messages)


def folder() -> Path:
    """Where the files lie."""
    return Path(settings.DATA_DIR) / "letters"


def write(message: Message, *, prefix: str = "") -> Path:
    """Writes one message, named after its Message-ID; raises NoRecipient under https."""
    if settings.HTTPS:
        raise NoRecipient
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    path = place / f"{prefix}{_name(str(message['Message-ID']))}"
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(message.as_bytes())
    return path


def old(*, before: datetime) -> Iterator[Path]:
    """The files that were written at `before` (UTC) or earlier."""
    for path in folder().glob("*.log"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) <= before:
            yield path


def remove(message_ids: Iterable[str]) -> None:
    """Deletes the files of these messages, where there are any."""
    if not folder().is_dir():
        return
    for message_id in message_ids:
        for prefix in ("", SHORT):
            (folder() / f"{prefix}{_name(message_id)}").unlink(missing_ok=True)


def _name(message_id: str) -> str:
    return _UNSAFE.sub("", message_id.strip("<>").partition("@")[0]) + ".log"
