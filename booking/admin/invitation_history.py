"""What has happened to an invitation and to the appointments it led to, in sentences."""

from __future__ import annotations

from datetime import datetime

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from booking.admin.person_page import Step, history_of
from booking.models import Invitation
from config.foundation.admin_bases import wall_time


def history_of_invitation(row: Invitation) -> list[Step]:
    """Every step, the newest first."""
    own = [
        (row.issued_at, str(row.issued_by or _("system")), _("invited")),
        *((entry.action_time, str(entry.user), _("invitation extended")) for entry in _longer(row)),
    ]
    if row.withdrawn_at:
        own.append((row.withdrawn_at, str(row.withdrawn_by or _("system")), _("withdrawn")))
    steps = [_step(*each) for each in own]
    for visit in row.appointments.exclude(booked_at=None).select_related("slot"):
        about = wall_time(visit.slot.starts_at) if visit.slot else visit.reference
        steps += [
            Step(at=step.at, when=step.when, who=step.who, what=f"{about}: {step.what}")
            for step in history_of(visit)
        ]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _step(at: datetime, who: str, what: str) -> Step:
    return Step(at=at, when=wall_time(at), who=who, what=what)


def _longer(row: Invitation) -> list[LogEntry]:
    """The lines of the log that gave it a later end; withdrawing stands on the row itself."""
    table = ContentType.objects.get_for_model(Invitation)
    lines = LogEntry.objects.filter(content_type=table, object_id=str(row.pk))
    return [each for each in lines.select_related("user") if '"valid_until"' in each.change_message]
