"""Somebody on the way to an appointment, brought from state to state by the office's actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from types import SimpleNamespace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from booking import actions, notifications
from booking.actions.bookings import fulfil_entry
from booking.actions.holds import end_of_hold, new_appointment
from booking.actions.invitations import Invitee
from booking.actions.transitions import claim_slot, transition
from booking.deadlines import TOO_LATE_TO_OFFER
from booking.models import (
    Applicant,
    Appointment,
    Counter,
    Invitation,
    Quota,
    Slot,
    WaitingEntry,
)
from booking.models.applicants import Token, mint_code, mint_phone_code, mint_token
from booking.states import Status
from booking.views import applicant_session
from config.accounts.sessions import SessionStore
from config.foundation.actions import Refused
from config.foundation.office import current_office
from config.foundation.staff import Staff
from eligibility import situation
from eligibility.rules import Answers
from tests.races.pairs.scenarios import Apart

# A later state is never a way to an earlier one.
ORDER = (
    *(
        "new",
        "invited",
        "at a counter of its own",
        "eligible",
        "entered",
        "verified",
        "flagged",
        "waiting",
        "offered",
        "held",
    ),
    *("booked", "texted", "beside a missed time", "late", "over", "missed", "arrived"),
    *("completed", "cancelled", "closed"),
)
BEFORE = {
    "eligible": "new",
    "invited": "new",
    "entered": "eligible",
    "verified": "entered",
    "flagged": "verified",
    "waiting": "verified",
    "offered": "waiting",
    "held": "verified",
    "booked": "held",
    "texted": "booked",
    "late": "booked",
    "over": "late",
    "missed": "late",
    "arrived": "booked",
    "completed": "arrived",
    "cancelled": "booked",
    "beside a missed time": "waiting",
    "at a counter of its own": "new",
    "closed": "booked",
}
OWN = "own-"  # how the counters begin that one race has for itself
_seconds = count()


def _time(counter: Counter, first: datetime) -> Slot:
    # each at a second of its own: no two races meet at one row by chance
    starts_at = first.replace(microsecond=0) + timedelta(seconds=next(_seconds))
    ends_at = starts_at + timedelta(minutes=10)
    return Slot.objects.create(counter=counter, starts_at=starts_at, ends_at=ends_at)


class Person:
    """One person with a time of their own, a spare one, and browsers."""

    def __init__(self, number: str, *, counter: Counter, like: Person | None = None) -> None:
        self.number, self.counter = number, counter
        self.applicant: Applicant | None = None
        self.appointment: Appointment | None = None
        self.entry: WaitingEntry | None = None
        self.invitation: Invitation | None = None
        self.offer: Appointment | None = None
        self.state = "new"
        self.reached = {"new"}
        self.family_name = f"Öztürk {_letters(number)}"
        self.email: str = like.email if like else f"pair{number}@example.org"
        self.own = _time(counter, self.first_time())
        self.spare: Slot = like.spare if like else _time(counter, self.first_time())
        self._browsers: dict[str, Client] = {}

    def first_time(self) -> datetime:
        """From when on the times of the races begin: this afternoon."""
        return timezone.now().replace(hour=13, minute=0, second=0)

    # --- browsers -------------------------------------------------------------------------------

    def browser(self, who: str) -> Client:
        """`one` and `other` know this person; every other name is a browser that knows nobody."""
        if who not in self._browsers:
            client = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.1.2.3")
            self._browsers[who] = client
            if who in {"one", "other"}:
                self._remember(client)
        return self._browsers[who]

    def _remember(self, client: Client) -> None:
        """What the pages would have left in the session on the way to this state."""
        if not {"eligible", "invited"} & self.reached:
            return
        cookie = client.cookies.get("session")
        session = SessionStore(cookie.value if cookie else None)
        request: Any = SimpleNamespace(session=session, COOKIES={})
        if "invited" in self.reached:
            applicant_session.remember_invited(request, self._fresh(), now=timezone.now())
        else:
            situation.resume(session, _situation())
        if "eligible" in self.reached and self.applicant is not None:
            applicant_session.remember(request, self.applicant, now=timezone.now())
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
            raise Apart(f"{self.state} -> {state}: {refusal.code}") from refusal
        except IntegrityError as refusal:
            raise Apart(f"{self.state} -> {state}: by a constraint") from refusal
        self.reached.add(state)
        self.state = state
        for who in {"one", "other"} & set(self._browsers):
            self._remember(self._browsers[who])

    def entries(self, **changes: Any) -> dict[str, Any]:
        """What this person types, in stored form."""
        return {
            "family_name": self.family_name,
            "given_names": "Çağla",
            "birth_date": "1990-01-01",
            "email": self.email,
            "phone": "",
            "access_need": "",
            "language": "en",
            "situation": _situation(),
        } | changes

    def _to_eligible(self, now: datetime) -> None:
        if "invited" in self.reached:
            raise Apart("whoever was invited enters nothing")

    def _to_invited(self, now: datetime) -> None:
        if self.applicant is not None or self.spare.quota_id is not None:
            raise Apart("whoever has entered something is not invited")
        quota = Quota.objects.create(
            slug=f"{OWN}{self.number}", name={"de": f"Kontingent {self.number}"}, slot_minutes=10
        )
        quota.registrars.set(Staff.objects.all())
        times = Slot.objects.filter(pk__in=[self.own.pk, self.spare.pk])
        with transaction.atomic():
            list(times.select_for_update(no_key=True))
            if times.free(now=now).count() < len((self.own, self.spare)):
                # they were everybody's until now, and the other process took one
                raise Apart("somebody was faster")
            times.update(quota=quota)
        self.invitation = actions.invite(
            quota=quota,
            people=[self.invitee()],
            valid_until=None,
            quiet=False,
            now=now,
            by=self.staff(),
        )[0]
        self.applicant = self.invitation.applicant

    def invitee(self) -> Invitee:
        """This person as the office enters them."""
        entries = self.entries()
        del entries["situation"]
        return Invitee(**entries, case_reference="4711/26")

    def _to_entered(self, now: datetime) -> None:
        self.applicant = actions.save_draft(
            applicant=None, verified=None, now=now, **self.entries()
        )

    @cached_property
    def code(self) -> str:
        """The code that proves the address."""
        return mint_code(self._fresh(), now=timezone.now())

    # The rows that verifying, holding and booking leave, without the questions they ask before:
    # every race comes this way, and the races themselves ask them.

    def _to_verified(self, now: datetime) -> None:
        mine = Applicant.objects.filter(pk=self._fresh().pk)
        mine.update(verified_at=now, proved_address_key=F("address_key"), touched_at=now)

    def _to_flagged(self, now: datetime) -> None:
        Applicant.objects.filter(pk=self._fresh().pk).update(flagged_at=now)

    def _to_waiting(self, now: datetime) -> None:
        self.entry = actions.join(applicant=self._fresh(), now=now)

    def _to_offered(self, now: datetime) -> None:
        assert self.entry is not None
        slot = _time(self.counter, self.first_time())
        with transaction.atomic():  # the other process may look at the invariants in between
            claim_slot(slot.pk, quota=None, now=now, quarantined=True)
            self.offer = new_appointment(
                self._fresh(),
                slot_id=slot.pk,
                status=Status.OFFERED,
                action="offer",
                now=now,
                entry=self.entry,
                system=True,
                free_from=slot.starts_at - TOO_LATE_TO_OFFER,
            )
            notifications.enqueue_offer(self.offer, now=now)

    def _to_held(self, now: datetime) -> None:
        held_until, free_from = end_of_hold(current_office(), now=now)
        with transaction.atomic():
            self.appointment = new_appointment(
                self._fresh(),
                slot_id=self.own.pk,
                status=Status.HELD,
                action="hold",
                now=now,
                held_until=held_until,
                free_from=free_from,
            )

    def _to_booked(self, now: datetime) -> None:
        row = self._row()
        with transaction.atomic():
            transition(row, Status.BOOKED, action="book", now=now, booked_at=now)
            fulfil_entry(row, now=now)
            notifications.enqueue_confirmation(row, now=now)

    def _to_texted(self, now: datetime) -> None:
        mobile = f"+49151{int(self.number.encode().hex(), 16) % 10**8:08}"
        Applicant.objects.filter(pk=self._fresh().pk).update(text_me=True, phone=mobile)

    @cached_property
    def phone_code(self) -> str:
        """The code that proves the number."""
        return mint_phone_code(self._fresh(), now=timezone.now())

    def _to_late(self, now: datetime) -> None:
        begun = now.replace(microsecond=0) - timedelta(minutes=8, microseconds=next(_seconds))
        before = now - timedelta(hours=2)
        with transaction.atomic():  # the other process may look at the invariants in between
            Appointment.objects.filter(pk=self._row().pk).update(
                created_at=before, booked_at=before
            )
            Slot.objects.filter(pk=self.own.pk).update(
                starts_at=begun, ends_at=begun + timedelta(minutes=30)
            )

    def _to_over(self, now: datetime) -> None:
        Slot.objects.filter(pk=self.own.pk).update(ends_at=now - timedelta(minutes=2))

    def _to_missed(self, now: datetime) -> None:
        actions.mark_no_show(appointment=self._row(), now=now, by=self.staff())

    def _to_arrived(self, now: datetime) -> None:
        actions.check_in(appointment=self._row(), now=now, by=self.staff())

    def _to_completed(self, now: datetime) -> None:
        served = Appointment.Outcome.SERVED
        actions.complete(
            appointment=self._row(), outcome=served, missing=[], now=now, by=self.staff()
        )

    def _to_cancelled(self, now: datetime) -> None:
        office = Appointment.CancelReason.OFFICE
        actions.cancel(appointment=self._row(), reason=office, now=now, by=self.staff())

    def _to_beside_a_missed_time(self, now: datetime) -> None:
        missed = Person(f"{self.number}0", counter=self.counter)
        missed.reach("missed")
        # the caseworker's page takes the first of these times: it should be this one
        Slot.objects.filter(pk=missed.own.pk).update(starts_at=now - timedelta(minutes=25))

    def _to_at_a_counter_of_its_own(self, now: datetime) -> None:
        group = self.counter.group
        self.counter = Counter.objects.create(
            slug=f"{OWN}{self.number}", name={"de": f"Schalter {self.number}"}, group=group
        )
        mine = [self.own.pk, self.spare.pk]
        Slot.objects.filter(pk__in=mine).update(counter=self.counter)

    def _to_closed(self, now: datetime) -> None:
        self.reach("at a counter of its own")
        end = now + timedelta(hours=12)
        actions.close(
            counter=self.counter, starts_at=now, ends_at=end, reason={}, now=now, by=self.staff()
        )

    def staff(self) -> Staff:
        """Whoever acted at the desk before."""
        return Staff.objects.get(username="chief")

    def _fresh(self) -> Applicant:
        assert self.applicant is not None
        return Applicant.objects.get(pk=self.applicant.pk)

    def _row(self) -> Appointment:
        rows = Appointment.objects.select_related("slot", "applicant")
        assert self.appointment is not None
        return rows.get(pk=self.appointment.pk)

    # --- what pages and forms need --------------------------------------------------------------

    def link(self, purpose: str) -> str:
        """The path that a letter carries."""
        assert self.applicant is not None
        secret = mint_token(
            purpose=Token.Purpose(purpose), subject=self.applicant.subject, now=timezone.now()
        )
        return f"/en/{purpose}/{secret}/"

    def rest(self) -> None:
        """Takes the times that nobody took off the pages of the races to come."""
        later = timezone.now() + timedelta(days=1)
        Slot.objects.filter(counter=self.counter, pk__gte=self.own.pk).update(bookable_from=later)


def _situation() -> dict[str, Any]:
    today = timezone.localdate(timezone.now(), current_office().zone)
    answers = Answers(title_valid_until=today - timedelta(days=3))
    return situation.assess("expired", answers, today=today).snapshot


def _letters(number: str) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in number if digit.isdigit())
