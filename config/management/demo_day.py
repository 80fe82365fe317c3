"""The present day at a busy office, whatever day it is: invented people in every state."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking import actions
from booking.models import Appointment, Counter, Slot, WalkIn
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.office import Office, current_office
from config.foundation.outbox import Notification, send_due
from config.foundation.staff import Staff
from config.management import demo_invitations
from config.management.demo_people import (
    BY_PHONE,
    PEOPLE,
    Person,
    book,
    entries,
    situations,
    verified,
)
from config.management.demo_times import EARLY, LONG, hours_around, open_today
from eligibility.models import Outcome
from pickup_box.actions import consents, deposits, doors, recalls
from pickup_box.models import Box, Deposit, Opening

MORE_PEOPLE: list[Person] = [
    ("Hoàng", "Minh Châu", "1994-06-03", "vi"),
    ("Ахметов", "Тимур", "1981-04-17", "ru"),
    ("Tesfaye", "Selam", "1999-09-09", "en"),
    ("Demir", "Hatice", "1972-05-30", "tr"),
    ("Mansour", "Rania", "1990-10-08", "ar"),
    ("Бондар", "Ірина", "1985-11-27", "uk"),
    ("Traoré", "Moussa", "1996-02-11", "fr"),
    ("Rahimi", "Farid", "2002-07-19", "fa"),
    ("Fernández", "Lucía", "1988-12-24", "en"),
    ("Petrović", "Miloš", "1979-08-01", "de"),
    ("Kovács", "Ágnes", "1991-03-14", "de"),
    ("Wójcik", "Łukasz", "1984-01-09", "de"),
    ("Adeyemi", "Temitope", "1997-05-22", "en"),
    ("张", "伟", "1993-11-05", "en"),
]
EVERYBODY = [*PEOPLE, *MORE_PEOPLE]
APART = timedelta(minutes=19)  # one booking from the next
FREE_OF_FIVE = 4  # the fifth time of each stays free
WAITING = 4
BEFORE, OPEN = timedelta(hours=2), timedelta(hours=4)
# How often the check said what on that day, and where people without an appointment were sent.
ANSWERS = [
    *[("expired", True, "title_expired", 14), ("lost_document", True, "document_lost", 6)],
    *[("other", False, "no_category", 9), ("job_loss", False, "job_proof_missing", 4)],
    ("urgent_travel", False, "travel_proof_missing", 3),
]
WALK_INS = [("expired", "book", 3), ("expiring", "sheet", 4), ("lost_document", "wait", 1)]
BOX_CASES = ("AZ-2041", "AZ-2042", "AZ-2043", "AZ-2044", "AZ-2045")


def fill(*, now: datetime, by: Staff) -> str:
    """Fills the local day of `now` (UTC) and the pickup box, in UTC steps that all lie before it.

    Returns what was made. A day that somebody has booked already stays as it is.
    """
    office = current_office()
    day = local_day(now, zone=office.zone)
    slots = _open_day(now=now, office=office)
    if Appointment.objects.filter(slot__in=slots).exists():
        return f"{day}: full already."
    before = slots[0].starts_at - timedelta(hours=20)
    booked, others = _book(slots, day=day, now=before, by=by)
    waiting = [
        actions.join(applicant=verified(entered, now=before), now=before)
        for entered in others[:WAITING]
    ]
    _ask_twice(booked[-1], others[WAITING], now=before)
    _lose_a_letter([row for row in booked if row.slot.starts_at > now], now=now)
    _fill_box(now=now, by=by)
    _count(day)
    for queue in Notification.Queue:
        send_due(queue=queue, now=now)
    _work(booked, now=now, by=by)
    actions.offer_slots(now=now, limit=1)
    invited = demo_invitations.fill(now=now, by=by, visits=True)
    return f"{day}: {len(booked)} booked, {len(waiting)} waiting, {invited} invited."


def _open_day(*, now: datetime, office: Office) -> list[Slot]:
    """Four hours around now at two counters; on holidays and weekends, too."""
    opens, closes = hours_around(now, before=BEFORE, lasting=OPEN, office=office)
    slots = [
        slot
        for counter in _counters()
        for slot in open_today(counter, opens=opens, closes=closes, quota=None, office=office)
    ]
    return sorted(slots, key=lambda slot: slot.starts_at)


def _counters() -> list[Counter]:
    """The first counter of the office and a second one beside it."""
    first = Counter.objects.filter(in_service=True).order_by("pk")[0]
    second, _new = Counter.objects.get_or_create(
        slug="emergency-2",
        defaults={
            "group": first.group,
            "name": {"de": "Notfallschalter 2", "en": "Emergency counter 2"},
        },
    )
    return [first, second]


def _book(
    slots: list[Slot], *, day: date, now: datetime, by: Staff
) -> tuple[list[Appointment], list[dict[str, object]]]:
    """Who has an appointment, and what those entered who got none."""
    cases = situations(day, local_day(now, zone=current_office().zone))
    people = [
        entries(number, person, case)
        for number, (person, case) in enumerate(zip(EVERYBODY, cases, strict=False))
    ]
    taken = [slot for at, slot in enumerate(slots) if at % 5 != FREE_OF_FIVE]
    some = len(people) - WAITING - 1
    booked = []
    for number, (slot, entered) in enumerate(zip(taken[:some], people, strict=False)):
        phone = number % BY_PHONE == BY_PHONE - 1
        asked_at = now + APART * number
        try:
            booked.append(book(slot.pk, entered, phone=phone, now=asked_at, by=by))
        except Refused:
            continue  # has an appointment from an earlier run
    return booked, people[some:]


def _count(day: date) -> None:
    """Figures of the day, for the statistics."""
    Outcome.objects.bulk_create(
        [
            Outcome(day=day, category=category, eligible=eligible, reason=reason, count=count)
            for category, eligible, reason, count in ANSWERS
        ],
        ignore_conflicts=True,
    )
    WalkIn.objects.bulk_create(
        [
            WalkIn(day=day, category=category, way=way, count=count)
            for category, way, count in WALK_INS
        ],
        ignore_conflicts=True,
    )


def _ask_twice(booked: Appointment, entered: dict[str, object], *, now: datetime) -> None:
    """Somebody asks for the person of `booked` from another mailbox, which the desk gets to see."""
    same = ("family_name", "given_names", "birth_date")
    entered = entered | {name: getattr(booked.applicant, name) for name in same}
    applicant = verified(entered, now=now)
    free = Slot.objects.of_quota(None).filter(starts_at__gt=now, appointments=None).first()
    if free is not None:
        try:
            actions.hold(applicant=applicant, slot_id=free.pk, now=now)
        except Refused:
            return


def _lose_a_letter(ahead: list[Appointment], *, now: datetime) -> None:
    """The mailbox of one person refuses the letter."""
    letters = Notification.objects.filter(subject__in=[row.subject for row in ahead], sent_at=None)
    chosen = letters.order_by("pk").values("pk")[:1]
    Notification.objects.filter(pk__in=chosen).update(failed_at=now, failure="550 5.1.1")


def _work(booked: list[Appointment], *, now: datetime, by: Staff) -> None:
    """What the counters have done by now: served, missed, one wrong case, some who wait."""
    for number, row in enumerate(booked):
        at = row.slot.starts_at
        if number % 9 == 7:
            reason = Appointment.CancelReason.NOT_AN_EMERGENCY
            actions.cancel(appointment=row, reason=reason, now=min(now, at - EARLY), by=by)
        elif at + LONG <= now and number % 6 == 5:
            actions.mark_no_show(appointment=row, now=at + LONG, by=by)
        elif at - EARLY <= now:
            actions.check_in(appointment=row, now=at - EARLY, by=by)
            if at + LONG <= now:
                _serve(row, number, at=at + LONG, by=by)


def _serve(row: Appointment, number: int, *, at: datetime, by: Staff) -> None:
    missing = ["passport"] if number % 6 == 2 else []
    outcome = Appointment.Outcome.PROOF_MISSING if missing else Appointment.Outcome.SERVED
    actions.complete(appointment=row, outcome=outcome, missing=missing, now=at, by=by)


def _fill_box(*, now: datetime, by: Staff) -> None:
    """Documents that wait, that lie in the box, that nobody fetched; one lacks its consent."""
    box = Box.objects.order_by("pk").first()
    if box is None or not box.compartments.exists():
        return
    for case in BOX_CASES[:-1]:
        consents.record_consent(
            box=box, case_reference=case, received_on=box.local_day(now), language="de", by=by
        )
    long_ago = now - timedelta(days=40)
    _load(_record(box, 0, now=long_ago, by=by), now=long_ago, by=by)
    send_due(queue=Notification.Queue.ORDINARY, now=long_ago)
    recalls.expire(now=now)
    _load(_record(box, 1, now=now, by=by), now=now, by=by)
    deposits.assign(deposit=_record(box, 2, now=now, by=by), by=by, now=now)
    for number in (3, 4):
        _record(box, number, now=now, by=by)


def _record(box: Box, number: int, *, now: datetime, by: Staff) -> Deposit:
    return deposits.draft(
        box=box,
        by=by,
        now=now,
        document_type="eat",
        case_reference=BOX_CASES[number],
        holder_birth_date=PEOPLE[number][2],
        contact=f"box@demo-{number}.example",
        language="de",
        pin_letter="confirmed",
        old_document="none",
    )


def _load(deposit: Deposit, *, now: datetime, by: Staff) -> None:
    """Lays the document behind a door that opens and closes as the hardware would tell."""
    deposit = deposits.assign(deposit=deposit, by=by, now=now)
    for opening in Opening.objects.running().filter(deposit=deposit):
        doors.door_opened(box=opening.box, nonce=opening.nonce, now=now)
        doors.door_closed(box=opening.box, nonce=opening.nonce, found_empty=None, now=now)
    deposits.load(deposit=deposit, by=by, now=now)
