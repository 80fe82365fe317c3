"""One scan after the other at the box: each does what is next for its document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from config.foundation.staff import Staff
from pickup_box.actions import deposits
from pickup_box.admin.deposit_actions import ACTS, told
from pickup_box.models import Box, Deposit, Opening
from pickup_box.states import Status

_NEXT = {Status.DRAFTED: "assign", Status.LOADED: "check_load"}


def scan(*, box: Box, reference: str, by: Staff, now: datetime) -> Iterator[str]:
    """Does what is next for the document with this reference; tells each thing it has done.

    A document that `by` has put in before, behind a door that is closed again, counts as loaded
    with the next scan. Raises what the actions raise; what was done before stays done.
    """
    deposit = deposits.find(reference=reference)
    for each in _behind_closed_doors(box, by).exclude(pk=deposit.pk):
        deposits.load(deposit=each, by=by, now=now)
        yield told(each, "load", by=by, now=now)
    act = ACTS[_NEXT.get(Status(deposit.status), "load")]
    deposit = act.do(deposit, by=by, now=now, reason="")
    yield told(deposit, act.step, by=by, now=now)


def _behind_closed_doors(box: Box, by: Staff) -> QuerySet[Deposit]:
    """What `by` had a door opened for and closed it again, unless its sensor says it is empty."""
    opened = Opening.objects.filter(
        kind=Opening.Kind.LOAD, by=by, deposit=OuterRef("pk"), compartment=OuterRef("compartment")
    ).order_by("-pk")
    reserved = Deposit.objects.filter(box=box, status=Status.ASSIGNED)
    last = reserved.annotate(
        closed=Subquery(opened.values("closed_at")[:1]),
        empty=Subquery(opened.values("found_empty")[:1]),
    )
    full = Q(empty=None) | Q(empty=False)
    return last.filter(full, closed__isnull=False).order_by("status_since", "pk")
