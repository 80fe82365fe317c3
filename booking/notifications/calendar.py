"""The calendar file of an appointment."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress

from booking.models import Appointment
from config.foundation.mime import Attachment
from config.foundation.office import Office
from config.foundation.persons import own_address

NAME = "termin.ics"


def calendar_attachment(appointment: Appointment, *, office: Office, now: datetime) -> Attachment:
    """The calendar file; its method stands on the part as well (RFC 6047, section 2.4)."""
    return Attachment(
        name=NAME,
        content=calendar_file(appointment, office=office, now=now),
        mimetype=f"text/calendar; method={_method(appointment)}",
    )


def calendar_file(appointment: Appointment, *, office: Office, now: datetime) -> bytes:
    """An iCalendar object in the active language; it cancels the entry of an ended appointment.

    The UID is the appointment's for ever, and that of the time it stands in for; SEQUENCE grows
    with every change and every end, so that a calendar replaces what it has. Times are UTC
    instants: no program can know a time zone otherwise than we do. The title says nothing about
    the matter.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Soforttermin//DE")
    calendar.add("version", "2.0")
    calendar.add("method", _method(appointment))
    event = Event()
    event.add("uid", f"{appointment.calendar_uid_reference}@{settings.PUBLIC_HOST}")
    event.add("sequence", appointment.calendar_sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.slot.starts_at.astimezone(UTC))
    event.add("dtend", appointment.slot.ends_at.astimezone(UTC))
    event.add("summary", _("Appointment at the office"))
    event.add("location", ", ".join(office.visitor_address.splitlines()))
    event.add("description", _("Reference: %(reference)s") % {"reference": appointment.reference})
    event.add("status", "CANCELLED" if appointment.is_called_off else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("organizer", _organizer())
    if not appointment.is_called_off:
        event.add_component(_reminder())
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _method(appointment: Appointment) -> str:
    return "CANCEL" if appointment.is_called_off else "PUBLISH"


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{own_address()}")
    if name := parseaddr(settings.DEFAULT_FROM_EMAIL)[0]:
        organizer.params["CN"] = name
    return organizer


def _reminder() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger;related=start", "-PT2H")
    alarm.add("description", _("Appointment at the office"))
    return alarm
