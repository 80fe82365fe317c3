"""Blanking everything about one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q

from booking.actions.expiry import expire_hold
from booking.models import (
    Applicant,
    Appointment,
    Invitation,
    PhoneCall,
    VisitAssignment,
    VisitNote,
    WaitingEntry,
)
from booking.models.applicants import void_tokens_of
from config.foundation.outbox import forget_files


def forget_applicant(applicant: Applicant, *, now: datetime) -> None:
    """Blanks every personal column of an applicant without a live appointment, entry or invitation.

    Within a transaction: it locks the row first, so that whoever books or waits at this moment is
    seen, or finds the person gone.
    """
    if Applicant.objects.select_for_update(no_key=True).filter(pk=applicant.pk).exists():
        forget_applicants([applicant.pk], now=now)


def forget_applicants(keys: Sequence[int], *, now: datetime) -> int:
    """Does the same to many applicants whose rows are locked; returns how many it blanked."""
    busy = Q(appointments__in=Appointment.objects.live(now=now))
    busy |= Q(entries__in=WaitingEntry.objects.active())
    busy |= Q(invitation__in=Invitation.objects.open(now=now))  # they may still choose a time
    kept = Applicant.objects.filter(busy, pk__in=keys)
    idle = Applicant.objects.filter(
        pk__in=sorted(set(keys) - set(kept.values_list("pk", flat=True)))
    )
    found = list(idle.order_by("pk"))
    appointments = Appointment.objects.filter(applicant__in=found)
    entries = WaitingEntry.objects.filter(applicant__in=found)
    for stale in appointments.lapsed(now=now):
        # to the index a lapsed hold is a live one, and two of nobody would be one person's
        expire_hold(appointment=stale, now=now)
    invitations = Invitation.objects.filter(applicant__in=found)
    rows = (*found, *appointments, *entries, *invitations)
    subjects = [row.subject for row in rows]
    void_tokens_of(subjects)
    forget_files(subjects)
    for model in (VisitNote, VisitAssignment, PhoneCall):
        model.objects.filter(appointment__in=appointments).delete()
    appointments.update(person_key="", situation={}, need_by=None, missing=[], papers_checked=False)
    entries.update(person_key="")
    invitations.update(case_reference="", person_key="")
    return Applicant.objects.filter(pk__in=[row.pk for row in found]).update(
        family_name="",
        given_names="",
        birth_date="",
        email="",
        phone="",
        text_me=False,
        phone_proved_at=None,
        phone_codes=[],
        access_need="",
        person_key="",
        address_key="",
        proved_address_key="",
        domain_key="",
        situation={},
        codes=[],
        version=F("version") + 1,
        forgotten_at=now,
    )
