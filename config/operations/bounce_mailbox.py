"""Reads the mailbox to which mail servers report, a hundred mails at a time.

Each mail is looked at once, in the order of arrival, and only its first 64 kB. What reports that a
letter of ours came back is deleted; everything else stays, unread.
"""

from __future__ import annotations

import logging
import ssl
import time as _time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from imaplib import IMAP4
from urllib.parse import unquote, urlsplit

from django.conf import settings
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted

from config.foundation.bounces import MOST_READ, BounceMailbox, Fate, mailbox_row, note, read_report

logger = logging.getLogger(__name__)

MOST_MAILS = 100
PATIENCE = 5  # seconds without an answer
RUN_SECONDS = 20
UNREACHABLE = "unreachable"


def read_mailbox(*, now: datetime) -> Counter[str]:
    """Reads what is new at `now` (UTC) and counts its fates, or UNREACHABLE once.

    Does nothing where no BOUNCE_IMAP_URL is set.
    """
    if not settings.BOUNCE_IMAP_URL:
        return Counter()
    row = mailbox_row()
    try:
        with opened_mailbox() as mailbox:
            tally = _read_new(mailbox, row, now=now)
    except (OSError, IMAP4.error, ImapToolsError) as error:
        # what a server says may quote the account
        logger.warning("mailbox of bounces: %s", type(error).__name__)
        BounceMailbox.objects.filter(failing_since=None).update(failing_since=now)
        return Counter({UNREACHABLE: 1})
    BounceMailbox.objects.exclude(failing_since=None).update(failing_since=None)
    return tally


@contextmanager
def opened_mailbox() -> Iterator[BaseMailBox]:
    """The mailbox, signed in to, with its folder selected."""
    url = urlsplit(settings.BOUNCE_IMAP_URL)
    host = url.hostname or ""
    mailbox: BaseMailBox
    if url.scheme == "imaps":
        # imaplib's own context looks at no certificate
        context = ssl.create_default_context()
        mailbox = MailBox(host, url.port or 993, timeout=PATIENCE, ssl_context=context)
    else:
        mailbox = MailBoxUnencrypted(host, url.port or 143, timeout=PATIENCE)
    folder = unquote(url.path.lstrip("/")) or "INBOX"
    try:
        yield mailbox.login(unquote(url.username or ""), unquote(url.password or ""), folder)
        mailbox.logout()
    finally:
        with suppress(OSError):  # closed by the farewell
            mailbox.client.shutdown()


def _read_new(mailbox: BaseMailBox, row: BounceMailbox, *, now: datetime) -> Counter[str]:
    validity = int(mailbox.client.response("UIDVALIDITY")[1][0] or 0)
    last = row.last_uid if validity == row.uid_validity else 0
    # "n:*" names the last mail, too, when there is none from n on
    new = sorted(uid for uid in map(int, mailbox.uids(f"UID {last + 1}:*")) if uid > last)
    tally: Counter[str] = Counter()
    done = []
    end = _time.monotonic() + RUN_SECONDS
    for uid in new[:MOST_MAILS]:
        report = read_report(_beginning(mailbox, uid))
        fate = note(report, now=now) if report else Fate.LEFT
        tally[fate] += 1
        last = uid
        if fate is not Fate.LEFT:
            done.append(str(uid))
        if _time.monotonic() > end:
            break
    if done:
        mailbox.delete(done)
    BounceMailbox.objects.filter(pk=row.pk).update(uid_validity=validity, last_uid=last)
    return tally


def _beginning(mailbox: BaseMailBox, uid: int) -> bytes:
    """The first 64 kB of a mail; nothing when another reader has deleted it."""
    answer = mailbox.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_READ}>)")[1]
    return next((each[1] for each in answer if isinstance(each, tuple)), b"")
