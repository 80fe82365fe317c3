"""What must hold in the database at every moment, as queries that name the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Concat

from booking.models import (
    Applicant,
    Appointment,
    AppointmentEvent,
    Invitation,
    PhoneCall,
    Slot,
    Token,
    VisitAssignment,
    VisitNote,
    WaitingEntry,
)
from booking.models.applicants import TOKENS_KEPT
from booking.states import (
    LIVE_FOR_PERSON,
    LIVE_FOR_SLOT,
    PROVISIONAL,
    SETTLED,
    Status,
    may_move,
)
from config.foundation.office import current_office
from config.foundation.outbox import Notification
from documents.applications.models import Application
from documents.applications.states import Status as ApplicationStatus

GRACE = timedelta(minutes=5)
# Two hosts that act at once read their clocks at different moments: 90 s are tolerated.
SKEW = timedelta(seconds=90)

Check = Callable[[datetime], list[str]]


def _names(rows: Iterable[object]) -> list[str]:
    return [str(row) for row in list(rows)[:50]]


def one_live_per_slot(now: datetime) -> list[str]:
    """I1: no slot has two live appointments."""
    live = Q(appointments__status__in=LIVE_FOR_SLOT)
    rows = Slot.objects.annotate(live=Count("appointments", filter=live)).filter(live__gt=1)
    return _names(rows.values_list("pk", flat=True))


def booked_slot_is_open(now: datetime) -> list[str]:
    """I2: no live appointment stands in a closed slot or one that began before it was made."""
    live = Appointment.objects.live(now=now).exclude(status=Status.CHECKED_IN)
    late = Q(slot__closure__isnull=False) | Q(slot__starts_at__lt=F("created_at"))
    return _names(live.filter(late))


def steps_are_in_the_table(now: datetime) -> list[str]:
    """I3: every recorded step is one that the table of transitions knows."""
    pairs = AppointmentEvent.objects.exclude(from_status="").exclude(from_status=F("to_status"))
    unknown = [
        pair
        for pair in pairs.values_list("from_status", "to_status").distinct().order_by()
        if not may_move(Status(pair[0]), Status(pair[1]))
    ]
    return [f"{old} -> {new}" for old, new in unknown]


def events_form_a_chain(now: datetime) -> list[str]:
    """I4: versions have no gap, each step starts where the last ended, the row is the last step."""
    last = AppointmentEvent.objects.filter(appointment=OuterRef("pk")).order_by("-version")
    rows = Appointment.objects.annotate(
        steps=Count("events"),
        last_version=Subquery(last.values("version")[:1]),
        last_status=Subquery(last.values("to_status")[:1]),
        last_slot=Subquery(last.values("slot")[:1]),
    )
    broken = rows.exclude(
        steps=F("version"), last_version=F("version"), last_status=F("status"), last_slot=F("slot")
    )
    before = AppointmentEvent.objects.filter(
        appointment=OuterRef("appointment"), version=OuterRef("version") - 1
    )
    torn = (
        AppointmentEvent.objects.filter(version__gt=1)
        .annotate(came_from=Subquery(before.values("to_status")[:1]))
        .exclude(came_from=F("from_status"))
    )
    return _names(broken) + _names(torn.values_list("appointment__reference", flat=True))


def holds_last_as_promised(now: datetime) -> list[str]:
    """I6: a person's hold ends within the promised minutes of its last step, plus the grace."""
    longest = timedelta(minutes=current_office().hold_minutes)
    last = AppointmentEvent.objects.filter(appointment=OuterRef("pk")).order_by("-version")
    held = Appointment.objects.filter(status=Status.HELD).annotate(
        since=Subquery(last.values("at")[:1])
    )
    # of two steps at once the last one may have begun a moment before the other
    too_long = Q(held_until__gt=F("since") + longest + SKEW) | Q(
        free_from__gt=F("held_until") + GRACE
    )
    return _names(held.filter(too_long))


def slots_are_partitioned(now: datetime) -> list[str]:
    """I8: every slot is one of out of service, booked, held, offered, resting and free."""
    settled = Q(appointments__status__in=SETTLED)
    provisional = Q(appointments__status__in=PROVISIONAL, appointments__free_from__gt=now)
    rows = Slot.objects.annotate(
        settled=Count("appointments", filter=settled),
        provisional=Count("appointments", filter=provisional),
    )
    occupied = rows.filter(Q(settled__gt=0) | Q(provisional__gt=0)).count()
    free = Slot.objects.free(now=now)
    quarantined = free.filter(bookable_from__gt=now).count()
    idle = free.filter(Q(bookable_from=None) | Q(bookable_from__lte=now)).count()
    out_of_service = Q(closure__isnull=False) | Q(in_hours=False)
    closed_unused = rows.filter(out_of_service, settled=0, provisional=0).count()
    total = Slot.objects.count()
    parts = occupied + quarantined + idle + closed_unused
    return [] if parts == total else [f"{parts} of {total} slots accounted for"]


