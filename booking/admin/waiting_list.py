"""The waiting list at the desk: in its order, with offers answered for people on the phone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.actions.refusals import PageOutdated
from booking.admin.applicants import SERVE, ShowsPerson, about_visit, is_current_version
from booking.admin.appointment_summary import answer_by
from booking.admin.invite_selected import InvitesSelected
from booking.category_names import CATEGORY_NAMES
from booking.models import Appointment, Slot, WaitingEntry
from booking.states import NeedByKind, Status, WaitingStatus
from config.foundation.actions import Refused
from config.foundation.admin_bases import tag, two_lines, wall_day, wall_time
from config.foundation.audit import AccessRecord
from config.foundation.numbers import whole_number
from config.foundation.staff import staff_of

NEEDS = {
    NeedByKind.HARD: gettext_lazy("departure: later is of no use"),
    NeedByKind.SOFT: gettext_lazy("expiry: later is still needed"),
    NeedByKind.NONE: "–",
}
PLACES = {
    WaitingStatus.WAITING: gettext_lazy("waits"),
    WaitingStatus.SERVED: gettext_lazy("has an appointment"),
    WaitingStatus.LEFT: gettext_lazy("has left the list"),
    WaitingStatus.ENDED: gettext_lazy("ended: the day of need has passed"),
}


ACCEPT = ("waiting_accept", gettext_lazy("Accept the offer"))
STAND_IN = ("stand_in", gettext_lazy("Serve now, in place of somebody"))


def _need(row: WaitingEntry) -> str:
    return str(NEEDS[NeedByKind(row.need_kind)])


class State(admin.SimpleListFilter):
    """Who waits; what has ended is kept for the figures only."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        """Everybody, or those who lost a time to a closure."""
        return [("displaced", gettext_lazy("lost a time to a closure"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only entries that still wait."""
        waiting = queryset.filter(status=WaitingStatus.WAITING)
        return waiting.filter(priority=0) if self.value() == "displaced" else waiting


