"""What caseworkers do to appointments, people who wait, and counters."""

from __future__ import annotations

from typing import Any

from django.test import Client

from booking.models import Closure, Counter, Slot
from tests.races.pairs.people import OWN, Person
from tests.races.pairs.scenarios import Request, Scenario, copied

DESK = "admin/booking/"


def _action(name: str, state: str, **more: Any) -> Scenario:
    return Scenario(
        name=f"desk {name}",
        address=f"{DESK}appointment/<path:object_id>/{name}/",
        about="person",
        state=state,
        page=lambda stage: f"/{DESK}appointment/{stage.appointment.pk}/{name}/",
        by="staff",
        **more,
    )


def _many(name: str, action: str, state: str) -> Scenario:
    return Scenario(
        name=f"desk {name} for many",
        address=f"{DESK}appointment/",
        about="person",
        state=state,
        page=lambda stage: f"/{DESK}appointment/?id={stage.appointment.pk}",
        form="changelist-form",
        fill=lambda stage: {"action": action, "_selected_action": str(stage.appointment.pk)},
        by="staff",
    )


def _of_entry(name: str, state: str) -> Scenario:
    return Scenario(
        name=f"desk {name}",
        address=f"{DESK}waitingentry/<path:object_id>/{name}/",
        about="person",
        state=state,
        page=lambda stage: f"/{DESK}waitingentry/{stage.entry.pk}/{name}/",
        by="staff",
    )


def _caller(stage: Person) -> dict[str, str]:
    """The same person calls and gets the spare time."""
    return {
        "category": "expired",
        "title_valid_until": "20.11.2026",
        "family_name": stage.family_name,
        "given_names": "Çağla",
        "birth_date": "01.01.1990",
        "phone": "0391 5401234",
        "language": "de",
        "slot": str(stage.spare.pk),
    }


