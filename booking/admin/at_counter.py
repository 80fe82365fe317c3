"""At the counter: the person who is served now, then the next; two presses when all is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions.refusals import PageOutdated
from booking.admin.action_forms import PapersForm, papers_of
from booking.admin.applicants import require_serving
from booking.admin.appointment_actions import ACTIONS, actions_for, way_back
from booking.admin.appointment_summary import TONES, facts_of, standing_for
from booking.admin.day_lists import OVER, expected, next_due
from booking.admin.visit_facts import visit_facts_of
from booking.models import Appointment, Counter
from booking.states import SETTLED, Status
from booking.windows import local_day
from config.foundation.audit import AccessRecord
from config.foundation.numbers import whole_number
from config.foundation.office import current_office
from config.foundation.texts import page_language

if TYPE_CHECKING:
    from booking.admin.appointments import AppointmentAdmin

PAGE = "admin:booking_appointment_counter-page"
MISSING = Appointment.Outcome.PROOF_MISSING
TEMPLATE = "admin/booking/appointment/at_counter.html"
NEXT_SHOWN = 6
BEHIND_SHOWN = 3


class VisitForm(PapersForm):
    """The papers that are there, and how the visit ended."""

    papers = "brought"
    brought = forms.MultipleChoiceField(
        label=gettext_lazy("Which papers are there?"),
        help_text=gettext_lazy("As soon as one is ticked, the others count as missing."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    outcome = forms.ChoiceField(
        choices=Appointment.Outcome.choices,
        label=gettext_lazy("How did it end?"),
        widget=forms.RadioSelect,
        initial=Appointment.Outcome.SERVED,
    )
    # the ticks for which the outcome on the page was proposed: whoever keeps another one means it
    proposed_for = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """With the ticks of the arrival, and the outcome that they propose."""
        super().prepare(appointment, now=now, language=language)
        self.listed = [paper for paper, _title in papers_of(appointment, language=language)]
        if appointment.missing:
            brought = [paper for paper in self.listed if paper not in appointment.missing]
            self.initial.update(outcome=MISSING, brought=brought, proposed_for=" ".join(brought))

    def clean(self) -> dict[str, Any]:
        """Papers of which only some are ticked propose the outcome "proof missing", once."""
        data = super().clean() or self.cleaned_data
        brought = data.get("brought", [])
        unticked = [paper for paper in self.listed if paper in self.owed - set(brought)]
        data["missing"] = unticked if data.get("outcome") == MISSING else []
        data["papers_checked"] = bool(brought) and not unticked
        if data.get("outcome") == MISSING and self.listed and not unticked:
            self.add_error("outcome", _("All papers that are needed are ticked."))
        ticks = " ".join(paper for paper in self.listed if paper in brought)
        served = data.get("outcome") == Appointment.Outcome.SERVED
        if served and brought and unticked and data.get("proposed_for") != ticks:
            proposed = QueryDict(mutable=True)
            proposed.update(self.data)
            proposed["outcome"], proposed["proposed_for"] = MISSING, ticks
            self.data = proposed
            self.add_error("outcome", _("Papers are missing. Is this how the visit ended?"))
        return data


_COMPLETE = next(action for action in ACTIONS if action.name == "complete")
COMPLETE = replace(_COMPLETE, form=VisitForm)


def counter_of(request: HttpRequest) -> int | None:
    """The counter on whose page a button was pressed; None for a press elsewhere."""
    return whole_number(request.GET.get("at", ""), digits=9)


def back(request: HttpRequest, row: Appointment) -> str:
    """The page of the counter whose button was pressed, "" for a press elsewhere."""
    counter = counter_of(request)
    if counter is None:
        return ""
    page = reverse(PAGE, args=[counter])
    return f"{page}?visit={row.pk}" if row.status in SETTLED else page


def choose(desk: AppointmentAdmin, request: HttpRequest) -> HttpResponseBase:
    """Which counter; the only one with people opens by itself."""
    require_serving(request)
    counters = _counters(_of_today(timezone.now()))
    if len(counters) == 1:
        return redirect(PAGE, counters[0][0].pk)
    return desk.page(request, TEMPLATE, title=_("At the counter"), counters=counters)


def page(desk: AppointmentAdmin, request: HttpRequest, pk: int) -> HttpResponseBase:
    """The person who is next at a counter, or the one that `visit` names, and what comes next."""
    require_serving(request)
    here = get_object_or_404(Counter, pk=pk)
    now, language = timezone.now(), page_language()
    rows = _of_today(now)
    mine = [row for row in rows if row.slot.counter_id == here.pk]
    asked = request.POST if request.method == "POST" else request.GET
    named = next((each for each in rows if str(each.pk) == asked.get("visit")), None)
    row = named or next_due(mine)
    refusal: str | Promise = ""
    form = None
    given = request.POST if named and request.method == "POST" else None
    if request.method == "POST" and named is None:
        refusal = PageOutdated.sentence  # never somebody else, who is shown now
    if row and (row.status == Status.CHECKED_IN or given is not None):
        form = VisitForm(given, appointment=row, now=now, language=language)
        if given is not None and form.is_valid():
            refusal = desk.act(request, row, COMPLETE, form.cleaned_data, now)
            if not refusal:
                return redirect(PAGE, here.pk)
    if row:
        desk.record(request, AccessRecord.Kind.VIEW, row.subject)
    return desk.page(
        request,
        TEMPLATE,
        title=str(here),
        status=422 if form and form.errors else 200,
        refusal=refusal,
        counter=here,
        counters=_counters(rows),
        row=row,
        form=form,
        tone=TONES.get(Status(row.status), "") if row else "",
        facts=facts_of(row, now=now, language=language) if row else None,
        visit=visit_facts_of(row, now=now) if row else None,
        actions=actions_for(row, now=now, office=current_office()) if row else [],
        done=sum(each.status in OVER for each in mine),
        count=len(mine),
        waits=standing_for(row, now=now) if row else "",
        ahead=_ahead(mine, row, now=now),
        behind=_behind(mine, now=now),
    )


def _of_today(now: datetime) -> list[Appointment]:
    office = current_office()
    return list(expected(first=local_day(now, zone=office.zone), days=1, office=office))


def _counters(rows: list[Appointment]) -> list[tuple[Counter, int]]:
    """The counters of a day, each with how many people are left."""
    left: dict[Counter, int] = {}
    for row in rows:
        left[row.slot.counter] = left.get(row.slot.counter, 0) + (row.status in SETTLED)
    return list(left.items())


def _ahead(
    rows: list[Appointment], row: Appointment | None, *, now: datetime
) -> list[tuple[Appointment, str]]:
    """Who comes after `row`, each with how long they wait or are late."""
    ahead = [each for each in rows if each.status in SETTLED and each != row]
    return [(each, standing_for(each, now=now)) for each in ahead[:NEXT_SHOWN]]


def _behind(rows: list[Appointment], *, now: datetime) -> list[tuple[Appointment, object]]:
    """Who was here last, the latest first, each with what takes the last step back."""
    over = [row for row in rows if row.status in OVER]
    over.sort(key=lambda row: row.ended_at or row.slot.starts_at, reverse=True)
    office = current_office()
    return [(row, way_back(row, now=now, office=office)) for row in over[:BEHIND_SHOWN]]
