"""Special hours that another service fills, and somebody who collects at the counter: invented."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import Group

from booking import actions
from booking.actions.invitations import Invitee
from booking.actions.opening_hours import Hours
from booking.models import Counter, Invitation, Quota
from booking.windows import local_day
from config.accounts.roles import REGISTRAR
from config.foundation.actions import Refused, action
from config.foundation.counter_pickup import Holder, counter_pickup
from config.foundation.office import current_office
from config.foundation.staff import Staff
from pickup_box.models import Deposit
from pickup_box.models.deposit import CHOOSE_COUNTER
from pickup_box.states import Status
from pickup_box.transitions import transition

WORKDAYS = range(5)
QUOTAS: dict[str, tuple[dict[str, str], tuple[time, time], dict[str, Any]]] = {
    "demo-semester": (
        {"de": "Semesterbeginn", "en": "Start of the semester"},
        (time(13), time(14, 30)),
        {"procedure": "study"},
    ),
    "demo-collecting": (
        {"de": "Abholung am Schalter", "en": "Collecting at the counter"},
        (time(15), time(16)),
        {"collects": True},
    ),
}
STUDENTS = [
    ("Iyer", "Ananya", "2003-02-14", "en"),
    ("Öz", "Baran", "2002-08-30", "tr"),
    ("Diop", "Fatou", "2004-05-06", "fr"),
    ("Gonzalez", "Mateo", "2001-12-19", "en"),
]


def fill(*, now: datetime, by: Staff) -> None:
    """Gives the office both quotas with hours from tomorrow on; a second run does nothing."""
    if Quota.objects.filter(slug__in=QUOTAS).exists():
        return
    semester, _collecting = (_quota(slug, now=now) for slug in QUOTAS)
    service = Staff.objects.create(
        username="international-office", first_name="Robin", last_name="Sommer", is_staff=False
    )
    service.set_unusable_password()
    service.save()
    service.groups.add(Group.objects.get(name=REGISTRAR))
    semester.registrars.add(service)
    with suppress(Refused):  # takes no bookings, or is closed for weeks
        for number, student in enumerate(STUDENTS):
            _register(semester, number, student, now=now, by=service)
    deposit = Deposit.objects.filter(status=Status.NOTIFIED, contact__contains="@").first()
    if deposit is not None:
        with suppress(Refused):
            _choose_counter(deposit=deposit, now=now)


def _quota(slug: str, *, now: datetime) -> Quota:
    name, (opens, closes), more = QUOTAS[slug]
    quota = Quota.objects.create(slug=slug, name=name, slot_minutes=15, **more)
    group = Counter.objects.order_by("pk")[0].group
    counter, _new = Counter.objects.get_or_create(
        slug="demo-services",
        defaults={"group": group, "name": {"de": "Schalter am Nachmittag", "en": "Afternoons"}},
    )
    actions.change_hours(
        counter=counter,
        hours=[Hours(weekday=weekday, opens=opens, closes=closes) for weekday in WORKDAYS],
        quota=quota,
        valid_from=local_day(now, zone=current_office().zone) + timedelta(days=1),
        valid_until=None,
        replace=False,
        now=now,
    )
    return quota


def _register(
    quota: Quota, number: int, student: tuple[str, str, str, str], *, now: datetime, by: Staff
) -> Invitation:
    family_name, given_names, birth_date, language = student
    person = Invitee(
        family_name=family_name,
        given_names=given_names,
        birth_date=birth_date,
        email=f"student@demo-s{number}.example",
        phone="",
        access_need="",
        language=language,
        case_reference="",
    )
    return actions.register(quota=quota, person=person, now=now, by=by)


@action
def _choose_counter(*, deposit: Deposit, now: datetime) -> None:
    """What `choose_counter` does once the code is right: nobody knows the code but its holder."""
    counter = counter_pickup()
    holder = Holder(
        case_reference=deposit.case_reference,
        birth_date=deposit.holder_birth_date,
        contact=deposit.contact,
        family_name="Haddad",
        given_names="Samira",
        language=deposit.language,
    )
    if counter is not None and counter.invite(holder, now=now) is not None:
        transition(deposit, to=Status.WITHDRAWN, action=CHOOSE_COUNTER, now=now)
