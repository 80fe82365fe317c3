"""Brings the pickup box and the appointments together, which don't know each other."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from booking.actions.collecting import (
    collection_quota,
    find_collection,
    invite_to_collect,
)
from booking.actions.desk_refusals import NoTimesLeft, Restricted
from booking.actions.invitations import Invitee, left_to_give, may_issue
from booking.admin.search import REFERENCE
from booking.models import Applicant, Appointment, Invitation
from config.foundation.counter_pickup import Chosen, Holder, Supply, register_counter_pickup
from config.foundation.typed_text import fold_typed


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
        """While the person is known; what a scanner reads may have an address around it."""
        references = ["-".join(parts) for parts in REFERENCE.findall(fold_typed(number).upper())]
        for model in (Appointment, Invitation):
            rows = model._default_manager.filter(reference__in=references)
            row = rows.select_related("applicant").first()
            if row and not row.applicant.forgotten_at:
                return _holder(row.applicant, subject=row.subject)
        return None


def _holder(person: Applicant, *, subject: str) -> Holder:
    return Holder(
        case_reference=person.invitation.case_reference if person.invitation else "",
        birth_date=person.birth_date,
        contact=person.email or person.phone,
        family_name=person.family_name,
        given_names=person.given_names,
        language=person.language,
        subject=subject,
    )


def _chosen(invitation: Invitation) -> Chosen:
    return Chosen(reference=invitation.reference, address=reverse("booking:invitation"))


register_counter_pickup(KeptTimes())
