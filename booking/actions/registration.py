"""Special hours: people of other services register whom they know to need them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from booking import notifications
from booking.actions.desk_refusals import (
    AllGivenOut,
    AlreadyInvited,
    CapReached,
    NotYourHours,
)
from booking.actions.invitation_terms import end_of_choice
from booking.actions.invitations import (
    Invitee,
    begin_issuing,
    issue,
    left_to_give,
)
from booking.models import Invitation, Quota
from booking.windows import day_bounds, local_day
from config.foundation.actions import action
from config.foundation.office import current_office
from config.foundation.persons import person_key
from config.foundation.staff import Staff


@action
def register(*, quota: Quota, person: Invitee, now: datetime, by: Staff) -> Invitation:
    """Invites somebody to the special hours of `quota`, for which `by` registers people.

    Whom `by` registered before, and who has not chosen yet, keeps the invitation and gets the
    letter again; that counts nothing. Raises NotYourHours, Restricted, AlreadyInvited, CapReached
    or NoTimesLeft.
    """
    begin_issuing(quota, now=now)
    if not quotas_of(by).filter(pk=quota.pk).exists():
        raise NotYourHours
    is_new = not _is_own(quota, person, now=now, by=by)
    if is_new and registered_this_week(quota, by, now=now) >= quota.per_week:
        raise CapReached
    until = end_of_choice(quota, now=now)
    invitation = issue(quota, person, valid_until=until, quiet=False, now=now, by=by)
    notifications.enqueue_invitation(invitation, now=now)
    if left_to_give(quota, now=now) < 0:
        raise AllGivenOut
    return invitation


def _is_own(quota: Quota, person: Invitee, *, now: datetime, by: Staff) -> bool:
    """Whether `by` registered this person before; raises AlreadyInvited if anybody else did."""
    key = person_key(
        family_name=person.family_name,
        given_names=person.given_names,
        birth_date=person.birth_date,
    )
    same = Invitation.objects.filter(quota=quota, person_key=key)
    if same.taken(now=now).exists():
        raise AlreadyInvited
    standing = same.open(now=now)
    if standing.exclude(issued_by=by, case_reference="").exists():
        raise AlreadyInvited
    return standing.exists()


def registrars() -> QuerySet[Staff]:
    """The accounts that may be chosen to register people, in the order of their names."""
    may = Q(groups__permissions__codename="register_person", is_active=True, is_staff=False)
    return Staff.objects.filter(may).distinct().order_by("last_name", "username")


def quotas_of(by: Staff) -> QuerySet[Quota]:
    """The quotas for which this account registers people."""
    return Quota.objects.filter(registrars=by, in_service=True)


def registered_this_week(quota: Quota, by: Staff, *, now: datetime) -> int:
    """How many people an account has registered since Monday; a withdrawal gives none back."""
    zone = current_office().zone
    today = local_day(now, zone=zone)
    monday = day_bounds(today - timedelta(days=today.weekday()), zone=zone)[0]
    return Invitation.objects.filter(quota=quota, issued_by=by, issued_at__gte=monday).count()
