"""Each kind of notification as it leaves: in German and in the person's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from booking.models import Applicant, Appointment
from booking.models.applicants import is_latest_code
from booking.notifications.calendar import calendar_attachment
from booking.notifications.causes import (
    appointment_of,
    appointment_to_remind_of,
    invitation_to_choose_again,
    live_appointment_of,
    waiting_entry_of,
)
from booking.notifications.letter_facts import (
    about_quota,
    begins,
    expected_fee,
    facts,
    greeting,
    is_wanted,
    papers,
    which_appointment,
)
from booking.notifications.losses import cancellation_words, displacement_words
from booking.states import Status, WaitingStatus
from booking.waiting_time import how_long_a_place_lasts
from config.foundation.dates import say_moment, show_day
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import current_office
from config.foundation.outbox import Notification
from config.foundation.passages import Passage, envelope, page_url, within


@renders("booking.code")
def code(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The six digits that prove the address, and the same as a link."""
    applicant = Applicant.objects.filter(pk=notification.about).first()
    if applicant is None or not is_latest_code(applicant, attempt.code):
        return None  # another address meanwhile: its own code is on its way

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your code for booking an appointment"),
            greeting=greeting(applicant),
            paragraphs=[_("Please enter this code on the page that you have open.")],
            deadline=_("It is valid for 30 minutes."),
            code=attempt.code,
            link=page_url(f"verify/{attempt.secret}/", language),
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
        afterwards = (
            _("If you still need an appointment, please contact the office.")
            if appointment.invitation_id
            else _("You can then book a new one.")
        )
        return Passage(
            subject=_("Your appointment on %(day)s, %(time)s") % begins(appointment, office),
            greeting=greeting(appointment.applicant),
            paragraphs=[opening, *about_quota(appointment, language)],
            facts=[
                *facts(appointment, office, language),
                expected_fee(appointment, office, language),
            ],
            papers=papers(appointment, language),
            next_steps=[
                _("Show the code of your confirmation, or give your reference."),
                _(
                    "The office looks at your papers, checks whether it is an emergency, and "
                    "decides what it can do."
                ),
            ][: 1 if appointment.invitation_id else 2],
            link=page_url(f"manage/{attempt.secret}/", language),
            link_label=_("Show appointment"),
            closing=[
                _("You may bring somebody to interpret."),
                _(
                    "The appointment is only for the person who booked it or was invited. It "
                    "can't be passed on to anybody else."
                ),
                _(
                    "If you can't come, please cancel the appointment so that somebody else can "
                    "have it."
                ),
                " ".join((_("If you don't come, the appointment lapses."), afterwards)),
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
            subject=_("Your appointment on %(day)s, %(time)s") % begins(appointment, office),
            greeting=greeting(appointment.applicant),
            paragraphs=[_("Here is the link to your appointment again.")],
            facts=facts(appointment, office, language),
            link=page_url(f"manage/{attempt.secret}/", language),
            link_label=_("Show appointment"),
        )

    return envelope(appointment.applicant, write)


@renders("booking.reminder")
def reminder(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The appointment of tomorrow, what to bring, and the way to give it back."""
    appointment = appointment_to_remind_of(notification)
    if appointment is None:
        return None
    office = current_office()
    somebody_waits = is_wanted(appointment, office, now=attempt.now)

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Reminder: appointment %(day)s, %(time)s") % begins(appointment, office),
            greeting=greeting(appointment.applicant),
            paragraphs=[
                _("This is a reminder of your appointment."),
                _(
                    "Somebody else is waiting for this appointment. If you can't come, please "
                    "cancel it now."
                )
                if somebody_waits
                else _(
                    "If you can't come, please cancel the appointment so that somebody else can "
                    "have it."
                ),
                *about_quota(appointment, language),
            ],
            facts=[
                *facts(appointment, office, language),
                expected_fee(appointment, office, language),
            ],
            papers=papers(appointment, language),
            link=page_url(f"manage/{attempt.secret}/give-back/", language),
            link_label=_("See or cancel the appointment"),
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
            subject=_("Somebody tried to book for you"),
            greeting=greeting(appointment.applicant),
            paragraphs=[
                _(
                    "Somebody has tried to book another appointment for you, using a different "
                    "e-mail address."
                ),
                _(
                    "Your appointment stays as it is. If this was not you, you don't need to "
                    "do anything. If it was you: you already have this appointment and need "
                    "no other one."
                ),
                _(
                    "Booking is free of charge. If somebody asked you for money for an "
                    "appointment, please tell the office."
                ),
            ],
            facts=facts(appointment, office, language),
        )

    return envelope(appointment.applicant, write)


@renders("booking.cancellation")
def cancellation(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The appointment is cancelled: by whom, and what to do next."""
    appointment = appointment_of(notification, Status.CANCELLED)
    if appointment is None:
        return None
    office = current_office()

    chooses = invitation_to_choose_again(notification, now=attempt.now) is not None

    def write(language: str) -> Passage:
        path, label = _next_step(appointment, attempt, chooses=chooses)
        opening, *next_steps = cancellation_words(appointment)
        return Passage(
            subject=_("Cancelled: appointment %(day)s, %(time)s") % begins(appointment, office),
            greeting=greeting(appointment.applicant),
            paragraphs=[opening],
            next_steps=next_steps,
            facts=which_appointment(appointment, office, _("Cancelled appointment")),
            link=page_url(path, language) if label else "",
            link_label=label,
        )

    ics = calendar_attachment(appointment, office=office, now=attempt.now)
    return envelope(appointment.applicant, write, attachments=(ics,))


def _next_step(appointment: Appointment, attempt: Attempt, *, chooses: bool) -> tuple[str, str]:
    """Page and button under a cancellation; none where booking again here would help nobody."""
    reason = Appointment.CancelReason
    if appointment.invitation_id is not None:
        choose = f"invitation/{attempt.secret}/", _("Choose another appointment")
        return choose if chooses and attempt.secret else ("", "")
    match appointment.cancel_reason:
        case reason.NOT_AN_EMERGENCY | reason.WRONG_OFFICE:
            return "", ""
        case reason.DUPLICATE:
            return "manage/", _("See, move or cancel your appointment")
        case _other:
            return "", _("Book a new appointment")


@renders("booking.displacement")
def displacement(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The counter is closed; the nearest time will be offered before anybody else gets it."""
    appointment = appointment_of(notification, Status.DISPLACED)
    if appointment is None:
        return None
    office = current_office()
    is_open = invitation_to_choose_again(notification, now=attempt.now) is not None
    chooses = is_open and bool(attempt.secret)

    def write(language: str) -> Passage:
        invited = appointment.invitation_id is not None
        *paragraphs, next_step = displacement_words(
            appointment.slot.closed_because(language), invited=invited
        )
        return Passage(
            subject=_("Closed: no appointment on %(day)s, %(time)s") % begins(appointment, office),
            greeting=greeting(appointment.applicant),
            paragraphs=paragraphs,
            next_steps=[next_step],
            facts=which_appointment(appointment, office, _("Appointment that can't take place")),
            link=page_url(f"invitation/{attempt.secret}/", language) if chooses else "",
            link_label=_("Choose another appointment") if chooses else "",
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
    until = appointment.held_until or attempt.until
    if until is None or until <= attempt.now:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Answer by %(time)s: an appointment is available")
            % {"time": within(f"{until.astimezone(office.zone):%H:%M}")},
            greeting=greeting(appointment.applicant),
            paragraphs=[_("An appointment has become available. It is not booked yet.")],
            deadline=_("It is reserved for you until %(until)s.")
            % {"until": say_moment(until, office.zone)},
            next_steps=[
                _("Nobody else can take it in the meantime."),
                _(
                    "If you don't answer, it goes to the next person and you stay on the waiting "
                    "list."
                ),
                _("If you decline, you keep your place on the list."),
                _("After two offers without an answer you move to the end of the list."),
            ],
            facts=[
                *facts(appointment, office, language),
                expected_fee(appointment, office, language),
            ],
            papers=papers(appointment, language),
            link=page_url(f"waiting/{attempt.secret}/", language),
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
            greeting=greeting(entry.applicant),
            paragraphs=[
                _(
                    "As soon as an appointment becomes available for you, we will send you an "
                    "e-mail. It gives the deadline for your answer. The time can be short: please"
                    " check your e-mail often."
                ),
            ],
            next_steps=[
                _(
                    "Available appointments are offered to the people on the waiting list "
                    "before anybody else can book them. Please answer an offer in time."
                ),
                how_long_a_place_lasts(),
            ],
            link=page_url(f"waiting/{attempt.secret}/", language),
            link_label=_("See your place or leave the list"),
        )

    return envelope(entry.applicant, write)


@renders("booking.waiting_ended")
def waiting_ended(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The day by which help was needed has passed; the other ways."""
    entry = waiting_entry_of(notification, WaitingStatus.ENDED)
    if entry is None or entry.need_by is None:  # without a day, time ends no place
        return None
    need_by = entry.need_by

    def write(language: str) -> Passage:
        return Passage(
            subject=_("You are no longer on the waiting list"),
            greeting=greeting(entry.applicant),
            paragraphs=[
                _(
                    "We are sorry: your place on the waiting list ended on %(day)s. You had not "
                    "booked an appointment by then."
                )
                % {"day": show_day(need_by)},
            ],
            next_steps=[
                _("Please write to the office and say why you need an appointment urgently."),
                _("If you still need an appointment, you can start again."),
            ],
            link=page_url("", language),
            link_label=_("Start again"),
        )

    return envelope(entry.applicant, write)
