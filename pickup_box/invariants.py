"""What must hold in the box at every moment, as queries that name the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from config.foundation.outbox import Notification
from pickup_box.codes import TRIES
from pickup_box.models import Alarm, Box, Compartment, Deposit, DepositEvent, Opening
from pickup_box.models.deposit import CHOOSE_COUNTER
from pickup_box.states import LIVE, OCCUPYING, TRANSITIONS, Status

SHOWN = 50
LATE = timedelta(minutes=2)  # the sweepers run far more often


def one_live_per_compartment(now: datetime) -> list[str]:
    """I24: a compartment belongs to one deposit at most, a document lies in one box at most."""
    inside = Q(deposits__status__in=OCCUPYING)
    doors = Compartment.objects.annotate(n=Count("deposits", filter=inside)).filter(n__gt=1)
    documents = Deposit.objects.filter(status__in=LIVE).values("case_reference", "document_type")
    twice = documents.order_by().annotate(n=Count("pk")).filter(n__gt=1).count()
    return [*_names(doors.values_list("pk", flat=True)), *["a document twice"] * twice]


def steps_are_in_the_table(now: datetime) -> list[str]:
    """I25: every recorded step of a deposit is one that the table of transitions knows."""
    steps = DepositEvent.objects.exclude(from_status="").exclude(from_status=F("to_status"))
    pairs = steps.order_by().values_list("from_status", "to_status").distinct()
    return [f"{a} -> {b}" for a, b in pairs if Status(b) not in TRANSITIONS[Status(a)]]


def events_form_a_chain(now: datetime) -> list[str]:
    """I25a: each step of a deposit starts where the last one ended, the row is the last step."""
    broken = []
    at: dict[int, str] = {}
    columns = ("deposit", "from_status", "to_status")
    for pk, old, new in DepositEvent.objects.order_by("pk").values_list(*columns).iterator():
        if at.get(pk, "") != old:
            broken.append(pk)
        at[pk] = new
    broken += [
        pk for pk, status in Deposit.objects.values_list("pk", "status") if at.get(pk) != status
    ]
    return _names(sorted(set(broken)))


def compartments_add_up(now: datetime) -> list[str]:
    """I26: free, occupied and out of service are all compartments of a box, none twice."""
    doors = Compartment.objects.all()
    out_of_service = doors.filter(in_service=False).exclude(deposits__status__in=OCCUPYING)
    parts = (_of_boxes(doors.free()), _of_boxes(doors.occupied()), _of_boxes(out_of_service))
    total = _of_boxes(doors)
    slugs = Box.objects.order_by("pk").values_list("pk", "slug")
    return [
        slug for pk, slug in slugs if sum(part.get(pk, 0) for part in parts) != total.get(pk, 0)
    ]


def _of_boxes(doors: QuerySet[Compartment]) -> dict[int, int]:
    # asked once for all boxes, however many there are
    return dict(doors.order_by().values_list("box").annotate(n=Count("pk")))


def codes_exist_only_while_usable(now: datetime) -> list[str]:
    """I27: codes exist only while the person may collect, and none after five wrong tries."""
    coded = Deposit.objects.exclude(code_hashes="")
    wrong = coded.exclude(status=Status.NOTIFIED) | coded.filter(wrong_tries__gte=TRIES)
    late = coded.filter(collect_until__lte=now - timedelta(hours=1))
    seen: dict[tuple[str, str], int] = {}
    for contact, hashes in coded.values_list("contact", "code_hashes").iterator():
        for one in hashes.split():
            seen[contact, one] = seen.get((contact, one), 0) + 1
    shared = sum(count > 1 for count in seen.values())
    return [*_names(wrong), *_names(late), *["two deposits with one code"] * shared]


def handovers_have_their_proof(now: datetime) -> list[str]:
    """I28: whatever was collected was opened by all three factors, or staff saw it gone."""
    handed = Deposit.objects.filter(status__in=[Status.COLLECTED, Status.CLEARED])
    return _names(
        handed.exclude(openings__kind=Opening.Kind.COLLECT).exclude(events__action="settle")
    )


def chosen_counter_opens_no_door(now: datetime) -> list[str]:
    """I28a: what its holder wants at the counter is on its way there, and opens no door."""
    chosen = Deposit.objects.filter(events__action=CHOOSE_COUNTER)
    there = [Status.WITHDRAWN, Status.RECALLED, Status.REMOVED]
    return _names(chosen.exclude(status__in=there))


def contents_fit(now: datetime) -> list[str]:
    """I29: no deposit lies in a compartment of another box, or in a smaller one than it needs."""
    inside = Deposit.objects.filter(status__in=OCCUPYING, compartment__isnull=False)
    return _names(inside.filter(~Q(compartment__box=F("box")) | Q(compartment__size__lt=F("size"))))


def silent_doors_have_an_alarm(now: datetime) -> list[str]:
    """I30: a door that did not answer or stands open for two minutes has raised an alarm."""
    quiet = Opening.objects.unanswered(now=now - LATE) | Opening.objects.left_open(now=now - LATE)
    told = set(Alarm.objects.values_list("cause", flat=True))
    return [str(each.pk) for each in quiet if f"opening/{each.pk}" not in told]


def loaded_has_its_letter(now: datetime) -> list[str]:
    """I16b: whoever has something in the box was promised a message."""
    kept = now - settings.RETENTION["LETTER"]  # letters that left are forgotten then
    loaded = Deposit.objects.select_related("box").filter(
        status__in=[Status.LOADED, Status.NOTIFIED], status_since__gt=kept
    )
    promised = set(
        Notification.objects.filter(kind="pickup_ready").values_list("subject", "revision")
    )
    return [
        str(each)
        for each in loaded
        if (each.subject, each.issue) not in promised
        and not (each.box.four_eyes and each.checked_by_id is None)
    ][:SHOWN]


def nothing_is_overdue(now: datetime) -> list[str]:
    """I31b: no deposit is still open to its person an hour after its last day."""
    return _names(Deposit.objects.overdue(now=now - timedelta(hours=1)))


def _names(rows: Iterable[object]) -> list[str]:
    return [str(row) for row in list(rows)[:SHOWN]]


Check = Callable[[datetime], list[str]]
INVARIANTS: list[tuple[str, str, Check]] = [
    ((check.__doc__ or "").partition(": ")[0], (check.__doc__ or "").partition(": ")[2], check)
    for check in (
        one_live_per_compartment,
        steps_are_in_the_table,
        events_form_a_chain,
        compartments_add_up,
        codes_exist_only_while_usable,
        handovers_have_their_proof,
        chosen_counter_opens_no_door,
        contents_fit,
        silent_doors_have_an_alarm,
        loaded_has_its_letter,
        nothing_is_overdue,
    )
]
