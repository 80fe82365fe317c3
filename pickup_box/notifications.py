"""What the box writes to people. No notification names a person or a kind of document."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.translation import (
    get_language_bidi,
    get_language_info,
    gettext,
    override,
)

from config.foundation.actions import action
from config.foundation.dates import show_day
from config.foundation.mime import Envelope
from config.foundation.office import in_language
from config.foundation.outbox import Notification, enqueue, renders
from config.foundation.texts import page_language
from pickup_box import codes
from pickup_box.contacts import is_email
from pickup_box.deadlines import last_day, reminder_day
from pickup_box.hashing import code_hash
from pickup_box.models import Box, Deposit
from pickup_box.states import Status
from pickup_box.transitions import note, transition

REMIND_AT = time(9, 0)  # local
GERMAN = "de"


def enqueue_message(deposit: Deposit, kind: str, *, now: datetime) -> None:
    """Promises the message `kind` about `deposit`, once for each issue of its code.

    What a code could still do ends with the time to collect, and so does the attempt to send it.
    """
    enqueue(
        kind=f"pickup_{kind}",
        subject=deposit.subject,
        language=deposit.language,
        revision=deposit.issue,
        queue=Notification.Queue.ORDINARY
        if is_email(deposit.contact)
        else Notification.Queue.SHORT,
        now=now,
        give_up_at=deposit.collect_until if deposit.status == Status.NOTIFIED else None,
    )


@renders("pickup_ready")
def ready(notification: Notification, now: datetime) -> Envelope | None:
    """The message with the code; the days to collect count from the day it leaves."""
    deposit = _subject(notification, Status.LOADED, Status.NOTIFIED)
    code = deposit and _issue_code(deposit, counts_from_now=True, now=now)
    return _write("ready", deposit, code=code) if deposit and code else None


@renders("pickup_reminder")
def reminder(notification: Notification, now: datetime) -> Envelope | None:
    """The reminder with a code of its own, for those who lost the first message."""
    deposit = _subject(notification, Status.NOTIFIED)
    if deposit is None or (deposit.collect_until and deposit.collect_until <= now):
        return None
    code = "" if deposit.is_blocked else _issue_code(deposit, counts_from_now=False, now=now)
    return None if code is None else _write("reminder", deposit, code=code)


@renders("pickup_expired")
def expired(notification: Notification, now: datetime) -> Envelope | None:
    """The code is dead; the counter has the document."""
    deposit = _subject(notification, Status.EXPIRED, Status.RECALLED, Status.REMOVED)
    return _write("expired", deposit) if deposit else None


@renders("pickup_withdrawn")
def withdrawn(notification: Notification, now: datetime) -> Envelope | None:
    """The code is dead because the office called the deposit off."""
    deposit = _subject(notification, Status.WITHDRAWN, Status.RECALLED, Status.REMOVED)
    return _write("withdrawn", deposit) if deposit else None


def _subject(notification: Notification, *statuses: Status) -> Deposit | None:
    """The deposit, unless its state or a newer issue of the code made the message pointless."""
    mine = Deposit.objects.select_related("box").exclude(contact="")
    return mine.filter(
        pk=notification.about, issue=notification.revision, status__in=statuses
    ).first()


def deadline(box: Box, *, told_at: datetime) -> tuple[datetime, datetime]:
    """(the instant before which a person told at `told_at` may collect, that of the reminder)."""
    zone = ZoneInfo(box.time_zone)
    last = last_day(
        box.local_day(told_at), days=box.storage_days, state=box.state, weekdays=box.weekdays
    )
    remind = reminder_day(last, before=box.reminder_days, state=box.state, weekdays=box.weekdays)
    midnight = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    return midnight, datetime.combine(remind, REMIND_AT, tzinfo=zone)


def _issue_code(deposit: Deposit, *, counts_from_now: bool, now: datetime) -> str | None:
    """A fresh code that opens `deposit`; None when it can't be collected any more."""
    while True:
        code = codes.mint()
        hashed = code_hash(
            box=deposit.box,
            contact=deposit.contact,
            code=code,
            birth_date=deposit.holder_birth_date,
        )
        if not _is_used(deposit, hashed):
            break
    kept = _keep_code(deposit=deposit, hashed=hashed, counts_from_now=counts_from_now, now=now)
    return code if kept else None


def _is_used(deposit: Deposit, hashed: str) -> bool:
    same = Deposit.objects.filter(contact=deposit.contact, status=Status.NOTIFIED)
    return same.filter(code_hashes__contains=hashed).exists()


@action
def _keep_code(*, deposit: Deposit, hashed: str, counts_from_now: bool, now: datetime) -> bool:
    deposit.refresh_from_db()
    until, remind_at = deadline(deposit.box, told_at=now)
    if deposit.status == Status.LOADED:
        transition(
            deposit,
            to=Status.NOTIFIED,
            verb="notify",
            now=now,
            code_hashes=hashed,
            wrong_tries=0,
            collect_until=until,
            remind_at=remind_at,
        )
        return True
    # A notification that is tried again brings another code beside the first. The days start anew,
    # unless the office only replaced the code.
    anew = counts_from_now and deposit.issue == 0
    columns = {"collect_until": until, "remind_at": remind_at} if anew else {}
    valid = Deposit.objects.filter(pk=deposit.pk, issue=deposit.issue, status=Status.NOTIFIED)
    valid = valid.filter(collect_until__gt=now, wrong_tries__lt=codes.TRIES)
    kept = valid.filter(code_hashes=deposit.code_hashes).update(
        code_hashes=codes.keep(deposit.code_hashes, hashed), **columns
    )
    if kept:
        deposit.refresh_from_db()
        note(deposit, verb="issue_code", now=now)
    return bool(kept)


def _write(name: str, deposit: Deposit, **more: object) -> Envelope:
    box = deposit.box
    subject = gettext("Message from the pickup box")
    if not is_email(deposit.contact):
        text = render_to_string(f"pickup_box/mail/{name}.sms.txt", _facts(deposit) | more)
        return Envelope(to=deposit.contact, subject=subject, text=text.strip() + "\n")
    passages = []
    for language in dict.fromkeys((page_language(), GERMAN)):
        with override(language):
            text = render_to_string(f"pickup_box/mail/{name}.email.txt", _facts(deposit) | more)
            passages.append((language, get_language_info(language)["bidi"], text.strip()))
    context = {"passages": passages, "subject": subject}
    return Envelope(
        to=deposit.contact,
        subject=subject,
        text=render_to_string("pickup_box/mail/letter.txt", context),
        html=render_to_string("pickup_box/mail/letter.html", context),
        reply_to=box.email,
    )


def _in_order(number: str) -> str:
    """`number`, isolated (LRI and PDI) where the words around it would turn its groups round."""
    return f"\u2066{number}\u2069" if number and get_language_bidi() else number


def _facts(deposit: Deposit) -> dict[str, object]:
    """What the texts say, in the active language."""
    box = deposit.box
    waiting = Deposit.objects.filter(
        box=box, contact=deposit.contact, status__in=[Status.LOADED, Status.NOTIFIED]
    )
    return {
        "box": box,
        "title": box.title,
        "place": ", ".join(box.address.split("\n")),
        "hours": in_language(box.hours),
        "help_hours": in_language(box.help_hours),
        "last_day": show_day(deposit.last_day) if deposit.last_day else "",
        "old_document": deposit.old_document == "expected",
        "others": waiting.exclude(pk=deposit.pk).count(),
        "blocked": deposit.is_blocked,
        "phone": _in_order(box.phone),
    }
