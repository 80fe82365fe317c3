"""What the database says about the service, for a collector: the same from every process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from resource import RUSAGE_SELF, getrusage

from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from booking.models import Appointment, AppointmentEvent, Slot, WaitingEntry
from booking.states import PROVISIONAL, Status
from config.foundation.broken_invariants import BrokenInvariant
from config.foundation.office import Office
from config.foundation.outbox import Notification, waiting
from config.operations.health import NEVER, measure
from documents.applications.models import Application, File
from documents.applications.states import FileState, Scan
from documents.applications.states import Status as ApplicationStatus
from pickup_box.models import Alarm, Compartment, Deposit
from pickup_box.states import OCCUPYING

logger = logging.getLogger(__name__)

PREFIX = "soforttermin"
KILOBYTE = 1024
# The findings of health under names with base units, and what each means.
FINDINGS = {
    "clock_skew_seconds": "Between this machine's clock and the database's.",
    "migrations_missing": "Migrations that the database lacks.",
    "letters_due": "Letters that should have left by now.",
    "letters_delay_seconds": "Since the oldest of them became due.",
    "letters_retried": "Waiting letters that left at no first try.",
    "letters_failed": "Letters given up within a day.",
    "letters_broken": "Of them, those that the program could not write.",
    "letters_bounced": "Letters that came back within a day.",
    "relay_failing_seconds": "Since the mail server was last reached, 0 when it is.",
    "bounce_mailbox_failing_seconds": "Since the mailbox of bounces was last read, 0 when it is.",
    "sweep_age_seconds": "Since a periodic task last came to its end; nothing if it never did.",
    "invariants_broken": "Rows that must never exist, asked every hour.",
    "over_retention": "Rows that should have been gone for a day.",
    "disk_free_ratio": "Share of the disk that is free where the data lies.",
}


class StateCollector(Collector):
    """Asks the database when it is asked, and says so when there is none."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Whether the database answers, and each group that it answered in time."""
        up = _database_answers()
        yield _gauge("database_up", "Whether the database answered.", [((), int(up))])
        yield GaugeMetricFamily(
            "process_max_resident_memory_bytes",
            "The most memory that the process which answered has had.",
            value=getrusage(RUSAGE_SELF).ru_maxrss * KILOBYTE,
        )
        for group in (_health, _slots, _appointments, _letters, _applications, _box) if up else ():
            try:
                yield from list(group(self.now))
            except DatabaseError:  # a statement that took too long says nothing of the others
                logger.exception("metrics: one group is missing")


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def exposition(*, now: datetime) -> bytes:
    """The state at `now` (UTC), as Prometheus reads it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StateCollector(now=now))
    return generate_latest(registry)


Samples = Iterable[tuple[tuple[str, ...], float]]


def _gauge(name: str, says: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _health(now: datetime) -> Iterator[Metric]:
    values: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    well = []
    for one in measure(now=now):
        well.append(((one.name, one.label), one.well))
        in_percent = one.name.endswith("_percent")
        name = one.name.replace("_percent", "_ratio")
        labels = (one.label,) if one.label else ()
        samples = values.setdefault(name, [])
        if one.value != NEVER:
            samples.append((labels, one.value / 100 if in_percent else one.value))
    for name, samples in values.items():
        labels = ("of",) if name == "sweep_age_seconds" else ()
        yield _gauge(name, FINDINGS[name], samples, labels)
    says = "Whether a finding of `manage.py health` is well (1) or red (0)."
    yield _gauge("health_ok", says, well, ("finding", "of"))
    broken = BrokenInvariant.objects.values_list("name", "rows")
    says = "Rows that break an invariant; nothing while it holds."
    yield _gauge("invariant_broken_rows", says, [((n,), rows) for n, rows in broken], ("of",))


def _slots(now: datetime) -> Iterator[Metric]:
    office = Office.objects.first()
    if office is None:
        return
    opened = Slot.objects.opened(now=now, office=office, quota=None)
    counts = {
        "opened": opened.in_service().count(),
        "bookable": Slot.objects.bookable(now=now, office=office, quota=None).count(),
        "public": Slot.objects.public(now=now, office=office).count(),
    }
    says = (
        "Times ahead of us: opened by the horizon, of them bookable now, of them free for anybody."
    )
    yield _gauge("slots", says, [((state,), count) for state, count in counts.items()], ("state",))


def _appointments(now: datetime) -> Iterator[Metric]:
    rows = Appointment.objects.values_list("status").annotate(count=Count("pk"))
    stored = dict.fromkeys((state.value for state in Status), 0) | dict(rows)
    says = "Appointments by status, all that were ever made."
    yield _gauge("appointments", says, [((s,), n) for s, n in stored.items()], ("status",))
    live = Appointment.objects.live(now=now).filter(status__in=PROVISIONAL)
    held = live.filter(status=Status.HELD).count()
    yield _gauge("holds", "Times that people hold just now.", [((), held)])
    offered = live.filter(status=Status.OFFERED).count()
    yield _gauge("offers", "Offers that can be answered just now.", [((), offered)])
    places = WaitingEntry.objects.active().count()
    yield _gauge("waiting_entries", "Places on the waiting list.", [((), places)])
    steps = CounterMetricFamily(
        f"{PREFIX}_appointment_steps",
        "Steps of appointments, by what was done: holds, bookings, cancellations.",
        labels=["action"],
    )
    # order_by() takes the order of the model away, which would part the groups
    for action, count in (
        AppointmentEvent.objects.order_by().values_list("action").annotate(count=Count("pk"))
    ):
        steps.add_metric([action], count)
    yield steps


def _letters(now: datetime) -> Iterator[Metric]:
    states = {
        "scheduled": Q(sent_at=None, failed_at=None, withdrawn_at=None, due_at__gt=now),
        "due": Q(sent_at=None, failed_at=None, withdrawn_at=None, due_at__lte=now),
        "sent": Q(sent_at__isnull=False),
        "failed": Q(failed_at__isnull=False),
        "withdrawn": Q(withdrawn_at__isnull=False),
        "bounced": Q(bounced_at__isnull=False),
    }
    counts = {name: Count("pk", filter=condition) for name, condition in states.items()}
    found = {
        queue: dict(zip(states, numbers, strict=True))
        for queue, *numbers in Notification.objects.values_list("queue").annotate(**counts)
    }
    none = dict.fromkeys(states, 0)
    queues = [queue.value for queue in Notification.Queue]
    samples = [((q, state), found.get(q, none)[state]) for q in queues for state in states]
    says = "Letters by queue and state, as long as they are kept; bounced ones are also sent."
    yield _gauge("letters", says, samples, ("queue", "state"))
    oldest: dict[str, datetime] = dict.fromkeys(queues, now) | dict(
        waiting().filter(due_at__lte=now).values_list("queue").annotate(since=Min("due_at"))
    )
    ages = [((queue,), (now - since).total_seconds()) for queue, since in oldest.items()]
    says = "Since the oldest due letter of a queue became due, 0 if none is."
    yield _gauge("letters_oldest_due_seconds", says, ages, ("queue",))


def _applications(now: datetime) -> Iterator[Metric]:
    kept = Application.objects.filter(forgotten_at=None).order_by()
    rows = kept.values_list("status").annotate(count=Count("pk"))
    stored = dict.fromkeys((state.value for state in ApplicationStatus), 0) | dict(rows)
    says = "Online applications by status, as long as they are kept."
    yield _gauge("applications", says, [((s,), n) for s, n in stored.items()], ("status",))
    unfinished = File.objects.filter(original__isnull=False)
    waiting_for = {
        "converter": unfinished.filter(state=FileState.RECEIVED),
        "scanner": unfinished.filter(state=FileState.READY, scan=Scan.WAITING),
    }
    found = {
        name: files.aggregate(count=Count("pk"), since=Min("received_at"))
        for name, files in waiting_for.items()
    }
    counts = [((name,), one["count"]) for name, one in found.items()]
    yield _gauge("files_waiting", "Uploaded files that wait, and for what.", counts, ("part",))
    ages = [((name,), (now - (one["since"] or now)).total_seconds()) for name, one in found.items()]
    says = "Since the oldest of the files that wait was received, 0 if none is."
    yield _gauge("files_oldest_waiting_seconds", says, ages, ("part",))


def _box(now: datetime) -> Iterator[Metric]:
    doors = (
        Compartment.objects.order_by()
        .values("box__slug")
        .annotate(all=Count("pk"), serving=Count("pk", filter=Q(in_service=True)))
    )
    held = Compartment.objects.order_by().filter(deposits__status__in=OCCUPYING)
    occupied = dict(held.values_list("box__slug").annotate(count=Count("pk", distinct=True)))
    samples: list[tuple[tuple[str, ...], float]] = []
    for row in doors:
        box = row["box__slug"]
        samples += [
            ((box, "all"), row["all"]),
            ((box, "in_service"), row["serving"]),
            ((box, "occupied"), occupied.get(box, 0)),
        ]
    says = "Compartments of a box: all, of them in service, of them occupied."
    yield _gauge("box_compartments", says, samples, ("box", "state"))
    rows = Deposit.objects.order_by().values_list("box__slug", "status")
    deposits = [((box, status), n) for box, status, n in rows.annotate(count=Count("pk"))]
    yield _gauge(
        "box_deposits",
        "Deposits of a box by status, as long as they are kept.",
        deposits,
        ("box", "status"),
    )
    open_alarms = Alarm.objects.order_by().filter(handled_at=None).values_list("box__slug")
    alarms = [((box,), n) for box, n in open_alarms.annotate(count=Count("pk"))]
    yield _gauge("box_alarms", "Alarms of a box that nobody has handled.", alarms, ("box",))
