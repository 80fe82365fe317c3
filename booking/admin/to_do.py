"""What waits for somebody at the desk: with who sees to it, by when, and where it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.actions.phone_calls import calls_due
from booking.actions.undelivered_offers import certain_until
from booking.admin.closure_forms import PHONE_WITHIN
from booking.models import Applicant, Appointment, Invitation, PhoneCall, WaitingEntry
from booking.states import SETTLED, Status
from booking.windows import day_bounds, local_day
from config.foundation.admin_bases import wall_time
from config.foundation.office import Office, ServiceStatus, current_office, service_status
from config.foundation.outbox import Notification, row_id

SHOWN = 50
_LOST = ("bounced_at", "failed_at")
SOON = timedelta(hours=24)
NEVER_CLOSED = timedelta(days=7)
CASEWORKERS = gettext_lazy("caseworkers")
TEAM_LEAD = gettext_lazy("team lead")
NOTE_A_CALL = gettext_lazy("Note a call")
OPEN = gettext_lazy("Open")
OPERATIONS = gettext_lazy("operations")
TOLD_THERE = gettext_lazy("No phone number: tell them when they come.")
OUT_OF_REACH = gettext_lazy("No phone number: no call is possible.")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody whom a task is about, with the page where it is done for them."""

    name: str
    phone: str
    when: datetime
    url: str
    action: str | Promise


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line of what is to be done."""

    text: str
    count: int
    who: str | Promise
    until: str
    url: str = ""
    # what whoever follows `url` needs to be allowed
    permission: str = ""
    people: list[Person] = field(default_factory=list)
    # what stands beside those of its people who have no phone number
    no_number: str | Promise = ""
    # whether somebody has waited for it longer than may be
    is_late: bool = False


def booking_tasks(rows: Sequence[Appointment], *, now: datetime) -> list[Task]:
    """Everything that bookings leave to do at `now` (UTC); `rows` are on the lists of the day."""
    office = current_office()
    return [
        *_calls(rows, now=now, office=office),
        *_visits(rows, now=now, office=office),
        *_times(now=now),
    ]


def _calls(rows: Sequence[Appointment], *, now: datetime, office: Office) -> Iterator[Task]:
    notifications = reverse("admin:foundation_notification_changelist")
    shown = "foundation.view_notification"
    if unsent := _without_letter(rows, now=now):
        yield Task(
            text=_("No letter accepted yet, appointment within 24 hours: please phone.")
            if _can_be_phoned(unsent)
            else _("No letter accepted yet, appointment within 24 hours."),
            count=len(unsent),
            who=CASEWORKERS,
            until=_before(unsent),
            url=f"{notifications}?state=waiting",
            permission=shown,
            people=_people(unsent),
            no_number=TOLD_THERE,
        )
    if returned := [row for row in _without_news(now=now) if row not in unsent]:
        yield Task(
            text=_("E-mails to these people came back or were refused: please phone.")
            if _can_be_phoned(returned)
            else _("E-mails to these people came back or were refused."),
            count=len(returned),
            who=CASEWORKERS,
            until=_before(returned),
            url=notifications,
            permission=shown,
            people=_people(returned),
            no_number=TOLD_THERE,
        )
    if untold := actions.undelivered(now=now):
        yield Task(
            text=_("Offers that no letter could tell of have passed on: please phone."),
            count=len(untold),
            who=CASEWORKERS,
            until=_("today"),
            url=reverse("admin:booking_waitingentry_changelist"),
            permission="booking.view_waitingentry",
            people=_people(untold),
            no_number=OUT_OF_REACH,
        )
    if due := list(calls_due(now=now)[:SHOWN]):
        yield Task(
            text=_("Calls that were to be made again by now:"),
            count=len(due),
            who=CASEWORKERS,
            until=_("now"),
            people=_people([call.appointment for call in due]),
            no_number=OUT_OF_REACH,
        )
    if displaced := list(_displaced_to_phone(now=now)[:SHOWN]):
        yield Task(
            text=_("Lost their time to a closure and no letter tells them in time: please phone."),
            count=len(displaced),
            who=CASEWORKERS,
            until=_("today"),
            url=reverse("admin:booking_closure_changelist"),
            permission="booking.view_closure",
            people=_people(displaced),
            no_number=OUT_OF_REACH,
        )
    if offers := list(_offers_to_read_out(now=now)[:SHOWN]):
        ends = [certain_until(offer, office=office) for offer in offers]
        first = min((end for end in ends if end), default=None)
        yield Task(
            text=_("Offers to people without an e-mail address: please read them out."),
            count=len(offers),
            who=CASEWORKERS,
            until=wall_time(first) if first else _("today"),
            no_number=OUT_OF_REACH,
            people=[
                Person(
                    name=offer.applicant.desk_name,
                    phone=offer.applicant.phone,
                    when=offer.slot.starts_at,
                    url=reverse("admin:booking_waitingentry_change", args=[offer.entry_id]),
                    action=gettext_lazy("Read out"),
                )
                for offer in offers
            ],
        )


def _visits(rows: Sequence[Appointment], *, now: datetime, office: Office) -> Iterator[Task]:
    appointments = reverse("admin:booking_appointment_changelist")
    if mistakes := [row for row in rows if row.mistake_reported_at]:
        yield Task(
            text=_("A mistake in name or date of birth is reported."),
            count=len(mistakes),
            who=CASEWORKERS,
            until=_before(mistakes),
            people=_people(mistakes, page="correct", action=gettext_lazy("Correct")),
        )
    today = day_bounds(local_day(now, zone=office.zone), zone=office.zone)[0]
    left_open = Appointment.objects.filter(
        slot__starts_at__gte=today - NEVER_CLOSED, slot__starts_at__lt=today, status__in=SETTLED
    )
    if count := left_open.count():
        yield Task(
            text=_("Visits of the last 7 days that were never closed."),
            count=count,
            who=CASEWORKERS,
            until=_("today"),
            url=f"{appointments}?day=past&status__exact=booked",
            permission="booking.view_appointment",
        )
    if count := Applicant.objects.filter(flagged_at__isnull=False, forgotten_at=None).count():
        yield Task(
            text=_("People who asked for a second appointment from another address."),
            count=count,
            who=CASEWORKERS,
            until=_("today"),
            url=reverse("admin:booking_applicant_changelist"),
            permission="booking.view_applicant",
        )
    if count := WaitingEntry.objects.active().filter(priority=0).count():
        yield Task(
            text=_("People who lost a time to a closure and still wait."),
            count=count,
            who=CASEWORKERS,
            until=_("as soon as times are free"),
            url=reverse("admin:booking_waitingentry_changelist") + "?state=displaced",
            permission="booking.view_waitingentry",
        )


def _times(*, now: datetime) -> Iterator[Task]:
    status = service_status()
    if (state := status.state_at(now)) != ServiceStatus.State.OPEN:
        yield Task(
            text=_("The service is not open: %s.") % ServiceStatus.State(state).label,
            count=1,
            who=TEAM_LEAD,
            until=wall_time(status.until) if status.until else _("for the time being"),
            url=reverse("admin:foundation_servicestatus_changelist"),
            permission="foundation.view_servicestatus",
        )
    if outside := list(actions.booked_outside_hours(now=now)[:SHOWN]):
        yield Task(
            text=_("Booked outside the hours of the counter: keep or close these times."),
            count=len(outside),
            who=TEAM_LEAD,
            until=_before(outside),
            url=reverse("admin:booking_closure_close"),
            permission="booking.add_closure",
            people=_people(outside, page="change", action=OPEN),
        )


def _people(
    rows: Iterable[Appointment],
    *,
    page: str = "call",
    action: str | Promise = NOTE_A_CALL,
) -> list[Person]:
    found = []
    for row in rows:
        # nobody notes a call to somebody without a number
        unreached = page == "call" and not row.applicant.phone
        leads_to = "change" if unreached else page
        found.append(
            Person(
                name=row.applicant.desk_name,
                phone=row.applicant.phone,
                when=row.slot.starts_at,
                url=reverse(f"admin:booking_appointment_{leads_to}", args=[row.pk]),
                action=OPEN if unreached else action,
            )
        )
    # whoever can be phoned comes first
    return sorted(found, key=lambda each: page == "call" and not each.phone)


def _can_be_phoned(rows: Iterable[Appointment]) -> bool:
    return any(row.applicant.phone for row in rows)


def _before(rows: Iterable[Appointment]) -> str:
    return wall_time(min(row.slot.starts_at for row in rows))


def _displaced_to_phone(*, now: datetime) -> QuerySet[Appointment]:
    """Those who lost a time, wait or may choose again, can't be told in time, with no call yet."""
    waiting = WaitingEntry.objects.active().filter(priority=0).values("applicant")
    called = PhoneCall.objects.filter(appointment=OuterRef("pk")).order_by()
    late = Q(events__action="displace", slot__starts_at__lte=F("events__at") + PHONE_WITHIN)
    owed = Q(applicant__in=waiting) | Q(invitation__in=Invitation.objects.open(now=now))
    rows = Appointment.objects.filter(owed, status=Status.DISPLACED)
    rows = rows.filter(Q(applicant__email="") | late)
    rows = rows.exclude(Exists(called.exclude(result=PhoneCall.Result.AGAIN)))
    return rows.select_related("slot__counter", "applicant").order_by("slot__starts_at").distinct()


