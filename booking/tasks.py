"""What beat sends to booking: the database says what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from booking import actions


@shared_task
def expire_due_holds() -> None:
    """Writes down the holds and offers that have lapsed."""
    actions.expire_due_holds(now=timezone.now())


@shared_task
def offer_slots() -> None:
    """Offers free times to people who wait; ends what could not be told or is of no use."""
    now = timezone.now()
    actions.end_overdue(now=now)
    actions.end_unsent_offers(now=now)
    actions.draw_lots(now=now)
    actions.offer_slots(now=now)


@shared_task
def follow_applications() -> None:
    """Sends applications whose invitation is over back to their review."""
    actions.follow_applications(now=timezone.now())


@shared_task
def open_slots() -> None:
    """Makes the slots of the next four weeks and takes free ones outside the hours away."""
    now = timezone.now()
    actions.drop_unscheduled(now=now)
    actions.open_slots(now=now)