class InOrder(ChangeList):
    """The list with the place of each row, and what can be done for its person at this moment."""

    def get_results(self, request: HttpRequest) -> None:
        """Adds `place` and `way`, (address, words) of a button or None, to each row of the page."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        serves = request.user.has_perm(SERVE)
        vacant = serves and actions.vacant_no_show_slots(now=timezone.now()).exists()
        before = (self.page_num - 1) * self.list_per_page
        for place, row in enumerate(rows, start=before + 1):
            row.place = place
            row.way = None
            if serves and row.offered_at:
                row.way = ACCEPT
            elif vacant:
                row.way = STAND_IN
        self.result_list = rows


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ShowsPerson, InvitesSelected):
    """The list in the order in which times are offered; nobody is moved by hand."""

    change_form_template = "admin/booking/waitingentry/change_form.html"
    desk_help = gettext_lazy(
        "The order in which free times are offered; nobody is moved by hand. Whoever must travel "
        "soon comes first, then who joined first. On a person's page you accept an offer for "
        "somebody on the phone, or serve somebody who waits here in place of one who has not come."
    )
    list_display = ("place", "person", "born", "case", "needed", "joined", "offered", "contact")
    list_display_links = ("person",)
    list_filter = (State,)
    sortable_by = ()  # there is one order
    ordering = ("priority", "ordered_at", "pk")
    fields = readonly_fields = ("joined",)  # the page has a template of its own

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingEntry]:
        """With whom, and with the time that is offered now."""
        offers = Appointment.objects.live(now=timezone.now()).filter(
            entry=OuterRef("pk"), status=Status.OFFERED
        )
        rows = super().get_queryset(request).select_related("applicant")
        found: QuerySet[WaitingEntry] = rows.annotate(
            offered_at=Subquery(offers.values("slot__starts_at")[:1]),
            offered_until=Subquery(offers.values("held_until")[:1]),
        )
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[InOrder]:
        """The rows with their places and what can be done for them now."""
        return InOrder

    @admin.display(description=gettext_lazy("place"))
    def place(self, row: Any) -> int:
        """In the order in which times are offered, from one."""
        found: int = row.place
        return found

    @admin.display(description=gettext_lazy("joined at"))
    def joined(self, row: WaitingEntry) -> str:
        """Wall time."""
        return wall_time(row.joined_at)

    @admin.display(description=gettext_lazy("needed by"))
    def needed(self, row: WaitingEntry) -> str:
        """The day and how binding it is."""
        if not row.need_by:
            return "–"
        return two_lines(wall_day(row.need_by), _need(row))

    @admin.display(description=gettext_lazy("category"))
    def case(self, row: WaitingEntry) -> str:
        name = str(CATEGORY_NAMES.get(row.applicant.situation.get("category", ""), "–"))
        return two_lines(name, _("lost a time to a closure")) if row.priority == 0 else name

    @admin.display(description=gettext_lazy("offer"))
    def offered(self, row: Any) -> str:
        """The time that this person may take now, and the button for what can be done for them."""
        offer = tag(wall_time(row.offered_at), "info") if row.offered_at else ""
        if row.offered_until:
            offer = two_lines(offer, answer_by(row.offered_until, now=timezone.now()))
        if row.way is None:
            return offer or "–"
        address, words = row.way
        return format_html(
            '<span class="desk-list-way">{} <a class="button" href="{}">{}'
            '<span class="visually-hidden">: {}</span></a></span>',
            offer,
            reverse(f"admin:booking_{address}", args=[row.pk]),
            words,
            self.person(row),
        )

    def get_urls(self) -> list[URLPattern]:
        """With what a caseworker may do for somebody on the phone or in the room."""
        site = self.admin_site.admin_view
        return [
            path("<path:object_id>/accept/", site(self.accept_view), name="booking_waiting_accept"),
            path("<path:object_id>/stand-in/", site(self.stand_in_view), name="booking_stand_in"),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: WaitingEntry) -> dict[str, Any]:
        """The facts, the open offer of who waits, and the times that somebody did not come to."""
        shown = {
            "born": self.born(row),
            "need": _need(row),
            "joined": self.joined(row),
            "state": PLACES[WaitingStatus(row.status)],
            "category": self.case(row),
        }
        if row.status != WaitingStatus.WAITING:
            return shown
        now = timezone.now()
        offer = actions.open_offer(row, now=now)
        return {
            **shown,
            "place": actions.position(row) + 1,
            "offer": offer,
            "state": _("offer open") if offer else PLACES[WaitingStatus.WAITING],
            "may_serve": request.user.has_perm(SERVE),
            "missed": actions.vacant_no_show_slots(now=now).select_related("counter"),
        }

    def accept_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Answers the open offer for somebody who says yes on the phone."""
        row = self.row_for(request, object_id, permission=SERVE)
        now = timezone.now()
        offer = actions.open_offer(row, now=now)
        if offer is None and (booked := _pressed_before(request, row, Status.BOOKED)):
            return redirect("admin:booking_appointment_change", booked.pk)
        if offer is None:
            messages.warning(request, _("There is no open offer any more."))
            return redirect("admin:booking_waitingentry_change", row.pk)
        refusal: str | Promise | None = None
        if request.method == "POST" and not is_current_version(request, offer):
            refusal = PageOutdated.sentence
        elif request.method == "POST":
            try:
                booked = actions.accept(appointment=offer, now=now, by=staff_of(request))
            except Refused as refused:
                refusal = refused.sentence
            else:
                messages.success(
                    request, about_visit(booked, _("%(name)s, %(time)s: appointment booked."))
                )
                return redirect("admin:booking_appointment_change", booked.pk)
        title = _("Accept the offer")
        return self._confirm(request, row, title, offer.slot, refusal, acts_on=offer)

    def stand_in_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Serves somebody who is here in the time of somebody who is not."""
        row = self.row_for(request, object_id, permission=SERVE)
        now = timezone.now()
        if _pressed_before(request, row, Status.CHECKED_IN):
            return redirect("admin:index")
        slot = actions.vacant_no_show_slots(now=now).select_related("counter").first()
        if slot is None:
            messages.warning(request, _("No time is running whose person has not come."))
            return redirect("admin:booking_waitingentry_change", row.pk)
        refusal: str | Promise | None = None
        same = request.POST.get("slot") == str(slot.pk) and is_current_version(request, row)
        if request.method == "POST" and not same:
            refusal = PageOutdated.sentence
        elif request.method == "POST":
            try:
                served = actions.fill_no_show_slot(
                    entry=row, slot_id=slot.pk, now=now, by=staff_of(request)
                )
            except Refused as refused:
                refusal = refused.sentence
            else:
                messages.success(
                    request, about_visit(served, _("%(name)s, %(time)s: arrival noted."))
                )
                return redirect("admin:index")
        title = _("Serve now, in place of somebody")
        return self._confirm(request, row, title, slot, refusal, acts_on=row)

    def _confirm(
        self,
        request: HttpRequest,
        row: WaitingEntry,
        title: str,
        slot: Slot,
        refusal: str | Promise | None,
        *,
        acts_on: WaitingEntry | Appointment,
    ) -> HttpResponseBase:
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/waitingentry/confirm.html",
            title=title,
            original=row,
            slot=slot,
            acts_on=acts_on,
            when=wall_time(slot.starts_at),
            born=self.born(row),
            accepts=isinstance(acts_on, Appointment),
            refusal=refusal,
        )


def _pressed_before(request: HttpRequest, row: WaitingEntry, status: Status) -> Appointment | None:
    """What the same form has made of this place on the list, when it is sent once more."""
    slot = whole_number(request.POST.get("slot", ""))
    if slot is None or row.status != WaitingStatus.SERVED:
        return None
    mine = Appointment.objects.filter(applicant=row.applicant, slot=slot, status=status)
    return mine.filter(events__by=staff_of(request)).first()
