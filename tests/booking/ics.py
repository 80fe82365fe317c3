"""A reader of calendar files that knows RFC 5545 and nothing of the library that writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dateutil import parser

# RFC 5545, section 3.1: name *(";" param) ":" value
_LINE = re.compile(
    r"(?P<name>[A-Z0-9-]+)(?P<params>(;[A-Z0-9-]+=(\"[^\"]*\"|[^\";:,]*))*):(?P<value>.*)"
)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS", "ORGANIZER"}


@dataclass
class Part:
    """A component with its properties and what is inside of it."""

    name: str
    properties: list[tuple[str, str, str]] = field(default_factory=list)  # name, parameters, value
    parts: list[Part] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        (value,) = [value for each, _params, value in self.properties if each == name]
        return value

    def text(self, name: str) -> str:
        """A text as it was before it was escaped (section 3.3.11)."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self[name])

    def before(self, name: str) -> timedelta:
        """How long before its event, as a whole number of hours (section 3.3.6)."""
        found = re.fullmatch(r"-PT(\d+)H", self[name])
        assert found
        return timedelta(hours=-int(found[1]))

    def instant(self, name: str) -> datetime:
        """A time that is the same everywhere."""
        (found,) = [(params, value) for each, params, value in self.properties if each == name]
        assert found[0] == ""
        assert re.fullmatch(r"\d{8}T\d{6}Z", found[1])
        moment: datetime = parser.isoparse(found[1])
        assert moment == datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return moment


def read(content: bytes) -> Part:
    """The calendar in a file; fails where the file breaks a rule of RFC 5545 or 5546."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    lines = content.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in lines)
    text = content.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").decode("utf-8")
    stack = [Part("")]
    for line in text.split("\r\n")[:-1]:
        found = _LINE.fullmatch(line)
        assert found, line
        name, params, value = found["name"], found["params"], found["value"]
        assert not _CONTROL.search(value)
        if name == "BEGIN":
            stack.append(Part(value))
        elif name == "END":
            part = stack.pop()
            assert part.name == value
            stack[-1].parts.append(part)
        else:
            stack[-1].properties.append((name, params, value))
    (calendar,) = stack[0].parts
    assert (calendar.name, calendar["VERSION"]) == ("VCALENDAR", "2.0")
    assert calendar["PRODID"]
    _check_event(calendar)
    return calendar


def _check_event(calendar: Part) -> None:
    (event,) = calendar.parts
    assert event.name == "VEVENT"
    for name in _ONCE:
        assert event[name]
    assert event.instant("DTSTART") < event.instant("DTEND")
    event.instant("DTSTAMP")
    assert re.fullmatch(r"mailto:[^<> \"]+@[^<> \"]+", event["ORGANIZER"])
    assert int(event["SEQUENCE"]) < 2**31
    # RFC 5546, sections 3.2.1 and 3.2.5
    expected = {"PUBLISH": "CONFIRMED", "CANCEL": "CANCELLED"}
    assert event["STATUS"] == expected[calendar["METHOD"]]
    assert not any(name == "ATTENDEE" for name, _params, _value in event.properties)
    assert len(event.parts) == (calendar["METHOD"] == "PUBLISH")
