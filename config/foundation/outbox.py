"""The outbox: notifications are promised in the transaction that causes them and leave later.

A row holds no text and no address. Both are found when the notification leaves, from the ids in its
subject, by what an app registered for its kind: `config/foundation/notification_kinds.py`.
"""

from __future__ import annotations

import logging
import threading
import time as _time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ParamSpec

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, close_old_connections, connection, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from config.foundation import email_files, smtp
from config.foundation.mime import Envelope, mime_message
from config.foundation.notification_kinds import compose, follow_up
from config.foundation.persons import own_address
from config.foundation.relay import record_reached, record_unreachable
from config.foundation.return_address import return_address
from config.foundation.sms import NumberRefused, gateway

logger = logging.getLogger(__name__)
P = ParamSpec("P")

LEASE = timedelta(seconds=120)
RENEW_SECONDS = (
    30  # a lease is renewed while its notification is on its way: one answer may take minutes
)
LONGEST_SEND = 3600  # seconds: all the patience of RFC 5321 together is less
BACKOFF = (10, 30, 60, 120, 300)  # seconds; then every 300
PATIENCE = timedelta(hours=48)  # a notification without its own end is tried this long
POISON_ATTEMPTS = 5
BROKEN = "broken "  # begins the failure of a notification that this program can not write
RUN_SECONDS = 30
# How often the text may be given to a relay that then does not say whether it has it.
MOST_UNANSWERED = 2
UNANSWERED = "perhaps delivered"  # the failure of a notification that was given so often
RELAY_FAILED = "relay failed"
GATEWAY_FAILED = "gateway failed"