def one_live_per_person(now: datetime) -> list[str]:
    """I9: no person has two live emergencies, and no invitation two live visits."""
    live = Appointment.objects.emergencies().filter(status__in=LIVE_FOR_PERSON)
    twice = live.values("person_key", "namesake_number").annotate(n=Count("pk")).filter(n__gt=1)
    invited = Appointment.objects.filter(status__in=LIVE_FOR_PERSON, invitation__isnull=False)
    again = invited.values("invitation").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    found = [row["person_key"][:12] for row in twice[:50]]
    return [*found, *(f"invitation/{row['invitation']}" for row in again[:50])]


def visits_are_in_their_quota(now: datetime) -> list[str]:
    """I34: a live appointment has an invitation exactly when its time has a quota, and the same."""
    live = Appointment.objects.live(now=now)
    one_alone = Q(invitation=None, slot__quota__isnull=False) | Q(
        invitation__isnull=False, slot__quota=None
    )
    another = Q(invitation__isnull=False) & ~Q(invitation__quota=F("slot__quota"))
    foreign = Q(invitation__isnull=False) & ~Q(applicant__invitation=F("invitation"))
    gone = Q(invitation__withdrawn_at__isnull=False)
    return _names(live.filter(one_alone | another | foreign | gone))


def invited_while_an_invitation_lives(now: datetime) -> list[str]:
    """I37: an application is invited exactly while an invitation for it is live."""
    kept = Application.objects.filter(forgotten_at=None)
    rows = Invitation.objects.filter(application__isnull=False)
    live = rows & (Invitation.objects.open(now=now) | Invitation.objects.taken(now=now))
    # a visit counts until the day after it, and a lapse until it is noted
    just_over = rows.standing().filter(valid_until__gt=now - GRACE)
    holding = live | just_over | rows.used()
    invited = Q(status=ApplicationStatus.INVITED)
    lonely = kept.filter(invited).exclude(pk__in=holding.values("application"))
    others = kept.exclude(invited).filter(pk__in=live.values("application"))
    return _names(row.reference for row in (*lonely, *others))


def rebooking_kept_the_person(now: datetime) -> list[str]:
    """I10: the revision counts the rebookings, and the person is the applicant's."""
    moved = Count(
        "events",
        filter=Q(events__action__in=["rebook", "restore"])
        | Q(events__action="move_counter", events__to_status=Status.BOOKED),
    )
    back = Count(
        "events", filter=Q(events__action="put_back", events__from_status=Status.CANCELLED)
    )
    rows = Appointment.objects.annotate(moved=moved + back).exclude(moved=F("revision"))
    live = Appointment.objects.filter(status__in=LIVE_FOR_SLOT)
    return _names(rows) + _names(live.exclude(person_key=F("applicant__person_key")))


def situation_is_on_record(now: datetime) -> list[str]:
    """I13: every live emergency has a situation and the version of the rules that judged it."""
    live = Appointment.objects.live(now=now).emergencies()
    return _names(row for row in live if not row.situation.get("rules_version") or not row.category)


def nothing_happened_tomorrow(now: datetime) -> list[str]:
    """I14: no step lies in the future, but for the clock of another host."""
    late = AppointmentEvent.objects.filter(at__gt=now + SKEW)
    return _names(late.values_list("appointment__reference", flat=True))


def booking_has_its_letter(now: datetime) -> list[str]:
    """I16: every confirmed revision has exactly one confirmation letter on record."""
    # for as long as letters are kept; every step into `booked` promises one but these two
    kept = now - settings.RETENTION["LETTER"]
    steps = AppointmentEvent.objects.filter(
        appointment=OuterRef("pk"), to_status=Status.BOOKED, at__gt=kept
    )
    confirmed = steps.exclude(from_status=Status.CHECKED_IN).exclude(action="correct_person")
    live = Appointment.objects.filter(Exists(confirmed), status__in=SETTLED, ended_at=None)
    return _names(live.exclude(Exists(_letters("confirmation", revision=OuterRef("revision")))))


def ended_letters_hold_no_lease(now: datetime) -> list[str]:
    """I17: a letter that has an end holds no lease."""
    ended = Q(sent_at__isnull=False) | Q(failed_at__isnull=False) | Q(withdrawn_at__isnull=False)
    rows = Notification.objects.filter(ended, leased_until__isnull=False)
    return _names(rows.values_list("pk", flat=True))


def nothing_promised_after_the_end(now: datetime) -> list[str]:
    """I19: no confirmation is promised and no reminder sent after an appointment was called off."""
    called_off = Appointment.objects.filter(
        status__in=[Status.CANCELLED, Status.DISPLACED], ended_at__isnull=False
    )
    confirmed = Exists(_letters("confirmation", promised_at__gt=_after_the_end(SKEW)))
    after = _after_the_end(GRACE)
    reminded = Exists(_letters("reminder", sent_at__gt=after))
    texted = Exists(_letters("text_reminder", sent_at__gt=after))
    return _names(called_off.filter(confirmed | reminded | texted))


