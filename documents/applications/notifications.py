"""What applications write to people; no letter names a paper."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.foundation.codes import CODE_LIFETIME
from config.foundation.dates import say_moment, say_period, show_day
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import current_office, office_day
from config.foundation.outbox import Notification, enqueue
from config.foundation.passages import Passage, envelope, hello, page_url
from documents.applications.limits import (
    LINK_AGAIN,
    LINK_LETTERS,
    LINK_LETTERS_PER,
    REQUEST_REMINDED,
)
from documents.applications.models import Application, DocumentRequest
from documents.applications.models.application import is_latest_code
from documents.applications.states import Outcome, Status

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CODE, RECEIPT = "applications.code", "applications.receipt"
REQUEST, REQUEST_REMINDER = "applications.request", "applications.request_reminder"
REQUEST_OVER, SUPPLIED = "applications.request_over", "applications.supplied"
LINK = "applications.link"
CLOSED, WITHDRAWN = "applications.closed", "applications.withdrawn"
TOLD_AT = time(7)  # by the office's clock, on the day after: until then a closing can be taken back


# What was decided is written by the case system, and refusals go by post.
CLOSED_SENTENCE = gettext_lazy(
    "The immigration office has finished the review of your online application. You get the result "
    "by post or at your appointment."
)
CLOSED_SENTENCES: dict[Outcome, StrOrPromise] = {
    Outcome.NOT_RESPONSIBLE: gettext_lazy(
        "Another office is responsible for your online application. You get details by post."
    ),
    Outcome.DUPLICATE: gettext_lazy(
        "You had sent this application twice. The office goes on with the other one."
    ),
}


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


def enqueue_link(application: Application, *, now: datetime) -> None:
    """Promises the letter with the link alone, once within some minutes, and few in a day."""
    lately = Notification.objects.filter(
        kind=LINK, subject=application.subject, promised_at__gt=now - LINK_LETTERS_PER
    )
    if lately.count() >= LINK_LETTERS:
        return
    enqueue(
        kind=LINK,
        subject=application.subject,
        revision=int(now.timestamp() // LINK_AGAIN.total_seconds()),
        language=application.language,
        now=now,
    )


def enqueue_request(request: DocumentRequest, *, now: datetime) -> None:
    """Promises the letter that asks for papers, and its reminder where that comes in time."""
    _about_request(REQUEST, request, now=now)
    reminded_at = now + REQUEST_REMINDED
    if office_day(reminded_at) < request.due_on:
        _about_request(REQUEST_REMINDER, request, now=now, due_at=reminded_at)


def enqueue_request_over(request: DocumentRequest, *, now: datetime) -> None:
    """Promises the letter that nothing is needed any more."""
    _about_request(REQUEST_OVER, request, now=now)


def enqueue_supplied(request: DocumentRequest, *, now: datetime) -> None:
    """Promises the receipt of what was asked for, once."""
    _about_request(SUPPLIED, request, now=now)


def enqueue_withdrawn(application: Application, *, now: datetime) -> None:
    """Promises the letter that the application was taken back, once."""
    enqueue(kind=WITHDRAWN, subject=application.subject, language=application.language, now=now)


def enqueue_closed(application: Application, *, now: datetime) -> None:
    """Promises the letter that the review is over, for when that can't be taken back any more."""
    told_on = office_day(now) + timedelta(days=1)
    told_at = datetime.combine(told_on, TOLD_AT, tzinfo=current_office().zone)
    enqueue(
        kind=CLOSED,
        subject=application.subject,
        revision=application.version,
        language=application.language,
        now=now,
        due_at=told_at.astimezone(UTC),
    )


def _about_request(
    kind: str, request: DocumentRequest, *, now: datetime, due_at: datetime | None = None
) -> None:
    application = request.application
    enqueue(
        kind=kind,
        subject=application.subject,
        revision=request.pk,
        language=application.language,
        now=now,
        due_at=due_at,
    )


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
        return Passage(
            subject=_("Your online application has arrived"),
            greeting=_("Hello,"),
            paragraphs=[_("The immigration office has received your application and all files.")],
            facts=_arrival(application, sent_at),
            next_steps=[
                _(
                    "The office checks your papers and then contacts you about an appointment. "
                    "Please keep this letter: it shows when you applied."
                )
            ],
            link=page_url(f"application/{attempt.secret}/", language),
            link_label=_("See where it stands"),
            closing=[_keep_the_link()],
        )

    return envelope(application, write)


