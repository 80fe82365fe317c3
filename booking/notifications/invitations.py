"""The letters of an invitation as they leave: while it is as it was when they were promised."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Invitation
from booking.notifications.causes import invitation_over, open_invitation
from booking.notifications.letter_facts import greeting
from config.foundation.dates import show_day
from config.foundation.mime import Envelope
from config.foundation.notification_kinds import Attempt, renders
from config.foundation.office import current_office, in_language
from config.foundation.outbox import Notification
from config.foundation.passages import Passage, envelope, page_url


def _choose(
    invitation: Invitation, attempt: Attempt, *, subject: str, opening: str, language: str
) -> Passage:
    """What the three letters to somebody who may choose have in common."""
    office = current_office()
    intro = invitation.quota.intro.get(language)  # the German passage is there as well
    return Passage(
        subject=subject,
        greeting=greeting(invitation.applicant),
        paragraphs=[
            opening,
            *filter(None, [intro]),
        ],
        deadline=_("Please choose your appointment by %(day)s.")
        % {"day": show_day(invitation.last_day(office))},
        facts=[
            (_("What it is about"), in_language(invitation.quota.name, language)),
            (_("Invitation number"), invitation.reference),
        ],
        link=page_url(f"invitation/{attempt.secret}/", language),
        link_label=_("Choose an appointment"),
        closing=[
            _("You can also open the page with the number and your date of birth: %(address)s")
            % {"address": page_url("invitation/", language)},
            _(
                "The appointment is only for the person who booked it or was invited. It can't be"
                " passed on to anybody else."
            ),
        ],
    )


@renders("booking.invitation")
def invitation(notification: Notification, attempt: Attempt) -> Envelope | None:
    """The office asks somebody to choose a time."""
    row = open_invitation(notification, now=attempt.now)
    if row is None:
        return None
    return envelope(
        row.applicant,
        lambda language: _choose(
            row,
            attempt,
            subject=_("Please choose an appointment"),
            opening=_("The office invites you to an appointment."),
            language=language,
        ),
    )


@renders("booking.invitation_last_call")
def invitation_last_call(notification: Notification, attempt: Attempt) -> Envelope | None:
    """No time is chosen yet, and the invitation ends soon."""
    return _remind(notification, attempt, gettext_lazy("Last reminder: choose your appointment"))


@renders("booking.invitation_reminder")
def invitation_reminder(notification: Notification, attempt: Attempt) -> Envelope | None:
    """No time is chosen yet."""
    return _remind(notification, attempt, gettext_lazy("Reminder: please choose an appointment"))


def _remind(notification: Notification, attempt: Attempt, subject: Promise) -> Envelope | None:
    row = open_invitation(notification, now=attempt.now)
    if row is None or row.quiet:
        return None
    return envelope(
        row.applicant,
        lambda language: _choose(
            row,
            attempt,
            subject=str(subject),  # in the language of the passage
            opening=_("The office has invited you to an appointment. You have not chosen one yet."),
            language=language,
        ),
    )


@renders("booking.invitation_over")
def over(notification: Notification, attempt: Attempt) -> Envelope | None:
    """No time was chosen while that was possible."""
    row = invitation_over(notification, now=attempt.now)
    if row is None:
        return None

    def write(language: str) -> Passage:
        return Passage(
            subject=_("Your invitation has expired"),
            greeting=greeting(row.applicant),
            paragraphs=[
                _("You have not chosen an appointment in time. The invitation has expired."),
            ],
            next_steps=[
                _("If you still need an appointment, please contact the office."),
            ],
            facts=[(_("Invitation number"), row.reference)],
        )

    return envelope(row.applicant, write)
