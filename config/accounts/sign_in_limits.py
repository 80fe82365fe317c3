"""How often somebody may guess at the sign-in of staff: rows of `limits`, in no cache.

Who guesses can close an account to strangers, never to its owner: a device or an address from
which its owner has signed in before has tries of its own. A passkey is not guessed and not counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.foundation import limits
from config.foundation.persons import digest
from config.foundation.staff import KnownSource, Staff

MINUTE, QUARTER, HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)
TRIES = 5  # at one account from one source within a quarter of an hour
STRANGE_TRIES = 20  # from one address at whatever accounts don't know it, within an hour
# An office shares one address; each member of staff is one person.
FORMS_PER_SOURCE, FORMS_PER_USER = 60, 20  # within a minute

DEVICE_COOKIE = "__Host-known-device" if settings.HTTPS else "known-device"
DEVICE_KEPT = timedelta(days=90)
ACCOUNTS_PER_DEVICE = 20
_SALT = "known device"


@dataclass(frozen=True)
class Secret:
    """What somebody guesses, and how often all strange sources together may at one account."""

    name: str
    guesses_per_hour: int


PASSWORD = Secret("password", 30)
# Three codes of a million are right at any time: these many guesses find one in four years.
CODE = Secret("code", 10)


@dataclass(frozen=True)
class _Bucket:
    name: str
    subject: str
    limit: int
    per: timedelta

    def take(self, now: datetime) -> bool:
        return limits.take(self.name, self.subject, limit=self.limit, per=self.per, now=now)

    def give_back(self, now: datetime) -> None:
        limits.give_back(self.name, self.subject, per=self.per, now=now)


@dataclass(frozen=True)
class Attempt:
    """One guess that was counted."""

    buckets: list[_Bucket]
    at: datetime

    def give_back(self) -> None:
        """It was right: nothing was guessed."""
        for bucket in self.buckets:
            bucket.give_back(self.at)


def begin(request: HttpRequest, *, account: str, secret: Secret, now: datetime) -> Attempt | None:
    """Counts a guess at the `secret` of `account`; None when it may not even be tried."""
    taken: list[_Bucket] = []
    for bucket in _buckets(request, _spelt(account), secret):
        if not bucket.take(now):
            # what is not tried counts nowhere, or one address could use up everybody's guesses
            Attempt(taken, now).give_back()
            return None
        taken.append(bucket)
    return Attempt(taken, now)


def _buckets(request: HttpRequest, account: str, secret: Secret) -> list[_Bucket]:
    device, known = _device(request)
    if device and _mark(device, account) in known:
        return [_source(secret, account, f"device {device}")]
    address = limits.client_address(request)
    own = _source(secret, account, f"address {address}")
    if KnownSource.objects.filter(key=_source_key(account, address)).exists():
        return [own]
    strangers = f"signin {secret.name} strangers"
    return [
        own,
        _Bucket("signin strange address", address, STRANGE_TRIES, HOUR),
        _Bucket(strangers, account, secret.guesses_per_hour, HOUR),
    ]


def _source(secret: Secret, account: str, source: str) -> _Bucket:
    return _Bucket(f"signin {secret.name}", f"{account}|{source}", TRIES, QUARTER)


def remember(request: HttpRequest, response: HttpResponse, staff: Staff, *, now: datetime) -> None:
    """From now on `staff` are known at this address and on this device."""
    account = _spelt(staff.get_username())
    address = limits.client_address(request)
    KnownSource.objects.update_or_create(
        key=_source_key(account, address), defaults={"seen_at": now}
    )
    device, known = _device(request)
    device = device or secrets.token_hex(8)
    marks = [_mark(device, account), *(mark for mark in known if mark != _mark(device, account))]
    response.set_signed_cookie(
        DEVICE_COOKIE,
        ".".join([device, *marks[:ACCOUNTS_PER_DEVICE]]),
        salt=_SALT,
        max_age=DEVICE_KEPT,
        httponly=True,
        secure=settings.HTTPS,
        samesite="Lax",
    )


def is_flood(request: HttpRequest, *, now: datetime) -> bool:
    """Whether more forms of sign-in come from one source, or one member of staff, than fit."""
    if isinstance(request.user, Staff):
        user, most = f"user {request.user.pk}", FORMS_PER_USER
        return not limits.take("signin forms", user, limit=most, per=MINUTE, now=now)
    # strangers at the address of the office must not keep its own devices out
    device, _known = _device(request)
    source = f"device {device}" if device else f"address {limits.client_address(request)}"
    return not limits.take("signin forms", source, limit=FORMS_PER_SOURCE, per=MINUTE, now=now)


def _spelt(account: str) -> str:
    return account.strip().casefold()


def _source_key(account: str, address: str) -> str:
    return digest("known source", account, address)


def _mark(device: str, account: str) -> str:
    return digest("known device", device, account)[:16]


def _device(request: HttpRequest) -> tuple[str, list[str]]:
    """The device that sent the request, if it is known, and the marks of whom it knows."""
    told = request.get_signed_cookie(DEVICE_COOKIE, default="", salt=_SALT, max_age=DEVICE_KEPT)
    device, *known = (told or "").split(".")
    return device, known
