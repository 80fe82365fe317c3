"""What the box writes to people. No notification names a person or a kind of document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import (
    get_language_bidi,
    get_language_info,
    gettext,
    override,
)

from config.foundation.counter_pickup import counter_supply
from config.foundation.dates import show_day
from config.foundation.mime import Attachment, Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import NoOffice, Office, current_office, in_language
from config.foundation.outbox import Notification, enqueue
from config.foundation.sheets import qr_png
from config.foundation.texts import GERMAN, page_language
from pickup_box.contacts import is_email
from pickup_box.models import Deposit
from pickup_box.states import Status


@dataclass(frozen=True)
class Passage:
    """A message in one language, and what its HTML makes stand out."""

    text: str
    code: str
    place: str
    phone: str
    address: str

    @property
    def paragraphs(self) -> list[str]:
        """What blank lines divide."""
        return [each.strip() for each in self.text.split("\n\n") if each.strip()]


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
def ready(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The message with the code; the days to collect count from the day it leaves."""
    deposit = deposit_of(notification, Status.NOTIFIED)
    return _write("ready", deposit, now=attempt.now, code=attempt.code) if deposit else None


@renders("pickup_reminder")
def reminder(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The reminder with a code of its own, for those who lost the first message."""
    deposit = deposit_of(notification, Status.NOTIFIED)
    return _write("reminder", deposit, now=attempt.now, code=attempt.code) if deposit else None


@renders("pickup_expired")
def expired(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The code is dead; the counter has the document."""
    deposit = deposit_of(notification, Status.EXPIRED, Status.RECALLED, Status.REMOVED)
    return _write("expired", deposit, now=attempt.now) if deposit else None


@renders("pickup_withdrawn")
def withdrawn(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The code is dead because the office called the deposit off."""
    deposit = deposit_of(notification, Status.WITHDRAWN, Status.RECALLED, Status.REMOVED)
    return _write("withdrawn", deposit, now=attempt.now) if deposit else None


def deposit_of(notification: Notification, *statuses: Status) -> Deposit | None:
    """The deposit, unless its state or a newer issue of the code made the message pointless."""
    mine = Deposit.objects.select_related("box").exclude(contact="")
    return mine.filter(
        pk=notification.about, issue=notification.revision, status__in=statuses
    ).first()


def _write(name: str, deposit: Deposit, *, now: datetime, code: str = "") -> Envelope:
    box, more = deposit.box, {"code": code, "counter": counter_supply(now=now)}
    subject = gettext("Message from the pickup box")
    if not is_email(deposit.contact):
        text = render_to_string(f"pickup_box/mail/{name}.sms.txt", _facts(deposit) | more)
        return Envelope(to=deposit.contact, subject=subject, text=text.strip() + "\n")
    passages = []
    for language in dict.fromkeys((page_language(), GERMAN)):
        with override(language):
            text = render_to_string(f"pickup_box/mail/{name}.email.txt", _facts(deposit) | more)
            passage = Passage(
                text.strip(), code, place=box.title, phone=box.phone, address=box.email
            )
            passages.append((language, get_language_info(language)["bidi"], passage))
    office = _office()
    sender = office.sender_name if office else ""
    context = {"passages": passages, "subject": subject, "sender": sender, "office": office}
    return Envelope(
        to=deposit.contact,
        subject=subject,
        sender=sender,
        text=render_to_string("pickup_box/mail/letter.txt", context),
        html=render_to_string("pickup_box/mail/letter.html", context),
        reply_to=box.email,
        attachments=[_qr(deposit.contact)] if box.reads_qr and name == "ready" else [],
    )


def _office() -> Office | None:
    # a box may stand where no office is configured
    try:
        return current_office()
    except NoOffice:
        return None


def _qr(contact: str) -> Attachment:
    """The address as the terminal's reader types it: no link, so nobody is asked for it."""
    return Attachment(name="qr.png", content=qr_png(contact), mimetype="image/png")


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
        # from the setting alone: a forged Host header must never reach a notification
        "counter_url": f"{settings.PUBLIC_BASE_URL}/{page_language()}/box/{box.slug}/counter/",
    }
