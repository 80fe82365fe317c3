"""How often something may happen; kept in the database, so it holds when a broker is down."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, models
from django.http import HttpRequest


class Limit(models.Model):
    """How often one subject did one thing within one window; the key tells nobody who."""

    key = models.CharField(max_length=64)
    window = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key", "window"], name="limit_one_row_per_window")
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.window:%H:%M}"


def _cell(bucket: str, subject: str, *, per: timedelta, now: datetime) -> tuple[str, datetime]:
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
    # The day is part of the key: yesterday's rows can't be joined to today's.
    text = f"limit|{start:%Y-%m-%d}|{bucket}|{subject}"
    key = hmac.new(settings.PERSON_KEY_SECRET.encode(), text.encode(), hashlib.sha256)
    return key.hexdigest(), start


def used(bucket: str, subject: str, *, per: timedelta, now: datetime) -> int:
    """How often `subject` did what `bucket` names in the window `per` that `now` (UTC) lies in."""
    key, window = _cell(bucket, subject, per=per, now=now)
    row = Limit.objects.filter(key=key, window=window).values_list("count", flat=True).first()
    return row or 0


# One statement instead of three: every hold and every code passes here. Both databases know it.
_TAKE = """
    INSERT INTO foundation_limit (key, "window", count) VALUES (%s, %s, 1)
    ON CONFLICT (key, "window") DO UPDATE SET count = foundation_limit.count + 1
    WHERE foundation_limit.count < %s
"""


def take(bucket: str, subject: str, *, limit: int, per: timedelta, now: datetime) -> bool:
    """Counts one use and says whether it was within `limit`; atomic among all processes."""
    if limit < 1:
        return False
    key, window = _cell(bucket, subject, per=per, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, connection.ops.adapt_datetimefield_value(window), limit])
        return bool(cursor.rowcount)


def next_window(*, per: timedelta, now: datetime) -> datetime:
    """The UTC instant from which counting in `per` starts anew."""
    return _cell("", "", per=per, now=now)[1] + per


# What a right password gives back must not lift the limit above what it was.
_GIVE_BACK = """
    UPDATE foundation_limit SET count = count - 1 WHERE key = %s AND "window" = %s AND count > 0
"""


def give_back(bucket: str, subject: str, *, per: timedelta, now: datetime) -> None:
    """Takes back one use that `take` counted at `now`."""
    key, window = _cell(bucket, subject, per=per, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [key, connection.ops.adapt_datetimefield_value(window)])


def client_address(request: HttpRequest) -> str:
    """The address a request came from, for limits alone: never stored, never logged.

    With TRUSTED_PROXIES=n it is what the n-th proxy from us wrote, so a visitor can't choose it.
    One household gets a whole IPv6 /64, so that is what counts as one address.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        text = hops[-min(settings.TRUSTED_PROXIES, len(hops))].strip() or text
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"  # all who hide share one limit
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # or the whole of IPv4 would share one /64
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


def is_public(address: str) -> bool:
    """Whether an address counts for a visitor: not our own machine, network or forgotten proxy."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return True
    ours = found.is_loopback or found.is_unspecified  # the /64 of ::1 is written ::
    return not (ours or any(found in network for network in _PRIVATE))


def take_of_visitor(
    bucket: str, visitor: str, *, limit: int, per: timedelta, now: datetime
) -> bool:
    """As `take`, but for addresses of our own, and of a proxy: they say nothing of who visits."""
    return not is_public(visitor) or take(bucket, visitor, limit=limit, per=per, now=now)