class Notification(models.Model):
    """One message to one person about one subject: promised, leased, sent or failed."""

    class Queue(models.TextChoices):
        CODE = "code", _("codes")
        ORDINARY = "ordinary", _("letters")
        SHORT = "short", _("short messages")  # a gateway that hangs holds up no notification

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
    # how often a relay got the text and has not answered
    unanswered = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(_("accepted by the mail server at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    # the cause was gone before the notification left
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=40, blank=True)
    # reported by a mail server further on, with its status of RFC 3463
    bounced_at = models.DateTimeField(_("came back at"), null=True, blank=True)
    bounce = models.CharField(
        _("why it came back"), max_length=9, blank=True, default="", db_default=""
    )
    message_id = models.CharField(max_length=120, unique=True)
    promised_at = models.DateTimeField(_("promised at"))

    class Meta:
        db_table = "foundation_letter"
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
            models.CheckConstraint(
                name="letter_bounced_only_if_sent",
                condition=(
                    Q(bounced_at=None, bounce="")
                    | (Q(bounced_at__isnull=False, sent_at__isnull=False) & ~Q(bounce=""))
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
            models.Index(
                fields=["subject"], name="letter_bounced", condition=Q(bounced_at__isnull=False)
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


def new_notification(
    *,
    kind: str,
    subject: str,
    language: str,
    now: datetime,
    revision: int = 0,
    sequence: int = 0,
    queue: Notification.Queue = Notification.Queue.ORDINARY,
    due_at: datetime | None = None,
    give_up_at: datetime | None = None,
) -> Notification:
    """The row a notification will leave from, not saved yet. Times are UTC instants."""
    domain = own_address().rpartition("@")[2]
    return Notification(
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


def enqueue_all(rows: Iterable[Notification]) -> None:
    """Saves notifications in one statement, each once for (kind, subject, revision, sequence).

    Called inside the transaction of the act that causes them.
    """
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def _saved(make: Callable[P, Notification]) -> Callable[P, None]:
    return lambda *args, **columns: enqueue_all([make(*args, **columns)])


enqueue = _saved(new_notification)


def waiting() -> models.QuerySet[Notification]:
    """Notifications that have neither left nor come to an end."""
    return Notification.objects.filter(sent_at=None, failed_at=None, withdrawn_at=None)


def forget_files(subjects: list[str]) -> None:
    """Deletes what a demonstration wrote into files about these subjects."""
    rows = Notification.objects.filter(subject__in=subjects)
    email_files.remove(rows.values_list("message_id", flat=True))


def due(*, queue: Notification.Queue, now: datetime) -> models.QuerySet[Notification]:
    """Notifications of `queue` that nobody is sending and that are due at `now` (UTC), in order."""
    free = waiting().filter(Q(leased_until=None) | Q(leased_until__lte=now))
    return free.filter(queue=queue, due_at__lte=now).order_by("due_at", "pk")


def claim(*, queue: Notification.Queue, now: datetime) -> Notification | None:
    """Leases the next due notification of `queue` for two minutes; None when nothing is due.

    Two senders never hold the same notification: the lease is one conditional UPDATE.
    """
    for notification in due(queue=queue, now=now)[:10]:
        mine = (
            due(queue=queue, now=now)
            .filter(pk=notification.pk, attempts=notification.attempts)
            .order_by()
        )
        if mine.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
            notification.attempts += 1
            return notification
    return None


def send(notification: Notification, *, now: datetime) -> str:
    """Renders and sends a leased notification; returns how it fared, in one word, RELAY_FAILED or
    GATEWAY_FAILED.

    `now` is the UTC instant of the attempt. Raises nothing: the outcome is in the row.
    """
    if now >= notification.give_up_at:
        return _fail(notification, now=now, failure="too late")
    if notification.unanswered >= MOST_UNANSWERED:
        return _fail(notification, now=now, failure=UNANSWERED)  # its sender died while it waited
    try:
        with override(notification.language):
            envelope = compose(notification, now=now)
        if envelope is None:
            return _end(notification, withdrawn_at=now)
        message = mime_message(
            envelope,
            message_id=notification.message_id,
            return_address=return_address(notification.pk),
        )
    except Exception as error:
        # The text of an error may quote a person; its type does not.
        logger.error("letter %s could not be rendered: %s", notification.pk, type(error).__name__)
        if notification.attempts >= POISON_ATTEMPTS:
            return _fail(notification, now=now, failure=f"{BROKEN}{type(error).__name__}"[:40])
        return _postpone(notification, now=now, failure=type(error).__name__)
    began = _time.monotonic()
    with _lease_renewed(notification, now=now):
        if message is None:
            return _send_short(notification, envelope, now=now)
        # the first try finds a silent relay soon; a later one has the patience for a slow greeting
        patience = settings.EMAIL_TIMEOUT * 2 ** min(notification.attempts - 1, 10)
        backend = get_connection(timeout=min(patience, smtp.GREETING))
        if isinstance(backend, smtp.EmailBackend):
            backend.before_body = lambda: _count_unanswered(notification)
        try:
            answer = smtp.submit(message, backend)
            if _time.monotonic() - began > RENEW_SECONDS:
                close_old_connections()  # meanwhile the database may have been restarted
            return _record(notification, answer, now=after_elapsed(now, began))
        finally:
            backend.close()  # the outcome stands: the relay may take its time to say goodbye


def _count_unanswered(notification: Notification) -> None:
    # Written down first: a sender that is killed while it waits must not try for ever.
    mine = waiting().filter(pk=notification.pk, attempts=notification.attempts)
    if not mine.update(unanswered=notification.unanswered + 1):
        raise smtp.LeaseLost


def _record(notification: Notification, answer: smtp.Answer, *, now: datetime) -> str:
    match answer.outcome:
        case smtp.Outcome.SENT:
            outcome = _end(notification, sent_at=now, unanswered=notification.unanswered)
            record_reached(now=now)
            return outcome
        case smtp.Outcome.REFUSED:
            return _fail(notification, now=now, failure=answer.said)
        case smtp.Outcome.UNREACHABLE:
            with transaction.atomic():
                record_unreachable(now=now)
                _postpone(notification, now=now, failure=answer.said)
            return RELAY_FAILED
        case smtp.Outcome.UNANSWERED:
            notification.unanswered += 1
            if notification.unanswered >= MOST_UNANSWERED:
                return _fail(notification, now=now, failure=UNANSWERED)
    return _postpone(notification, now=now, failure=answer.said)


@contextmanager
def _lease_renewed(notification: Notification, *, now: datetime) -> Iterator[None]:
    """Keeps the lease of a notification while it is on its way, however long the relay takes."""
    over = threading.Event()
    began = _time.monotonic()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS) and _time.monotonic() - began < LONGEST_SEND:
            held = waiting().filter(pk=notification.pk, attempts=notification.attempts)
            try:
                until = after_elapsed(now, began) + LEASE
                held.exclude(leased_until=None).update(leased_until=until)
            except DatabaseError as error:
                logger.warning("lease of %s not renewed: %s", notification.pk, type(error).__name__)
            finally:
                connection.close()

    renewing = threading.Thread(target=renew, name="lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        over.set()
        renewing.join()


def after_elapsed(now: datetime, began: float) -> datetime:
    """`now` (UTC) and the whole seconds since `began`, on the clock that never jumps."""
    return now + timedelta(seconds=int(_time.monotonic() - began))


def _send_short(notification: Notification, envelope: Envelope, *, now: datetime) -> str:
    # A gateway says nothing about our mail relay.
    began = _time.monotonic()
    try:
        gateway().send(number=envelope.to, text=envelope.text, message_id=notification.message_id)
    except NumberRefused:
        return _fail(notification, now=after_elapsed(now, began), failure="number refused")
    except Exception as error:
        logger.warning("short message %s did not leave: %s", notification.pk, type(error).__name__)
        _postpone(notification, now=after_elapsed(now, began), failure=type(error).__name__)
        return GATEWAY_FAILED
    return _end(notification, sent_at=after_elapsed(now, began))


def send_next(*, queue: Notification.Queue, now: datetime) -> str | None:
    """Sends one due notification of `queue`; None when nothing is due."""
    notification = claim(queue=queue, now=now)
    return send(notification, now=now) if notification else None


def send_due(*, queue: Notification.Queue, now: datetime, limit: int = 200) -> Counter[str]:
    """Sends due notifications of `queue` one after the other and counts how they fared.

    Ends at `limit`, after half a minute, or when the relay or the gateway can't be reached.
    """
    tally: Counter[str] = Counter()
    began = _time.monotonic()
    while tally.total() < limit and _time.monotonic() < began + RUN_SECONDS:
        outcome = send_next(queue=queue, now=after_elapsed(now, began))
        if outcome is None:
            break
        tally[outcome] += 1
        if outcome in {RELAY_FAILED, GATEWAY_FAILED}:
            break
    return tally


def _fail(notification: Notification, *, now: datetime, failure: str) -> str:
    return _end(notification, failed_at=now, failure=failure, unanswered=notification.unanswered)


def _end(notification: Notification, **columns: datetime | str | int) -> str:
    """Ends a notification together with what follows from that; without it, if that fails."""
    outcome = next(name for name in ("sent", "failed", "withdrawn") if f"{name}_at" in columns)
    # Only the holder of the lease ends it; after a lost lease somebody else has it.
    mine = waiting().filter(pk=notification.pk, attempts=notification.attempts)
    act = follow_up(outcome, notification.kind)
    for name, value in columns.items():
        setattr(notification, name, value)
    try:
        with transaction.atomic():
            ended = mine.update(leased_until=None, **columns)
            if act and ended:
                at = columns[f"{outcome}_at"]
                assert isinstance(at, datetime)  # noqa: S101
                act(notification, at)
    except Exception as error:
        if act is None:
            raise
        # a notification that has left must not leave again because of what was to follow
        logger.error("letter %s, then: %s", notification.pk, type(error).__name__)
        mine.update(leased_until=None, **columns)
    return outcome


def _postpone(notification: Notification, *, now: datetime, failure: str) -> str:
    wait = BACKOFF[min(notification.attempts, len(BACKOFF)) - 1]
    mine = waiting().filter(pk=notification.pk, attempts=notification.attempts)
    mine.update(
        leased_until=None,
        due_at=now + timedelta(seconds=wait),
        failure=failure[:40],
        unanswered=notification.unanswered,
    )
    return "postponed"
