"""A letter as a message that every relay and every mail program understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

# Not every relay takes bytes above 127 (8BITMIME, RFC 6152): each part leaves as 7-bit text.
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    mimetype: str  # with its parameters, if there are any


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A rendered letter on its way to one address (or, for SMS, one number)."""

    to: str
    subject: str
    text: str
    html: str = ""
    attachments: Sequence[Attachment] = field(default_factory=tuple)
    reply_to: str = ""
    sender: str = ""  # the name beside the address it comes from


def _from(name: str) -> str:
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((name, address)) if name else settings.DEFAULT_FROM_EMAIL


def mime_message(
    envelope: Envelope, *, message_id: str, return_address: str = ""
) -> EmailMultiAlternatives | None:
    """The message of an envelope; None for one that is addressed to a phone.

    What can't be delivered comes back to `return_address`, else to the address it comes from.
    Raises BadHeaderError for a header that can't be written, before any relay is asked.
    """
    if "@" not in envelope.to:
        return None
    message = EmailMultiAlternatives(
        envelope.subject,
        envelope.text,
        return_address or _from(envelope.sender),
        [parseaddr(envelope.to)[1]],
        reply_to=[envelope.reply_to] if envelope.reply_to else None,
        headers={
            "From": _from(envelope.sender),
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
        },
    )
    message.encoding = _UTF8
    if envelope.html:
        message.attach_alternative(envelope.html, "text/html")
    for file in envelope.attachments:
        message.attach(file.name, file.content, file.mimetype)
    message.message()
    return message
