"""The same person's new time goes on with the calendar entry of the time the office took away."""

from __future__ import annotations

from django.db.models import Q

from booking.models import Appointment
from booking.states import Status


def inherit_calendar_uid(appointment: Appointment) -> None:
    """Lets a booked appointment go on with the entry that its person's calendar holds already.

    Changes nothing for somebody who lost no time to a closure, or has had another one since.
    """
    mine = Appointment.objects.of_claim(appointment)
    others = mine.exclude(pk=appointment.pk).exclude(booked_at=None)
    lost = others.filter(status=Status.DISPLACED).order_by("-ended_at").first()
    own = appointment.calendar_uid_reference
    if lost is not None:
        since = others.exclude(pk=lost.pk).filter(booked_at__gte=lost.ended_at)
        if not since.exists():
            own = lost.calendar_uid_reference
    before = list(others.filter(Q(calendar_reference=own) | Q(reference=own)))
    if not before:
        return
    appointment.calendar_reference = "" if own == appointment.reference else own
    appointment.calendar_base = max(each.calendar_sequence for each in before) + 1
    Appointment.objects.filter(pk=appointment.pk).update(
        calendar_reference=appointment.calendar_reference,
        calendar_base=appointment.calendar_base,
    )
