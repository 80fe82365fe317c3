"""Before a message of the box leaves its code is minted and the days to collect begin."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.foundation.actions import action
from config.foundation.notification_kinds import Attempt, prepares
from config.foundation.outbox import Notification
from pickup_box import codes
from pickup_box.deadlines import last_day, reminder_day
from pickup_box.hashing import code_hash
from pickup_box.models import Box, Deposit
from pickup_box.notifications import deposit_of
from pickup_box.states import Status
from pickup_box.transitions import note, refuse, transition

REMIND_AT = time(9, 0)  # local


@prepares("pickup_ready")
def prepare_ready(notification: Notification, now: datetime) -> Attempt | None:
    """Mints the code and notifies the deposit: the days to collect count from `now` (UTC)."""
    deposit = deposit_of(notification, Status.LOADED, Status.NOTIFIED)
    code = deposit and _issue_code(deposit, counts_from_now=True, now=now)
    return Attempt(now=now, code=code) if code else None


@prepares("pickup_reminder")
def prepare_reminder(notification: Notification, now: datetime) -> Attempt | None:
    """Mints another code, or none where wrong tries have blocked the deposit."""
    deposit = deposit_of(notification, Status.NOTIFIED)
    if deposit is None or (deposit.collect_until and deposit.collect_until <= now):
        return None
    code = "" if deposit.is_blocked else _issue_code(deposit, counts_from_now=False, now=now)
    return None if code is None else Attempt(now=now, code=code)


def deadline(box: Box, *, told_at: datetime) -> tuple[datetime, datetime]:
    """(the instant before which a person told at `told_at` may collect, that of the reminder)."""
    zone = ZoneInfo(box.time_zone)
    last = last_day(
        box.local_day(told_at), days=box.storage_days, state=box.state, weekdays=box.weekdays
    )
    remind = reminder_day(last, before=box.reminder_days, state=box.state, weekdays=box.weekdays)
    midnight = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    return midnight, datetime.combine(remind, REMIND_AT, tzinfo=zone)


def _issue_code(deposit: Deposit, *, counts_from_now: bool, now: datetime) -> str | None:
    """A fresh code that opens `deposit`; None when it can't be collected any more."""
    while True:
        code = codes.mint()
        hashed = code_hash(
            box=deposit.box,
            contact=deposit.contact,
            code=code,
            birth_date=deposit.holder_birth_date,
        )
        if not _is_used(deposit, hashed):
            break
    kept = _keep_code(deposit=deposit, hashed=hashed, counts_from_now=counts_from_now, now=now)
    return code if kept else None


def _is_used(deposit: Deposit, hashed: str) -> bool:
    same = Deposit.objects.filter(contact=deposit.contact, status=Status.NOTIFIED)
    return same.filter(code_hashes__contains=hashed).exists()


@action
def _keep_code(*, deposit: Deposit, hashed: str, counts_from_now: bool, now: datetime) -> bool:
    issue = deposit.issue
    deposit.refresh_from_db()
    if deposit.issue != issue:
        return False  # replaced while this was hashed: its own message is on its way
    until, remind_at = deadline(deposit.box, told_at=now)
    if deposit.status == Status.LOADED:
        transition(
            deposit,
            to=Status.NOTIFIED,
            action="notify",
            now=now,
            code_hashes=hashed,
            wrong_tries=0,
            collect_until=until,
            remind_at=remind_at,
        )
        return True
    # A notification that is tried again brings another code beside the first. The days start anew,
    # unless the office only replaced the code.
    anew = counts_from_now and deposit.issue == 0
    columns = {"collect_until": until, "remind_at": remind_at} if anew else {}
    valid = Deposit.objects.filter(pk=deposit.pk, issue=deposit.issue, status=Status.NOTIFIED)
    valid = valid.filter(collect_until__gt=now, wrong_tries__lt=codes.TRIES)
    kept = valid.filter(code_hashes=deposit.code_hashes).update(
        code_hashes=codes.append_hash(deposit.code_hashes, hashed), **columns
    )
    if not kept:
        if valid.exists():
            raise refuse(deposit)  # another message added its code just now: try again
        return False
    deposit.refresh_from_db()
    note(deposit, action="issue_code", now=now)
    return True
