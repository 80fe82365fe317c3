"""What a caseworker sees of one appointment before acting on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.admin.action_forms import missing_of, papers_of
from booking.category_names import CATEGORY_NAMES
from booking.models import Appointment
from booking.states import Status
from booking.windows import local_day
from config.foundation.admin_bases import wall_day, wall_time
from config.foundation.dates import show_birth_date
from config.foundation.office import current_office
from eligibility.labels import TRAVEL_REASONS, YES_NO
from eligibility.situation import assess, from_snapshot
from eligibility.staff_labels import LOST, REASONS

ANSWERS = {
    "title_valid_until": gettext_lazy("Title valid until"),
    "has_appointment": gettext_lazy("Has an appointment already"),
    "has_proof": gettext_lazy("Says there is a proof"),
    "departure_on": gettext_lazy("Departure on"),
    "travel_reason": gettext_lazy("Reason of the travel"),
    "lost_what": gettext_lazy("Lost"),
}
# The colour of a state, which its word says as well.
TONES = {
    Status.OFFERED: "info",
    Status.HELD: "info",
    Status.BOOKED: "info",
    Status.CHECKED_IN: "success",
    Status.NO_SHOW: "warning",
    Status.CANCELLED: "danger",
    Status.DISPLACED: "warning",
}
STEPS = {
    "accept": gettext_lazy("offer accepted"),
    "answer": gettext_lazy("details changed"),
    "book": gettext_lazy("appointment booked"),
    "book_by_phone": gettext_lazy("appointment booked by phone"),
    "cancel": gettext_lazy("appointment cancelled"),
    "check_in": gettext_lazy("arrival noted"),
    "close": gettext_lazy("ended because the counter was closed"),
    "complete": gettext_lazy("visit completed"),
    "correct_person": gettext_lazy("details of the person corrected"),
    "decline": gettext_lazy("offer declined"),
    "displace": gettext_lazy("appointment cancelled because of a closure"),
    "expire": gettext_lazy("not confirmed in time"),
    "extend": gettext_lazy("reservation extended"),
    "give_up": gettext_lazy("reservation given up"),
    "hand_over": gettext_lazy("offer accepted in exchange for the appointment before"),
    "invite": gettext_lazy("invited to this time"),
    "hold": gettext_lazy("appointment reserved"),
    "late_check_in": gettext_lazy("arrived, entered afterwards"),
    "late_complete": gettext_lazy("completed, entered afterwards"),
    "late_no_show": gettext_lazy("not come, entered afterwards"),
    "move_counter": gettext_lazy("moved to another counter"),
    "no_show": gettext_lazy("noted as not come"),
    "offer": gettext_lazy("appointment offered"),
    "undelivered": gettext_lazy("offer could not be delivered and passed on"),
    "offer_sent": gettext_lazy("offer sent"),
    "put_back": gettext_lazy("last step taken back"),
    "rebook": gettext_lazy("appointment rebooked"),
    "restore": gettext_lazy("appointment restored after the closure was lifted"),
    "stand_in": gettext_lazy("served in place of somebody who has not come"),
    "swap": gettext_lazy("offer exchanged for another appointment"),
    "withdraw": gettext_lazy("offer withdrawn"),
}
_WORDS = dict(TRAVEL_REASONS) | LOST


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The person, the time, the case and the papers, in words."""

    name: str
    born: str
    when: str
    counter: str
    category: str
    missing: str
    answers: list[tuple[str, str]]
    verdict: str
    need_by: str
    papers: list[str]
    phone: str
    text_me: bool
    takes_texts: bool
    email: str
    language: str


def facts_of(row: Appointment, *, now: datetime, language: str) -> Facts:
    """What to compare with the passport and the papers, with the rule's dates as of today."""
    born = row.applicant.birth_date
    return Facts(
        name=row.applicant.desk_name,
        born=show_birth_date(born) if born else "",
        when=wall_time(row.slot.starts_at),
        counter=str(row.slot.counter),
        category=case_of(row),
        missing=", ".join(missing_of(row, language=language)),
        answers=_answers(row.situation.get("answers", {})),
        verdict=_verdict(row.situation, now=now),
        need_by=wall_day(row.need_by) if row.need_by else "",
        papers=[title for _id, title in papers_of(row, language=language)],
        phone=row.applicant.phone,
        text_me=row.applicant.text_me,
        takes_texts=row.applicant.takes_texts,
        email=row.applicant.email,
        language=row.applicant.get_language_display(),
    )


def answer_by(until: datetime, *, now: datetime) -> str:
    """The end of an offer; today's by the clock alone."""
    local = localtime(until)
    is_today = local.date() == localtime(now).date()
    return _("answer by %(time)s") % {"time": f"{local:%H:%M}" if is_today else wall_time(until)}


def standing_for(row: Appointment, *, now: datetime) -> str:
    """How long somebody waits at `now` (UTC), is late, or may still answer; "" for anybody else."""
    minute = timedelta(minutes=1)
    if row.status == Status.CHECKED_IN and row.checked_in_at:
        waited = (now - row.checked_in_at) // minute
        return _("waiting for %(minutes)s min") % {"minutes": waited}
    if row.status == Status.OFFERED and row.held_until:
        return answer_by(row.held_until, now=now)
    late = (now - row.slot.starts_at) // minute
    if row.status == Status.BOOKED and late > 0:
        return _("%(minutes)s min late") % {"minutes": late}
    return ""


def case_of(row: Appointment) -> str:
    """What an appointment is for: the category of an emergency, or the quota of an invitation."""
    quota = row.quota
    return str(quota) if quota else str(CATEGORY_NAMES.get(row.category, ""))


def _answers(given: dict[str, Any]) -> list[tuple[str, str]]:
    shown = []
    for name, label in ANSWERS.items():
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, bool):
            text = str(dict(YES_NO)["yes" if value else "no"])
        elif name in {"title_valid_until", "departure_on"}:
            text = ".".join(reversed(str(value).split("-")))
        else:
            text = str(_WORDS.get(value, value))
        shown.append((str(label), text))
    return shown


def _verdict(snapshot: dict[str, Any], *, now: datetime) -> str:
    """What the rules say to the same answers today."""
    try:
        then = from_snapshot(snapshot)
        today = local_day(now, zone=current_office().zone)
        decision = assess(then.chosen, then.answers, today=today).decision
    except (KeyError, TypeError, ValueError):
        return ""  # forgotten, or written by hand
    reasons = " ".join(str(REASONS[reason]) for reason in decision.reasons)
    return reasons if decision.eligible else _("No longer an emergency: %s") % reasons


def last_step(row: Appointment) -> str:
    """Who did the last thing to this row, and when."""
    event = row.events.select_related("by").order_by("-version").first()
    if event is None:
        return ""
    at = event.at.astimezone(current_office().zone)
    who = event.by or event.get_actor_display()
    return _("Last step: %(status)s, by %(who)s, %(day)s at %(time)s.") % {
        "status": row.get_status_display(),
        "who": who,
        "day": wall_day(at),
        "time": f"{at:%H:%M}",
    }
