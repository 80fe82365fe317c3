"""Letters that come back: what a mail server reports about one, and what follows from it.

A report is written by a stranger. Only one that came to the return address of its letter is
believed to be about that letter; one that merely quotes a Message-ID marks it and moves nothing.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser, HeaderParser
from enum import StrEnum

from django.db import models

from config.foundation.actions import action
from config.foundation.notification_kinds import FollowUp, follow_up
from config.foundation.outbox import Notification
from config.foundation.return_address import proved_letters

logger = logging.getLogger(__name__)

MOST_READ = 64 * 1024  # bytes of a mail; the report stands before the letter that it returns
_MOST_PARTS = 20
_GIVEN_UP = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")  # RFC 3463
_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_REPORTED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


@dataclass(frozen=True, kw_only=True)
class Report:
    """That a letter was not delivered, with the status of RFC 3463 that says why.

    `letter` is the id that its return address proves; without one there is the Message-ID.
    """

    letter: int | None
    message_id: str
    status: str


class Fate(StrEnum):
    """What became of a mail in the mailbox."""

    NOTED = "noted"
    KNOWN = "known"  # of ours, and nothing is left to note
    LEFT = "left"  # no report, not of ours, or forged


class BounceMailbox(models.Model):
    """How far the mailbox is read and since when it can't be; one row."""

    # which mailbox the numbers of mails belong to (RFC 3501, section 2.3.1.1)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "mailbox of letters that came back"


def mailbox_row() -> BounceMailbox:
    """The one row."""
    BounceMailbox.objects.bulk_create([BounceMailbox(pk=1)], ignore_conflicts=True)
    return BounceMailbox.objects.get(pk=1)


def read_report(raw: bytes) -> Report | None:
    """The report that the beginning of a mail is; None for anything else, however made.

    No part is read into: the parser of the standard library takes seconds for parts in each other.
    """
    mail = BytesHeaderParser().parsebytes(raw[:MOST_READ])
    if mail.get_content_type() != "multipart/report":
        return None
    parts = {part.get_content_type(): part for part in _parts(mail)}
    status = _status(parts.get("message/delivery-status"))
    found = proved_letters(_reported_to(mail))
    if not status or None in found or len(found) > 1:
        return None
    if found:
        return Report(letter=found.pop(), message_id="", status=status)
    returned = parts.get("message/rfc822", parts.get("text/rfc822-headers"))
    message_id = _field(_inside(returned)[0], "Message-ID") if returned else ""
    return Report(letter=None, message_id=message_id, status=status) if message_id else None


def _parts(mail: Message) -> list[Message]:
    """A report has three parts (RFC 6522), and nothing behind them matters."""
    mark = re.escape(mail.get_boundary() or "")
    texts = re.split(rf"^--{mark}(?:--)?[ \t]*\r?\n?", str(mail.get_payload()), flags=re.MULTILINE)
    return [HeaderParser().parsestr(text) for text in texts[1:_MOST_PARTS]] if mark else []


def _inside(part: Message) -> list[Message]:
    """The blocks of fields in a part, of which a returned letter has one: its header."""
    blocks = _BLANK_LINE.split(str(part.get_payload()), maxsplit=_MOST_PARTS)[:_MOST_PARTS]
    return [HeaderParser().parsestr(block) for block in blocks]


def _field(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip()


def _reported_to(mail: Message) -> str:
    values = [each for name in _REPORTED_TO for each in mail.get_all(name, [])[:_MOST_PARTS]]
    return " ".join(map(str, values))


def _status(part: Message | None) -> str:
    """Why the letter was given up for good; "" when it was not."""
    for block in _inside(part) if part is not None else []:
        status = _field(block, "Status")
        if _field(block, "Action").lower() == "failed" and _GIVEN_UP.fullmatch(status):
            return status
    return ""


def note(report: Report, *, now: datetime) -> Fate:
    """Keeps that a letter came back, once, and does what follows for its kind.

    What follows is done only for a proved report of a final refusal (5.x). A letter that its mail
    server has not answered for yet can't have come back.
    """
    by_id = {"pk": report.letter} if report.letter else {"message_id": report.message_id}
    letter = Notification.objects.filter(**by_id).first()
    if letter is None:
        return Fate.KNOWN if report.letter else Fate.LEFT
    if letter.sent_at is None:
        is_over = letter.failed_at is not None or letter.withdrawn_at is not None
        return Fate.KNOWN if is_over else Fate.LEFT
    is_final = report.letter is not None and report.status.startswith("5")
    act = follow_up("bounced", letter.kind) if is_final else None
    try:
        return _mark(letter, report.status, act, now=now)
    except Exception as error:
        if act is None:
            raise
        # that it came back stands, whatever was to follow
        logger.error("letter %s came back, then: %s", letter.pk, type(error).__name__)
        return _mark(letter, report.status, None, now=now)


@action
def _mark(letter: Notification, status: str, act: FollowUp | None, *, now: datetime) -> Fate:
    first = Notification.objects.filter(pk=letter.pk, sent_at__isnull=False, bounced_at=None)
    if not first.update(bounced_at=now, bounce=status):
        return Fate.KNOWN
    letter.bounced_at, letter.bounce = now, status
    if act:
        act(letter, now)
    return Fate.NOTED
