"""Counters with their hours, and closures: preview first, then nobody is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.actions.slots import concerned_by
from booking.admin.closure_forms import CloseForm, HoursForm, displaced_by, phone_list
from booking.models import Appointment, Closure, Counter, ServiceWindow, Slot
from booking.states import PROVISIONAL, Status
from config.foundation.actions import Refused
from config.foundation.admin import OfficeAdmin, Texts
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, ReadOnlyRows, wall_time
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import Office, current_office, forget_memory, in_language
from config.foundation.staff import staff_of

for model in (Counter, ServiceWindow, Closure):
    auditlog.register(model)


class Windows(ReadOnlyRows):
    """The hours as they are and were; they change through their own page."""

    model = ServiceWindow
    fields = readonly_fields = ("weekday", "opens", "closes", "valid_from", "valid_until")


@admin.register(Counter)
class CounterAdmin(Texts):
    """Counters; new ones serve as soon as they have hours."""

    change_form_template = "admin/booking/counter/change_form.html"
    desk_help = gettext_lazy(
        "Hours change on the page of a counter, from a day on. A counter that is out of service "
        "keeps who is booked and loses its free times. To shut a counter for a day, use Close a "
        "counter instead."
    )
    list_display = ("slug", "__str__", "group", "in_service")
    list_select_related = ("group",)
    inlines = (Windows,)

    def get_urls(self) -> list[URLPattern]:
        """With the page of the hours."""
        view = self.admin_site.admin_view(self.hours_view)
        return [
            path("<path:object_id>/hours/", view, name="booking_counter_hours"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Counter, form: object, change: bool) -> None:
        """A counter out of service keeps who is booked and loses its free times."""
        super().save_model(request, obj, form, change)
        _apply_hours(request)

    def hours_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Other hours from a day on, or special hours for some weeks."""
        counter = self.row_for(request, object_id, permission="booking.change_servicewindow")
        now, status, refusal = timezone.now(), 200, None
        form = HoursForm(request.POST or None, now=now)
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    made = actions.change_hours(
                        counter=counter,
                        hours=form.hours,
                        valid_from=form.cleaned_data["valid_from"],
                        valid_until=form.valid_until,
                        replace=form.cleaned_data["replace"] == "yes",
                        now=now,
                    )
                except Refused as refused:
                    refusal = refused.sentence
                else:
                    messages.success(request, _("Saved. New times: %s.") % made)
                    _warn_of_booked_outside(request, now)
                    return redirect("admin:booking_counter_change", counter.pk)
        return self.page(
            request,
            "admin/booking/counter/hours.html",
            title=_("Hours of %s") % counter,
            status=status,
            original=counter,
            form=form,
            refusal=refusal,
            windows=counter.windows.order_by("valid_from", "weekday", "opens"),
        )


def _tell_of_closing(request: HttpRequest, closure: Closure, now: datetime) -> None:
    people = [each.appointment.applicant for each in displaced_by(closure, now=now)]
    silent = sum(not person.email for person in people)
    written = len(people) - silent
    messages.success(request, _("Closed. People who get a letter: %s.") % written)
    if silent:
        text = _("People without an e-mail address, who know nothing yet: %s. Please phone them.")
        messages.warning(request, text % silent)


admin.site.unregister(Office)


@admin.register(Office)
class OfficeWithHoursAdmin(OfficeAdmin):
    """The office's facts; those that make times hold as soon as they are saved."""

    def save_model(self, request: HttpRequest, obj: Office, form: object, change: bool) -> None:
        """Closed days, federal state and minutes per time say which times there are."""
        super().save_model(request, obj, form, change)
        forget_memory()
        _apply_hours(request)


def _apply_hours(request: HttpRequest) -> None:
    now = timezone.now()
    actions.drop_unscheduled(now=now)
    actions.open_slots(now=now)
    _warn_of_booked_outside(request, now)


def _warn_of_booked_outside(request: HttpRequest, now: datetime) -> None:
    count = actions.booked_outside_hours(now=now).count()
    if count:
        messages.warning(
            request,
            _(
                "%s people are booked outside the hours. They keep their time until you close it: "
                "the start page lists them."
            )
            % count,
        )


