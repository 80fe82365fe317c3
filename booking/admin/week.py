"""The hours of a counter as a week one can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.models import Counter, Quota, ServiceWindow
from booking.models.counters import WEEKDAYS
from config.foundation.admin_bases import wall_day

# Nobody serves on a Sunday: the form of the hours asks for six days.
SHOWN = WEEKDAYS[:6]


@dataclass(frozen=True, kw_only=True)
class Week:
    """Hours that are valid together: since when, until when, and what stands under each day."""

    title: str
    days: list[tuple[str | Promise, list[str]]]


def hours_on(counter: Counter, weekday: int, *, today: date) -> SafeString | str:
    """The hours of one weekday as they are valid on `today`, or the next, with their first day."""
    windows = [each for each in counter.windows.all() if each.weekday == weekday]
    lines = [(line,) for line in _lines(each for each in windows if _is_valid(each, today))]
    later = [each for each in windows if each.valid_from > today]
    if not lines and later:
        first = min(each.valid_from for each in later)
        lines = [(line,) for line in _lines(each for each in later if each.valid_from == first)]
        lines.append((_("from %(since)s on") % {"since": wall_day(first)},))
    return format_html_join("", '<span class="desk-hours">{}</span>', lines) if lines else "–"


def weeks(counter: Counter, *, today: date) -> dict[str, list[Week]]:
    """Every set of hours the counter has and will have (`weeks`), and those it had (`former`)."""
    spans: dict[tuple[date, date | None], list[ServiceWindow]] = {}
    for window in counter.windows.select_related("quota").order_by(
        "valid_from", "weekday", "opens"
    ):
        spans.setdefault((window.valid_from, window.valid_until), []).append(window)
    found: dict[str, list[Week]] = {"weeks": [], "former": []}
    for (since, until), windows in spans.items():
        key = "former" if until is not None and until <= today else "weeks"
        days: list[tuple[str | Promise, list[str]]] = [
            (label, _lines(each for each in windows if each.weekday == weekday))
            for weekday, label in SHOWN
        ]
        found[key].append(Week(title=_title(since, until, today), days=days))
    return found


def _lines(windows: Iterable[ServiceWindow]) -> list[str]:
    return [_line(each) for each in windows]


def _line(window: ServiceWindow) -> str:
    """From when to when, and for whom if not for everybody."""
    hours = f"{window.opens:%H:%M} – {window.closes:%H:%M}"
    return f"{hours} ({window.quota})" if window.quota else hours


def _is_valid(window: ServiceWindow, day: date) -> bool:
    return window.valid_from <= day and (window.valid_until is None or day < window.valid_until)


def _title(since: date, until: date | None, today: date) -> str:
    dates = {"since": wall_day(since)}
    if until is None:
        return (_("since %(since)s") if since <= today else _("from %(since)s on")) % dates
    dates["last"] = wall_day(until - timedelta(days=1))
    return _("from %(since)s to %(last)s") % dates


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the form of the hours begins with: the fields, for whom, and whose hours they are."""

    fields: dict[str, str]
    quota: Quota | None = None
    # another counter, if they are only proposed
    of: Counter | None = None


def start_of_hours(counter: Counter, *, today: date) -> Start:
    """The hours valid on `today`, or the next; of a counter without any those of its neighbour."""
    if own := _fields(counter, None, today):
        return Start(fields=own)
    for window in counter.windows.all():
        if window.quota and (fields := _fields(counter, window.quota, today)):
            return Start(fields=fields, quota=window.quota)
    others = Counter.objects.filter(in_service=True).exclude(pk=counter.pk)
    for other in sorted(
        others.prefetch_related("windows"), key=lambda each: each.group_id != counter.group_id
    ):
        if fields := _fields(other, None, today):
            return Start(fields=fields, of=other)
    return Start(fields={})


def _fields(counter: Counter, quota: Quota | None, today: date) -> dict[str, str]:
    """The hours of one quota, or the published ones, as the form of the hours names its fields."""
    ahead = [
        each
        for each in counter.windows.all()
        if each.quota_id == (quota and quota.pk)
        and (each.valid_until is None or today < each.valid_until)
    ]
    day = max(today, min((each.valid_from for each in ahead), default=today))
    found: dict[str, str] = {}
    for weekday, _label in SHOWN:
        valid = [each for each in ahead if each.weekday == weekday and _is_valid(each, day)]
        for part, window in enumerate(sorted(valid, key=lambda each: each.opens)[:2], start=1):
            found[f"opens_{weekday}_{part}"] = f"{window.opens:%H:%M}"
            found[f"closes_{weekday}_{part}"] = f"{window.closes:%H:%M}"
    return found
