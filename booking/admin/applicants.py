"""People whom the desk should look at: another address has an appointment for the same person."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.actions.refusals import PageOutdated
from booking.models import Applicant, Appointment, WaitingEntry
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, wall_time
from config.foundation.audit import AccessRecord
from config.foundation.dates import show_birth_date
from config.foundation.phones import show_phone
from config.foundation.staff import staff_of
from config.foundation.templatetags.texts import tel

SERVE = "booking.serve_appointment"


def require_serving(request: HttpRequest) -> None:
    """Raises PermissionDenied for whoever does not act for people."""
    if not request.user.has_perm(SERVE):
        raise PermissionDenied


def is_current_version(request: HttpRequest, row: Applicant | Appointment | WaitingEntry) -> bool:
    """Whether a form was made of the row as it is now (T-B12)."""
    named = request.POST.get("subject"), request.POST.get("version")
    return named == (row.subject, str(row.version))


def about_visit(row: Appointment, sentence: str) -> str:
    """What a message says: `sentence` with the name, time and reference of the appointment."""
    return sentence % {
        "name": row.applicant.desk_name or row.reference,
        "reference": row.reference,
        "time": wall_time(row.slot.starts_at),
    }


def birth_date_of(person: Applicant) -> str:
    """As German papers print it, a dash once nobody knows it."""
    return show_birth_date(person.birth_date) if person.birth_date else "–"


class ShowsPerson:
    """Columns about the person of a row; they are blank once the person is forgotten."""

    def applicant_of(self, row: Any) -> Applicant:
        """Whose row it is."""
        found: Applicant = row.applicant
        return found

    def name_of(self, row: Any) -> str:
        """The person's name on the page about them."""
        return self.person(row)

    @admin.display(description=gettext_lazy("name"))
    def person(self, row: Any) -> str:
        """As in the document."""
        return self.applicant_of(row).desk_name or "–"

    @admin.display(description=gettext_lazy("date of birth"))
    def born(self, row: Any) -> str:
        """As German papers print it."""
        return birth_date_of(self.applicant_of(row))

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, row: Any) -> str:
        """Phone or else the address: the way in which somebody is reached first."""
        who = self.applicant_of(row)
        if who.phone:
            shown = show_phone(who.phone)
            return format_html('<a class="desk-phone" href="{}">{}</a>', tel(who.phone), shown)
        return format_html('<a href="mailto:{0}">{0}</a>', who.email) if who.email else "–"


@admin.register(Applicant)
class ApplicantAdmin(ShowsPerson, AccessLoggedReadOnlyAdmin):
    """Flagged people only: all others are found through their appointment."""

    change_list_template = "admin/booking/applicant/change_list.html"
    change_form_template = "admin/booking/applicant/change_form.html"
    desk_help = gettext_lazy(
        "Somebody with the same name and date of birth asked from another address while there was "
        "an appointment already. Phone or write to them: if they are two people, the second one "
        "can book as well."
    )
    list_display = ("person", "born", "flagged", "contact", "language")
    ordering = ("-flagged_at",)
    fields = readonly_fields = ("language",)  # the page has a template of its own

    @admin.display(description=gettext_lazy("flagged at"), ordering="flagged_at")
    def flagged(self, row: Applicant) -> str:
        """Wall time."""
        return wall_time(row.flagged_at) if row.flagged_at else "–"

    def applicant_of(self, row: Applicant) -> Applicant:
        """The row itself."""
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Applicant]:
        """Those with a flag that are still known."""
        rows = super().get_queryset(request)
        return rows.filter(flagged_at__isnull=False, forgotten_at=None)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list by what is in it: of all applicants it shows those with a flag."""
        name = _("Possible double bookings")
        named = {"title": name, "list_name": name}
        return super().changelist_view(request, {**named, **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BesideOthers]:
        """The people of the page, each with whoever has the appointment."""
        return BesideOthers

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/namesake/",
                site(self.namesake_view),
                name="booking_applicant_namesake",
            ),
            path(
                "<path:object_id>/settle/", site(self.settle_view), name="booking_applicant_settle"
            ),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Applicant) -> dict[str, Any]:
        """Whoever has the appointment."""
        return {
            "born": self.born(row),
            "others": others_of([row])[row.pk],
            "may_serve": request.user.has_perm(SERVE),
        }

    def namesake_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Two people share name and birth date: lets the second one book, too."""
        return self._step(
            request,
            object_id,
            act=lambda row: actions.allow_namesake(
                applicant=row, now=timezone.now(), by=staff_of(request)
            ),
            trail="namesake",
            title=_("Different people"),
            hint=_(
                "Only after you have seen that there are two people with the same name and date "
                "of birth: this one may book as well."
            ),
            done=_("%(name)s: this person can book now."),
        )

    def settle_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """It is the same person, or the other appointment is gone: off the list."""
        row = self.row_for(request, object_id, permission=SERVE)
        is_one = bool(others_of([row])[row.pk])
        return self._step(
            request,
            object_id,
            act=lambda row: actions.end_double_booking_check(applicant=row),
            trail="settled",
            title=_("Same person") if is_one else _("Settled"),
            hint=_("The appointment stays as it is, and no second one is booked.")
            if is_one
            else _("The other appointment is gone, so this person can book without your help."),
            done=_("%(name)s: settled."),
        )

    def _step(
        self,
        request: HttpRequest,
        object_id: str,
        *,
        act: Callable[[Applicant], None],
        trail: str,
        done: str,
        title: str,
        hint: str,
    ) -> HttpResponseBase:
        """A page that shows both people, asks once and does it to the version that was shown."""
        row = self.row_for(request, object_id, permission=SERVE)
        refusal: str | Promise | None = None
        if request.method == "POST" and not is_current_version(request, row):
            refusal = PageOutdated.sentence
        elif request.method == "POST":
            try:
                act(row)
            except Refused as refused:
                refusal = refused.sentence
            else:
                self.record(request, AccessRecord.Kind.VIEW, f"{row.subject} {trail}")
                messages.success(request, done % {"name": self.person(row)})
                return redirect("admin:booking_applicant_changelist")
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/applicant/namesake.html",
            original=row,
            person=self.person(row),
            born=self.born(row),
            others=others_of([row])[row.pk],
            refusal=refusal,
            title=title,
            hint=hint,
        )


class BesideOthers(ChangeList):
    """A list whose people stand beside whoever has the appointment; one query for all."""

    def get_results(self, request: HttpRequest) -> None:
        """The people of the page, each with `others` and the date of birth in words."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = others_of(rows)
        for row in rows:
            row.others, row.born = found[row.pk], birth_date_of(row)
        self.result_list = rows


def others_of(rows: Collection[Applicant]) -> dict[int, list[Appointment]]:
    """By the key of a row: the live emergencies of the same person that are not its own."""
    live = Appointment.objects.live(now=timezone.now()).emergencies()
    same = live.filter(person_key__in={row.person_key for row in rows})
    found = list(same.select_related("applicant", "slot__counter").order_by("pk"))
    return {
        row.pk: [
            each
            for each in found
            if each.applicant_id != row.pk
            and (each.person_key, each.namesake_number) == (row.person_key, row.namesake_number)
        ]
        for row in rows
    }