@admin.register(Closure)
class ClosureAdmin(AccessLoggedReadOnlyAdmin):
    """Closures: made and lifted by their own pages, kept for ever."""

    change_list_template = "admin/booking/closure/change_list.html"
    change_form_template = "admin/booking/closure/change_form.html"
    desk_help = gettext_lazy(
        "Every closure with what became of the people who were booked. A closure can be lifted "
        "while it lasts: whoever has no other time yet gets the old one back."
    )
    list_display = ("starts", "ends", "where", "lifted_at")
    ordering = ("-starts_at",)
    recorded = False
    fields = readonly_fields = ("starts", "ends", "where", "public_reason", "lifted_at")
    list_select_related = ("counter",)

    @admin.display(description=gettext_lazy("from"), ordering="starts_at")
    def starts(self, row: Closure) -> str:
        """Wall time."""
        return wall_time(row.starts_at)

    @admin.display(description=gettext_lazy("to"))
    def ends(self, row: Closure) -> str:
        """Wall time, exclusive."""
        return wall_time(row.ends_at)

    @admin.display(description=gettext_lazy("counter"))
    def where(self, row: Closure) -> str:
        """One counter or all."""
        return str(row.counter) if row.counter else _("all counters")

    @admin.display(description=gettext_lazy("public reason"))
    def public_reason(self, row: Closure) -> str:
        """In the language of the member of staff."""
        return in_language(row.reason) or "–"

    def get_urls(self) -> list[URLPattern]:
        """With closing and lifting."""
        site = self.admin_site.admin_view
        return [
            path("close/", site(self.close_view), name="booking_closure_close"),
            path("<path:object_id>/lift/", site(self.lift_view), name="booking_closure_lift"),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Closure) -> dict[str, Any]:
        """What became of everybody, and whom to phone; with a line in the access log."""
        now = timezone.now()
        people = displaced_by(row, now=now)
        self._record(request, f"closure/{row.pk}", now)
        return {
            "people": people,
            "phone_list": phone_list(people, now=now),
            "may_lift": row.lifted_at is None and row.ends_at > now,
        }

    def close_view(self, request: HttpRequest) -> HttpResponseBase:
        """First press: who is affected. Second press: close."""
        if not request.user.has_perm("booking.add_closure"):
            raise PermissionDenied
        now = timezone.now()
        form = CloseForm(request.POST or None, now=now)
        context: dict[str, Any] = {}
        status = 200
        if request.method == "POST":
            if not form.is_valid():
                status = 422
            elif request.POST.get("confirm"):
                closure = actions.close(now=now, by=staff_of(request), **form.span)
                _tell_of_closing(request, closure, now)
                return redirect("admin:booking_closure_change", closure.pk)
            else:
                context = self._preview(form, now)
                self._record(request, "closure preview", now)
        return self.page(
            request,
            "admin/booking/closure/close.html",
            title=_("Close a counter"),
            status=status,
            form=form,
            **context,
        )

    def _preview(self, form: CloseForm, now: datetime) -> dict[str, Any]:
        span = {name: form.span[name] for name in ("counter", "starts_at", "ends_at")}
        slots = Slot.objects.filter(concerned_by(**span), closure=None, ends_at__gt=now)
        live = Appointment.objects.live(now=now).filter(slot__in=slots)
        booked = live.filter(status=Status.BOOKED).select_related("applicant", "slot__counter")
        people = list(booked.order_by("slot__starts_at"))
        return {
            "preview": True,
            "people": people,
            "phone_list": phone_list(people, now=now),
            "free": slots.count() - live.count(),
            "held": live.filter(status__in=PROVISIONAL).count(),
            "next_free": Slot.objects.public(now=now, office=current_office())
            .exclude(pk__in=slots)
            .count(),
        }

    def lift_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Takes a closure back."""
        row = self.row_for(request, object_id, permission="booking.change_closure")
        now, refusal = timezone.now(), None
        if request.method == "POST":
            try:
                restored = actions.lift(closure=row, now=now, by=staff_of(request))
            except Refused as refused:
                refusal = refused.sentence
            else:
                messages.success(
                    request, _("Lifted. People who have their time again: %s.") % restored
                )
                return redirect("admin:booking_closure_change", row.pk)
        return self.page(
            request,
            "admin/booking/closure/lift.html",
            title=_("Lift the closure"),
            original=row,
            refusal=refusal,
        )

    def _record(self, request: HttpRequest, subject: str, now: datetime) -> None:
        kind = AccessRecord.Kind.LIST
        record_access(by=staff_of(request), kind=kind, subject=subject, now=now)
