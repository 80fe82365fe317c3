"""The calendar file of an appointment."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress

from booking.models import Appointment
from booking.states import LIVE_FOR_PERSON
from config.foundation.office import Office


def calendar_file(appointment: Appointment, *, office: Office, now: datetime) -> bytes:
    """An iCalendar object in the active language; it cancels the entry of an ended appointment.

    The UID is the appointment's for ever and SEQUENCE counts its changes, so that a calendar
    replaces what it has. The title says nothing about the matter.
    """
    live = appointment.status in LIVE_FOR_PERSON
    zone = office.zone
    calendar = Calendar()
    calendar.add("prodid", "-//Soforttermin//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH" if live else "CANCEL")
    calendar.add_component(Timezone.from_tzinfo(ZoneInfo(office.time_zone)))
    event = Event()
    event.add("uid", f"{appointment.reference}@{settings.PUBLIC_HOST}")
    event.add("sequence", appointment.revision if live else appointment.revision + 1)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.slot.starts_at.astimezone(zone))
    event.add("dtend", appointment.slot.ends_at.astimezone(zone))
    event.add("summary", _("Appointment at the office"))
    event.add("location", ", ".join(office.visitor_address.splitlines()))
    event.add("description", _("Reference: %(reference)s") % {"reference": appointment.reference})
    event.add("status", "CONFIRMED" if live else "CANCELLED")
    event.add("class", "PRIVATE")
    event.add("organizer", vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}"))
    if live:
        event.add_component(_reminder())
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _reminder() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger;related=start", "-PT2H")
    alarm.add("description", _("Appointment at the office"))
    return alarm
