"""The list of free times as people see it, and what comes back of it."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.availability import FreeTime, SlotListing, kept_times, listed
from booking.models import Applicant, Appointment
from booking.states import SETTLED, NeedByKind
from booking.views.form_subjects import SubjectToCome
from booking.windows import local_day
from config.foundation.dates import say_moment, show_day, show_short_moment
from config.foundation.language_switch import kept_entries
from config.foundation.numbers import whole_number
from config.foundation.office import current_office


@dataclass(frozen=True)
class Day:
    """The times of one day as radio buttons, under its date in full."""

    text: str
    times: SafeString


def free_times(
    applicant: Applicant,
    *,
    now: datetime,
    holds: bool = False,
    fresh: bool = False,
    only: Callable[[datetime], bool] | None = None,
) -> dict[str, Any]:
    """What the pages that show times need: the days, how many, and how many are being booked.

    `holds` says that one of those is this person's own; after a refusal the list is asked `fresh`.
    `only` says of a start whether it may be shown.
    """
    found = listing_for(applicant, now=now, fresh=fresh)
    if only is not None:
        found = replace(found, times=tuple(time for time in found.times if only(time.starts_at)))
    return shown(found, needs(applicant, found), value_for=_values(applicant), holds=holds)


def listing_for(applicant: Applicant, *, now: datetime, fresh: bool = False) -> SlotListing:
    """The times that this person may choose from: the public ones, or those of the invitation."""
    quota = applicant.quota
    return listed(now=now, fresh=fresh) if quota is None else kept_times(quota, now=now)


@dataclass(frozen=True)
class NeedBy:
    """What of a person's need can be seen on the list: of which kind, and which days are late."""

    kind: str | None
    late_days: frozenset[date]


def needs(applicant: Applicant, found: SlotListing) -> NeedBy:
    """The need of this person, as far as it shows on this list."""
    kind, need_by = applicant.situation.get("need_kind"), needed_by(applicant)
    if need_by is None:
        return NeedBy(kind, frozenset())
    return NeedBy(kind, frozenset(time.day for time in found.times if time.day > need_by))


def shown(
    found: SlotListing, needs: NeedBy, *, value_for: Callable[[int], str], holds: bool
) -> dict[str, Any]:
    """The list for a template; `value_for` makes a slot's opaque value."""
    mark = _mark(needs.kind)
    late = needs.late_days if needs.kind == NeedByKind.HARD else ()
    earliest = next((time for time in found.times if time.day not in late), None)
    days = [
        Day(show_day(day), _radios(times, value_for, mark if day in needs.late_days else ""))
        for day, times in groupby(found.times, key=attrgetter("day"))
    ]
    return {
        "days": days,
        "free": len(found.times),
        "earliest": show_short_moment(earliest.starts_at) if earliest else "",
        "late": sum(time.day in needs.late_days for time in found.times),
        "need_kind": needs.kind,
        "being_booked": max(0, found.being_booked - holds),
    }


def _radios(times: Iterable[FreeTime], value_for: Callable[[int], str], mark: str) -> SafeString:
    # Dozens of rows on the page that all reload: a template loop costs several times as much.
    # Digits, letters and a mark that is escaped already: nothing here needs escaping.
    return SafeString(
        "\n".join(
            f'<li><label><input type="radio" name="slot" value="{value_for(time.pk)}" required>'
            f"<bdi>{time.clock}</bdi>{mark}</label></li>"
            for time in times
        )
    )


# A page that many see is written with its personal places left open, and filled for each person.
_OPEN = re.compile("\x02(.+?)\x03")
OPEN_TOKEN = "\x02token\x03"  # noqa: S105
# what the list acts on, and what the button that ends everything acts on
OPEN_ROW = SubjectToCome("\x02subject\x03", "\x02version\x03")
OPEN_APPLICANT = SubjectToCome("\x02applicant\x03", "\x02entries\x03")


def slot_placeholder(pk: int) -> str:
    """Leaves the value of a slot open."""
    return f"\x02{pk}\x03"


def fill(
    text: str, request: HttpRequest, applicant: Applicant, acts_on: Applicant | Appointment
) -> str:
    """`text` with this person's own values of the slots and rows and this browser's token."""
    value_for = _values(applicant)
    own = {
        "token": get_token(request),
        "subject": acts_on.subject,
        "version": str(acts_on.version),
        "applicant": applicant.subject,
        "entries": str(applicant.version),
    }
    return _OPEN.sub(lambda at: own.get(at[1]) or value_for(int(at[1])), text)


def check_choice_again(text: str, request: HttpRequest, applicant: Applicant) -> str:
    """`text` with the time that was chosen before the language of the page was."""
    value = kept_entries(request).get("slot", "")
    if slot_of(value, applicant) is None:
        return text
    chosen = f'name="slot" value="{value}"'
    return text.replace(chosen, f"{chosen} checked")


def _mark(need_kind: str | None) -> str:
    text = _("after your departure") if need_kind == NeedByKind.HARD else _("after the expiry")
    return format_html('<span class="late">{}</span>', text)


def needed_by(applicant: Applicant) -> date | None:
    """The local day by which help is needed, if there is one."""
    need_by = applicant.situation.get("need_by")
    return date.fromisoformat(need_by) if need_by else None


def slot_of(value: str, applicant: Applicant) -> int | None:
    """The slot behind a value from this person's own list; None for anything else."""
    pk = whole_number(value.partition(".")[0])
    if pk is None:
        return None
    # a page that was opened before the key was changed is as good as any other
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        genuine = _values(applicant, secret)(pk)
        if hmac.compare_digest(genuine.encode(), value.encode()):
            return pk
    return None


def when(appointment: Appointment) -> dict[str, str]:
    """Day and time of an appointment as every page says them."""
    return {"day_and_time": say_moment(appointment.slot.starts_at, current_office().zone)}


def standing(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    """Whether its person is still expected, and else in which words it ended, for every page."""
    zone = current_office().zone
    is_past = local_day(appointment.slot.starts_at, zone=zone) < local_day(now, zone=zone)
    settled = appointment.status in SETTLED
    return {
        "takes_place": settled and not is_past,
        "called_off": appointment.is_called_off,
        # a past one that nobody closed has no word of its own: the heading says that it is over
        "ended_as": "" if settled else appointment.shown_status,
    }


def clock(moment: datetime | None) -> str:
    """A moment as the clock on the office's wall shows it."""
    return f"{moment.astimezone(current_office().zone):%H:%M}" if moment else ""


def _values(applicant: Applicant, secret: str | None = None) -> Callable[[int], str]:
    # A value that was copied from somebody else's page is of no use. One key for each person and
    # one plain HMAC for each slot: Django's Signer takes ten times as long for a long list.
    person = str(applicant.pk)
    key = salted_hmac("slot of applicant", person, secret=secret, algorithm="sha256").digest()

    def value_for(pk: int) -> str:
        code = hmac.digest(key, b"%d" % pk, "sha256")[:16]
        return f"{pk}.{base64.urlsafe_b64encode(code).decode()}"

    return value_for
