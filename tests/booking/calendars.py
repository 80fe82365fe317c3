"""What four readers of calendar files that share no code understand of the same file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import icalendar
import vobject
from ical.calendar_stream import CalendarStream

from tests.booking import ics


@dataclass(frozen=True)
class Entry:
    """What a calendar shows of one file, or does because of it."""

    method: str
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    status: str
    summary: str
    location: str
    description: str
    organizer: str
    alarms: tuple[timedelta | datetime, ...]


def by_rule(content: bytes) -> Entry:
    """As RFC 5545 is written, and nothing beside it."""
    calendar = ics.read(content)
    (event,) = calendar.parts
    return Entry(
        method=calendar["METHOD"],
        uid=event.text("UID"),
        sequence=int(event["SEQUENCE"]),
        starts_at=event.instant("DTSTART"),
        ends_at=event.instant("DTEND"),
        status=event["STATUS"],
        summary=event.text("SUMMARY"),
        location=event.text("LOCATION"),
        description=event.text("DESCRIPTION"),
        organizer=event["ORGANIZER"],
        alarms=tuple(alarm.before("TRIGGER") for alarm in event.parts),
    )


def by_icalendar(content: bytes) -> Entry:
    """With the library that also writes the files."""
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    return Entry(
        method=str(calendar["METHOD"]),
        uid=str(event["UID"]),
        sequence=int(str(event["SEQUENCE"])),
        starts_at=event.decoded("dtstart"),
        ends_at=event.decoded("dtend"),
        status=str(event["STATUS"]),
        summary=str(event["SUMMARY"]),
        location=str(event["LOCATION"]),
        description=str(event["DESCRIPTION"]),
        organizer=str(event["ORGANIZER"]),
        alarms=tuple(alarm.decoded("trigger") for alarm in event.walk("VALARM")),
    )


def by_ical(content: bytes) -> Entry:
    """With the strict library of a home's calendar."""
    (calendar,) = CalendarStream.from_ics(content.decode()).calendars
    (event,) = calendar.events
    assert event.sequence is not None
    assert isinstance(event.dtstart, datetime)
    assert isinstance(event.dtend, datetime)
    assert event.status
    assert event.organizer
    return Entry(
        method=str(calendar.method),
        uid=event.uid,
        sequence=event.sequence,
        starts_at=event.dtstart,
        ends_at=event.dtend,
        status=event.status.value,
        summary=str(event.summary),
        location=str(event.location),
        description=str(event.description),
        organizer=event.organizer.uri,
        alarms=tuple(alarm.trigger for alarm in event.alarm),
    )


def by_vobject(content: bytes) -> Entry:
    """With the library of several calendar servers."""
    (calendar,) = vobject.readComponents(content.decode())
    assert calendar.validate(raiseException=True)
    (event,) = calendar.vevent_list
    return Entry(
        method=calendar.method.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        starts_at=event.dtstart.value,
        ends_at=event.dtend.value,
        status=event.status.value,
        summary=event.summary.value,
        location=event.location.value,
        description=event.description.value,
        organizer=event.organizer.value,
        alarms=tuple(alarm.trigger.value for alarm in event.contents.get("valarm", ())),
    )


READERS = (by_rule, by_icalendar, by_ical, by_vobject)


def read_by_all(content: bytes) -> Entry:
    """The one entry of a file; fails where a reader understands another."""
    first, *others = (reader(content) for reader in READERS)
    for other in others:
        assert other == first
    # equal instants may stand in different zones
    assert first.starts_at.utcoffset() == first.ends_at.utcoffset() == timedelta(0)
    return first
