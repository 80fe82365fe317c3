"""What only a caseworker can be refused, each with a sentence for the desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused


class NoteChanged(Refused):
    """Somebody wrote another note since the page was opened."""

    code = "note_changed"
    sentence = _("The note was changed meanwhile. Please read it and write yours again.")


class AssignmentChanged(Refused):
    """Somebody took the visit on, or handed it over, since the page was opened."""

    code = "assignment_changed"
    sentence = _("Somebody else has taken this visit on meanwhile. Please look and choose again.")


class NotAtTheDesk(Refused):
    """Whom a visit is handed to can't act for people."""

    code = "not_at_the_desk"
    sentence = _("This account can't act for people at the desk. Please choose another one.")


class CallNoted(Refused):
    """Somebody noted a call since the page was opened."""

    code = "call_noted"
    sentence = _("Somebody has noted a call meanwhile. Please read it before you call again.")


class CallTimeImpossible(Refused):
    """The time of the next call has passed, or is too far away."""

    code = "call_time_impossible"
    sentence = _("Please enter a time from now on and within the next two weeks.")


class NoSlotBeside(Refused):
    """The other counter has no time at this moment."""

    code = "no_slot_beside"
    sentence = _("The other counter has no appointments at this time. Please choose another one.")


class SlotBesideClosed(Refused):
    """The other counter is closed at this moment, or it is outside of its hours."""

    code = "slot_beside_closed"
    sentence = _("The other counter is closed at this time. Please choose another one.")


class SlotBesideTaken(Refused):
    """Somebody else is booked at the other counter at this moment."""

    code = "slot_beside_taken"
    sentence = _(
        "Somebody else is booked at the other counter at this time. Please choose another one."
    )


class SlotBesideHeld(Refused):
    """Somebody is just booking, or thinking about, the time at the other counter."""

    code = "slot_beside_held"
    sentence = _(
        "The time at the other counter is reserved for somebody at the moment. Please choose "
        "another counter, or try again in a few minutes."
    )


class VisitNotToday(Refused):
    """Only today's visits move from counter to counter, while their time lasts."""

    code = "visit_not_today"
    sentence = _(
        "Only an appointment of today whose time is not over can be moved to another counter. "
        "Use Rebook for another day or time."
    )


class LateTimesImpossible(Refused):
    """The real times of a late entry contradict the day, the clock or each other."""

    code = "late_times_impossible"
    sentence = _(
        "Please check the times: arrival and end are on the day of the appointment, in this "
        "order, and not in the future."
    )


class NoTimesLeft(Refused):
    """More people would be invited than there are times, or more times given away than are left."""

    code = "no_times_left"
    sentence = _(
        "There are not enough free appointments in this quota: everybody with an open invitation "
        "must be able to choose one. Please add hours first, or wait until invitations have ended."
    )


class Restricted(Refused):
    """In restricted operation and in a pause nobody is invited; who is invited may choose."""

    code = "restricted"
    sentence = _(
        "The service is restricted or paused, so nobody can be invited now. Whoever is invited "
        "keeps the invitation."
    )


class InvitationTaken(Refused):
    """Somebody invited has an appointment by this invitation."""

    code = "invitation_taken"
    sentence = _(
        "This person has an appointment by this invitation. To take it away, cancel the "
        "appointment first."
    )


class HoursOverlap(Refused):
    """Hours of a counter would cross those of another quota."""

    code = "hours_overlap"
    sentence = _(
        "These hours cross hours of this counter that are kept for somebody else. Please choose "
        "other times, or change those hours first."
    )


class NotYourHours(Refused):
    """The quota is none for which this account registers people, or is no more."""

    code = "not_your_hours"
    sentence = _("You can't register anybody for these hours. Please ask the office.")


class AlreadyInvited(Refused):
    """Somebody else invited this person, or the person has chosen an appointment."""

    code = "already_invited"
    sentence = _(
        "This person is invited to these hours already. Nobody is registered twice: please have "
        "them read the letter about it, or call the office."
    )


class CapReached(Refused):
    """An account has registered as many people within this week as it may."""

    code = "cap_reached"
    sentence = _(
        "You have registered as many people as you can in a week. You can go on next Monday, or "
        "ask the office."
    )


class AllGivenOut(NoTimesLeft):
    """The same for somebody who can't add hours."""

    sentence = _(
        "All appointments of these hours are given out, so this person was not registered. Please "
        "tell them so. An appointment becomes free again when somebody cancels, or does not choose "
        "one in time."
    )


class EndTooEarly(Refused):
    """An invitation would end before the day that its person was told."""

    code = "end_too_early"
    sentence = _(
        "The invitation is valid for longer already. Please choose that day or a later one."
    )