def _offers_to_read_out(*, now: datetime) -> QuerySet[Appointment]:
    offers = Appointment.objects.filter(status=Status.OFFERED, free_from__gt=now)
    unread = offers.filter(applicant__email="")
    return unread.select_related("slot__counter", "applicant").order_by("free_from")


def _without_news(*, now: datetime) -> list[Appointment]:
    """Those to come whose newest letter did not reach them: they may know nothing of their time."""
    rows = Appointment.objects.filter(
        pk__in=not_reached("appointment"), status=Status.BOOKED, slot__starts_at__gt=now
    )
    return list(
        rows.select_related("slot__counter", "applicant").order_by("slot__starts_at")[:SHOWN]
    )


def not_reached(kind: str) -> list[int]:
    """The ids of the subjects of one kind whose newest letter came back or was refused."""
    return _not_reached(Notification.objects.filter(subject__startswith=f"{kind}/"))


def _not_reached(letters: QuerySet[Notification]) -> list[int]:
    letters = letters.exclude(queue=Notification.Queue.SHORT)
    lost = Q(bounced_at__isnull=False) | Q(failed_at__isnull=False)
    ended = letters.filter(lost | Q(sent_at__isnull=False))
    ended = ended.filter(subject__in=letters.filter(lost).values("subject"))
    rows = ended.order_by(Coalesce("failed_at", "sent_at"), "pk")
    last = {subject: any(how) for subject, *how in rows.values_list("subject", *_LOST)}
    return [row_id(subject) for subject, lost in last.items() if lost]


def is_unreached(row: Appointment, *, now: datetime) -> bool:
    """Whether the newest letter about an appointment came back, or has not left in time."""
    own = Notification.objects.filter(subject=row.subject)
    return bool(_not_reached(own) or _without_letter([row], now=now))


def _without_letter(rows: Sequence[Appointment], *, now: datetime) -> list[Appointment]:
    """Those of the next 24 hours with a letter that failed, or has waited for five minutes."""
    soon = {
        row.subject: row
        for row in rows
        if row.status == Status.BOOKED and now <= row.slot.starts_at <= now + SOON
    }
    # a reminder is promised days before it is due; what was tried in vain is due again soon
    since = now - timedelta(minutes=5)
    late = Q(due_at__lte=since) | Q(attempts__gt=0, promised_at__lte=since)
    stuck = Q(failed_at__isnull=False) | late
    letters = Notification.objects.filter(
        stuck, subject__in=list(soon), sent_at=None, withdrawn_at=None
    ).exclude(queue=Notification.Queue.SHORT)  # comes besides: the letter tells the same
    found = set(letters.values_list("subject", flat=True))
    return [row for subject, row in soon.items() if subject in found]
