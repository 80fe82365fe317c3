"""What booking may answer instead of acting; each refusal carries its sentence for the person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.foundation import actions
from config.foundation.actions import Refusals, Refused, register_refusals


class Busy(actions.Busy):
    """Somebody else is writing to the same rows."""

    sentence = _("Many people are booking at this moment. Please try again.")


class ServicePaused(Refused):
    """The office takes no bookings at the moment."""

    code = "paused"
    sentence = _("Booking is paused at the moment. Please read the notice on the start page.")


class NotEligible(Refused):
    """There is no emergency on record, or its day has passed."""

    code = "not_eligible"
    sentence = _("Please answer the questions about your situation first.")


class EntriesChanged(Refused):
    """The person's entries are no longer those that were acted on, or are deleted."""

    code = "entries_changed"
    sentence = _(
        "Your details have been changed or deleted in another window. Please check "
        "what is there now, or start again on the start page."
    )


class InvitationOver(Refused):
    """The invitation was withdrawn, or nobody chose a time while it was valid."""

    code = "invitation_over"
    needs_office = True
    sentence = _(
        "This invitation is no longer valid. If you still need an appointment, please contact the "
        "office."
    )


class InvitationUsed(Refused):
    """The visit by this invitation is over."""

    code = "invitation_used"
    needs_office = True
    sentence = _(
        "The appointment of this invitation is over. If you need another one, please contact the "
        "office."
    )


class TooManyChanges(Refused):
    """Somebody invited has moved the appointment as often as the quota allows."""

    code = "too_many_changes"
    needs_office = True
    sentence = _(
        "You have moved this appointment several times and can't move it online again. You keep "
        "it. Please contact the office if you need another one."
    )


class KeepAppointment(Refused):
    """The same person at the same proved address has a visit by invitation, and a title expires."""

    code = "keep_appointment"
    needs_office = True
    sentence = _(
        "You already have an appointment at the office, and it stays. An emergency appointment "
        "is not needed: please come to the appointment you have, or contact the office if it is "
        "too late."
    )


class NotVerified(Refused):
    """The address has not been confirmed yet."""

    code = "not_verified"
    sentence = _("Please confirm your e-mail address first.")


class SlotTaken(Refused):
    """Somebody else was first."""

    code = "taken"
    sentence = _("Somebody else has just taken this appointment. Please choose another one.")


class SlotNotOpen(Refused):
    """The slot does not exist, is over, is closed or is not open yet."""

    code = "not_open"
    sentence = _("This appointment can't be booked. Please choose another one.")


class NoneFree(Refused):
    """No suitable time is free."""

    code = "none_free"
    sentence = _("No appointment is available at the moment. You can join the waiting list.")


class HoldExpired(Refused):
    """The time to confirm is over and the slot may belong to somebody else."""

    code = "hold_expired"
    sentence = _(
        "Your reservation has ended and the appointment is available again. Please choose again."
    )


class NoMoreExtensions(Refused):
    """A hold can't be extended for ever."""

    code = "no_more_extensions"
    sentence = _(
        "This appointment can't be reserved for you any longer. Please confirm it or "
        "choose another one."
    )


class AlreadyBooked(Refused):
    """The person has a live appointment or hold."""

    code = "already_booked"
    needs_office = True
    sentence = _(
        "This person already has an appointment. Please use the link in our e-mail "
        "about it, or contact the office."
    )


class HeldElsewhere(Refused):
    """The same person holds a time in another browser."""

    code = "held_elsewhere"
    sentence = _(
        "An appointment is already reserved for this person in another window. Please "
        "continue there, or wait until the reservation ends."
    )


class BookedFromOtherAddress(Refused):
    """A second attempt from another address; the sentence gives nothing away."""

    code = "person_unclear"
    needs_office = True
    sentence = _("We can't do this booking online. Please contact the office.")


class TooManyHolds(Refused):
    """The person has held many times within the hour."""

    code = "too_many_holds"
    sentence = _("You have reserved many appointments within one hour. Please try again later.")


class TooManyPersons(Refused):
    """The address serves as many persons as it may."""

    code = "too_many_persons"
    needs_office = True
    sentence = _(
        "This e-mail address has already been used for several people. Please use "
        "another address or contact the office."
    )


class TooManyAtDomain(Refused):
    """The mail domain is no public provider's and has many live appointments."""

    code = "too_many_at_domain"
    needs_office = True
    sentence = _(
        "Many appointments have been booked with addresses like yours. Please use an "
        "address of another mail provider, or contact the office."
    )


