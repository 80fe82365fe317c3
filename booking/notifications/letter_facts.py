"""What the letters of booking have in common: greeting, day and place, papers, fee, addresses."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Applicant, Appointment, WaitingEntry
from booking.papers import papers_for
from booking.windows import local_day
from config.foundation.dates import say_moment
from config.foundation.office import Office, in_language
from config.foundation.passages import hello, within
from documents.wording import cost, titled


def greeting(applicant: Applicant) -> str:
    """How a letter begins."""
    if applicant.verified_at is None:
        return _("Hello,")  # nobody has their own words sent to an address that is not proved
    return hello(applicant.full_name)


def begins(appointment: Appointment, office: Office) -> dict[str, str]:
    """Day and time for a subject: nothing of the person or the matter."""
    local = appointment.slot.starts_at.astimezone(office.zone)
    return {"day": date_format(local, "MONTH_DAY_FORMAT"), "time": within(f"{local:%H:%M}")}


def facts(appointment: Appointment, office: Office, language: str) -> list[tuple[str, str]]:
    """When and where somebody has to be, and how they get there."""
    quota = appointment.quota
    return [
        (_("What it is about"), in_language(quota.name, language) if quota else ""),
        (_("When"), say_moment(appointment.slot.starts_at, office.zone)),
        (_("Be there"), office.be_there(appointment.slot.starts_at)),
        (_("Where"), ", ".join(office.visitor_address.splitlines())),
        (_("Counter"), in_language(appointment.slot.counter.name, language)),
        (_("Entrance"), in_language(office.entrance, language)),
        (_("Floor and room"), in_language(office.floor, language)),
        (_("How to get there"), in_language(office.directions, language)),
        (_("Reference"), appointment.reference),
    ]


def which_appointment(
    appointment: Appointment, office: Office, label: str
) -> list[tuple[str, str]]:
    """What names an appointment to which nobody must come: `label` says so; no way leads there."""
    return [
        (label, say_moment(appointment.slot.starts_at, office.zone)),
        (_("Reference"), appointment.reference),
    ]


def papers(appointment: Appointment, language: str) -> list[str]:
    """What has to be brought."""
    found = papers_for(appointment)
    return [titled(item, language) for item in found.items] if found else []


def about_quota(appointment: Appointment, language: str) -> list[str]:
    """What the office tells those whom it invited; what to bring, where it has listed nothing."""
    quota = appointment.quota
    if quota is None:
        return []
    unlisted = _("If you are not sure what to bring, please ask the office.")
    return [
        # German stands below anyway
        *filter(None, [quota.intro.get(language)]),
        *([] if papers_for(appointment) else [unlisted]),
    ]


def expected_fee(appointment: Appointment, office: Office, language: str) -> tuple[str, str]:
    """What it will cost, and how that can be paid; nothing where nobody can say."""
    payment = in_language(office.payment, language)
    found = papers_for(appointment)
    if found is None or (appointment.invitation_id is not None and not found.fee.lines):
        return _("Expected fee"), ""
    amount = cost(found.fee)
    return _("Expected fee"), f"{amount} ({payment})" if payment else amount


def is_wanted(appointment: Appointment, office: Office, *, now: datetime) -> bool:
    """Whether somebody else waits who could use this time."""
    others = WaitingEntry.objects.exclude(person_key=appointment.person_key)
    last_day = others.claim_ends(now=now)
    day = local_day(appointment.slot.starts_at, zone=office.zone)
    return last_day is not None and day <= last_day
