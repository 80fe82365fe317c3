"""Invented people who are invited: a quota with its hours, and invitations in every state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import count, islice
from typing import Any

from booking import actions
from booking.actions.invitations import Invitee
from booking.actions.opening_hours import Hours
from booking.models import Appointment, Counter, Invitation, Quota, Slot
from booking.windows import day_bounds, local_day
from config.foundation.actions import Refused
from config.foundation.office import current_office
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from config.management.demo_people import PHONES
from config.management.demo_times import EARLY, LONG, hours_around, open_today

EACH = 12  # invitations in each state
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST_AGO = timedelta(days=20)
STEP = timedelta(hours=6)
BEFORE, OPEN = timedelta(hours=1), timedelta(hours=3)
FROM, TO = time(9), time(12)
WORKDAYS = range(5)
# Family names and given names by language: everybody has one of each.
NAMES = {
    "ar": (["الخطيب", "حداد", "درويش", "سليمان"], ["عمر", "ليلى", "يوسف", "نور"]),
    "uk": (["Коваленко", "Мельник", "Бойко", "Ткачук"], ["Андрій", "Катерина", "Максим", "Софія"]),
    "vi": (["Lê", "Phạm", "Võ", "Đặng"], ["Thu Hà", "Quang Huy", "Ngọc Lan", "Minh Tuấn"]),
    "en": (["Okafor", "Sharma", "Mensah", "Perera"], ["Grace", "Arjun", "Kofi", "Anjali"]),
    "tr": (["Kaya", "Aydın", "Koç", "Şimşek"], ["Elif", "Emre", "Zeynep", "Burak"]),
    "fr": (["Koné", "Ndiaye", "Mbemba", "Camara"], ["Aminata", "Ibrahima", "Clarisse", "Sékou"]),
}


def fill(*, now: datetime, by: Staff, visits: bool) -> int:
    """Invites people in the weeks before `now` (UTC), each at their time; returns how many.

    With `visits` two of them come on the local day of `now`. A second run does nothing.
    """
    quota = _quota()
    if Invitation.objects.filter(quota=quota).exists():
        return 0
    with suppress(Refused):  # takes no bookings, or is closed for weeks
        _Office(quota, now=now, by=by).invite_everybody(visits=visits)
    return Invitation.objects.filter(quota=quota).count()


def _quota() -> Quota:
    quota, _new = Quota.objects.get_or_create(
        slug="demo-invited",
        defaults={
            "name": {"de": "Termine mit Einladung", "en": "Appointments by invitation"},
            "intro": {
                "de": "Ihre Unterlagen sind geprüft. Bitte bringen Sie alle im Original mit.",
                "en": "Your papers have been checked. Please bring all of them as originals.",
            },
            "slot_minutes": 20,
            "procedure": "study",
        },
    )
    return quota


def _people() -> Iterator[Invitee]:
    """One after the other, every language by turns; each has a mailbox at a domain of their own."""
    for number in count():
        turn, which = divmod(number, len(NAMES))
        language = list(NAMES)[which]
        families, given_names = NAMES[language]
        family, given = turn % len(families), turn // len(families) % len(given_names)
        yield Invitee(
            family_name=families[family],
            given_names=given_names[given],
            birth_date=f"{1962 + number % 45}-{1 + number % 12:02}-{1 + number % 28:02}",
            email=f"invited@demo-i{number}.example",
            phone="",
            access_need="step_free" if number % 20 == 0 else "",
            language=language,
            case_reference=f"AB-{2600 + number}/26",
        )


class _Office:
    """Somebody who invites to `quota`; `at` is their clock (UTC), which goes up to `now`."""

    def __init__(self, quota: Quota, *, now: datetime, by: Staff) -> None:
        self.quota, self.now, self.by = quota, now, by
        self.at = now - LONGEST_AGO
        self.office = current_office()
        self.people = _people()
        self.counter, _new = Counter.objects.get_or_create(
            slug="invited",
            defaults={
                "group": Counter.objects.order_by("pk")[0].group,
                "name": {"de": "Schalter für Eingeladene", "en": "Counter for invited people"},
            },
        )

    def invite_everybody(self, *, visits: bool) -> None:
        """Twelve people for each state; with `visits` one who has come and one who will."""
        times, today = self._open(), self._open_today() if visits else []
        kept = today[:1] + today[-1:]
        self._invite(EACH)  # choose nothing
        self._wait_until(13 * DAY)
        self._invite(EACH)  # and these have a day left
        self._wait_until(9 * DAY)
        guests = self._invite(len(kept))
        self._wait_until(8 * DAY)
        booked = [self._choose(row, slot) for row, slot in zip(guests, kept, strict=True)]
        self._wait_until(5 * DAY)
        withdrawn, others = self._invite(EACH), self._invite(EACH)
        self._wait_until(4 * DAY)
        for row in withdrawn:
            actions.withdraw_invitation(
                invitation=row, revision=row.revision, now=self.at, by=self.by
            )
        for row, slot in zip(others, times, strict=False):
            self._choose(row, slot)
        self._wait_until(3 * DAY)
        for slot in times[EACH : 2 * EACH]:
            person = next(self.people)
            actions.invite_to_time(person=person, slot_id=slot.pk, **self._terms())
        self._wait_until(DAY)
        self._invite(EACH)
        self._wait_until(HOUR)
        self._invite(EACH, by_mail=False)  # get a sheet
        self._wait_until(timedelta(0))
        for visit in booked:
            self._serve(visit)

    def _open(self) -> list[Slot]:
        """The times of the hours on every working day from tomorrow on, the earliest first."""
        tomorrow = local_day(self.now, zone=self.office.zone) + DAY
        actions.change_hours(
            counter=self.counter,
            hours=[Hours(weekday=weekday, opens=FROM, closes=TO) for weekday in WORKDAYS],
            quota=self.quota,
            valid_from=tomorrow,
            valid_until=None,
            replace=False,
            now=self.now,
        )
        begins, _end = day_bounds(tomorrow, zone=self.office.zone)
        ahead = Slot.objects.of_quota(self.quota).in_service().filter(starts_at__gte=begins)
        return list(ahead.order_by("starts_at", "pk"))

    def _open_today(self) -> list[Slot]:
        opens, closes = hours_around(self.now, before=BEFORE, lasting=OPEN, office=self.office)
        return open_today(
            self.counter, opens=opens, closes=closes, quota=self.quota, office=self.office
        )

    def _wait_until(self, ago: timedelta) -> None:
        """Lets the hours pass, and letters leave as they are due."""
        until = self.now - ago
        while self.at < until:
            self.at = min(self.at + STEP, until)
            send_due(queue=Notification.Queue.ORDINARY, now=self.at)

    def _terms(self) -> dict[str, Any]:
        return {
            "quota": self.quota,
            "valid_until": None,
            "quiet": False,
            "now": self.at,
            "by": self.by,
        }

    def _invite(self, number: int, *, by_mail: bool = True) -> list[Invitation]:
        people = list(islice(self.people, number))
        if not by_mail:
            people = [
                replace(person, email="", phone=f"{PHONES}{at:02}")
                for at, person in enumerate(people)
            ]
        return actions.invite(people=people, **self._terms())

    def _choose(self, row: Invitation, slot: Slot) -> Appointment:
        held = actions.hold(applicant=row.applicant, slot_id=slot.pk, now=self.at)
        return actions.book(appointment=held, now=self.at)

    def _serve(self, row: Appointment) -> None:
        at = row.slot.starts_at
        if at + LONG <= self.now:
            actions.check_in(appointment=row, now=at - EARLY, by=self.by)
            served = Appointment.Outcome.SERVED
            actions.complete(appointment=row, outcome=served, missing=[], now=at + LONG, by=self.by)