def _waits(stage: Person, client: Client) -> Request:
    """The same person stands at the counter; the form comes by POST, so no page leads to it."""
    client.get(f"/{DESK}appointment/walk-in/check/?category=expired")  # for the token
    entries = _caller(stage) | {"category": "expired"}
    del entries["slot"]
    entries["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value
    return Request(copied(client), f"/{DESK}appointment/walk-in/wait/", entries, {})


def _correction(stage: Person) -> dict[str, str]:
    return {
        "family_name": f"Richtig {stage.family_name}",
        "given_names": "Ayla",
        "birth_date": "02.01.1990",
    }


def _other_counter(stage: Person) -> dict[str, str]:
    """A counter of one race, with a time when this person's begins."""
    beside = Counter.objects.filter(slug=f"{OWN}{stage.number}-beside").first()
    if beside is None:
        beside = Counter.objects.create(
            slug=f"{OWN}{stage.number}-beside",
            name={"de": f"Schalter neben {stage.number}"},
            group=stage.counter.group,
        )
        own = stage.own
        Slot.objects.create(counter=beside, starts_at=own.starts_at, ends_at=own.ends_at)
    return {"counter": str(beside.pk)}


def _closure(stage: Person) -> str:
    newest = Closure.objects.filter(counter=stage.counter).latest("pk")
    return f"/{DESK}closure/{newest.pk}/lift/"


def _of_invitation(name: str, **more: Any) -> Scenario:
    return Scenario(
        name=f"desk {name} an invitation",
        address=f"{DESK}invitation/<path:object_id>/{name}/",
        about="person",
        state="invited",
        page=lambda stage: f"/{DESK}invitation/{stage.invitation.pk}/{name}/",
        by="staff",
        **more,
    )


def _invited_again(stage: Person) -> dict[str, str]:
    """The same person and file."""
    return {
        "p0-family_name": stage.family_name,
        "p0-given_names": "Çağla",
        "p0-birth_date": "01.01.1990",
        "p0-email": stage.email,
        "p0-language": "de",
        "p0-case_reference": "4711/26",
    }


def _registered(stage: Person) -> dict[str, str]:
    """Somebody else, for the time that is left."""
    return {
        "family_name": stage.family_name,
        "given_names": "Deniz",
        "birth_date": "02.01.1990",
        "email": f"sibling.{stage.email}",
        "language": "de",
    }


CASEWORKERS = (
    _of_invitation("extend", fill=lambda _s: {"valid_until": "31.12.2026"}),
    _of_invitation("withdraw"),
    Scenario(
        name="desk invite",
        address=f"{DESK}invitation/invite/",
        about="person",
        state="invited",
        page=lambda stage: f"/{DESK}invitation/invite/?quota={stage.invitation.quota_id}",
        fill=_invited_again,
        by="staff",
    ),
    Scenario(
        name="register",
        address="register/",
        about="person",
        state="invited",
        page=lambda stage: f"/register/?quota={stage.invitation.quota_id}",
        fill=_registered,
        by="staff",
    ),
    Scenario(
        name="desk hand over",
        address=f"{DESK}quota/<path:object_id>/hand-over/",
        about="person",
        state="invited",
        page=lambda stage: f"/{DESK}quota/{stage.invitation.quota_id}/hand-over/",
        fill=lambda s: {"slots": str(s.spare.pk)},
        by="staff",
    ),
    _action("check-in", "booked"),
    _action("complete", "arrived", fill=lambda _s: {"outcome": "served"}),
    _action("no-show", "late"),
    _action("rebook", "booked", fill=lambda s: {"slot": str(s.spare.pk)}),
    _action("cancel", "booked", fill=lambda _s: {"reason": "duplicate"}),
    _action("put-back", "cancelled"),
    _action("take", "booked"),
    _action("hand-over", "booked", fill=lambda s: {"to": str(s.staff().pk)}),
    _action("note", "booked", fill=lambda s: {"text": f"Vermerk {s.number}"}),
    _action("call", "booked", fill=lambda _s: {"result": "not_reached"}),
    _action("counter", "booked", fill=_other_counter),
    _action("late-entry", "over", fill=lambda _s: {"outcome": "no_show", "reason": "outage"}),
    _action("correct", "booked", fill=_correction),
    _action("resend", "booked"),
    _many("not come", "mark_not_come", "late"),
    _many("send again", "send_again", "booked"),
    _of_entry("accept", "offered"),
    _of_entry("stand-in", "beside a missed time"),
    Scenario(
        name="desk by phone",
        address=f"{DESK}appointment/by-phone/details/",
        about="person",
        state="new",
        page=lambda _stage: f"/{DESK}appointment/by-phone/details/?category=expired",
        fill=_caller,
        by="staff",
    ),
    Scenario(
        name="desk walk-in waits",
        address=f"{DESK}appointment/walk-in/wait/",
        about="person",
        state="new",
        make=_waits,
        page=lambda _stage: f"/{DESK}appointment/walk-in/",
        by="staff",
    ),
    Scenario(
        name="desk namesake",
        address=f"{DESK}applicant/<path:object_id>/namesake/",
        about="person",
        state="flagged",
        page=lambda stage: f"/{DESK}applicant/{stage.applicant.pk}/namesake/",
        by="staff",
    ),
    Scenario(
        name="desk same person",
        address=f"{DESK}applicant/<path:object_id>/settle/",
        about="person",
        state="flagged",
        page=lambda stage: f"/{DESK}applicant/{stage.applicant.pk}/settle/",
        by="staff",
    ),
    Scenario(
        name="desk close",
        address=f"{DESK}closure/close/",
        about="person",
        state="at a counter of its own",
        page=lambda _stage: f"/{DESK}closure/close/",
        fill=lambda s: {"counter": str(s.counter.pk), "what": "today", "confirm": "yes"},
        by="staff",
    ),
    Scenario(
        name="desk lift",
        address=f"{DESK}closure/<path:object_id>/lift/",
        about="person",
        state="closed",
        page=_closure,
        by="staff",
    ),
    Scenario(
        name="desk hours",
        address=f"{DESK}counter/<path:object_id>/hours/",
        about="person",
        state="at a counter of its own",
        page=lambda stage: f"/{DESK}counter/{stage.counter.pk}/hours/",
        fill=lambda _s: {
            "valid_from": "01.03.2027",
            "replace": "no",
            "opens_1_1": "09:00",
            "closes_1_1": "11:00",
        },
        by="staff",
    ),
)
