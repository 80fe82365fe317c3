"""Appointments at the desk: the list, one row with its actions, search, bookings by phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin import (
    at_counter,
    exports,
    outage_list,
    phone_bookings,
    printed_letters,
    search,
    walk_ins,
)
from booking.admin.agenda import BY_COUNTER, Category, Day, State, View, agenda
from booking.admin.applicants import SERVE, ShowsPerson
from booking.admin.appointment_actions import ACTIONS, at_length
from booking.admin.appointment_summary import TONES, case_of, facts_of, last_step, standing_for
from booking.admin.day_lists import ON_THE_LIST
from booking.admin.desk_action import DeskAction
from booking.admin.messages import said
from booking.admin.person_page import acts_on, shown_of
from booking.admin.to_do import is_unreached
from booking.admin.visit_facts import visit_facts_of
from booking.models import Appointment
from booking.models.appointments import STATUS_LABELS
from booking.states import Status
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, tag, two_lines, wall_day
from config.foundation.audit import AccessRecord
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from config.foundation.texts import page_language


@admin.register(Appointment)
class AppointmentAdmin(ShowsPerson, AccessLoggedReadOnlyAdmin):
    """Rows are read-only: what changes them are the actions, the same as on the public pages."""

    change_form_template = "admin/booking/appointment/change_form.html"
    change_list_template = "admin/booking/appointment/change_list.html"
    list_display = (
        *("starts", "person", "born", "state", "category_name", "needed"),
        "counter",
    )
    list_display_links = ("person",)
    list_filter = (Day, State, "slot__counter", Category, "applicant__language", View)
    sortable_by = ()  # an agenda has the order of the clock
    ordering = ("slot__starts_at", "slot__counter")
    actions = ("mark_not_come", "send_again")
    fields = readonly_fields = ("reference",)  # the page has a template of its own

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """With whom and when: every page about an appointment names both."""
        return (
            super()
            .get_queryset(request)
            .select_related("slot__counter__group", "applicant", "invitation__quota")
        )

    @admin.display(description=gettext_lazy("name"))
    def person(self, row: Appointment) -> str:
        """The person, or the reference, which stays when the person is forgotten."""
        return row.applicant.desk_name or row.reference

    @admin.display(description=gettext_lazy("time"))
    def starts(self, row: Appointment) -> str:
        """The time on the clock; the day stands above."""
        return f"{localtime(row.slot.starts_at):%H:%M}"

    @admin.display(description=gettext_lazy("counter"))
    def counter(self, row: Appointment) -> str:
        return str(row.slot.counter)

    @admin.display(description=gettext_lazy("status"))
    def state(self, row: Appointment) -> str:
        """In words and a colour, with the time of an arrival."""
        arrived = row.checked_in_at if row.status == Status.CHECKED_IN else None
        at = f" {localtime(arrived):%H:%M}" if arrived else ""
        word = tag(f"{row.get_status_display()}{at}", TONES.get(Status(row.status), ""))
        since = standing_for(row, now=timezone.now())
        return two_lines(word, since) if since else word

    @admin.display(description=gettext_lazy("category"))
    def category_name(self, row: Appointment) -> str:
        return case_of(row) or "–"

    @admin.display(description=gettext_lazy("needed by"))
    def needed(self, row: Appointment) -> str:
        return wall_day(row.need_by) if row.need_by else "–"

    # --- addresses ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """One address for each action, and those of the list."""
        site = self.admin_site.admin_view
        actions = [
            path(
                f"<path:object_id>/{action.name}/",
                site(partial(self.action_view, action=action)),
                name=f"booking_appointment_{action.name}",
            )
            for action in ACTIONS
        ]
        actions.append(
            path(
                "<path:object_id>/letter/",
                site(partial(printed_letters.letter, self)),
                name="booking_appointment_letter",
            )
        )
        pages: dict[str, Callable[..., HttpResponseBase]] = {
            "search": search.search,
            "at-counter": at_counter.choose,
            "by-phone": phone_bookings.choose,
            "by-phone/details": phone_bookings.details,
            "export": exports.appointments,
            "outage-list": outage_list.page,
            "outage-list/pdf": outage_list.save,
            "walk-in": walk_ins.choose,
            "walk-in/check": walk_ins.check,
            "walk-in/wait": walk_ins.wait,
            "walk-in/sheet": walk_ins.sheet,
        }
        others = [
            path(
                f"{name}/",
                site(partial(view, self)),
                name=f"booking_appointment_{name.replace('/', '_')}",
            )
            for name, view in pages.items()
        ]
        counter = path(
            "at-counter/<int:pk>/",
            site(partial(at_counter.page, self)),
            name="booking_appointment_counter-page",
        )
        return [*others, counter, *actions, *super().get_urls()]

    def shown_beside(self, request: HttpRequest, row: Appointment) -> dict[str, Any]:
        """What is known, and the buttons for whoever may press them."""
        told: dict[str, Any] = {
            "now": timezone.now(),
            "office": current_office(),
            "language": page_language(),
        }
        may_act = request.user.has_perm(SERVE)
        buttons = acts_on(row, by=staff_of(request), **told) if may_act else {}
        return {**shown_of(row, **told), **buttons, "tone": TONES.get(Status(row.status), "")}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list by day, with what is free between the people."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["agenda"] = agenda(shown["cl"], now=timezone.now())
            shown["by_counter"] = shown["cl"].params.get(View.parameter_name) == BY_COUNTER
        return response

    def action_view(
        self, request: HttpRequest, object_id: str, *, action: DeskAction
    ) -> HttpResponseBase:
        """Asks for confirmation, then does one action; says who was first when it can't."""
        row = self.row_for(request, object_id, permission=SERVE)
        now = timezone.now()
        form = action.form(request.POST or None, appointment=row, now=now, language=page_language())
        refusal = ""
        if request.method == "POST" and form.is_valid():
            refusal = self.act(request, row, action, form.cleaned_data, now)
            if not refusal:
                return redirect(at_counter.back(request, row) or self._back(row, now))
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        action = at_length(action, row)
        return self.page(
            request,
            "admin/booking/appointment/action.html",
            title=action.label,
            waits=standing_for(row, now=now),
            is_unreached=action.tells and is_unreached(row, now=now),
            status=422 if request.method == "POST" else 200,
            original=row,
            action=action,
            form=form,
            facts=facts_of(row, now=now, language=page_language()),
            visit=visit_facts_of(row, now=now),
            refusal=refusal,
            fits=action.fits(row, now, current_office()),
        )

    def act(
        self,
        request: HttpRequest,
        row: Appointment,
        action: DeskAction,
        data: dict[str, Any],
        now: datetime,
    ) -> str:
        """Does it and returns nothing, or what to say instead."""
        if data["version"] != row.version and not action.own_version:
            last = row.events.order_by("-version").first()
            mine = (
                last is not None and last.by_id == request.user.pk and last.action == action.event
            )
            if mine and data["version"] == row.version - 1:
                return ""  # the same press twice
            return _("Somebody was faster. %(step)s") % {"step": last_step(row)}
        try:
            action.act(row, data, now, staff_of(request))
        except Refused as refused:
            return f"{refused.sentence} {last_step(Appointment.objects.get(pk=row.pk))}".strip()
        counter = at_counter.counter_of(request)
        at = f"?at={counter}" if counter else ""
        messages.success(request, said(action, row, now=now, by=staff_of(request), at=at))
        return ""

    def _back(self, row: Appointment, now: datetime) -> str:
        """To the day's list when the row is on it, else to the row, where it can be put back."""
        zone = current_office().zone
        ahead = local_day(row.slot.starts_at, zone=zone) - local_day(now, zone=zone)
        if row.status in ON_THE_LIST and timedelta(0) <= ahead <= timedelta(days=1):
            return reverse("admin:index") + f"#a{row.pk}"
        return reverse("admin:booking_appointment_change", args=[row.pk])

    # --- many at once ---------------------------------------------------------------------------

    def has_serve_permission(self, request: HttpRequest) -> bool:
        """Whether this person acts for people at all."""
        return request.user.has_perm(SERVE)

    @admin.action(description=gettext_lazy("Not come"), permissions=["serve"])
    def mark_not_come(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        """Notes the chosen people as not come."""
        now, by = timezone.now(), staff_of(request)
        self._each(
            request,
            queryset,
            lambda row: actions.mark_no_show(appointment=row, now=now, by=by),
        )

    @admin.action(description=gettext_lazy("Send the letter again"), permissions=["serve"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        """Sends the letter with the link once more."""
        now = timezone.now()
        self._each(request, queryset, lambda row: actions.resend(appointment=row, now=now))

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Appointment],
        act: Callable[[Appointment], object],
    ) -> None:
        refused = []
        rows = list(queryset.select_related("slot", "applicant"))
        for row in rows:
            try:
                act(row)
            except Refused as refusal:
                status = STATUS_LABELS[Status(row.status)]
                refused.append(f"{row.reference} ({status}): {refusal.sentence}")
        done = len(rows) - len(refused)
        if done:
            message = _("Done for %(done)s of %(all)s.") % {"done": done, "all": len(rows)}
            messages.success(request, message)
        if refused:
            messages.warning(request, _("Not done: %s") % "; ".join(refused))
