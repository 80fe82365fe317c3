"""An application and its invitation: one is invited exactly while the other is live."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from booking import notifications
from booking.actions.bookings import cancel
from booking.actions.invitation_terms import end_of_choice
from booking.actions.invitations import (
    Invitee,
    begin_issuing,
    check_enough_times,
    issue,
    withdraw_invitation,
)
from booking.actions.refusals import EntriesChanged
from booking.actions.transitions import claim_applicant
from booking.models import Appointment, Invitation, Quota
from booking.models.invitations import USED
from booking.states import SETTLED, InvitationState
from booking.windows import day_bounds, local_day
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.staff import Staff
from documents.applications.actions import reviews
from documents.applications.models import Application
from documents.applications.states import Status
from documents.applications.transitions import wait_for_others


@action
def invite_for_application(
    *,
    application: Application,
    version: int,
    quota: Quota,
    valid_until: datetime | None,
    quiet: bool,
    by: Staff,
    now: datetime,
) -> Invitation:
    """Invites the person of an application in review to choose a time of `quota`.

    `valid_until` is a UTC instant (None: as the quota says). The same press twice is a quiet
    success. Raises what `invite` raises, and TransitionNotAllowed.
    """
    wait_for_others(application)
    if application.status == Status.INVITED and version == application.version - 1:
        before = Invitation.objects.open(now=now).filter(application=application).first()
        if before is not None:
            return before
    begin_issuing(quota, now=now)
    reviews.mark_invited(application=application, version=version, by=by, now=now)
    invitation = issue(
        quota,
        Invitee(
            family_name=application.family_name,
            given_names=application.given_names,
            birth_date=application.birth_date,
            email=application.email,
            phone=application.phone,
            access_need="",
            language=application.language,
            case_reference=application.reference or "",
        ),
        valid_until=valid_until or end_of_choice(quota, now=now),
        quiet=quiet,
        now=now,
        by=by,
    )
    Invitation.objects.filter(pk=invitation.pk).update(application=application)
    invitation.application = application
    notifications.enqueue_invitation(invitation, now=now)
    check_enough_times(quota, now=now)
    return invitation


@receiver(reviews.application_over)
def end_invitations(
    sender: object, *, application: Application, by: Staff | None, now: datetime, **_more: Any
) -> None:
    """Nobody is invited for what is over; an appointment is cancelled with a withdrawal alone.

    Raises InvitationTaken where an application with an appointment is to be closed.
    """
    live = Invitation.objects.open(now=now) | Invitation.objects.taken(now=now)
    for invitation in live.filter(application=application).select_related("applicant"):
        if application.status == Status.WITHDRAWN:
            for booked in invitation.appointments.filter(status__in=SETTLED):
                reason = Appointment.CancelReason.BY_APPLICANT
                cancel(appointment=booked, reason=reason, now=now, by=by)
        invitation.refresh_from_db()
        withdraw_invitation(invitation=invitation, revision=invitation.revision, now=now, by=by)


def follow_applications(*, now: datetime) -> int:
    """Sends applications back to their review whose invitation lapsed, or led to a visit.

    A visit counts from the day after it on: until then it may be put back. Returns how many.
    """
    today = day_bounds(local_day(now, zone=current_office().zone), zone=current_office().zone)[0]
    visited = Q(appointments__status__in=USED, appointments__slot__starts_at__lt=today)
    ended = Invitation.objects.over(now=now) | Invitation.objects.standing().filter(visited)
    rows = ended.filter(application__status=Status.INVITED).select_related("applicant")
    return sum(_follow(invitation=each, now=now) for each in rows.distinct())


@action
def _follow(*, invitation: Invitation, now: datetime) -> bool:
    if invitation.applicant.forgotten_at is None:
        try:
            claim_applicant(invitation.applicant)  # whoever extends it now has been waited for
        except EntriesChanged:
            return False  # in a minute, then
    present = Invitation.objects.select_related("application").get(pk=invitation.pk)
    if present.application is None or present.state_at(now) not in {
        InvitationState.OVER,
        InvitationState.USED,
    }:
        return False
    reviews.end_invitation(application=present.application, by=None, now=now)
    return True
