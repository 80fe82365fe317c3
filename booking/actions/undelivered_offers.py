"""Offers that nobody could be told of pass on, and their person keeps the place on the list."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import QuerySet

from booking.actions.offers import start_offer_clock
from booking.actions.transitions import transition
from booking.deadlines import awake_for, offer_deadline
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import Status
from config.foundation.actions import Refused, action
from config.foundation.notification_kinds import after_bounced, after_failed
from config.foundation.office import Office, current_office
from config.foundation.outbox import Notification

UNSENT_FOR = timedelta(minutes=15)  # counted while people are awake


@after_failed("booking.offer")
def _offer_refused(letter: Notification, now: datetime) -> None:
    untold = _untold(now=now).filter(pk=letter.about).first()
    if untold is not None:
        end_undelivered_offer(appointment=untold, why=letter.failure, now=now)


@after_bounced("booking.offer")
def _offer_came_back(letter: Notification, now: datetime) -> None:
    rows = _offered(now=now).filter(pk=letter.about)
    if (offered := rows.first()) is not None:
        with suppress(Refused):  # answered at this moment
            end_undelivered_offer(appointment=offered, why=f"came back {letter.bounce}", now=now)


def end_unsent_offers(*, now: datetime) -> int:
    """Passes on the offers whose letter could not leave in time; returns how many.

    A letter that has left starts the clock of its offer here, should that have failed. For
    somebody without an address, whom the desk phones, an offer lasts as long as with a letter.
    """
    office = current_office()
    passed = 0
    for untold in _untold(now=now).filter(created_at__lte=now - UNSENT_FOR)[:500]:
        letters = Notification.objects.filter(kind="booking.offer", subject=untold.subject)
        letter = letters.order_by("-pk").first()
        try:
            if letter is not None and letter.sent_at is not None:
                start_offer_clock(appointment=untold, now=letter.sent_at)
            elif _patience_ends(untold, office=office) <= now:
                end_undelivered_offer(appointment=untold, why="not sent", now=now)
                passed += 1
        except Refused:
            continue  # answered at the desk at this moment
    return passed


def certain_until(offer: Appointment, *, office: Office) -> datetime | None:
    """Until when an open offer can be answered, whatever becomes of its letter.

    The deadline that is told with the letter comes later than this.
    """
    if offer.held_until is not None or offer.free_from is None:
        return offer.held_until
    return min(_patience_ends(offer, office=office), offer.free_from)


def _patience_ends(untold: Appointment, *, office: Office) -> datetime:
    if not untold.applicant.email:
        return offer_deadline(untold.slot.starts_at, told_at=untold.created_at, zone=office.zone)
    return awake_for(UNSENT_FOR, since=untold.created_at, zone=office.zone)


def _untold(*, now: datetime) -> QuerySet[Appointment]:
    """Open offers whose clock has not started: their letter has not left, and nobody saw them."""
    return _offered(now=now).filter(held_until=None)


def _offered(*, now: datetime) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(status=Status.OFFERED, free_from__gt=now)
    return rows.select_related("slot", "applicant").order_by("pk")


@action
def end_undelivered_offer(*, appointment: Appointment, why: str, now: datetime) -> None:
    """Ends an offer that its person never learnt of; this is no lapse, and the desk is told."""
    Slot.objects.filter(pk=appointment.slot_id).update(free_since=now)
    transition(
        appointment,
        Status.EXPIRED,
        action="undelivered",
        now=now,
        system=True,
        detail=why,
        only_if={"held_until": appointment.held_until},  # no clock that started meanwhile
    )
    if appointment.entry_id is not None:
        WaitingEntry.objects.filter(pk=appointment.entry_id).step()


def undelivered(*, now: datetime) -> list[Appointment]:
    """The offers of the last day that passed on like this, of people who still wait."""
    since = now - timedelta(days=1)
    rows = Appointment.objects.filter(
        events__action="undelivered", events__at__gt=since, entry__status="waiting"
    )
    return list(rows.select_related("slot__counter", "applicant").order_by("-pk")[:50])
