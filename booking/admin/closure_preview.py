"""What a closure will do, before it does it: to whom, and how each of them is told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking.actions.slots import concerned_by
from booking.admin.closure_forms import PHONE_WITHIN, CloseForm, phone_list
from booking.models import Appointment, Slot
from booking.notifications.losses import displacement_words
from booking.states import PROVISIONAL, Status
from config.foundation.office import current_office, in_language
from config.foundation.texts import GERMAN


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Somebody who will lose a time, and how they learn of it."""

    appointment: Appointment
    by_email: bool
    by_phone: bool


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What the letter says in one language."""

    code: str
    name: str
    readers: int
    paragraphs: list[str]


def preview(form: CloseForm, *, now: datetime) -> dict[str, Any]:
    """Everything that the page before the closing shows; `now` is a UTC instant."""
    span = {name: form.span[name] for name in ("counter", "starts_at", "ends_at")}
    slots = Slot.objects.filter(concerned_by(**span), closure=None, ends_at__gt=now)
    live = Appointment.objects.live(now=now).filter(slot__in=slots)
    booked = live.filter(status=Status.BOOKED).select_related("applicant", "slot__counter")
    rows = list(booked.order_by("slot__starts_at", "slot__counter"))
    to_phone = phone_list(rows, now=now)
    calls = {row.pk for row in to_phone}
    people = [
        Affected(appointment=row, by_email=bool(row.applicant.email), by_phone=row.pk in calls)
        for row in rows
    ]
    return {
        **form.span,
        "people": people,
        "phone_list": to_phone,
        "written": sum(each.by_email for each in people),
        "wordings": [
            wording
            for invited in (False, True)
            for wording in _wordings(rows, form.span["reason"], invited=invited)
        ],
        "hours": PHONE_WITHIN.seconds // 3600,
        "free": slots.count() - live.count(),
        "has_times": slots.exists(),
        "held": live.filter(status__in=PROVISIONAL).count(),
        "next_free": Slot.objects.public(now=now, office=current_office())
        .exclude(pk__in=slots)
        .count(),
        "affected": digest(rows),
    }


def digest(rows: list[Appointment]) -> str:
    """Another one as soon as other people are affected than the page showed."""
    ids = " ".join(str(row.pk) for row in rows)
    return hashlib.sha256(ids.encode()).hexdigest()[:16]


def _wordings(rows: list[Appointment], reason: dict[str, str], *, invited: bool) -> list[Wording]:
    # how the letter to an emergency begins is shown even where nobody is concerned
    readers = {} if invited else {GERMAN: 0}
    names = dict(settings.LANGUAGES)
    for row in rows:
        if (row.invitation_id is not None) != invited:
            continue
        code = row.applicant.language
        readers[code] = readers.get(code, 0) + 1
    found = []
    for code, count in sorted(readers.items(), key=lambda each: (each[0] != GERMAN, -each[1])):
        with override(code):
            hello = _("Hello %(name)s,") % {"name": "…"}
            letter = [hello, *displacement_words(in_language(reason, code), invited=invited)]
            words = [str(each) for each in letter]
        found.append(Wording(code=code, name=str(names[code]), readers=count, paragraphs=words))
    return found
