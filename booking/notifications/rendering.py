"""Each kind of notification as it leaves: in German and in the person's language."""

from __future__ import annotations

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Applicant, Appointment
from booking.models.applicants import is_latest_code
from booking.notifications.calendar import calendar_attachment
from booking.notifications.causes import (
    appointment_of,
    live_appointment_of,
    waiting_entry_of,
)
from booking.notifications.passages import Passage, envelope, isolated, prevent_autolinks, within
from booking.states import Status, WaitingStatus
from config.foundation.dates import say_moment
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import Office, current_office, in_language
from config.foundation.outbox import Notification
from documents.catalogue import emergency_checklist
from documents.checklist import Checklist
from documents.wording import cost, titled


def _url(path: str, language: str) -> str:
    # from the setting alone: a forged Host header must never reach a notification
    return f"{settings.PUBLIC_BASE_URL}/{language}/{path}"


def _greeting(applicant: Applicant) -> str:
    if applicant.verified_at is None:
        return _("Hello,")  # nobody has their own words sent to an address that is not proved
    return _("Hello %(name)s,") % {"name": isolated(prevent_autolinks(applicant.full_name))}


def _begins(appointment: Appointment, office: Office) -> dict[str, str]:
    """Day and time for a subject: nothing of the person or the matter."""
    local = appointment.slot.starts_at.astimezone(office.zone)
    return {"day": date_format(local, "MONTH_DAY_FORMAT"), "time": within(f"{local:%H:%M}")}


def _facts(appointment: Appointment, office: Office, language: str) -> list[tuple[str, str]]:
    return [
        (_("When"), say_moment(appointment.slot.starts_at, office.zone)),
        (_("Be there"), office.be_there(appointment.slot.starts_at)),
        (_("Where"), ", ".join(office.visitor_address.splitlines())),
        (_("Counter"), in_language(appointment.slot.counter.name, language)),
        (_("Entrance"), in_language(office.entrance, language)),
        (_("Floor and room"), in_language(office.floor, language)),
        (_("How to get there"), in_language(office.directions, language)),
        (_("Reference"), appointment.reference),
    ]


def _which(appointment: Appointment, office: Office) -> list[tuple[str, str]]:
    """What names an appointment to which nobody must come; no way leads there."""
    return [
        (_("When"), say_moment(appointment.slot.starts_at, office.zone)),
        (_("Reference"), appointment.reference),
    ]


def _list(appointment: Appointment, office: Office) -> Checklist:
    day = appointment.slot.starts_at.astimezone(office.zone).date()
    born = appointment.applicant.birth_date
    return emergency_checklist(category=appointment.category, on=day, born=born)


def _papers(appointment: Appointment, office: Office, language: str) -> list[str]:
    return [titled(item, language) for item in _list(appointment, office).items]


def _fee(appointment: Appointment, office: Office, language: str) -> tuple[str, str]:
    payment = in_language(office.payment, language)
    amount = cost(_list(appointment, office).fee)
    return _("Expected fee"), f"{amount} ({payment})" if payment else amount


