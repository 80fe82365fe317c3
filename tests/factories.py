"""Rows for tests; a trait is named after the state it makes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Counter,
    Invitation,
    Quota,
    ServiceWindow,
    Slot,
    WaitingEntry,
)
from booking.states import NeedByKind, Status
from config.foundation.office import CounterGroup, Office, ServiceStatus
from config.foundation.persons import canonical_email, digest, person_key
from config.foundation.staff import Staff
from tests import offices

# A Monday morning at 08:00 in Magdeburg; Tuesday and Thursday are open, the week after is not.
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TUESDAY_NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

Row = TypeVar("Row", bound=Model)

# no test types one of these: who searches for a name finds no row beside the one it made
NAMES = [
    ("Trịnh", "Mỹ Duyên"),
    ("القحطاني", "سلمان"),
    ("Ткаченко", "Ірина"),
    ("歐陽", "詩涵"),
    ("O’Sullivan-Größ", "Ciarán"),
    ("Çağlar", "Gülşen"),
    ("کریمی", "پرویز"),
    ("Ouédraogo", "Maïmouna"),
]


def situation(category: str = "expired", **changes: Any) -> dict[str, Any]:
    """The snapshot that eligibility keeps of a decided case."""
    return {
        "category": category,
        "answers": {"title_valid_until": "2026-11-20"},
        "decided_on": "2026-11-23",
        "rules_version": "test",
        "need_by": None,
        "need_kind": "none",
    } | changes


class RowFactory(DjangoModelFactory[Row]):
    if TYPE_CHECKING:
        # what the library leaves untyped: its metaclass makes a row of a call
        def __new__(cls, **columns: object) -> Row: ...  # type: ignore[misc]  # as above

        @classmethod
        def reset_sequence(cls, value: int | None = None, force: bool = False) -> None: ...


def _fact(name: str, at_magdeburg: object) -> Any:
    return factory.LazyFunction(lambda: offices.fact(name, at_magdeburg))


class OfficeFactory(RowFactory[Office]):
    class Meta:
        model = Office
        django_get_or_create = ("slug",)

    slug = _fact("slug", "magdeburg")
    name = _fact("name", {"de": "Ausländerbehörde Magdeburg", "en": "Immigration office Magdeburg"})
    city = _fact("city", "Magdeburg")
    state = _fact("state", "ST")
    visitor_address = _fact(
        "visitor_address", "Neustädter Höfe\nLübecker Str. 53-63\nHaus 1\n39124 Magdeburg"
    )


class ServiceStatusFactory(RowFactory[ServiceStatus]):
    class Meta:
        model = ServiceStatus


class StaffFactory(RowFactory[Staff]):
    class Meta:
        model = Staff

    username = factory.Sequence(lambda n: f"staff{n}")
    is_staff = True


class CounterGroupFactory(RowFactory[CounterGroup]):
    class Meta:
        model = CounterGroup
        django_get_or_create = ("slug",)

    slug = "all"
    name = {"de": "Alle Anliegen"}


class CounterFactory(RowFactory[Counter]):
    class Meta:
        model = Counter
        django_get_or_create = ("slug",)

    slug = "1"
    name = {"de": "Notfallschalter 1", "en": "Emergency counter 1"}
    group = factory.SubFactory(CounterGroupFactory)


class ServiceWindowFactory(RowFactory[ServiceWindow]):
    class Meta:
        model = ServiceWindow

    counter = factory.SubFactory(CounterFactory)
    weekday = 1
    opens = time(9)
    closes = time(11)
    valid_from = date(2023, 7, 13)


class QuotaFactory(RowFactory[Quota]):
    class Meta:
        model = Quota
        django_get_or_create = ("slug",)

    slug = "permits"
    name = {"de": "Aufenthaltstitel", "en": "Residence titles"}
    slot_minutes = 20


class SlotFactory(RowFactory[Slot]):
    class Meta:
        model = Slot

    counter = factory.SubFactory(CounterFactory)
    starts_at = factory.Sequence(lambda n: TUESDAY_NINE + timedelta(minutes=10 * (n % 12)))
    ends_at = factory.LazyAttribute(lambda slot: slot.starts_at + timedelta(minutes=10))


class ApplicantFactory(RowFactory[Applicant]):
    class Meta:
        model = Applicant

    family_name = factory.Sequence(lambda n: f"{NAMES[n % len(NAMES)][0]}-{'abcdefghij'[n % 10]}")
    given_names = factory.Sequence(lambda n: NAMES[n % len(NAMES)][1])
    birth_date = factory.Sequence(lambda n: f"{1950 + n % 50}-01-{1 + n // 50 % 28:02}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    language = "de"
    situation = factory.LazyFunction(situation)
    verified_at = MONDAY
    created_at = MONDAY
    touched_at = MONDAY
    person_key = factory.LazyAttribute(
        lambda row: person_key(
            family_name=row.family_name, given_names=row.given_names, birth_date=row.birth_date
        )
    )
    address_key = factory.LazyAttribute(lambda row: digest("address", canonical_email(row.email)))
    proved_address_key = factory.LazyAttribute(
        lambda row: row.address_key if row.verified_at else ""
    )

    class Params:
        unverified = factory.Trait(verified_at=None)


class InvitationFactory(RowFactory[Invitation]):
    """An open invitation, without its person."""

    class Meta:
        model = Invitation

    reference = factory.Sequence(lambda n: f"INVT-{n:04}")
    quota = factory.SubFactory(QuotaFactory)
    issued_at = MONDAY
    valid_until = MONDAY + timedelta(days=14)


class InvitedFactory(ApplicantFactory):
    """Somebody with an open invitation."""

    invitation = factory.SubFactory(
        InvitationFactory, person_key=factory.SelfAttribute("..person_key")
    )
    situation = factory.LazyFunction(dict)
    unverified = True
    waived_at = MONDAY


class WaitingEntryFactory(RowFactory[WaitingEntry]):
    class Meta:
        model = WaitingEntry

    applicant = factory.SubFactory(ApplicantFactory)
    person_key = factory.SelfAttribute("applicant.person_key")
    joined_at = factory.Sequence(lambda n: MONDAY - timedelta(hours=1) + timedelta(seconds=n))
    ordered_at = factory.SelfAttribute("joined_at")

    class Params:
        displaced = factory.Trait(priority=0)
        leaving_on = factory.Trait(need_kind=NeedByKind.HARD)


def _begin_chain(
    appointment: Appointment, create: bool, extracted: object, **kwargs: object
) -> None:
    """The chain of events starts with the state the row was made in."""
    if create:
        AppointmentEvent.objects.create(
            appointment=appointment,
            version=appointment.version,
            action="made",
            to_status=appointment.status,
            slot=appointment.slot,
            actor="system",
            at=appointment.created_at,
        )


class AppointmentFactory(RowFactory[Appointment]):
    """An appointment in one state, with the events that led there left to the actions."""

    class Meta:
        model = Appointment
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda n: f"TEST-{n:04}")
    applicant = factory.SubFactory(ApplicantFactory)
    slot = factory.SubFactory(SlotFactory)
    status = Status.BOOKED
    person_key = factory.SelfAttribute("applicant.person_key")
    situation = factory.LazyFunction(situation)
    category = "expired"
    created_at = MONDAY
    booked_at = MONDAY

    class Params:
        held = factory.Trait(
            status=Status.HELD,
            booked_at=None,
            held_until=MONDAY + timedelta(minutes=10),
            free_from=MONDAY + timedelta(minutes=12),
        )
        offered = factory.Trait(
            status=Status.OFFERED,
            booked_at=None,
            entry=factory.SubFactory(
                WaitingEntryFactory, applicant=factory.SelfAttribute("..applicant")
            ),
            held_until=MONDAY + timedelta(hours=4),
            free_from=MONDAY + timedelta(hours=4),
        )
        checked_in = factory.Trait(status=Status.CHECKED_IN, checked_in_at=MONDAY)
        completed = factory.Trait(status=Status.COMPLETED, outcome="served", ended_at=MONDAY)
        no_show = factory.Trait(status=Status.NO_SHOW, ended_at=MONDAY)
        cancelled = factory.Trait(
            status=Status.CANCELLED, cancel_reason="by_applicant", ended_at=MONDAY
        )
        expired = factory.Trait(status=Status.EXPIRED, booked_at=None, ended_at=MONDAY)
        declined = factory.Trait(status=Status.DECLINED, booked_at=None, ended_at=MONDAY)
        displaced = factory.Trait(status=Status.DISPLACED, ended_at=MONDAY)

    first_event = factory.PostGeneration(_begin_chain)
