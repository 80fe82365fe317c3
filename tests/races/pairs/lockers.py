"""One deposit in a box of its own, brought from state to state by the actions of the box."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta

from django.test import Client
from django.utils import timezone

from booking.models import Counter, Quota, Slot
from config.accounts.sessions import SessionStore
from config.foundation.actions import Refused
from config.foundation.staff import Staff
from pickup_box import hardware
from pickup_box.actions import boxes, deposits, doors, prepare_notifications, recalls, visits
from pickup_box.models import Alarm, Deposit, Opening
from pickup_box.views.terminal import IDENTIFIED, OPENED
from tests.factories import CounterGroupFactory
from tests.pickup_box.making import BORN, CONTACT, make_box, make_draft
from tests.races.pairs.scenarios import Apart, Request, copied

ORDER = (
    *("drafted", "ordered", "assigned", "unchecked", "loaded", "notified", "identified"),
    "beside free counters",
    *("opened", "open door", "unknown", "collected", "expired", "withdrawn", "recalled", "fault"),
)
BEFORE = {
    "ordered": "drafted",
    "assigned": "ordered",
    "unchecked": "assigned",
    "loaded": "assigned",
    "notified": "loaded",
    "identified": "notified",
    "beside free counters": "notified",
    "opened": "notified",
    "open door": "opened",
    "unknown": "opened",
    "collected": "opened",
    "expired": "notified",
    "withdrawn": "notified",
    "recalled": "expired",
    "fault": "loaded",
}


class Locker:
    """A simulated box of four compartments, one of them for this deposit."""

    def __init__(self, number: str) -> None:
        self.by = Staff.objects.get(username="chief")
        self.second = Staff.objects.get(username="second")
        now = timezone.now()
        self.box = make_box(slug=f"pair-{number}", simulated=True, storage_days=7)
        case = f"AZ-{number}"
        self.deposit = make_draft(self.box, self.by, case_reference=case, now=now)
        self.code = ""
        self.reached = {"drafted"}
        self._browsers: dict[str, Client] = {}

    # --- browsers -------------------------------------------------------------------------------

    def browser(self, who: str) -> Client:
        """The screen of the box; `other` is another browser."""
        if who not in self._browsers:
            self._browsers[who] = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.1.2.4")
            self._remember(self._browsers[who])
        return self._browsers[who]

    def _remember(self, client: Client) -> None:
        known: dict[str, object] = {}
        if "identified" in self.reached:
            deposit = self._row()
            known[IDENTIFIED] = [deposit.pk, deposit.issue, timezone.now().isoformat()]
        if "opened" in self.reached:
            known[OPENED] = Opening.objects.filter(deposit=self.deposit).latest("pk").pk
        if not known:
            return
        cookie = client.cookies.get("session")
        session = SessionStore(cookie.value if cookie else None)
        session.update(known)
        session.save()
        client.cookies["session"] = str(session.session_key)

    # --- states ---------------------------------------------------------------------------------

    def reach(self, state: str) -> None:
        """Goes on to `state` by the actions; raises Apart when that is no longer possible."""
        if state in self.reached:
            return
        if state in BEFORE:
            self.reach(BEFORE[state])
        try:
            getattr(self, f"_to_{state.replace(' ', '_')}")(timezone.now())
        except Refused as refusal:
            raise Apart(f"-> {state}: {type(refusal).__name__}") from refusal
        self.reached.add(state)
        for client in self._browsers.values():
            self._remember(client)

    def _to_ordered(self, now: datetime) -> None:
        deposits.assign(deposit=self._row(), by=self.by, now=now)

    def _to_assigned(self, now: datetime) -> None:
        self.shut(now)

    def _to_unchecked(self, now: datetime) -> None:
        type(self.box).objects.filter(pk=self.box.pk).update(four_eyes=True)
        deposits.load(deposit=self._row(), by=self.second, now=now)
        self.reached.add("loaded")

    def _to_loaded(self, now: datetime) -> None:
        deposits.load(deposit=self._row(), by=self.by, now=now)

    def _to_notified(self, now: datetime) -> None:
        if self._row().box.four_eyes and self._row().checked_by is None:
            deposits.check_load(deposit=self._row(), by=self.by, now=now)
        row = self._row()
        self.code = prepare_notifications._issue_code(row, counts_from_now=True, now=now) or ""
        if not self.code:
            raise Apart("no code any more")

    def _to_beside_free_counters(self, now: datetime) -> None:
        quota, _made = Quota.objects.get_or_create(
            collects=True,
            defaults={"slug": "collection", "name": {"de": "Abholung"}, "slot_minutes": 10},
        )
        counter, _made = Counter.objects.get_or_create(
            slug="collection",
            defaults={"name": {"de": "Abholung"}, "group": CounterGroupFactory(slug="collection")},
        )
        # at a second of its own: no two races meet at one row by chance
        starts_at = now + timedelta(days=2, microseconds=self.deposit.pk)
        Slot.objects.create(
            quota=quota,
            counter=counter,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=10),
        )

    def _to_identified(self, now: datetime) -> None:
        if self._row().status != "notified":
            raise Apart("not collectable any more")
        Deposit.objects.filter(pk=self.deposit.pk).update(old_document="expected")

    def _to_opened(self, now: datetime) -> None:
        if "identified" in self.reached:
            raise Apart("asked for the old document")
        visits.collect(box=self.box, contact=CONTACT, code=self.code, birth_date=BORN, now=now)

    def _to_open_door(self, now: datetime) -> None:
        for opening in Opening.objects.running().filter(box=self.box):
            doors.door_opened(box=self.box, nonce=opening.nonce, now=now)

    def _to_unknown(self, now: datetime) -> None:
        doors.power_returned(box=self.box, now=now)
        self._must_be("unknown")

    def _to_collected(self, now: datetime) -> None:
        self.shut(now)
        self._must_be("collected")

    def _to_expired(self, now: datetime) -> None:
        if self._row().status != "notified":
            raise Apart("not waiting any more")
        Deposit.objects.filter(pk=self.deposit.pk).update(collect_until=now)
        recalls._expire(deposit=self._row(), now=now + timedelta(seconds=1))
        self._must_be("expired")

    def _to_withdrawn(self, now: datetime) -> None:
        deposits.withdraw(deposit=self._row(), by=self.by, reason="asked for", now=now)

    def _to_recalled(self, now: datetime) -> None:
        recalls.recall(deposit=self._row(), by=self.by, now=now)
        self.shut(now)

    def _to_fault(self, now: datetime) -> None:
        boxes.report_broken(box=self.box, number=self.number(), now=now)
        self._must_be("fault")

    def _must_be(self, status: str) -> None:
        if self._row().status != status:
            raise Apart(f"is {self._row().status} and not {status}")

    def shut(self, now: datetime) -> None:
        """Whatever door is being opened opens and closes."""
        for opening in Opening.objects.running().filter(box=self.box):
            doors.door_opened(box=self.box, nonce=opening.nonce, now=now)
            doors.door_closed(box=self.box, nonce=opening.nonce, found_empty=None, now=now)

    def _row(self) -> Deposit:
        return Deposit.objects.select_related("box", "compartment").get(pk=self.deposit.pk)

    # --- what pages and forms need --------------------------------------------------------------

    def compartment(self) -> int:
        """The deposit's own, or the first one while it has none."""
        return int(self._row().compartment_id or self.box.compartments.order_by("number")[0].pk)

    def number(self) -> int:
        """What stands on that door."""
        return int(self.box.compartments.get(pk=self.compartment()).number)

    def alarm(self) -> int:
        """An alarm of this box that nobody has handled."""
        found, _made = Alarm.objects.get_or_create(
            box=self.box,
            kind=Alarm.Kind.NOT_TAKEN,
            cause=f"pairs/{self.box.pk}",
            defaults={"at": timezone.now()},
        )
        return int(found.pk)

    def order(self) -> str:
        """The number of the newest order to open a door."""
        newest = Opening.objects.filter(box=self.box).order_by("-pk").first()
        if newest is None:
            raise Apart("no door was ordered")
        return str(newest.nonce)

    def signed(self, client: Client, told: dict[str, object]) -> Request:
        """What the controller of the cabinet sends."""
        path, body = f"/box/{self.box.slug}/hardware", json.dumps(told)
        stamp, nonce = str(int(timezone.now().timestamp())), uuid.uuid4().hex
        signature = hardware.sign(hardware.key_of(self.box), stamp, nonce, path, body)
        headers = {"Box-Timestamp": stamp, "Box-Nonce": nonce, "Box-Signature": signature}
        return Request(copied(client), path, body, headers)

    def rest(self) -> None:
        """Leaves no door open: minutes later it would need an alarm."""
        doors.power_returned(box=self.box, now=timezone.now())
