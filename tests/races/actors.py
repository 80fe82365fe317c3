"""What the processes of a race do; each returns what it was told."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.utils import timezone

from booking import actions
from booking.models import Applicant, Appointment, Invitation, Quota, Slot
from booking.models import Counter as ServiceCounter
from booking.states import Status
from config.foundation.actions import Refused
from config.foundation.staff import Staff
from tests.booking.inviting import invitee
from tests.randomness import seeded

Meet = Callable[[], object]


def told(action: Callable[[], object]) -> str:
    """ "won", or the code of the refusal; every other exception is a failure of the race."""
    try:
        action()
    except Refused as refusal:
        return refusal.code
    return "won"


def hold_each(meet: Meet, people: list[int], slots: list[int]) -> list[str]:
    """Another person for each slot, all processes at the same slot together."""
    persons = Applicant.objects.in_bulk(people)
    heard = []
    for person, slot in zip(people, slots, strict=True):
        meet()
        heard.append(
            told(partial(actions.hold, applicant=persons[person], slot_id=slot, now=timezone.now()))
        )
    return heard


def hold_naively(meet: Meet, people: list[int], slots: list[int]) -> list[str]:
    """What `hold` must not be: look whether the slot is free, then write."""
    heard = []
    for person, slot in zip(people, slots, strict=True):
        meet()
        if Appointment.objects.filter(slot_id=slot).exists():
            heard.append("taken")
            continue
        now = timezone.now()
        Appointment.objects.create(
            reference=f"{person}-{slot}"[:12],
            applicant_id=person,
            slot_id=slot,
            status=Status.HELD,
            person_key=f"{person:064}",
            held_until=now + timedelta(minutes=10),
            free_from=now + timedelta(minutes=10),
            created_at=now,
        )
        heard.append("won")
    return heard


def confirm_in_the_last_moment(meet: Meet, hand: int, holds: list[int]) -> list[int]:
    """Confirms each hold shortly before its end; the ids that were told "booked".

    Half in the last four milliseconds; a busy machine sleeps longer than that, so the others
    start a little earlier.
    """
    rows = Appointment.objects.select_related("applicant").in_bulk(holds)
    booked, dice = [], seeded("confirm", hand)
    meet()
    ends = sorted((row.free_from, pk) for pk, row in rows.items() if row.free_from)
    for end, pk in ends:
        lead = dice.uniform(0, dice.choice([4, 4, 40, 400]))
        wake = end - timedelta(milliseconds=lead)
        time.sleep(max(0, (wake - timezone.now()).total_seconds()))
        if told(partial(actions.book, appointment=rows[pk], now=timezone.now())) == "won":
            booked.append(pk)
    return booked


def release_until(meet: Meet, end: datetime) -> int:
    """The release loop, spinning; how many it released."""
    meet()
    released = 0
    while timezone.now() < end:
        released += actions.expire_due_holds(now=timezone.now())
    return released


def confirm_or_release(meet: Meet, role: str, *arguments: object) -> object:
    """One part of the crowd confirms what the other part releases."""
    actors: dict[str, Callable[..., object]] = {
        "confirm": confirm_in_the_last_moment,
        "release": release_until,
    }
    return actors[role](meet, *arguments)


def grab_as_they_end(
    meet: Meet, people: list[int], slots: list[tuple[int, datetime]]
) -> list[tuple[int, float, bool]]:
    """Asks for each held slot from shortly before its end: (slot, moment it asked last, got it)."""
    heard = []
    persons = Applicant.objects.in_bulk(people)
    meet()
    for person, (slot, end) in zip(people, slots, strict=True):
        early = end - timedelta(milliseconds=150)
        time.sleep(max(0, (early - timezone.now()).total_seconds()))
        answer, now = "taken", early
        while answer == "taken" and now < end:  # the last try comes after the end
            now = timezone.now()
            answer = told(partial(actions.hold, applicant=persons[person], slot_id=slot, now=now))
        heard.append((slot, now.timestamp(), answer == "won"))
    return heard


def confirm_in_threads(meet: Meet, hold: int, threads: int) -> list[str]:
    """The same confirm from several threads; what each was told: the reference."""
    rows = [Appointment.objects.get(pk=hold) for _thread in range(threads)]
    meet()

    def confirm(row: Appointment) -> str:
        try:
            return actions.book(appointment=row, now=timezone.now()).reference
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(confirm, rows))


def rebook_for_ever(meet: Meet, seed: int, pks: list[int], slots: list[int]) -> None:
    """Moves random appointments until somebody kills the process."""
    while True:
        rebook_at_random(lambda: None, seed, pks, slots, 100)


def rebook_at_random(
    meet: Meet, seed: int, pks: list[int], slots: list[int], tries: int
) -> Counter[str]:
    """Moves random appointments to random slots; how often it heard what."""

    def rebook(row: Appointment, slot: int) -> None:
        actions.rebook(appointment=row, slot_id=slot, revision=row.revision, now=timezone.now())

    return _at_random(meet, rebook, seed, pks, slots, tries)


def swap_at_random(
    meet: Meet, role: str, seed: int, pks: list[int], slots: list[int], tries: int
) -> Counter[str]:
    """Exchanges random offers for random slots, or now and then accepts one."""

    def swap(row: Appointment, slot: int) -> None:
        actions.swap(appointment=row, slot_id=slot, now=timezone.now())

    def accept(row: Appointment, slot: int) -> None:
        time.sleep(0.01)
        actions.accept(appointment=row, now=timezone.now())

    return _at_random(meet, {"swap": swap, "accept": accept}[role], seed, pks, slots, tries)


def _at_random(
    meet: Meet,
    step: Callable[[Appointment, int], None],
    seed: int,
    pks: list[int],
    slots: list[int],
    tries: int,
) -> Counter[str]:
    dice = random.Random(seed)
    heard: Counter[str] = Counter()
    meet()
    for _try in range(tries):
        row = Appointment.objects.get(pk=dice.choice(pks))
        slot = dice.choice(slots)
        heard[told(partial(step, row, slot))] += 1
    return heard


def rebook_each(meet: Meet, pairs: list[tuple[int, int]]) -> list[tuple[str, float]]:
    """Moves appointment -> slot, together with the other processes; answer and seconds."""
    heard = []
    for pk, slot in pairs:
        row = Appointment.objects.get(pk=pk)
        meet()
        began = time.monotonic()
        answer = told(
            partial(
                actions.rebook,
                appointment=row,
                slot_id=slot,
                revision=row.revision,
                now=timezone.now(),
            )
        )
        heard.append((answer, time.monotonic() - began))
    return heard


def change_counter_each(
    meet: Meet, pairs: list[tuple[int, int]], staff: int
) -> list[tuple[str, float]]:
    """Moves appointment -> counter when its time begins, together with the other processes."""
    by = Staff.objects.get(pk=staff)
    heard = []
    for pk, counter in pairs:
        row = Appointment.objects.select_related("slot").get(pk=pk)
        other = ServiceCounter.objects.get(pk=counter)
        meet()
        began = time.monotonic()
        answer = told(
            partial(
                actions.move_to_counter,
                appointment=row,
                counter=other,
                now=row.slot.starts_at,
                by=by,
            )
        )
        heard.append((answer, time.monotonic() - began))
    return heard


def cancel_each(meet: Meet, pks: list[int]) -> list[tuple[str, float]]:
    """Cancels each appointment, together with the other processes; answer and seconds."""
    heard = []
    for pk in pks:
        row = Appointment.objects.get(pk=pk)
        meet()
        began = time.monotonic()
        answer = told(
            partial(
                actions.cancel,
                appointment=row,
                reason=Appointment.CancelReason.BY_APPLICANT,
                now=timezone.now(),
            )
        )
        heard.append((answer, time.monotonic() - began))
    return heard


def cancel_or_rebook(
    meet: Meet, cancels: bool, pks: list[int], slots: list[int]
) -> list[tuple[str, float]]:
    """One part of the crowd cancels what the other part moves."""
    pairs = list(zip(pks, slots, strict=True))
    return cancel_each(meet, pks) if cancels else rebook_each(meet, pairs)


def book_each(meet: Meet, people: list[int], slots: list[int]) -> list[int]:
    """Hold and confirm for each person; the ids of what was booked."""
    persons = Applicant.objects.in_bulk(people)
    booked = []
    meet()
    for person, slot in zip(people, slots, strict=True):

        def act(person: int = person, slot: int = slot) -> None:
            held = actions.hold(applicant=persons[person], slot_id=slot, now=timezone.now())
            booked.append(actions.book(appointment=held, now=timezone.now()).pk)

        told(act)
    return booked


def book_earliest(meet: Meet, people: list[int]) -> list[str]:
    """ "Earliest suitable time" for each person, then confirm; what each heard."""
    persons = Applicant.objects.in_bulk(people)
    heard = []
    meet()
    for person in people:

        def act(person: int = person) -> None:
            held = actions.hold_earliest(applicant=persons[person], now=timezone.now())
            actions.book(appointment=held, now=timezone.now())

        heard.append(told(act))
    return heard


def close_each(meet: Meet, counters: list[int], staff: int, pause: float) -> list[str]:
    """Closes the counters one after the other for the next week."""
    by = Staff.objects.get(pk=staff)
    heard = []
    meet()
    for pk in counters:
        time.sleep(pause)
        counter, now = ServiceCounter.objects.get(pk=pk), timezone.now()
        heard.append(
            told(
                partial(
                    actions.close,
                    counter=counter,
                    starts_at=now,
                    ends_at=now + timedelta(days=7),
                    reason={},
                    now=now,
                    by=by,
                )
            )
        )
    return heard


def book_or_close(meet: Meet, role: str, *arguments: object) -> object:
    """One process closes counters at which the others book."""
    actors: dict[str, Callable[..., object]] = {"book": book_each, "close": close_each}
    return actors[role](meet, *arguments)


def answer_offers(
    meet: Meet, role: str, offers: list[int], staff: int, counters: list[int]
) -> list[int]:
    """Accepts, declines, leaves or tidies up each offer as the others do; ids that accepted.

    All meet at each offer, or whoever is quickest would be the first at every one of them.
    """
    rows = Appointment.objects.select_related("entry", "slot", "applicant").in_bulk(offers)
    accepted = []
    for place, pk in enumerate(offers):
        meet()
        now = timezone.now()
        if role == "accept":
            if told(partial(actions.accept, appointment=rows[pk], now=now)) == "won":
                accepted.append(pk)
        elif role == "decline":
            told(partial(actions.decline, appointment=rows[pk], now=now))
        elif role == "leave":
            entry = rows[pk].entry
            assert entry
            told(partial(actions.leave, entry=entry, now=now))
        elif role == "sweep" and place % 20 == 0:
            actions.expire_due_holds(now=now)
            actions.offer_slots(now=now, limit=5)
        elif role == "close" and place == len(offers) // 2:
            close_each(lambda: None, counters, staff, 0)
    return accepted


def on_invitations(meet: Meet, role: str, pks: list[int], staff: int) -> list[str]:
    """One of five things for each invitation, all processes at the same one together."""
    by = Staff.objects.get(pk=staff)
    heard = []
    for pk in pks:
        invitation = Invitation.objects.select_related("applicant", "quota").get(pk=pk)
        act = partial(_ON_INVITATION[role], invitation, by=by)
        meet()
        heard.append(told(act))
    return heard


def _choose(invitation: Invitation, *, by: Staff, later: int = 0) -> None:
    slots = list(Slot.objects.of_quota(invitation.quota).order_by("pk"))
    slot = slots[min(later, len(slots) - 1)]
    held = actions.hold(applicant=invitation.applicant, slot_id=slot.pk, now=timezone.now())
    actions.book(appointment=held, now=timezone.now())


def _choose_another(invitation: Invitation, *, by: Staff) -> None:
    _choose(invitation, by=by, later=1)


def _withdraw(invitation: Invitation, *, by: Staff) -> None:
    actions.withdraw_invitation(
        invitation=invitation, revision=invitation.revision, now=timezone.now(), by=by
    )


def _extend(invitation: Invitation, *, by: Staff) -> None:
    actions.extend_invitation(
        invitation=invitation,
        valid_until=invitation.valid_until + timedelta(days=7),
        revision=invitation.revision,
        now=timezone.now(),
    )


def _close(invitation: Invitation, *, by: Staff) -> None:
    slot = Slot.objects.of_quota(invitation.quota).order_by("pk")[0]
    actions.close(
        counter=slot.counter,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        reason={},
        now=timezone.now(),
        by=by,
    )


def _hand_over(invitation: Invitation, *, by: Staff) -> None:
    slots = list(Slot.objects.of_quota(invitation.quota).values_list("pk", flat=True))
    actions.hand_over(quota=invitation.quota, slot_ids=slots[:1], now=timezone.now())


_ON_INVITATION: dict[str, Callable[..., None]] = {
    "choose": _choose,
    "choose another": _choose_another,
    "withdraw": _withdraw,
    "extend": _extend,
    "close": _close,
    "hand over": _hand_over,
}


def invite_one(meet: Meet, number: int, quota: int, staff: int) -> str:
    """Another person to the same quota."""
    person = invitee(family_name=f"Yılmaz {number}", email=f"another{number}@example.org")
    row, by = Quota.objects.get(pk=quota), Staff.objects.get(pk=staff)
    meet()
    return told(
        lambda: actions.invite(
            quota=row, people=[person], valid_until=None, quiet=False, now=timezone.now(), by=by
        )
    )


def register_one(meet: Meet, quota: int, staff: int) -> str:
    """The same person as everybody else, by an account of its own."""
    person = invitee(email=f"by{staff}@example.org")
    row, by = Quota.objects.get(pk=quota), Staff.objects.get(pk=staff)
    meet()
    return told(lambda: actions.register(quota=row, person=person, now=timezone.now(), by=by))


def book_or_choose(meet: Meet, kind: str, *arguments: Any) -> object:
    """An emergency for each of some people, or something to each of some invitations."""
    if kind == "book":
        return book_each(meet, *arguments)
    meet()  # once, as whoever books
    return on_invitations(lambda: None, *arguments)