@renders("booking.code")
def code(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The six digits that prove the address, and the same as a link."""
    applicant = Applicant.objects.filter(pk=notification.about).first()
    if applicant is None or not is_latest_code(applicant, attempt.code):
        return None  # another address meanwhile: its own code is on its way

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your code for booking an appointment"),
            greeting=_greeting(applicant),
            paragraphs=[
                _(
                    "Please enter this code on the page that you have open. It is valid for "
                    "30 minutes."
                ),
            ],
            code=attempt.code,
            link=_url(f"verify/{attempt.secret}/", language),
            link_label=_("Confirm your e-mail address"),
            closing=[_("If you did not ask for a code, you don't need to do anything.")],
        )

    return envelope(applicant, write)


@renders("booking.confirmation")
def confirmation(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The appointment, what to bring, the way to change it, and a calendar file."""
    appointment = live_appointment_of(notification)
    if appointment is None:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        opening = (
            _("Your appointment has been moved.")
            if appointment.revision
            else _("Your appointment is booked.")
        )
        return Passage(
            subject=_("Your appointment on %(day)s, %(time)s") % _begins(appointment, office),
            greeting=_greeting(appointment.applicant),
            paragraphs=[opening],
            facts=[
                *_facts(appointment, office, language),
                _fee(appointment, office, language),
            ],
            papers=_papers(appointment, office, language),
            link=_url(f"manage/{attempt.secret}/", language),
            link_label=_("Move or cancel the appointment"),
            closing=[
                _("You may bring an interpreter."),
                _(
                    "The appointment is for this person only and can't be passed on to anybody "
                    "else."
                ),
                _(
                    "If you can't come, please cancel the appointment so that somebody else can "
                    "have it."
                ),
            ],
        )

    ics = calendar_attachment(appointment, office=office, now=attempt.now)
    return envelope(appointment.applicant, write, attachments=(ics,))


@renders("booking.link")
def link(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The way to the appointment once more."""
    appointment = live_appointment_of(notification)
    if appointment is None:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your appointment on %(day)s, %(time)s") % _begins(appointment, office),
            greeting=_greeting(appointment.applicant),
            paragraphs=[_("Here is the link to your appointment again.")],
            facts=_facts(appointment, office, language),
            link=_url(f"manage/{attempt.secret}/", language),
            link_label=_("Move or cancel the appointment"),
        )

    return envelope(appointment.applicant, write)


@renders("booking.second")
def second(notification: Notification, attempt: Attempt) -> Envelope | None:
    """Somebody tried to book for the same person from another address."""
    appointment = live_appointment_of(notification)
    if appointment is None:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your appointment on %(day)s, %(time)s") % _begins(appointment, office),
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "Somebody has tried to book an appointment for the same person with another "
                    "e-mail address."
                ),
                _(
                    "Your appointment stays as it is. If this was not you, you don't need to do "
                    "anything."
                ),
                _(
                    "Appointments are free of charge. If somebody asked you for money for an "
                    "appointment, please tell the office."
                ),
            ],
            facts=_facts(appointment, office, language),
        )

    return envelope(appointment.applicant, write)


@renders("booking.cancellation")
def cancellation(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The appointment is cancelled: by whom, and what to do next."""
    appointment = appointment_of(notification, Status.CANCELLED)
    if appointment is None:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        path, label = _next_step(appointment)
        return Passage(
            subject=_("Cancelled: appointment %(day)s, %(time)s") % _begins(appointment, office),
            greeting=_greeting(appointment.applicant),
            paragraphs=list(_cancel_words(appointment)),
            facts=_which(appointment, office),
            link=_url(path, language) if label else "",
            link_label=label,
        )

    ics = calendar_attachment(appointment, office=office, now=attempt.now)
    return envelope(appointment.applicant, write, attachments=(ics,))


def _next_step(appointment: Appointment) -> tuple[str, str]:
    """Page and button under a cancellation; none where booking again here would help nobody."""
    reason = Appointment.CancelReason
    match appointment.cancel_reason:
        case reason.NOT_AN_EMERGENCY | reason.WRONG_OFFICE:
            return "", ""
        case reason.DUPLICATE:
            return "manage/", _("See, move or cancel your appointment")
        case _other:
            return "", _("Book a new appointment")


def _cancel_words(appointment: Appointment) -> tuple[str, ...]:
    reason = Appointment.CancelReason
    words = {
        reason.BY_APPLICANT: (_("You have cancelled your appointment."),),
        reason.NOT_AN_EMERGENCY: (
            _(
                "The office had to cancel your appointment. The counter for urgent cases "
                "can't deal with your matter."
            ),
            _(
                "Please write to the office. You will get an appointment after your papers "
                "have been checked."
            ),
        ),
        reason.WRONG_OFFICE: (
            _("The office had to cancel your appointment. Another office is responsible for you."),
            _("Please ask the immigration office of the place where you live."),
        ),
        reason.DUPLICATE: (
            _("The office has cancelled this appointment because you already have another one."),
        ),
        reason.OFFICE: (
            _("The office has to cancel this appointment. We are sorry."),
            _("Please choose another appointment."),
        ),
    }
    return words.get(reason(appointment.cancel_reason), words[reason.OFFICE])


@renders("booking.displacement")
def displacement(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The counter is closed; the nearest time will be offered before anybody else gets it."""
    appointment = appointment_of(notification, Status.DISPLACED)
    if appointment is None:
        return None
    office = current_office()

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Please read: appointment %(day)s, %(time)s") % _begins(appointment, office),
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "The counter is closed at the time of your appointment. We are sorry. Please "
                    "do not come at that time."
                ),
                *filter(None, [appointment.slot.closed_because(language)]),
                _(
                    "We will offer you the next free appointment before anybody else. You don't "
                    "need to do anything now."
                ),
            ],
            facts=_which(appointment, office),
        )

    ics = calendar_attachment(appointment, office=office, now=attempt.now)
    return envelope(appointment.applicant, write, attachments=(ics,))


@renders("booking.offer")
def offer(notification: Notification, attempt: Attempt) -> Envelope | None:
    """A time is kept for somebody who waits; until when is set as this notification leaves."""
    appointment = appointment_of(notification, Status.OFFERED)
    if appointment is None:
        return None
    office = current_office()
    until = attempt.until
    if until is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Appointment reserved for you until %(time)s")
            % {"time": within(f"{until.astimezone(office.zone):%H:%M}")},
            greeting=_greeting(appointment.applicant),
            paragraphs=[
                _(
                    "An appointment has become free. It is reserved for you until %(until)s. "
                    "Nobody else can take it meanwhile."
                )
                % {"until": say_moment(until, office.zone)},
                _(
                    "If you don't answer, it goes to the next person and you stay on the waiting "
                    "list."
                ),
                _("After two offers without an answer you move to the end of the list."),
            ],
            facts=_facts(appointment, office, language),
            papers=_papers(appointment, office, language),
            link=_url(f"waiting/{attempt.secret}/", language),
            link_label=_("Accept or decline"),
        )

    return envelope(appointment.applicant, write)


@renders("booking.waiting_joined")
def waiting_joined(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The place on the waiting list, and the way to leave it."""
    entry = waiting_entry_of(notification, WaitingStatus.WAITING)
    if entry is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("You are on the waiting list"),
            greeting=_greeting(entry.applicant),
            paragraphs=[
                _(
                    "As soon as an appointment becomes free for you, we send you an e-mail. It "
                    "says by when you must answer. That can be soon: please look at your "
                    "e-mails often."
                ),
                _(
                    "Free appointments are offered to the people on the waiting list before "
                    "anybody else can book them. Being fast brings no advantage."
                ),
            ],
            link=_url(f"waiting/{attempt.secret}/", language),
            link_label=_("See your place or leave the list"),
        )

    return envelope(entry.applicant, write)


@renders("booking.waiting_ended")
def waiting_ended(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The day by which help was needed has passed; the other ways."""
    entry = waiting_entry_of(notification, WaitingStatus.ENDED)
    if entry is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("You are no longer on the waiting list"),
            greeting=_greeting(entry.applicant),
            paragraphs=[
                _(
                    "We are sorry: no appointment became free by the day you named. Your place on "
                    "the waiting list has ended."
                ),
                _("Please write to the office and say what happened, or call."),
                _("If you need an appointment by another day, you can start again."),
            ],
            link=_url("", language),
            link_label=_("Start again"),
        )

    return envelope(entry.applicant, write)
