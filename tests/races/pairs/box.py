"""The terminal, the simulated doors, the controller, and what staff do to deposits."""

from __future__ import annotations

from typing import Any

from tests.pickup_box.making import CONTACT
from tests.races.pairs.lockers import Locker
from tests.races.pairs.scenarios import Scenario

DESK = "admin/pickup_box/"


def _deposit_page(stage: Locker) -> str:
    return f"/{DESK}deposit/{stage.deposit.pk}/change/"


def _act(name: str, state: str, **more: str) -> Scenario:
    return Scenario(
        name=f"box {name}" + (f" when {state}" if more.pop("again", "") else ""),
        address=f"{DESK}deposit/<int:pk>/act/",
        about="box",
        state=state,
        page=_deposit_page,
        form="",
        action="/act/",
        fill=lambda _stage: {"act": name, **more},
        by="staff",
    )


def _list(name: str, model: str, action: str, state: str, row: Any, **more: str) -> Scenario:
    return Scenario(
        name=f"box {name}",
        address=f"{DESK}{model}/",
        about="box",
        state=state,
        page=lambda stage: f"/{DESK}{model}/?id={row(stage)}",
        form="changelist-form",
        fill=lambda stage: {"action": action, "_selected_action": str(row(stage)), **more},
        by="staff",
    )


def _simulator(name: str, state: str, **more: Any) -> Scenario:
    return Scenario(
        name=f"box simulator {name}",
        address=f"<language>/box/<slug:slug>/simulator/{name}/",
        about="box",
        state=state,
        page=lambda stage: f"/en/box/{stage.box.slug}/simulator/",
        form="",
        action=f"/simulator/{name}/",
        **more,
    )


def _controller(name: str, state: str, told: Any) -> Scenario:
    return Scenario(
        name=f"box controller {name}",
        address="box/<slug:slug>/hardware",
        about="box",
        state=state,
        page=_deposit_page,
        by="stranger",
        make=lambda stage, client: stage.signed(client, {"event": name, **told(stage)}),
    )


def _new_deposit(stage: Locker) -> dict[str, str]:
    return {
        "box": str(stage.box.pk),
        "document_type": "eat",
        "case_reference": f"{stage.deposit.case_reference}-2",
        "holder_birth_date": "09.03.1987",
        "contact": CONTACT,
        "language": "de",
        "arrived_at_0": "2026-11-23",
        "arrived_at_1": "09:00:00",
    }


def _new_consent(stage: Locker) -> dict[str, str]:
    return {
        "box": str(stage.box.pk),
        "case_reference": f"{stage.deposit.case_reference}-3",
        "received_on": "2026-11-02",
        "language": "de",
    }


BOX = (
    _act("assign", "drafted"),
    _act("withdraw", "drafted", reason="asked for", again="yes"),
    _act("load", "assigned"),
    _act("give_back", "assigned"),
    _act("check_load", "unchecked"),
    _act("reissue", "notified"),
    _act("withdraw", "notified", reason="asked for"),
    _act("recall", "expired"),
    _act("remove", "recalled"),
    _act("confirm_empty", "collected"),
    _act("settle_empty", "unknown"),
    _act("settle_inside", "unknown"),
    _act("settle_taken_out", "fault"),
    Scenario(
        name="box scan",
        address=f"{DESK}box/<int:pk>/load/",
        about="box",
        state="assigned",
        page=lambda stage: f"/{DESK}box/{stage.box.pk}/load/",
        form="",
        has="reference",
        fill=lambda stage: {"act": "load", "reference": stage.deposit.reference},
        by="staff",
    ),
    Scenario(
        name="box switch",
        address=f"{DESK}box/<int:pk>/switch/",
        about="box",
        state="drafted",
        page=lambda stage: f"/{DESK}box/{stage.box.pk}/map/",
        form="",
        action="/switch/",
        fill=lambda _stage: {"act": "stop"},
        by="staff",
    ),
    Scenario(
        name="box new deposit",
        address=f"{DESK}deposit/add/",
        about="box",
        state="drafted",
        page=lambda _stage: f"/{DESK}deposit/add/",
        form="step",
        fill=_new_deposit,
        by="staff",
    ),
    Scenario(
        name="box amend",
        address=f"{DESK}deposit/<path:object_id>/change/",
        about="box",
        state="notified",
        page=_deposit_page,
        form="deposit_form",
        fill=lambda _stage: {"old_document": "expected"},
        by="staff",
    ),
    Scenario(
        name="box new consent",
        address=f"{DESK}consent/add/",
        about="box",
        state="drafted",
        page=lambda _stage: f"/{DESK}consent/add/",
        form="consent_form",
        fill=_new_consent,
        by="staff",
    ),
    _list(
        *("revoke", "consent", "revoke", "notified"),
        lambda stage: stage.deposit.consent_id,
        confirmed="1",
    ),
    _list("look", "compartment", "look", "assigned", Locker.compartment),
    _list("look into an empty one", "compartment", "look", "drafted", Locker.compartment),
    _list("close", "compartment", "close", "drafted", Locker.compartment),
    _list("reopen", "compartment", "reopen", "fault", Locker.compartment),
    _list("handle", "alarm", "handle", "fault", Locker.alarm),
    Scenario(
        name="box choose the counter",
        address="<language>/box/<slug:slug>/counter/",
        about="box",
        state="beside free counters",
        page=lambda stage: f"/en/box/{stage.box.slug}/counter/?more=1",
        fill=lambda stage: {
            "contact": CONTACT,
            "pickup_code": stage.code,
            "birth_date": "09.03.1987",
            "family_name": "Öztürk",
            "given_names": "Çağla",
        },
    ),
    Scenario(
        name="box collect",
        address="<language>/box/<slug:slug>/",
        about="box",
        state="notified",
        page=lambda stage: f"/en/box/{stage.box.slug}/",
        fill=lambda stage: {
            "contact": CONTACT,
            "pickup_code": stage.code,
            "birth_date": "09.03.1987",
        },
    ),
    Scenario(
        name="box old document",
        address="<language>/box/<slug:slug>/old-document/",
        about="box",
        state="identified",
        page=lambda stage: f"/en/box/{stage.box.slug}/old-document/",
    ),
    Scenario(
        name="box call staff",
        address="<language>/box/<slug:slug>/call/",
        about="box",
        state="notified",
        page=lambda stage: f"/en/box/{stage.box.slug}/",
        form="",
        action="/call/",
    ),
    Scenario(
        name="box finish",
        address="<language>/box/<slug:slug>/finish/",
        about="box",
        state="open door",
        page=lambda stage: f"/en/box/{stage.box.slug}/door/",
    ),
    _simulator("tick", "ordered"),
    _simulator("close", "open door", fill=lambda _stage: {"empty": "yes"}),
    _simulator("power", "opened"),
    _simulator("slot", "drafted"),
    _controller("ask", "ordered", lambda _stage: {}),
    _controller("opened", "ordered", lambda stage: {"order": stage.order()}),
    _controller("closed", "open door", lambda stage: {"order": stage.order(), "empty": True}),
    _controller("power", "opened", lambda _stage: {}),
    _controller("broken", "loaded", lambda stage: {"compartment": stage.number()}),
    _controller("slot", "drafted", lambda _stage: {}),
)
