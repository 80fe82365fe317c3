"""Choosing, withdrawing, extending, closing and handing over, all at one invitation at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Count

from booking import actions
from booking.models import Appointment, Counter, Invitation, Quota, Slot
from booking.states import LIVE_FOR_SLOT
from config.foundation.staff import Staff
from tests.booking.inviting import invitee
from tests.factories import StaffFactory
from tests.invariants import assert_invariants
from tests.races import actors
from tests.races.crowd import Crowd
from tests.races.stage import dealt, open_times, verified_people

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS, MOST_TIMES = 20, 10
REFUSALS = {
    *("won", "taken", "not_open", "already_booked", "entries_changed", "transition", "busy"),
    *("invitation_over", "invitation_used", "invitation_taken", "outdated", "no_times_left"),
    *("hold_expired", "held_elsewhere"),
}


def invitations(count: int, *, now: datetime, by: Staff, after: int = 0) -> list[int]:
    """Ids of open invitations, each to a quota of its own with two times of its own.

    Those of an earlier call, `after` of them, keep their names and times.
    """
    first = (now + timedelta(days=2)).replace(second=0, microsecond=0)
    counters = list(Counter.objects.order_by("pk"))
    found = []
    for number in range(after, after + count):
        quota = Quota.objects.create(
            slug=f"quota{number}", name={"de": f"Kontingent {number}"}, slot_minutes=10
        )
        starts = [first + timedelta(minutes=20 * number + 10 * each) for each in range(2)]
        Slot.objects.bulk_create(
            Slot(
                counter=counters[0],
                quota=quota,
                starts_at=start,
                ends_at=start + timedelta(minutes=10),
            )
            for start in starts
        )
        person = invitee(
            family_name=f"Öztürk {number}", email=f"invited{number}@example.org", language="de"
        )
        issued = actions.invite(
            quota=quota, people=[person], valid_until=None, quiet=False, now=now, by=by
        )
        found += [each.pk for each in issued]
    return found


def test_invite_choosing_withdrawing_closing_and_extending_leave_one_time_or_none(
    crowd: Crowd, now: datetime
) -> None:
    public = open_times(8, now=now)
    by = StaffFactory()
    roles = [
        *("choose", "choose another", "choose", "withdraw"),
        *("extend", "close", "hand over", "extend"),
    ]
    live = Appointment.objects.filter(status__in=LIVE_FOR_SLOT)
    gone = Invitation.objects.exclude(withdrawn_at=None)

    # who comes first is chance: on, until each end was seen
    for times in range(MOST_TIMES):
        pks = invitations(ROUNDS, now=now, by=by, after=times * ROUNDS)
        heard = crowd.act(actors.on_invitations, [(role, pks, by.pk) for role in roles])

        assert {code for codes in heard for code in codes} <= REFUSALS
        twice = live.values("invitation").annotate(n=Count("pk")).filter(n__gt=1)
        assert not twice.exists()
        assert not live.filter(slot__in=public).exists()
        assert not live.filter(invitation__in=gone).exists()
        assert_invariants()
        if gone.exists() and live.exists():
            return
    pytest.fail("nobody withdrew, or nobody chose: the race was none")


def test_invite_of_one_time_has_one_winner(crowd: Crowd, now: datetime) -> None:
    """Eight caseworkers invite eight people to the one time that is left."""
    open_times(1, now=now)
    by = StaffFactory()
    pks = invitations(1, now=now, by=by)
    quota = Invitation.objects.get(pk=pks[0]).quota

    heard = crowd.act(actors.invite_one, [(number, quota.pk, by.pk) for number in range(8)])

    assert sorted(heard) == ["no_times_left"] * 7 + ["won"]
    assert Invitation.objects.filter(quota=quota).count() == 2


def test_invite_of_one_person_by_eight_services_is_one(crowd: Crowd, now: datetime) -> None:
    """Eight services register the same student, who is invited once, to one address."""
    open_times(1, now=now)
    pks = invitations(1, now=now, by=StaffFactory())
    quota = Invitation.objects.get(pk=pks[0]).quota
    services = StaffFactory.create_batch(8)
    quota.registrars.set(services)

    heard = crowd.act(actors.register_one, [(quota.pk, each.pk) for each in services])

    assert sorted(heard) == ["already_invited"] * 7 + ["won"]
    assert Invitation.objects.filter(quota=quota).count() == 2
    assert_invariants()


def test_invite_leaves_free_emergency_times_alone(crowd: Crowd, now: datetime) -> None:
    """Emergencies are booked beside people who choose: everybody gets a time of their own kind."""
    public = open_times(4 * ROUNDS, now=now)
    by = StaffFactory()
    pks = invitations(ROUNDS, now=now, by=by)
    people = verified_people(4 * ROUNDS, now=now)
    roles = ("choose", "extend", "choose another", "close")
    hands = list(zip(dealt(people, 4), dealt(public, 4), strict=True))

    crowd.act(
        actors.book_or_choose,
        [
            *(("book", *hand) for hand in hands),
            *(("choose", role, pks, by.pk) for role in roles),
        ],
    )

    emergencies = Appointment.objects.filter(invitation=None, status="booked")
    assert emergencies.count() == 4 * ROUNDS
    assert not Appointment.objects.exclude(invitation=None).filter(slot__in=public).exists()
    assert_invariants()
