"""Appointments at the desk: the list, one row with its actions, search, bookings by phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin import exports, phone_bookings, search
from booking.admin.action_forms import missing_of, papers_of
from booking.admin.applicants import SERVE, ShowsPerson
from booking.admin.appointment_actions import ACTIONS, DeskAction, actions_for
from booking.admin.appointment_summary import STEPS, facts_of, last_step
from booking.admin.start_page import ON_THE_LIST
from booking.models import Appointment, AppointmentEvent
from booking.models.appointments import STATUS_LABELS
from booking.states import Status
from booking.windows import day_bounds, local_day
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, ReadOnlyRows, wall_time
from config.foundation.audit import AccessRecord
from config.foundation.office import current_office
from config.foundation.staff import staff_of
from config.foundation.texts import page_language
from eligibility.labels import CATEGORIES


class Day(admin.SimpleListFilter):
    """Which days to show; there is no "all", which would read years."""

    title = gettext_lazy("day")
    parameter_name = "day"
    spans = {
        "today": (0, 1, gettext_lazy("today")),
        "tomorrow": (1, 2, gettext_lazy("tomorrow")),
        "week": (0, 8, gettext_lazy("the next 7 days")),
        "ahead": (0, 29, gettext_lazy("the next 4 weeks")),
        "past": (-7, 0, gettext_lazy("the last 7 days")),
        "month": (-30, 0, gettext_lazy("the last 30 days")),
    }

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Every span but the default."""
        return [(name, span[2]) for name, span in self.spans.items() if name != "week"]

    def choices(self, changelist: Any) -> Any:
        """The default has a name."""
        default, *others = list(super().choices(changelist))
        yield {**default, "display": self.spans["week"][2]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Appointments of these days."""
        first, last, _name = self.spans.get(self.value() or "week", self.spans["week"])
        zone = current_office().zone
        today = local_day(timezone.now(), zone=zone)
        since = day_bounds(today + timedelta(days=first), zone=zone)[0]
        until = day_bounds(today + timedelta(days=last), zone=zone)[0]
        return queryset.filter(slot__starts_at__gte=since, slot__starts_at__lt=until)


class Category(admin.SimpleListFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [(code, choice.title) for code, choice in CATEGORIES.items() if code != "other"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(category=self.value()) if self.value() else queryset


_DETAILS = dict(Appointment.CancelReason.choices) | dict(Appointment.Outcome.choices)


class Events(ReadOnlyRows):
    """Everything that happened, oldest first; only ever added by the actions."""

    model = AppointmentEvent
    fields = readonly_fields = ("at", "step", "became", "actor", "by", "why")

    @admin.display(description=gettext_lazy("what"))
    def step(self, row: AppointmentEvent) -> str:
        return str(STEPS.get(row.action, row.action))

    @admin.display(description=gettext_lazy("status"))
    def became(self, row: AppointmentEvent) -> str:
        """The status after it."""
        return str(STATUS_LABELS[Status(row.to_status)])

    @admin.display(description=gettext_lazy("detail"))
    def why(self, row: AppointmentEvent) -> str:
        """The reason of a cancellation or the outcome of a visit."""
        return str(_DETAILS.get(row.detail, row.detail))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        """With the names of those who acted."""
        return super().get_queryset(request).select_related("by")


@admin.register(Appointment)
class AppointmentAdmin(ShowsPerson, AccessLoggedReadOnlyAdmin):
    """Rows are read-only: what changes them are the actions, the same as on the public pages."""

    change_form_template = "admin/booking/appointment/change_form.html"
    change_list_template = "admin/booking/appointment/change_list.html"
    list_display = (
        *("starts", "counter", "reference", "person", "born", "category_name", "need_by"),
        *("status", "arrived"),
    )
    list_display_links = ("reference",)
    list_filter = (Day, "slot__counter", "status", Category, "applicant__language")
    list_select_related = ("slot__counter", "applicant")
    ordering = ("slot__starts_at", "slot__counter")
    inlines = (Events,)
    actions = ("mark_not_come", "send_again")
    fields = readonly_fields = (
        *("reference", "status", "starts", "counter", "person", "born", "contact"),
        *("speaks", "access"),
        *("category_name", "need_by", "papers", "booked_at", "arrived", "ended_at", "outcome"),
        *("lacking", "cancel_reason", "revision", "mistake_reported_at", "fast"),
    )

    @admin.display(description=gettext_lazy("time"), ordering="slot__starts_at")
    def starts(self, row: Appointment) -> str:
        """Day and wall time of the office."""
        return wall_time(row.slot.starts_at)

    @admin.display(description=gettext_lazy("counter"))
    def counter(self, row: Appointment) -> str:
        return str(row.slot.counter)

    @admin.display(description=gettext_lazy("language"))
    def speaks(self, row: Appointment) -> str:
        """The language of the letters, and perhaps of a call."""
        return row.applicant.get_language_display()

    @admin.display(description=gettext_lazy("accessibility need"))
    def access(self, row: Appointment) -> str:
        """What the person asked for."""
        return row.applicant.get_access_need_display() if row.applicant.access_need else "–"

    @admin.display(description=gettext_lazy("confirmed very fast"))
    def fast(self, row: Appointment) -> str:
        """A sign of a machine; it blocks nobody."""
        return _("yes") if row.confirmed_too_fast else "–"

    @admin.display(description=gettext_lazy("category"), ordering="category")
    def category_name(self, row: Appointment) -> str:
        found = CATEGORIES.get(row.category)
        return str(found.title) if found else "–"

    @admin.display(description=gettext_lazy("arrived"))
    def arrived(self, row: Appointment) -> str:
        """Wall time of the arrival."""
        at = row.checked_in_at
        return f"{localtime(at):%H:%M}" if at else ""

    @admin.display(description=gettext_lazy("papers to bring"))
    def papers(self, row: Appointment) -> str:
        """Their titles, to be read out on the phone."""
        titles = [title for _id, title in papers_of(row, language=page_language())]
        return ", ".join(titles) or "–"

    @admin.display(description=gettext_lazy("missing papers"))
    def lacking(self, row: Appointment) -> str:
        """Their titles."""
        return ", ".join(missing_of(row, language=page_language())) or "–"

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
        pages: dict[str, Callable[..., HttpResponseBase]] = {
            "search": search.search,
            "by-phone": phone_bookings.choose,
            "by-phone/details": phone_bookings.details,
            "export": exports.appointments,
        }
        others = [
            path(
                f"{name}/",
                site(partial(view, self)),
                name=f"booking_appointment_{name.replace('/', '_')}",
            )
            for name, view in pages.items()
        ]
        return [*others, *actions, *super().get_urls()]

    def shown_beside(self, request: HttpRequest, row: Appointment) -> dict[str, Any]:
        """Its buttons."""
        if not request.user.has_perm(SERVE):
            return {}
        return {"actions": actions_for(row, now=timezone.now(), office=current_office())}

    def action_view(
        self, request: HttpRequest, object_id: str, *, action: DeskAction
    ) -> HttpResponseBase:
        """Asks for confirmation, then does one action; says who was first when it can't."""
        row = self.row_for(request, object_id, permission=SERVE)
        now = timezone.now()
        form = action.form(request.POST or None, appointment=row, now=now, language=page_language())
        refusal = ""
        if request.method == "POST" and form.is_valid():
            refusal = self._act(request, row, action, form.cleaned_data, now)
            if not refusal:
                return redirect(self._back(row, now))
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/appointment/action.html",
            title=action.label,
            status=422 if request.method == "POST" else 200,
            original=row,
            action=action,
            form=form,
            facts=facts_of(row, now=now, language=page_language()),
            refusal=refusal,
            fits=action.fits(row, now, current_office()),
        )

    def _act(
        self,
        request: HttpRequest,
        row: Appointment,
        action: DeskAction,
        data: dict[str, Any],
        now: datetime,
    ) -> str:
        """Does it and returns nothing, or what to say instead."""
        if data["version"] != row.version:
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
        messages.success(request, action.done % {"reference": row.reference})
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
