"""Closing counters and taking it back: first who is affected, then the calls, nobody is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin.closure_calls import closure_calls, informed
from booking.admin.closure_forms import CloseForm, displaced_by
from booking.admin.closure_preview import preview
from booking.models import Closure
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, tag, wall_day, wall_time
from config.foundation.audit import AccessRecord, record_access
from config.foundation.office import in_language
from config.foundation.staff import staff_of

auditlog.register(Closure)


@admin.register(Closure)
class ClosureAdmin(AccessLoggedReadOnlyAdmin):
    """Closures: made and lifted by their own pages, kept for ever."""

    change_list_template = "admin/booking/closure/change_list.html"
    change_form_template = "admin/booking/closure/change_form.html"
    desk_help = gettext_lazy(
        "Every closure with what became of the people who were booked. A closure can be lifted "
        "while it lasts: whoever has no other time yet gets the old one back."
    )
    list_display = ("span", "where", "public_reason", "standing", "ways_on")
    ordering = ("-starts_at",)
    recorded = False
    fields = ()
    list_select_related = ("counter",)

    def name_of(self, row: Closure) -> str:
        """'Counter 2, 24.11.2026 08:30 to 12:00'."""
        return f"{self.where(row)}, {self.span(row)}"

    @admin.display(description=gettext_lazy("when"), ordering="starts_at")
    def span(self, row: Closure) -> str:
        """In words of the wall."""
        return say_span(row.starts_at, row.ends_at)

    @admin.display(description=gettext_lazy("counter"))
    def where(self, row: Closure) -> str:
        """One counter or all."""
        return str(row.counter) if row.counter else _("all counters")

    @admin.display(description=gettext_lazy("public reason"))
    def public_reason(self, row: Closure) -> str:
        """In the language of the member of staff."""
        return in_language(row.reason) or "–"

    @admin.display(description=gettext_lazy("state"))
    def standing(self, row: Closure) -> SafeString:
        """Whether it lasts, comes, is over or was taken back."""
        now = timezone.now()
        if row.lifted_at:
            return tag(_("lifted at %s") % wall_time(row.lifted_at))
        if row.ends_at <= now:
            return tag(_("over"))
        return tag(_("planned"), "info") if row.starts_at > now else tag(_("closed now"), "warning")

    @admin.display(description=gettext_lazy("Action"))
    def ways_on(self, row: Closure) -> SafeString | str:
        """To its calls, and to taking it back."""
        calls = reverse("admin:booking_closure_change", args=[row.pk])
        found = format_html('<a href="{}#calls">{}</a>', calls, _("People and calls"))
        if not may_lift(row, timezone.now()):
            return found
        lift = reverse("admin:booking_closure_lift", args=[row.pk])
        return format_html('{} · <a href="{}">{}</a>', found, lift, _("Lift the closure"))

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
        calls = closure_calls(people)
        self._record(request, f"closure/{row.pk}", now)
        return {
            **self._facts(row),
            "people": people,
            "calls": calls,
            "informed": informed(people, calls),
            "may_lift": may_lift(row, now),
        }

    def _facts(self, row: Closure) -> dict[str, Any]:
        return {
            "span": self.span(row),
            "where": self.where(row),
            "public_reason": self.public_reason(row),
            "standing": self.standing(row),
        }

    def close_view(self, request: HttpRequest) -> HttpResponseBase:
        """First press: who is affected. Second press: close."""
        if not request.user.has_perm("booking.add_closure"):
            raise PermissionDenied
        now = timezone.now()
        form = CloseForm(request.POST or None, now=now)
        if request.method != "POST" or "change" in request.POST or not form.is_valid():
            wrong = request.method == "POST" and "change" not in request.POST
            return self._form(request, form, status=422 if wrong else 200)
        found = preview(form, now=now)
        shown = request.POST.get("affected", found["affected"])
        if request.POST.get("confirm") and shown == found["affected"]:
            closure = actions.close(now=now, by=staff_of(request), **form.span)
            _tell_of_closing(request, closure, now)
            return redirect("admin:booking_closure_change", closure.pk)
        self._record(request, "closure preview", now)
        changed = _("Meanwhile other people are affected. Please look again.")
        return self.page(
            request,
            "admin/booking/closure/confirm.html",
            title=_("Who is affected"),
            span=say_span(found["starts_at"], found["ends_at"]),
            refusal=changed if request.POST.get("confirm") else None,
            sent=[
                (name, value)
                for name, value in request.POST.items()
                if name.startswith(tuple(form.fields))
            ],
            **found,
        )

    def _form(self, request: HttpRequest, form: CloseForm, *, status: int) -> HttpResponseBase:
        return self.page(
            request,
            "admin/booking/closure/close.html",
            title=_("Close a counter"),
            status=status,
            form=form,
        )

    def lift_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Takes a closure back, after saying who gets a time again."""
        row = self.row_for(request, object_id, permission="booking.change_closure")
        now, refusal = timezone.now(), None
        if request.method == "POST":
            try:
                restored = actions.lift(closure=row, now=now, by=staff_of(request))
            except Refused as refused:
                refusal = refused.sentence
            else:
                text = _(
                    "%(time)s: closure lifted by %(by)s. People who have their time again: %(n)s."
                )
                messages.success(request, text % {**_who(request, now), "n": restored})
                return redirect("admin:booking_closure_change", row.pk)
        waiting = [
            each
            for each in displaced_by(row, now=now)
            if each.fate in {"waiting", "offered"} and each.appointment.slot.starts_at > now
        ]
        return self.page(
            request,
            "admin/booking/closure/lift.html",
            title=_("Lift the closure"),
            original=row,
            refusal=refusal,
            people=waiting,
            may_lift=may_lift(row, now),
            **self._facts(row),
        )

    def _record(self, request: HttpRequest, subject: str, now: datetime) -> None:
        kind = AccessRecord.Kind.LIST
        record_access(by=staff_of(request), kind=kind, subject=subject, now=now)


def say_span(starts_at: datetime, ends_at: datetime) -> str:
    """Two UTC instants as the wall shows them; a midnight at the end is 24:00 of the day before."""
    starts, last = localtime(starts_at), localtime(ends_at - timedelta(minutes=1))
    ends = localtime(ends_at)
    until = f"{ends:%H:%M}" if ends.date() == last.date() else "24:00"
    first_day, last_day = (wall_day(each) for each in (starts, last))
    if first_day == last_day:
        return f"{first_day}, {starts:%H:%M} – {until}"
    return f"{first_day}, {starts:%H:%M} – {last_day}, {until}"


def may_lift(row: Closure, now: datetime) -> bool:
    """Whether there is anything to give back at `now` (UTC)."""
    return row.lifted_at is None and row.ends_at > now


def _who(request: HttpRequest, now: datetime) -> dict[str, object]:
    return {"time": f"{localtime(now):%H:%M}", "by": staff_of(request)}


def _tell_of_closing(request: HttpRequest, closure: Closure, now: datetime) -> None:
    people = [each.appointment.applicant for each in displaced_by(closure, now=now)]
    silent = sum(not person.email for person in people)
    text = _("%(time)s: closed by %(by)s. People who get a letter: %(n)s.")
    text %= {**_who(request, now), "n": len(people) - silent}
    back = reverse("admin:booking_closure_lift", args=[closure.pk])
    link = format_html('<a class="button" href="{}">{}</a>', back, _("Lift the closure"))
    messages.success(request, format_html("{} {}", text, link))
    if silent:
        text = _("People without an e-mail address, who know nothing yet: %s. Please phone them.")
        messages.warning(request, text % silent)
