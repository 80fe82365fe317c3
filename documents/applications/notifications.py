"""What applications write to people: a code, and the receipt. Neither names a paper."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from config.foundation.codes import CODE_LIFETIME
from config.foundation.dates import say_moment
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import current_office
from config.foundation.outbox import Notification, enqueue
from config.foundation.passages import Passage, envelope
from documents.applications.models import Application
from documents.applications.models.application import is_latest_code

CODE, RECEIPT = "applications.code", "applications.receipt"


def enqueue_code(application: Application, *, now: datetime) -> None:
    """Promises the letter with a code; useless once the code would be old."""
    enqueue(
        kind=CODE,
        subject=application.subject,
        revision=application.version,
        language=application.language,
        queue=Notification.Queue.CODE,
        now=now,
        give_up_at=now + CODE_LIFETIME,
    )


def enqueue_receipt(application: Application, *, now: datetime) -> None:
    """Promises the receipt, once."""
    enqueue(kind=RECEIPT, subject=application.subject, language=application.language, now=now)


def last_code_promised_at(application: Application) -> datetime | None:
    """When a code was last promised (UTC)."""
    rows = Notification.objects.filter(kind=CODE, subject=application.subject)
    return rows.order_by("-promised_at").values_list("promised_at", flat=True).first()


@renders(CODE)
def code(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The six digits that prove the address."""
    application = Application.objects.filter(pk=notification.about).first()
    if application is None or not is_latest_code(application, attempt.code):
        return None  # another address meanwhile: its own code is on its way

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your code for the online application"),
            greeting=_("Hello,"),  # nobody has their own words sent to an address not proved
            paragraphs=[_("Please enter this code on the page that you have open.")],
            deadline=_("It is valid for 30 minutes."),
            code=attempt.code,
            closing=[_("If you did not ask for a code, you don't need to do anything.")],
        )

    return envelope(application, write)


@renders(RECEIPT)
def receipt(notification: Notification, attempt: Attempt) -> Envelope | None:
    """That the application has arrived, and when."""
    found = Application.objects.filter(pk=notification.about, forgotten_at=None)
    application = found.exclude(sent_at=None).first()
    if application is None or application.sent_at is None:
        return None
    sent_at = application.sent_at

    def write(language: str) -> Passage:
        zone = current_office().zone
        return Passage(
            subject=_("Your online application has arrived"),
            greeting=_("Hello,"),
            paragraphs=[_("The immigration office has received your application and all files.")],
            facts=[
                (_("Application number"), application.reference or ""),
                (_("Received"), f"{say_moment(sent_at, zone)}:{sent_at.astimezone(zone):%S}"),
            ],
            next_steps=[
                _(
                    "The office checks your papers and then contacts you about an appointment. "
                    "Please keep this letter: it shows when you applied."
                )
            ],
        )

    return envelope(application, write)
