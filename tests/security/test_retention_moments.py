"""Retention at every moment of a person's life with the office: nothing goes a second too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from booking import actions
from booking.actions.retention import Periods
from booking.models import Applicant, Appointment, Invitation, Slot
from booking.states import Status
from tests.factories import (
    MONDAY,
    TUESDAY_NINE,
    ApplicantFactory,
    AppointmentFactory,
    InvitationFactory,
    OfficeFactory,
    ServiceStatusFactory,
    SlotFactory,
    WaitingEntryFactory,
)

pytestmark = pytest.mark.django_db

PERIODS = Periods()
SECOND = timedelta(seconds=1)
# What happens next and when; the last moment is that from which on nothing is left of the person.
Life = Iterator[datetime]


@pytest.fixture(autouse=True)
def _open(db: None) -> None:
    ServiceStatusFactory()
    OfficeFactory()
    SlotFactory.create_batch(3)


def _forget(now: datetime) -> int:
    counts = actions.forget(now=now, periods=PERIODS, apply=True)
    return sum(counts[name] for name in ("drafts", "invitations", "appointments", "cancelled"))


def _slots() -> list[int]:
    return list(Slot.objects.order_by("pk").values_list("pk", flat=True))


def _hold(applicant: Applicant, now: datetime, place: int = 0) -> Appointment:
    return actions.hold(applicant=applicant, slot_id=_slots()[place], now=now)


def _free(appointment: Appointment) -> datetime:
    assert appointment.free_from is not None
    return appointment.free_from


def draft(who: Applicant) -> Life:
    yield MONDAY + PERIODS.draft_idle


def hold_that_nobody_tidies_up(who: Applicant) -> Life:
    yield MONDAY + SECOND
    yield _free(_hold(who, MONDAY + SECOND))
    yield _free(Appointment.objects.get()) + PERIODS.cancelled


def hold_that_is_extended_at_its_last_second(who: Applicant) -> Life:
    held = _hold(who, MONDAY)
    yield (last := _free(held) - SECOND)
    actions.extend(appointment=held, now=last)
    yield _free(held)
    yield _free(held) + PERIODS.cancelled


def hold_after_a_hold_that_nobody_tidied_up(who: Applicant) -> Life:
    first = _hold(who, MONDAY)
    yield (then := _free(first) + SECOND)
    second = _hold(who, then, place=1)
    yield _free(second)
    yield _free(second) + PERIODS.cancelled


def hold_that_is_tidied_up_late(who: Applicant) -> Life:
    held = _hold(who, MONDAY)
    yield (late := _free(held) + timedelta(hours=20))
    actions.expire_due_holds(now=late)
    yield late + PERIODS.cancelled


def hold_that_is_given_up(who: Applicant) -> Life:
    held = _hold(who, MONDAY)
    yield (then := MONDAY + timedelta(minutes=5))
    actions.cancel_hold(appointment=held, now=then)
    yield then + PERIODS.cancelled


def booked_and_cancelled(who: Applicant) -> Life:
    held = _hold(who, MONDAY)
    yield (then := _free(held) - SECOND)
    booked = actions.book(appointment=held, now=then)
    yield (at := then + timedelta(hours=5))
    reason = Appointment.CancelReason.BY_APPLICANT
    actions.cancel(appointment=booked, reason=reason, now=at)
    yield at + PERIODS.cancelled


def booked_and_nobody_closed_it(who: Applicant) -> Life:
    held = _hold(who, MONDAY)
    yield (then := MONDAY + timedelta(minutes=5))
    actions.book(appointment=held, now=then)
    yield TUESDAY_NINE
    yield held.slot.ends_at + PERIODS.appointment


def offer_that_nobody_tidies_up(who: Applicant) -> Life:
    entry = WaitingEntryFactory(applicant=who)
    offered = AppointmentFactory(
        applicant=who, entry=entry, offered=True, slot=Slot.objects.earliest("pk")
    )
    yield _free(offered)
    yield (left := _free(offered) + timedelta(hours=1))
    actions.leave(entry=entry, now=left)
    yield left + PERIODS.cancelled


def invited_and_nothing_chosen(who: Applicant) -> Life:
    row = InvitationFactory(person_key=who.person_key)
    Applicant.objects.filter(pk=who.pk).update(invitation=row)
    yield row.valid_until
    yield row.valid_until + PERIODS.cancelled


def invited_and_withdrawn(who: Applicant) -> Life:
    row = InvitationFactory(person_key=who.person_key)
    Applicant.objects.filter(pk=who.pk).update(invitation=row)
    yield (at := MONDAY + timedelta(days=2))
    Invitation.objects.update(withdrawn_at=at)
    yield at + PERIODS.cancelled


LIVES: list[Callable[[Applicant], Life]] = [
    draft,
    hold_that_nobody_tidies_up,
    hold_that_is_extended_at_its_last_second,
    hold_after_a_hold_that_nobody_tidied_up,
    hold_that_is_tidied_up_late,
    hold_that_is_given_up,
    booked_and_cancelled,
    booked_and_nobody_closed_it,
    offer_that_nobody_tidies_up,
    invited_and_nothing_chosen,
    invited_and_withdrawn,
]


def _moments(begin: datetime, end: datetime) -> Iterator[datetime]:
    """Each second at both ends, and a dozen between them."""
    seconds = int((end - begin).total_seconds())
    step = max(1, seconds // 12)
    offsets = {*range(3), *range(0, seconds, step), *range(max(0, seconds - 3), seconds)}
    yield from (begin + timedelta(seconds=each) for each in sorted(offsets) if each < seconds)


@pytest.mark.parametrize("life", LIVES)
def test_retention_comes_when_the_class_is_over_and_not_before(
    life: Callable[[Applicant], Life],
) -> None:
    who = ApplicantFactory()
    now = MONDAY
    for until in life(who):
        for moment in _moments(now, until):
            assert _forget(moment) == 0, moment
            assert Applicant.objects.get(pk=who.pk).family_name == who.family_name
        now = until
    assert _forget(now) == 1
    assert not Applicant.objects.filter(pk=who.pk).exclude(family_name="").exists()
    assert _forget(now + SECOND) == 0
    rows = Appointment.objects.live(now=now).exclude(status=Status.OFFERED)
    assert not rows.exists()


def test_backup_with_lapsed_holds_is_restored_without_loss() -> None:
    """The handbook's restore forgets first: those who were just booking are still there."""
    people = [_hold(ApplicantFactory(), MONDAY, place).applicant for place in range(3)]
    restored = max(_free(held) for held in Appointment.objects.all()) + SECOND
    assert _forget(restored) == 0
    assert _forget(restored + timedelta(hours=23)) == 0
    assert _forget(restored + PERIODS.cancelled) == len(people)
    assert not Applicant.objects.filter(forgotten_at=None).exists()


def test_place_with_an_offer_to_answer_is_not_ended_for_its_age() -> None:
    now = MONDAY + PERIODS.waiting
    entry = WaitingEntryFactory(joined_at=MONDAY)
    until = now + timedelta(hours=3)
    AppointmentFactory(
        applicant=entry.applicant,
        entry=entry,
        offered=True,
        held_until=until,
        free_from=until,
        slot=SlotFactory(starts_at=now + timedelta(days=1)),
    )
    _forget(now)
    entry.refresh_from_db()
    assert entry.status == "waiting"
    _forget(until)
    entry.refresh_from_db()
    assert entry.status == "left"
