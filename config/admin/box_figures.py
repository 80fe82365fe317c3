"""What the statistics tell about the pickup boxes."""

from __future__ import annotations

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from booking.statistics import Span, Table, instants
from pickup_box.models import Box, Compartment, DepositEvent
from pickup_box.models.deposit import CHOOSE_COUNTER
from pickup_box.states import Status


def box_tables(span: Span) -> list[Table]:
    """How full the boxes are now, and what went through them in these days."""
    doors = Compartment.objects
    found = doors.values("box").annotate(
        taken=Count("pk", filter=Q(pk__in=doors.occupied().values("pk"))),
        free=Count("pk", filter=Q(pk__in=doors.free().values("pk"))),
        all=Count("pk"),
    )
    counts = {row["box"]: (row["taken"], row["free"], row["all"]) for row in found.order_by()}
    boxes = Box.objects.order_by("pk")
    rows = [[str(box), *counts.get(box.pk, (0, 0, 0))] for box in boxes]
    head = (_("pickup box"), _("occupied"), _("free"), _("compartments"))
    title = _("Pickup boxes")
    return [Table(key="box", title=title, head=head, rows=rows, whole=3), _way(span)]


def _way(span: Span) -> Table:
    since, until = instants(span)
    steps = {
        _("recorded"): Q(action="draft"),
        _("put in"): Q(action="load"),
        _("collected"): Q(to_status=Status.COLLECTED) & ~Q(from_status=Status.COLLECTED),
        _("not collected in time"): Q(to_status=Status.EXPIRED),
        _("counter chosen instead"): Q(action=CHOOSE_COUNTER),
        _("withdrawn"): Q(to_status=Status.WITHDRAWN) & ~Q(action=CHOOSE_COUNTER),
    }
    counts = DepositEvent.objects.filter(at__gte=since, at__lt=until).aggregate(
        **{f"n{at}": Count("pk", filter=step) for at, step in enumerate(steps.values())}
    )
    rows = [[name, counts[f"n{at}"]] for at, name in enumerate(steps)]
    head = (_("step"), _("documents"))
    title = _("Documents on their way through the boxes")
    return Table(key="box_steps", title=title, head=head, rows=rows if any(counts.values()) else [])
