"""Counters with their hours, and what of the office says which times there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin.closed_days import ClosedDaysWidget, show_closed_days
from booking.admin.hours_forms import HoursForm
from booking.admin.week import SHOWN, hours_on, start_of_hours, weeks
from booking.models import Counter, ServiceWindow
from booking.windows import local_day
from config.foundation.actions import Refused
from config.foundation.admin import OfficeAdmin, Texts
from config.foundation.admin_bases import service_tag
from config.foundation.office import Office, current_office, forget_memory
from config.foundation.staff import staff_of

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise

for model in (Counter, ServiceWindow):
    auditlog.register(model)


def _column(weekday: int, label: _StrPromise) -> Callable[[Counter], SafeString | str]:
    @admin.display(description=label)
    def hours(row: Counter) -> SafeString | str:
        return hours_on(row, weekday, today=_today())

    return hours


def _today() -> date:
    return local_day(timezone.now(), zone=current_office().zone)


@admin.register(Counter)
class CounterAdmin(Texts):
    """Counters; new ones serve as soon as they have hours."""

    change_form_template = "admin/booking/counter/change_form.html"
    desk_help = gettext_lazy(
        "Hours change on the page of a counter, from a day on. A counter that is out of service "
        "keeps who is booked and loses its free times. To shut a counter for a day, use Close a "
        "counter instead."
    )
    list_display = (
        *("__str__", "group"),
        *(_column(weekday, label) for weekday, label in SHOWN),
        "standing",
    )
    list_select_related = ("group",)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, row: Counter) -> SafeString:
        """Whether it serves anybody."""
        return service_tag(in_service=row.in_service)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Counter]:
        """With their hours, in one query."""
        return super().get_queryset(request).prefetch_related("windows__quota")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the weeks of the counter above its fields."""
        row = kwargs.get("obj")
        beside = weeks(row, today=_today()) if row else {}
        return super().render_change_form(request, {**context, **beside}, *args, **kwargs)

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
        apply_hours(request)

    def hours_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Other hours from a day on, or special hours for some weeks."""
        counter = self.row_for(request, object_id, permission="booking.change_servicewindow")
        now, status, refusal = timezone.now(), 200, None
        usual = start_of_hours(counter, today=_today())
        replaces = usual.fields and usual.of is None
        start = {**usual.fields, "quota": usual.quota, "replace": "yes" if replaces else "no"}
        form = HoursForm(request.POST or None, now=now, initial=start)
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    made = actions.change_hours(
                        counter=counter,
                        hours=form.hours,
                        quota=form.cleaned_data["quota"],
                        valid_from=form.cleaned_data["valid_from"],
                        valid_until=form.valid_until,
                        replace=form.cleaned_data["replace"] == "yes",
                        now=now,
                    )
                except Refused as refused:
                    refusal = refused.sentence
                else:
                    text = _("%(counter)s, %(time)s: hours changed by %(by)s. New times: %(n)s.")
                    told = {"counter": counter, "time": f"{localtime(now):%H:%M}", "n": made}
                    messages.success(request, text % {**told, "by": staff_of(request)})
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
            proposed_by=usual.of,
            **weeks(counter, today=_today()),
        )


admin.site.unregister(Office)


@admin.register(Office)
class OfficeWithHoursAdmin(OfficeAdmin):
    """The office's facts; those that make times hold as soon as they are saved."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The closed days as a calendar."""
        if db_field.name == "closed_days":
            kwargs |= {"widget": ClosedDaysWidget, "help_text": ""}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def readable(self, name: str) -> Any:
        """The closed days are a calendar for whoever only looks, too."""
        if name != "closed_days":
            return super().readable(name)

        @admin.display(description=gettext_lazy("closed on these days of every year"))
        def calendar(row: Office) -> str:
            return show_closed_days(row)

        return calendar

    def save_model(self, request: HttpRequest, obj: Office, form: object, change: bool) -> None:
        """Closed days, federal state and minutes per time say which times there are."""
        super().save_model(request, obj, form, change)
        forget_memory()
        apply_hours(request)


def apply_hours(request: HttpRequest) -> None:
    """Makes the times that the hours say from now on, and tells who is booked outside of them."""
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
