"""Collecting a document at the counter: its holder chose that instead of the pickup box."""

from __future__ import annotations

from datetime import datetime

from booking import notifications
from booking.actions.desk_refusals import NoTimesLeft
from booking.actions.email_links import enqueue_link
from booking.actions.invitation_terms import end_of_choice
from booking.actions.invitations import (
    Invitee,
    begin_issuing,
    check_enough_times,
    issue,
)
from booking.actions.transitions import claim_applicant
from booking.models import Invitation, Quota
from booking.states import SETTLED
from config.foundation.actions import action


def collection_quota() -> Quota | None:
    """The quota whose times are for collecting documents; there is one at most."""
    return Quota.objects.filter(collects=True, in_service=True).first()


def find_collection(case_reference: str, birth_date: str, *, now: datetime) -> Invitation | None:
    """The invitation to collect for this file and date of birth that is open or taken."""
    same = Invitation.objects.filter(
        quota__collects=True,
        case_reference=case_reference,
        applicant__birth_date=birth_date,
        applicant__forgotten_at=None,
    )
    standing = same.open(now=now) | same.taken(now=now)
    return standing.select_related("applicant", "quota").order_by("-pk").first()


@action
def invite_to_collect(*, person: Invitee, now: datetime) -> Invitation:
    """Invites the holder of a document to collect it at the counter, by the system.

    A mobile number counts as confirmed: the code that proved it came there. For two documents of
    one file and person there is one invitation, or the appointment that is booked already. Raises
    NoTimesLeft or Restricted.
    """
    quota = collection_quota()
    if quota is None:
        raise NoTimesLeft
    begin_issuing(quota, now=now)
    before = find_collection(person.case_reference, person.birth_date, now=now)
    if before is not None:
        booked = before.appointments.filter(status__in=SETTLED).first()
        if booked is not None:
            enqueue_link(booked, now=now)
        else:
            notifications.enqueue_invitation(before, now=now)
        return before
    until = end_of_choice(quota, now=now)
    invitation = issue(quota, person, valid_until=until, quiet=False, now=now, by=None)
    if person.phone:
        claim_applicant(invitation.applicant, text_me=True, phone_proved_at=now)
    notifications.enqueue_invitation(invitation, now=now)
    check_enough_times(quota, now=now)
    return invitation