class WrongCode(Refused):
    """The code does not fit, is too old or was tried too often."""

    code = "wrong_code"
    sentence = _("This code is not correct. Please check it or ask for a new one.")


class TooManyTries(Refused):
    """Five wrong codes: only a new one helps."""

    code = "too_many_tries"
    sentence = _("The code was wrong too often. Please ask for a new one.")


class TooManyLetters(Refused):
    """The address has had many code letters within the hour, or one a moment ago."""

    code = "too_many_letters"
    sentence = _(
        "We sent a code a moment ago. Please wait a little before you ask for another one."
    )


class TooManyCodes(TooManyLetters):
    """The address has had many code letters within the hour, whoever asked for them."""

    code = "too_many_codes"

    def __init__(self, next_at: str) -> None:
        super().__init__(
            _(
                "Several codes were requested for this address in the last hour, so we can't "
                "send another one yet. A code that you received in the last 30 minutes is "
                "still valid. You can ask for a new one from %(time)s."
            )
            % {"time": next_at}
        )


class TooManyTexts(Refused):
    """The day's short messages to a number have left."""

    code = "too_many_texts"
    sentence = _("We can send no more SMS to this number today. Please try again tomorrow.")


class LetterJustSent(Refused):
    """The letter about an appointment was asked for a moment ago, or often within the hour."""

    code = "letter_just_sent"
    sentence = _(
        "We sent the e-mail a moment ago. Please check your spam folder too, and wait "
        "a little before you ask for it again."
    )


class TooManyAddresses(Refused):
    """Codes were asked for at very many addresses from one place within minutes."""

    code = "too_many_addresses"
    needs_office = True
    sentence = _(
        "Very many codes were requested from your network. Please try again in ten "
        "minutes or contact the office."
    )


class WrongReference(Refused):
    """No appointment has this reference and this date of birth."""

    code = "wrong_reference"
    sentence = _(
        "We can't find an appointment with this reference and date of birth. Please check both."
    )


class TooManyLookups(Refused):
    """Too many tries with one reference or from one place within the hour."""

    code = "too_many_lookups"
    sentence = _(
        "There have been too many attempts. Please use the link in our e-mail, or try "
        "again in an hour."
    )


class TransitionNotAllowed(Refused):
    """The appointment is no longer in a state in which this is possible."""

    code = "transition"
    sentence = _(
        "The appointment has changed in the meantime, so this is no longer possible. "
        "Please read what applies now."
    )


class PageOutdated(Refused):
    """The form was made of an older state than the present one, which is shown instead."""

    code = "outdated"
    sentence = _(
        "Something has changed since you opened this page, so nothing was done. "
        "Please read how it is now and choose again."
    )


class NotYours(Refused):
    """The form names nothing that this visit may change, whether there is such a thing or not."""

    code = "not_yours"
    sentence = _(
        "Nothing was done because this page was open for too long. Please open it "
        "again with the link in our e-mail, or with your reference and date of birth."
    )


class AppointmentOver(Refused):
    """The time of the appointment has begun or has passed."""

    code = "over"
    needs_office = True
    sentence = _(
        "This appointment has already begun and can no longer be changed. Please come "
        "now or contact the office."
    )


class OfferGone(Refused):
    """The offer was answered, has lapsed or was withdrawn."""

    code = "offer_gone"
    sentence = _(
        "This offer is no longer valid. You keep your place on the waiting list. "
        "Please wait for our next e-mail."
    )


class NotWaiting(Refused):
    """There is no waiting entry, or it has ended."""

    code = "not_waiting"
    sentence = _(
        "You are no longer on the waiting list. If you still need an appointment, "
        "please start again on the start page."
    )


class AlreadyWaiting(Refused):
    """The person waits already."""

    code = "already_waiting"
    sentence = _(
        "This person is already on the waiting list. Please use the link in our e-mail about it."
    )


register_refusals(
    "booking",
    Refusals(
        constraints=(
            (("appointment_one_live_per_slot", "booking_appointment.slot_id"), SlotTaken),
            (("appointment_one_live_per_person", "booking_appointment.person_key"), AlreadyBooked),
            (
                ("appointment_one_live_per_invitation", "booking_appointment.invitation_id"),
                AlreadyBooked,
            ),
            (
                ("appointment_one_offer_per_entry", "booking_appointment.entry_id"),
                TransitionNotAllowed,
            ),
            (("waiting_one_entry_per_person", "booking_waitingentry.person_key"), AlreadyWaiting),
        ),
        row_gone=EntriesChanged,
        read_only=ServicePaused,
        busy=Busy,
    ),
)
