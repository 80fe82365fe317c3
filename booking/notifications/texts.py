"""Short messages: day, time and reference in the person's language, and no link."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.models import Applicant, Appointment
from booking.notifications.causes import appointment_to_text_about, open_invitation
from booking.notifications.letter_facts import begins
from booking.states import Status
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import current_office
from config.foundation.outbox import Notification
from config.foundation.passages import page_url, within
from config.foundation.sms import segments

MOST_SEGMENTS = 2


@renders("booking.text_code")
def text_code(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The six digits that prove the number."""
    applicant = Applicant.objects.filter(pk=notification.about).exclude(phone="").first()
    if applicant is None:
        return None
    with override(applicant.language):
        return _text(
            applicant,
            _(
                "%(code)s is your code for reminders by SMS. Please enter it on the page of "
                "your appointment within 30 minutes."
            )
            % {"code": within(attempt.code)},
        )


@renders("booking.text_invitation")
def text_invitation(notification: Notification, attempt: Attempt) -> Envelope | None:
    """Where to choose a time, with the number; the only short message with an address."""
    row = open_invitation(notification, now=attempt.now)
    if row is None or not row.applicant.takes_texts:
        return None
    with override(row.applicant.language):
        told = {
            "reference": within(row.reference),
            "day": date_format(row.last_day(current_office()), "MONTH_DAY_FORMAT"),
            "address": page_url("invitation/", row.applicant.language),
        }
        return _text(
            row.applicant,
            _("Please choose your appointment by %(day)s: %(address)s Number: %(reference)s")
            % told,
        )


@renders("booking.text_reminder")
@renders("booking.text_called_off")
def text_about(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The appointment of tomorrow, or that it does not take place."""
    appointment = appointment_to_text_about(notification)
    if appointment is None:
        return None
    with override(appointment.applicant.language):
        return _text(appointment.applicant, _sentence(appointment))


def _sentence(appointment: Appointment) -> str:
    office = current_office()
    facts = begins(appointment, office)
    facts["reference"] = within(appointment.reference)
    if appointment.status == Status.BOOKED:
        return (
            _(
                "Reminder: your appointment is on %(day)s, %(time)s. Reference: %(reference)s. "
                "If you can't come, please cancel it."
            )
            % facts
        )
    if office.phone:
        return (
            _(
                "Your appointment on %(day)s, %(time)s will not take place. Reference: "
                "%(reference)s. Please read our e-mail or call the office."
            )
            % facts
        )
    return (
        _(
            "Your appointment on %(day)s, %(time)s will not take place. Reference: "
            "%(reference)s. Please read our e-mail."
        )
        % facts
    )


def _text(applicant: Applicant, sentence: str) -> Envelope:
    # who writes stands in front as long as there is room for it
    whole = f"{current_office().sender_name}: {sentence}".removeprefix(": ")
    return Envelope(
        to=applicant.phone,
        subject="",
        text=whole if segments(whole) <= MOST_SEGMENTS else sentence,
    )
