"""Brings the pickup box and the appointments together, which don't know each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from booking.actions.collecting import (
    collection_quota,
    find_collection,
    invite_to_collect,
)
from booking.actions.desk_refusals import NoTimesLeft, Restricted
from booking.actions.invitations import Invitee, left_to_give, may_issue
from booking.admin.search import NOT_SHOWN, references_in
from booking.models import Applicant, Appointment, Invitation
from config.foundation.counter_pickup import Chosen, Holder, Supply, register_counter_pickup


class KeptTimes:
    """Appointments of the quota for collecting."""

    def supply(self, *, now: datetime) -> Supply:
        """By the times that nobody else may choose."""
        quota = collection_quota()
        if quota is None or not may_issue(now=now):
            return Supply.NONE
        return Supply.FREE if left_to_give(quota, now=now) > 0 else Supply.FULL

    def invite(self, holder: Holder, *, now: datetime) -> Chosen | None:
        """Invites to that quota, unless its times are given out."""
        is_address = "@" in holder.contact
        person = Invitee(
            family_name=holder.family_name,
            given_names=holder.given_names,
            birth_date=holder.birth_date,
            email=holder.contact if is_address else "",
            phone="" if is_address else holder.contact,
            access_need="",
            language=holder.language,
            case_reference=holder.case_reference,
        )
        try:
            return _chosen(invite_to_collect(person=person, now=now))
        except (NoTimesLeft, Restricted):
            return None

    def invited(self, holder: Holder, *, now: datetime) -> Chosen | None:
        """By file and date of birth."""
        found = find_collection(holder.case_reference, holder.birth_date, now=now)
        return None if found is None else _chosen(found)

    def find_holder(self, number: str) -> Holder | None:
        """While the person is known; what a scanner reads may have an address around it.

        None for several numbers: nobody is chosen by chance.
        """
        references = references_in(number)
        tables: tuple[QuerySet[Any], ...] = (
            Appointment.objects.exclude(status__in=NOT_SHOWN),
            Invitation.objects.all(),
        )
        known = [
            each.filter(reference__in=references, applicant__forgotten_at=None) for each in tables
        ]
        found = [row for rows in known for row in rows.select_related("applicant__invitation")[:2]]
        return _holder(found[0].applicant, subject=found[0].subject) if len(found) == 1 else None


def _holder(person: Applicant, *, subject: str) -> Holder:
    return Holder(
        case_reference=person.invitation.case_reference if person.invitation else "",
        birth_date=person.birth_date,
        contact=_proved_contact(person),
        family_name=person.family_name,
        given_names=person.given_names,
        language=person.language,
        subject=subject,
    )


def _proved_contact(person: Applicant) -> str:
    """Where a code may go: what the person has proved, or the office itself has written down."""
    by_office = person.invitation is not None and person.waived_at is not None
    if person.email and (by_office or person.verified_at):
        return person.email
    return person.phone if by_office or person.phone_proved_at else ""


def _chosen(invitation: Invitation) -> Chosen:
    return Chosen(reference=invitation.reference, address=reverse("booking:invitation"))


register_counter_pickup(KeptTimes())
