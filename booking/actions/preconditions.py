"""What must hold before anybody takes a time: the service, the person, the time."""

from __future__ import annotations

from datetime import datetime

from booking.actions.refusals import (
    InvitationOver,
    InvitationUsed,
    KeepAppointment,
    NotEligible,
    NotVerified,
    ServicePaused,
    SlotNotOpen,
    SlotTaken,
)
from booking.models import Applicant, Appointment, Invitation, Quota, Slot
from booking.models.invitations import USED
from booking.states import LIVE_FOR_PERSON, NeedByKind
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.office import Office, ServiceStatus, service_status

EXPIRING = "expiring"


def require_open(*, now: datetime) -> None:
    """Raises ServicePaused while the office takes no bookings."""
    if service_status().state_at(now) == ServiceStatus.State.PAUSED:
        raise ServicePaused


def validate_can_take(applicant: Applicant, *, office: Office, now: datetime) -> None:
    """Raises the first reason for which an applicant may not take a time of their quota at all."""
    if applicant.invitation is None:
        validate_can_book(applicant, office=office, now=now)
        return
    require_open(now=now)
    validate_invitation(applicant, now=now)


def validate_invitation(applicant: Applicant, *, now: datetime, ends: bool = True) -> None:
    """Raises InvitationOver or InvitationUsed unless the invitation as it is now stands.

    Without `ends` the end of the choice is no hindrance, as for a time that is held already.
    """
    invitation = Invitation.objects.get(applicant=applicant)
    if invitation.withdrawn_at is not None or (ends and invitation.valid_until <= now):
        raise InvitationOver
    if Appointment.objects.filter(invitation=invitation, status__in=USED).exists():
        raise InvitationUsed


def has_visit_to_keep(applicant: Applicant, *, now: datetime) -> bool:
    """Whether a title expires for whom the same proved address has a visit by invitation.

    That visit may be about this very title. Another mailbox is no proof that it is the same person,
    and must not learn of the visit.
    """
    if applicant.situation.get("category") != EXPIRING or not applicant.proved_address_key:
        return False
    invited = Appointment.objects.live(now=now).filter(
        status__in=LIVE_FOR_PERSON,
        invitation__isnull=False,
        person_key=applicant.person_key,
        applicant__address_key=applicant.proved_address_key,
    )
    return invited.exists()


def validate_can_book(applicant: Applicant, *, office: Office, now: datetime) -> None:
    """Raises the first reason for which an applicant may not take or wait for a time at all."""
    require_open(now=now)
    situation = applicant.situation
    if not situation:
        raise NotEligible
    if situation.get("need_kind") == NeedByKind.HARD:
        today = local_day(now, zone=office.zone).isoformat()
        if situation.get("need_by", "") < today:
            raise NotEligible
    if not applicant.is_verified:
        raise NotVerified
    if has_visit_to_keep(applicant, now=now):
        raise KeepAppointment


def check_public(slot_id: int, *, office: Office, now: datetime) -> None:
    """Raises SlotNotOpen or SlotTaken unless anybody may take the slot at `now`."""
    check_takeable(slot_id, quota=None, office=office, now=now)


def check_takeable(slot_id: int, *, quota: Quota | None, office: Office, now: datetime) -> None:
    """The same of a slot that is kept for `quota`; None: of a public one."""
    takeable = Slot.objects.takeable(now=now, office=office, quota=quota)
    if not takeable.filter(pk=slot_id).exists():
        raise why_not(slot_id, quota=quota, office=office, now=now)


def why_not(slot_id: int, *, quota: Quota | None, office: Office, now: datetime) -> Refused:
    """Why a slot can't be taken at `now`: it is taken, or it is none to take."""
    opened = Slot.objects.opened(now=now, office=office, quota=quota).in_service()
    return SlotTaken() if opened.filter(pk=slot_id).exists() else SlotNotOpen()
