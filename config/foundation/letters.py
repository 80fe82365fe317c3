"""The outbox: letters are promised in the transaction that causes them and leave later.

A row holds no text and no address. The letter is rendered when it leaves, from the ids in its
subject, by the function that an app registered for its kind; codes and tokens are minted then.
"""

from __future__ import annotations

import logging
import smtplib
import time as _time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from config.foundation.sms import Refused, gateway

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
BACKOFF = (10, 30, 60, 120, 300)  # seconds; then every 300
PATIENCE = timedelta(hours=48)  # a letter without its own end is tried this long
POISON_ATTEMPTS = 5
BROKEN = "broken "  # begins the failure of a letter that this program can not write
RUN_SECONDS = 30  # shorter than a lease, with room for one silent relay
RELAY_FAILED = "relay failed"
GATEWAY_FAILED = "gateway failed"
# The relay is down when it failed at connection level for so long, and again just now.
RELAY_DOWN_AFTER = timedelta(minutes=2)
RELAY_NEWS = timedelta(minutes=6)


class Letter(models.Model):
    """One message to one person about one subject: promised, leased, sent or failed."""

    class Queue(models.TextChoices):
        CODE = "code", _("codes")
        ORDINARY = "ordinary", _("letters")
        SHORT = "short", _("short messages")  # a gateway that hangs holds up no letter

    kind = models.CharField(_("kind"), max_length=40)
    # "appointment/17": what it is about; the address is looked up when it leaves
    subject = models.CharField(_("subject"), max_length=80)
    revision = models.PositiveIntegerField(_("revision"), default=0)
    sequence = models.PositiveIntegerField(_("sequence"), default=0)
    language = models.CharField(_("language"), max_length=10)
    queue = models.CharField(max_length=10, choices=Queue.choices, default=Queue.ORDINARY)
    due_at = models.DateTimeField(_("due at"))
    give_up_at = models.DateTimeField(_("tried until"))
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("accepted by the mail server at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    # the cause was gone before the letter left
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=40, blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    promised_at = models.DateTimeField(_("promised at"))

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "revision", "sequence"], name="letter_promised_once"
            ),
            models.CheckConstraint(
                name="letter_has_one_end",
                condition=(
                    Q(sent_at=None, failed_at=None)
                    | Q(sent_at=None, withdrawn_at=None)
                    | Q(failed_at=None, withdrawn_at=None)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "due_at"],
                name="letter_waiting",
                condition=Q(sent_at=None, failed_at=None, withdrawn_at=None),
            ),
            models.Index(fields=["subject"], name="letter_subject"),
            models.Index(fields=["promised_at"], name="letter_promised"),
            models.Index(
                fields=["failed_at"], name="letter_failed", condition=Q(failed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def about(self) -> int:
        """The id of the row it is about."""
        return row_id(self.subject)


def row_id(subject: str) -> int:
    """The id in a subject: 17 of "appointment/17"."""
    return int(subject.partition("/")[2])


class Relay(models.Model):
    """What the own mail relay last did; one row."""

    failing_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "relay"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A rendered letter on its way to one address (or, for SMS, one number)."""

    to: str
    subject: str
    text: str
    html: str = ""
    attachments: Sequence[Attachment] = field(default_factory=tuple)
    reply_to: str = ""


Render = Callable[[Letter, datetime], Envelope | None]
_renderers: dict[str, Render] = {}


def renders(kind: str) -> Callable[[Render], Render]:
    """Registers the function that renders letters of `kind`; None from it withdraws the letter."""

    def register(render: Render) -> Render:
        _renderers[kind] = render
        return render

    return register


AfterSent = Callable[[Letter, datetime], None]
_after_sent: dict[str, AfterSent] = {}


def after_sent(kind: str) -> Callable[[AfterSent], AfterSent]:
    """Registers what happens at the instant a letter of `kind` has left; safe to happen twice."""

    def register(act: AfterSent) -> AfterSent:
        _after_sent[kind] = act
        return act

    return register


def promise(
    *,
    kind: str,
    subject: str,
    language: str,
    now: datetime,
    revision: int = 0,
    sequence: int = 0,
    queue: Letter.Queue = Letter.Queue.ORDINARY,
    due_at: datetime | None = None,
    give_up_at: datetime | None = None,
) -> None:
    """Writes the row a letter will leave from, once for (kind, subject, revision, sequence).

    Called inside the transaction of the act that causes the letter. Times are UTC instants.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    row = Letter(
        kind=kind,
        subject=subject,
        revision=revision,
        sequence=sequence,
        language=language,
        queue=queue,
        due_at=due_at or now,
        give_up_at=give_up_at or (due_at or now) + PATIENCE,
        message_id=f"<{uuid.uuid4().hex}@{domain}>",
        promised_at=now,
    )
    Letter.objects.bulk_create([row], ignore_conflicts=True)


def waiting() -> models.QuerySet[Letter]:
    """Letters that have neither left nor come to an end."""
    return Letter.objects.filter(sent_at=None, failed_at=None, withdrawn_at=None)


def claim(*, queue: Letter.Queue, now: datetime) -> Letter | None:
    """Leases the next due letter of `queue` for two minutes; None when nothing is due.

    Two senders never hold the same letter: the lease is one conditional UPDATE.
    """
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = waiting().filter(free, queue=queue, due_at__lte=now).order_by("due_at", "pk")
    for letter in due[:10]:
        mine = waiting().filter(free, pk=letter.pk, attempts=letter.attempts)
        if mine.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
            letter.attempts += 1
            return letter
    return None


def send(letter: Letter, *, now: datetime) -> str:
    """Renders and sends a leased letter; returns how it fared, in one word, RELAY_FAILED or
    GATEWAY_FAILED.

    `now` is the UTC instant of the attempt. Raises nothing: the outcome is in the row.
    """
    if now >= letter.give_up_at:
        return _end(letter, failed_at=now, failure="too late")
    try:
        render = _renderers[letter.kind]
        with override(letter.language):
            envelope = render(letter, now)
        if envelope is None:
            return _end(letter, withdrawn_at=now)
        message = _message(letter, envelope) if "@" in envelope.to else None
    except Exception as error:
        # The text of an error may quote a person; its type does not.
        logger.error("letter %s could not be rendered: %s", letter.pk, type(error).__name__)
        if letter.attempts >= POISON_ATTEMPTS:
            return _end(letter, failed_at=now, failure=f"{BROKEN}{type(error).__name__}"[:40])
        return _postpone(letter, now=now, failure=type(error).__name__)
    if message is None:
        return _send_short(letter, envelope, now=now)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if codes and all(500 <= code < 600 for code in codes):
            return _end(letter, failed_at=now, failure=f"refused {codes[0]}")
        return _postpone(letter, now=now, failure="recipient not now")
    except smtplib.SMTPConnectError as error:
        return _relay_failed(letter, now=now, failure=f"connect {error.smtp_code}")
    except smtplib.SMTPResponseException as error:
        if 500 <= error.smtp_code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError):
            return _end(letter, failed_at=now, failure=f"refused {error.smtp_code}")
        return _postpone(letter, now=now, failure=f"not now {error.smtp_code}")
    except (OSError, smtplib.SMTPException) as error:
        return _relay_failed(letter, now=now, failure=type(error).__name__)
    if act := _after_sent.get(letter.kind):
        act(letter, now)
    outcome = _end(letter, sent_at=now)
    _relay_row().update(failing_since=None, sent_at=now)
    return outcome


def _send_short(letter: Letter, envelope: Envelope, *, now: datetime) -> str:
    # A gateway says nothing about our mail relay.
    try:
        gateway().send(number=envelope.to, text=envelope.text, message_id=letter.message_id)
    except Refused:
        return _end(letter, failed_at=now, failure="number refused")
    except Exception as error:
        logger.warning("short message %s did not leave: %s", letter.pk, type(error).__name__)
        _postpone(letter, now=now, failure=type(error).__name__)
        return GATEWAY_FAILED
    return _end(letter, sent_at=now)


def send_next(*, queue: Letter.Queue, now: datetime) -> str | None:
    """Sends one due letter of `queue`; None when nothing is due."""
    letter = claim(queue=queue, now=now)
    return send(letter, now=now) if letter else None


def send_due(*, queue: Letter.Queue, now: datetime, limit: int = 200) -> Counter[str]:
    """Sends due letters of `queue` and counts how they fared.

    Ends at `limit`, after half a minute, or when the relay or the gateway fails: a sender that
    waits for a silent one must neither outlive its lease nor keep the other queues waiting.
    """
    tally: Counter[str] = Counter()
    end = _time.monotonic() + RUN_SECONDS
    while tally.total() < limit and _time.monotonic() < end:
        letter = claim(queue=queue, now=now)
        if letter is None:
            break
        outcome = send(letter, now=now)
        tally[outcome] += 1
        if outcome in {RELAY_FAILED, GATEWAY_FAILED}:
            break
    return tally


def relay_is_down(now: datetime) -> bool:
    """Whether our own relay has refused connections for two minutes with no letter leaving.

    Answers of recipients and a long queue do not count: a sender can't bring this about.
    """
    row = Relay.objects.first()
    if row is None or row.failing_since is None or row.failed_at is None:
        return False
    return row.failing_since <= now - RELAY_DOWN_AFTER and row.failed_at >= now - RELAY_NEWS


def _message(letter: Letter, envelope: Envelope) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        envelope.subject,
        envelope.text,
        settings.DEFAULT_FROM_EMAIL,
        [parseaddr(envelope.to)[1]],
        reply_to=[envelope.reply_to] if envelope.reply_to else None,
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    if envelope.html:
        message.attach_alternative(envelope.html, "text/html")
    for file in envelope.attachments:
        message.attach(file.name, file.content, file.mimetype)
    message.message()  # a header that can't be written must fail before the relay is asked
    return message


def _end(letter: Letter, **columns: datetime | str) -> str:
    # Only the holder of the lease ends it; after a lost lease somebody else has it.
    mine = waiting().filter(pk=letter.pk, attempts=letter.attempts)
    mine.update(leased_until=None, **columns)
    return next(name for name in ("sent", "failed", "withdrawn") if f"{name}_at" in columns)


def _postpone(letter: Letter, *, now: datetime, failure: str) -> str:
    wait = BACKOFF[min(letter.attempts, len(BACKOFF)) - 1]
    mine = waiting().filter(pk=letter.pk, attempts=letter.attempts)
    mine.update(leased_until=None, due_at=now + timedelta(seconds=wait), failure=failure[:40])
    return "postponed"


def _relay_row() -> models.QuerySet[Relay]:
    Relay.objects.bulk_create([Relay(pk=1)], ignore_conflicts=True)
    return Relay.objects.filter(pk=1)


def _relay_failed(letter: Letter, *, now: datetime, failure: str) -> str:
    with transaction.atomic():
        row = _relay_row()
        row.filter(failing_since=None).update(failing_since=now)
        row.update(failed_at=now)
        _postpone(letter, now=now, failure=failure)
    return RELAY_FAILED
