"""Handing rights of the team lead on until a day, and what they allow until then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.accounts.roles import CASEWORKER, HANDED_ON, TEAM_LEAD
from config.foundation.actions import Refused, action
from config.foundation.office import office_day
from config.foundation.staff import Staff
from config.foundation.substitutions import Substitution

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model

LONGEST = timedelta(days=42)


class RightNotYours(Refused):
    """Only a team lead hands rights on, and none that were handed on to them."""

    code = "right_not_yours"
    sentence = _("Only the team lead can hand rights on.")


class NoSubstitute(Refused):
    """The account is not active, not of the desk, or the one that hands on."""

    code = "no_substitute"
    sentence = _("Please choose an active account of a caseworker other than your own.")


class LastDayImpossible(Refused):
    """The last day is over, or too far away."""

    code = "last_day_impossible"
    sentence = _("Please choose a last day from today on and within the next six weeks.")


def possible_substitutes(by: Staff) -> QuerySet[Staff]:
    """Everybody to whom `by` can hand rights on."""
    return Staff.objects.filter(is_active=True, groups__name=CASEWORKER).exclude(pk=by.pk)


@action
def hand_on(
    *, substitute: Staff, right: Substitution.Right, until: date, now: datetime, by: Staff
) -> Substitution:
    """Gives `substitute` one right up to and with the local day `until`.

    The same again is a quiet success. Raises RightNotYours, NoSubstitute or LastDayImpossible.
    """
    if not _is_team_lead(by):
        raise RightNotYours
    if not possible_substitutes(by).filter(pk=substitute.pk).exists():
        raise NoSubstitute
    today = office_day(now)
    if not today <= until <= today + LONGEST:
        raise LastDayImpossible
    row, _made = Substitution.objects.get_or_create(
        substitute=substitute,
        right=right,
        until=until,
        ended_at=None,
        defaults={"granted_by": by, "granted_at": now},
    )
    return row


@action
def end_substitution(*, row: Substitution, now: datetime, by: Staff) -> None:
    """Takes a right back before its last day; twice is a quiet success. Raises RightNotYours."""
    if not _is_team_lead(by):
        raise RightNotYours
    locked = Substitution.objects.select_for_update(no_key=True).filter(pk=row.pk, ended_at=None)
    found = locked.first()
    if found is not None:
        found.ended_at, found.ended_by = now, by
        found.save(update_fields=["ended_at", "ended_by"])


def _is_team_lead(person: Staff) -> bool:
    return person.is_superuser or person.groups.filter(name=TEAM_LEAD).exists()


def permissions_handed_on(person: Staff, *, now: datetime) -> set[str]:
    """What `person` may do at `now` (UTC) because a team lead handed it on.

    Nobody keeps a right of somebody who is no team lead any more, and nobody outside of the desk
    has one.
    """
    gave = Q(granted_by__is_superuser=True) | Q(granted_by__groups__name=TEAM_LEAD)
    rows = Substitution.objects.filter(
        gave,
        ended_at=None,
        granted_by__is_active=True,
        substitute=person,
        substitute__groups__name=CASEWORKER,
    )
    found = set(rows.values_list("right", "until"))
    if not found:  # also where no office is loaded yet, which is done at the desk, too
        return set()
    today = office_day(now)
    rights = {right for right, until in found if until >= today}
    return {permission for right in rights for permission in HANDED_ON[right]}


class SubstituteBackend(BaseBackend):
    """Adds to the rights of a person's groups those that were handed on; signs nobody in."""

    def get_user_permissions(
        self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None
    ) -> set[str]:
        """For any row of a table, never for a single one; read once for each request."""
        if not isinstance(user_obj, Staff) or not user_obj.is_active or obj is not None:
            return set()
        kept: set[str] | None = vars(user_obj).get("_handed_on")
        if kept is None:
            kept = permissions_handed_on(user_obj, now=timezone.now())
            vars(user_obj)["_handed_on"] = kept
        return kept

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether one of them is of this app."""
        mine = self.get_user_permissions(user_obj)
        return any(permission.startswith(f"{app_label}.") for permission in mine)
