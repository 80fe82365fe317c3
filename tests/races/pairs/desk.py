"""What caseworkers do to appointments, people who wait, and counters."""

from __future__ import annotations

from typing import Any

from booking.models import Closure
from tests.races.pairs.people import Person
from tests.races.pairs.scenarios import Scenario

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
        "title_valid_until": "20.11.2026",
        "family_name": stage.family_name,
        "given_names": "Çağla",
        "birth_date": "01.01.1990",
        "phone": "0391 5401234",
        "language": "de",
        "slot": str(stage.spare.pk),
    }


def _correction(stage: Person) -> dict[str, str]:
    return {
        "family_name": f"Richtig {stage.family_name}",
        "given_names": "Ayla",
        "birth_date": "02.01.1990",
    }


def _closure(stage: Person) -> str:
    newest = Closure.objects.filter(counter=stage.counter).latest("pk")
    return f"/{DESK}closure/{newest.pk}/lift/"


CASEWORKERS = (
    _action("check-in", "booked"),
    _action("complete", "arrived", fill=lambda _s: {"outcome": "served"}),
    _action("no-show", "late"),
    _action("rebook", "booked", fill=lambda s: {"slot": str(s.spare.pk)}),
    _action("cancel", "booked", fill=lambda _s: {"reason": "duplicate"}),
    _action("put-back", "cancelled"),
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
        name="desk namesake",
        address=f"{DESK}applicant/<path:object_id>/namesake/",
        about="person",
        state="flagged",
        page=lambda stage: f"/{DESK}applicant/{stage.applicant.pk}/namesake/",
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
