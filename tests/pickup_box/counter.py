"""Times at the counter for people who would rather not use the box."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.models import Quota
from pickup_box.actions.counter_choice import choose_counter
from pickup_box.models import Deposit
from tests.factories import OfficeFactory, QuotaFactory, ServiceStatusFactory, SlotFactory
from tests.pickup_box.making import NOW


def make_counter_times(count: int = 2) -> Quota:
    """An open office with so many times to collect, from this afternoon on."""
    ServiceStatusFactory()
    OfficeFactory()
    return keep_counter_times(count, first=NOW + timedelta(hours=4))


def keep_counter_times(count: int, *, first: datetime) -> Quota:
    """So many times to collect from `first` on, in the office that is there."""
    name = {"de": "Abholung am Schalter", "en": "Collecting at the counter"}
    quota: Quota = QuotaFactory(slug="collection", name=name, collects=True)
    Quota.objects.filter(pk=quota.pk).update(collects=True)  # it may have been there before
    for number in range(count):
        starts_at = first + timedelta(minutes=20 * number)
        SlotFactory(quota=quota, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=20))
    return quota


def choose(deposit: Deposit, code: str, **other: str) -> str:
    """The holder types the three things and the name; the number of the invitation."""
    typed = {
        "contact": deposit.contact,
        "birth_date": deposit.holder_birth_date,
        "family_name": "Öztürk",
        "given_names": "Çağla",
        "language": "de",
        "visitor": "198.51.100.7",
        **other,
    }
    return choose_counter(box=deposit.box, code=code, now=NOW, **typed).reference