@renders(LINK)
def link(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The link once more, for somebody who has lost the letter with it."""
    found = Application.objects.filter(pk=notification.about, forgotten_at=None)
    application = found.exclude(sent_at=None).first()
    if application is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("The link to your online application"),
            greeting=hello(application.full_name),
            paragraphs=[_("This is the link that you asked for.")],
            facts=[(_("Application number"), application.reference or "")],
            link=page_url(f"application/{attempt.secret}/", language),
            link_label=_("See where it stands"),
            closing=[
                _keep_the_link(),
                _("If you did not ask for it, you don't need to do anything."),
            ],
        )

    return envelope(application, write)


@renders(REQUEST)
def request(notification: Notification, attempt: Attempt) -> Envelope | None:
    """How many papers the office needs, and the link to which they are."""
    return _ask(notification, attempt, gettext_lazy("The office needs papers from you"))


@renders(REQUEST_REMINDER)
def request_reminder(notification: Notification, attempt: Attempt) -> Envelope | None:
    """They have not come yet."""
    return _ask(notification, attempt, gettext_lazy("Reminder: the office needs papers from you"))


def _ask(notification: Notification, attempt: Attempt, subject: Promise) -> Envelope | None:
    found = _request_of(notification)
    if found is None or found.ended_at is not None:
        return None
    application, count = found.application, found.papers.count()

    def write(language: str) -> Passage:
        return Passage(
            subject=str(subject),  # in the language of the passage
            greeting=hello(application.full_name),
            paragraphs=[
                ngettext(
                    "The immigration office needs %(count)s paper from you for your online "
                    "application.",
                    "The immigration office needs %(count)s papers from you for your online "
                    "application.",
                    count,
                )
                % {"count": count}
            ],
            deadline=_("Please send everything by %(day)s.") % {"day": show_day(found.due_on)},
            facts=[(_("Application number"), application.reference or "")],
            link=page_url(f"application/{attempt.secret}/", language),
            link_label=_("See what is needed"),
            closing=[_keep_the_link()],
        )

    return envelope(application, write)


@renders(REQUEST_OVER)
def request_over(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The office does not need the papers after all."""
    found = _request_of(notification)
    if found is None:
        return None
    application = found.application

    def write(language: str) -> Passage:
        return Passage(
            subject=_("The papers are no longer needed"),
            greeting=hello(application.full_name),
            paragraphs=[
                _(
                    "The immigration office no longer needs the papers that it had asked for. You "
                    "don't need to do anything."
                )
            ],
            facts=[(_("Application number"), application.reference or "")],
        )

    return envelope(application, write)


@renders(SUPPLIED)
def supplied(notification: Notification, attempt: Attempt) -> Envelope | None:
    """That the papers have arrived, and when."""
    found = _request_of(notification)
    if found is None or found.ended_at is None or not found.is_supplied:
        return None
    application, arrived_at = found.application, found.ended_at

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your papers have arrived"),
            greeting=hello(application.full_name),
            paragraphs=[_("The immigration office has received the papers that it had asked for.")],
            facts=_arrival(application, arrived_at),
            next_steps=[_("The office goes on checking your application.")],
        )

    return envelope(application, write)


@renders(CLOSED)
def closed(notification: Notification, attempt: Attempt) -> Envelope | None:
    """That the review is over; the decision itself comes by post."""
    found = Application.objects.filter(pk=notification.about, version=notification.revision)
    application = found.filter(status=Status.CLOSED, forgotten_at=None).first()
    if application is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("The review of your application is over"),
            greeting=hello(application.full_name),
            paragraphs=[str(CLOSED_SENTENCES.get(Outcome(application.outcome), CLOSED_SENTENCE))],
            facts=[(_("Application number"), application.reference or "")],
            next_steps=[_deletion("CLOSED_APPLICATION")],
        )

    return envelope(application, write)


@renders(WITHDRAWN)
def withdrawn(notification: Notification, attempt: Attempt) -> Envelope | None:
    """That the application was taken back."""
    found = Application.objects.filter(pk=notification.about, status=Status.WITHDRAWN)
    application = found.filter(forgotten_at=None).first()
    if application is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your online application was withdrawn"),
            greeting=hello(application.full_name),
            paragraphs=[_("The immigration office does not go on with your application.")],
            facts=[(_("Application number"), application.reference or "")],
            next_steps=[_deletion("WITHDRAWN_APPLICATION")],
            closing=[_("If you did not want this, please contact the office at once.")],
        )

    return envelope(application, write)


def _keep_the_link() -> str:
    return _("Whoever has this link can see your application. Please don't pass it on.")


def _deletion(period: str) -> str:
    said = say_period(settings.RETENTION[period])
    return _("Your papers will be deleted within the next %(period)s.") % {"period": said}


def _arrival(application: Application, at: datetime) -> list[tuple[str, str]]:
    zone = current_office().zone
    return [
        (_("Application number"), application.reference or ""),
        (_("Received"), f"{say_moment(at, zone)}:{at.astimezone(zone):%S}"),
    ]


def _request_of(notification: Notification) -> DocumentRequest | None:
    rows = DocumentRequest.objects.select_related("application")
    return rows.filter(pk=notification.revision, application__forgotten_at=None).first()
