"""Opening times ahead, closing counters, and giving both back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import F, Q

from booking import notifications
from booking.actions.calendar_entries import inherit_calendar_uid
from booking.actions.expiry import expire_due_holds
from booking.actions.invitation_terms import reopen_invitation
from booking.actions.offers import withdraw_offer
from booking.actions.refusals import EntriesChanged, TransitionNotAllowed
from booking.actions.transitions import claim_applicant, transition, transition_waiting_entries
from booking.models import Appointment, Closure, Counter, ServiceWindow, Slot, WaitingEntry
from booking.models.waiting import DISPLACED
from booking.states import LIVE_FOR_PERSON, NeedByKind, Status, WaitingStatus
from booking.windows import NoSuchTime, grid, local_day
from config.foundation.actions import action
from config.foundation.office import Office, current_office
from config.foundation.staff import Staff
from config.foundation.workdays import holiday_name

# Rows exist long before they open: a dead beat opens nothing late.
DAYS_AHEAD = 28


@action
def open_slots(*, now: datetime, days: int = DAYS_AHEAD) -> int:
    """Makes the slots of the next `days` local days that are missing; returns how many.

    Nothing is made on public holidays, on the office's closed days, in a night when the clocks
    skip the window, or across a slot that a former window left behind. Slots within a closure are
    made closed. `now` is a UTC instant; running twice makes nothing new.
    """
    office = current_office()
    there = Slot.objects.filter(ends_at__gt=now).values_list("counter_id", "starts_at", "ends_at")
    taken: dict[int, list[tuple[datetime, datetime]]] = {}
    for counter_id, starts_at, ends_at in there:
        taken.setdefault(counter_id, []).append((starts_at, ends_at))
    wanted = []
    closures = list(Closure.objects.filter(lifted_at=None, ends_at__gt=now))
    for slot in scheduled(office, now=now, days=days):
        beside = taken.setdefault(slot.counter_id, [])
        if any(start < slot.ends_at and slot.starts_at < end for start, end in beside):
            continue
        slot.closure = next((each for each in closures if _covers(each, slot)), None)
        beside.append((slot.starts_at, slot.ends_at))
        wanted.append(slot)
    before = Slot.objects.filter(ends_at__gt=now).count()
    Slot.objects.bulk_create(wanted, ignore_conflicts=True)
    return Slot.objects.filter(ends_at__gt=now).count() - before


def scheduled(office: Office, *, now: datetime, days: int = DAYS_AHEAD) -> Iterator[Slot]:
    """The slots, unsaved, that the hours of all counters make from `now` (UTC) on."""
    windows = ServiceWindow.objects.select_related("counter", "quota").filter(
        counter__in_service=True
    )
    # of hours that cross, the published ones make the times
    windows = windows.order_by(F("quota").asc(nulls_first=True), "weekday", "opens")
    today = local_day(now, zone=office.zone)
    for offset in range(days + 1):
        day = today + timedelta(days=offset)
        if holiday_name(day, state=office.state) or office.is_closed_on(day):
            continue
        for window in windows:
            if window.serves_on(day):
                yield from _slots_of(window, day, office=office, now=now)


def _slots_of(window: ServiceWindow, day: date, *, office: Office, now: datetime) -> Iterator[Slot]:
    try:
        times = list(
            grid(
                day,
                opens=window.opens,
                closes=window.closes,
                minutes=window.quota.slot_minutes if window.quota else office.slot_minutes,
                zone=office.zone,
            )
        )
    except NoSuchTime:
        return
    for starts_at, ends_at in times:
        if starts_at > now:
            yield Slot(
                counter=window.counter, starts_at=starts_at, ends_at=ends_at, quota=window.quota
            )


def _covers(closure: Closure, slot: Slot) -> bool:
    concerns = closure.counter_id in {None, slot.counter_id}
    return concerns and closure.starts_at < slot.ends_at and slot.starts_at < closure.ends_at


def concerned_by(*, counter: Counter | None, starts_at: datetime, ends_at: datetime) -> Q:
    """Which slots a closure of `counter` (None: all) between two UTC instants takes away."""
    # no slot lasts a day: the index need not be read from its beginning
    since = starts_at - timedelta(days=1)
    within = Q(starts_at__gt=since, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return within & Q(counter=counter) if counter else within


@action
def close(
    *,
    counter: Counter | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: dict[str, str],
    now: datetime,
    by: Staff,
) -> Closure:
    """Closes a counter (None: the office) between two UTC instants, end exclusive.

    Nobody is moved silently: who was booked is displaced, waits first in line for the nearest
    time, and gets a letter. Holds and offers end. `reason` is public, by language.
    """
    closure = Closure.objects.create(
        counter=counter, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    apply_closure(closure=closure, now=now, by=by)
    return closure


@action
def apply_closure(*, closure: Closure, now: datetime, by: Staff | None) -> None:
    """Does at `now` (UTC) what a closure says to the slots and the people who are there already."""
    concerned = concerned_by(
        counter=closure.counter, starts_at=closure.starts_at, ends_at=closure.ends_at
    )
    Slot.objects.filter(concerned, closure=None, ends_at__gt=now).update(closure=closure)
    live = Appointment.objects.live(now=now).filter(slot__closure=closure)
    for appointment in live.select_related("applicant", "entry").order_by("slot__starts_at"):
        _clear(appointment, now=now, by=by)


def _clear(appointment: Appointment, *, now: datetime, by: Staff | None) -> None:
    # A person may confirm, cancel or accept at this very moment: look again, then act.
    for _attempt in range(3):
        try:
            if appointment.status == Status.BOOKED:
                return displace(appointment, now=now, by=by)
            if appointment.status in {Status.HELD, Status.OFFERED}:
                return _end(appointment, now=now, by=by)
        except TransitionNotAllowed:
            appointment.refresh_from_db()
        else:
            return None  # checked in: is being served, or has ended
    raise TransitionNotAllowed


def _end(provisional: Appointment, *, now: datetime, by: Staff | None) -> None:
    transition(
        provisional,
        Status.CANCELLED,
        action="close",
        now=now,
        by=by,
        system=by is None,
        cancel_reason=Appointment.CancelReason.OFFICE,
    )
    reopen_invitation(provisional, now=now)
    WaitingEntry.objects.filter(offers=provisional).step()


def displace(appointment: Appointment, *, now: datetime, by: Staff | None) -> None:
    """Takes the time from a booked person, who waits with top priority from now on.

    Whoever was invited chooses again among the times of their quota.
    """
    transition(appointment, Status.DISPLACED, action="displace", now=now, by=by, system=by is None)
    if appointment.invitation_id is not None:
        reopen_invitation(appointment, now=now)
        notifications.enqueue_displacement(appointment, now=now)
        return
    mine = WaitingEntry.objects.filter(
        person_key=appointment.person_key, namesake_number=appointment.namesake_number
    )
    transition_waiting_entries(mine, WaitingStatus.SERVED, now=now)
    has_need = appointment.need_kind != NeedByKind.NONE and appointment.need_by is not None
    WaitingEntry.objects.create(
        applicant=appointment.applicant,
        person_key=appointment.person_key,
        namesake_number=appointment.namesake_number,
        # The office broke its word: a passed day of need does not end this place.
        need_by=appointment.need_by if has_need else None,
        need_kind=NeedByKind.SOFT if has_need else NeedByKind.NONE,
        priority=DISPLACED,
        joined_at=now,
        ordered_at=appointment.slot.starts_at,
    )
    notifications.enqueue_displacement(appointment, now=now)


def lift(*, closure: Closure, now: datetime, by: Staff) -> int:
    """Takes back a closure; returns how many displaced people have their time again.

    An offer they have not answered yet is withdrawn. Somebody who has another appointment, or
    whose time has passed, keeps the newer state; what another closure covers stays closed.
    """
    expire_due_holds(now=now)  # a lapsed hold must not stand in a displaced person's way
    return _lift(closure=closure, now=now, by=by)


@action
def _lift(*, closure: Closure, now: datetime, by: Staff) -> int:
    rows = Closure.objects.filter(pk=closure.pk, lifted_at=None)
    if not rows.update(lifted_at=now):
        raise TransitionNotAllowed
    others = list(Closure.objects.filter(lifted_at=None, ends_at__gt=now))
    closed = list(Slot.objects.filter(closure=closure).order_by("pk"))
    for slot in closed:
        cover = next((each for each in others if _covers(each, slot)), None)
        # no row, no matter: other hours may take one of them away at this moment
        Slot.objects.filter(pk=slot.pk).update(closure=cover, free_since=now)
    opened = Slot.objects.in_service().filter(pk__in=[slot.pk for slot in closed])
    in_range = Appointment.objects.filter(
        status=Status.DISPLACED, slot__in=opened, slot__starts_at__gt=now
    )
    return sum(_restore(each, now=now, by=by) for each in in_range.select_related("applicant"))


def _restore(appointment: Appointment, *, now: datetime, by: Staff) -> bool:
    try:
        claim_applicant(appointment.applicant)
    except EntriesChanged:
        return False  # ended everything a moment ago, or is entering something else
    live = Appointment.objects.live(now=now)
    settled = live.of_claim(appointment).filter(status__in=LIVE_FOR_PERSON)
    if settled.exists() or live.filter(slot_id=appointment.slot_id).exists():
        return False
    if appointment.invitation and appointment.invitation.withdrawn_at is not None:
        return False
    mine = WaitingEntry.objects.filter(
        person_key=appointment.person_key, namesake_number=appointment.namesake_number
    )
    if appointment.invitation_id is not None:
        mine = mine.none()  # the list is about emergencies
    for offered in Appointment.objects.filter(entry__in=mine.active(), status=Status.OFFERED):
        withdraw_offer(offered, now=now, by=by)
    transition(
        appointment,
        Status.BOOKED,
        action="restore",
        now=now,
        by=by,
        revision=appointment.revision + 1,
    )
    transition_waiting_entries(mine, WaitingStatus.SERVED, now=now)
    inherit_calendar_uid(appointment)
    notifications.enqueue_confirmation(appointment, now=now)
    return True
