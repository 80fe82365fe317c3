"""What people read whose appointment was cancelled or lost to a closure."""

from __future__ import annotations

from django.utils.translation import gettext as _

from booking.models import Appointment


def cancellation_words(appointment: Appointment) -> tuple[str, ...]:
    """What somebody reads whose appointment was cancelled, in the active language."""
    reason = Appointment.CancelReason
    words = {
        reason.BY_APPLICANT: (_("You have cancelled your appointment."),),
        reason.NOT_AN_EMERGENCY: (
            _(
                "The office had to cancel your appointment. The emergency counter can't "
                "deal with your matter."
            ),
            _(
                "Please write to the office. You will get an appointment after your papers "
                "have been checked."
            ),
        ),
        reason.WRONG_OFFICE: (
            _("The office had to cancel your appointment. Another office is responsible for you."),
            _("Please contact the immigration office for the place where you live."),
        ),
        reason.DUPLICATE: (
            _("The office has cancelled this appointment because you already have another one."),
        ),
        reason.OFFICE: (
            _("The office has to cancel this appointment. We are sorry."),
            _("Please choose another appointment."),
        ),
    }
    why = reason(appointment.cancel_reason)
    if appointment.invitation_id is not None and why != reason.BY_APPLICANT:
        why = reason.OFFICE  # the other words are about emergencies
    return words.get(why, words[reason.OFFICE])


def displacement_words(reason: str, *, invited: bool) -> list[str]:
    """What somebody reads who loses a time to a closure, in the active language."""
    sorry = _(
        "The counter will be closed at the time of your appointment. We are "
        "sorry. Please do not come at that time."
    )
    next_one = _(
        "You are now at the front of the waiting list. The offer of the next available "
        "appointment comes by e-mail. Please answer it in time."
    )
    if invited:
        next_one = _("Please choose another appointment.")
    return [sorry, *filter(None, [reason]), next_one]