def _after_the_end(patience: timedelta) -> ExpressionWrapper[CombinedExpression]:
    """So long after an appointment has ended; a letter may be on its way at that moment."""
    return ExpressionWrapper(OuterRef("ended_at") + patience, output_field=DateTimeField())


def _letters(kind: str, **more: object) -> QuerySet[Notification]:
    """The letters of `kind` about the appointment that an outer query looks at."""
    mine = Notification.objects.filter(kind=f"booking.{kind}", subject=_subject(OuterRef("pk")))
    return mine.filter(**more)


def _subject(pk: OuterRef | str) -> Concat:
    """`Appointment.subject` for the database."""
    return Concat(Value("appointment/"), Cast(pk, CharField()))


def letters_have_their_appointment(now: datetime) -> list[str]:
    """I20: every letter about an appointment is about one that exists."""
    known = Appointment.objects.annotate(subject_=_subject("pk")).values("subject_")
    letters = Notification.objects.filter(subject__startswith="appointment/")
    return _names(letters.exclude(subject__in=known))


def few_tokens(now: datetime) -> list[str]:
    """I21: at most three links of a kind are valid, none to an appointment that has ended."""
    valid = Token.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    many = valid.values("purpose", "subject").annotate(n=Count("pk")).filter(n__gt=TOKENS_KEPT)
    leads_in = valid.filter(purpose=Token.Purpose.MANAGE, subject=_subject(OuterRef("pk")))
    ended = Appointment.objects.filter(status__in=[Status.CANCELLED, Status.EXPIRED])
    return [row["subject"] for row in many[:50]] + _names(ended.filter(Exists(leads_in)))


def forgotten_is_forgotten(now: datetime) -> list[str]:
    """I33: a forgotten applicant has no personal column left."""
    blank = Q(family_name="", given_names="", birth_date="", email="", phone="", person_key="")
    rows = Applicant.objects.filter(forgotten_at__isnull=False).exclude(blank)
    file_kept = ~Q(invitation__case_reference="", invitation__person_key="")
    invited = Applicant.objects.filter(forgotten_at__isnull=False, invitation__isnull=False)
    return _names(rows) + _names(invited.filter(file_kept))


def nothing_noted_of_the_forgotten(now: datetime) -> list[str]:
    """D1: no note, call or assignment is about a forgotten person."""
    forgotten = {"appointment__applicant__forgotten_at__isnull": False}
    kept = (model.objects.filter(**forgotten) for model in (VisitNote, VisitAssignment, PhoneCall))
    return [str(row) for rows in kept for row in rows[:50]]


def calls_have_no_gap(now: datetime) -> list[str]:
    """D2: the calls about an appointment are numbered from one without a gap."""
    rows = PhoneCall.objects.values("appointment").order_by("appointment")
    torn = rows.annotate(calls=Count("pk"), highest=Max("number")).exclude(calls=F("highest"))
    return [f"appointment/{row['appointment']}" for row in torn[:50]]


def late_visits_ended_after_they_began(now: datetime) -> list[str]:
    """D3: by a late entry nobody left before they came, and no end lies in the future."""
    ended = Appointment.objects.filter(events__action="late_complete", status=Status.COMPLETED)
    torn = Q(ended_at__lt=F("checked_in_at")) | Q(ended_at__gt=now + SKEW)
    return _names(ended.filter(torn))


def waiting_once(now: datetime) -> list[str]:
    """W1: nobody waits twice."""
    twice = WaitingEntry.objects.active().values("person_key", "namesake_number")
    return [row["person_key"][:12] for row in twice.annotate(n=Count("pk")).filter(n__gt=1)[:50]]


_CHECKS: tuple[Check, ...] = (
    one_live_per_slot,
    booked_slot_is_open,
    steps_are_in_the_table,
    events_form_a_chain,
    holds_last_as_promised,
    slots_are_partitioned,
    one_live_per_person,
    visits_are_in_their_quota,
    invited_while_an_invitation_lives,
    rebooking_kept_the_person,
    situation_is_on_record,
    nothing_happened_tomorrow,
    booking_has_its_letter,
    ended_letters_hold_no_lease,
    nothing_promised_after_the_end,
    letters_have_their_appointment,
    few_tokens,
    forgotten_is_forgotten,
    nothing_noted_of_the_forgotten,
    calls_have_no_gap,
    late_visits_ended_after_they_began,
    waiting_once,
)
# (id, sentence, query): the first line of each docstring is both
INVARIANTS: list[tuple[str, str, Check]] = [
    (*(check.__doc__ or ": ").partition(": ")[::2], check) for check in _CHECKS
]
