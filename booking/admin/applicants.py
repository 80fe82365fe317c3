"""People whom the desk should look at: another address has an appointment for the same person."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.actions.refusals import PageOutdated
from booking.models import Applicant, Appointment, WaitingEntry
from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin
from config.foundation.audit import AccessRecord
from config.foundation.dates import show_birth_date
from config.foundation.staff import staff_of

SERVE = "booking.serve_appointment"


def is_current_version(request: HttpRequest, row: Applicant | Appointment | WaitingEntry) -> bool:
    """Whether a form was made of the row as it is now (T-B12)."""
    named = request.POST.get("subject"), request.POST.get("version")
    return named == (row.subject, str(row.version))


class ShowsPerson:
    """Columns about the person of a row; they are blank once the person is forgotten."""

    def applicant_of(self, row: Any) -> Applicant:
        """Whose row it is."""
        found: Applicant = row.applicant
        return found

    @admin.display(description=gettext_lazy("name"))
    def person(self, row: Any) -> str:
        """As in the document."""
        return self.applicant_of(row).full_name or "–"

    @admin.display(description=gettext_lazy("date of birth"))
    def born(self, row: Any) -> str:
        """As German papers print it."""
        stored = self.applicant_of(row).birth_date
        return show_birth_date(stored) if stored else "–"

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, row: Any) -> str:
        """Phone and address, as far as they are known."""
        who = self.applicant_of(row)
        return " · ".join(filter(None, (who.phone, who.email))) or "–"


@admin.register(Applicant)
class ApplicantAdmin(ShowsPerson, AccessLoggedReadOnlyAdmin):
    """Flagged people only: all others are found through their appointment."""

    change_form_template = "admin/booking/applicant/change_form.html"
    desk_help = gettext_lazy(
        "Somebody with the same name and date of birth asked from another address while there was "
        "an appointment already. Phone or write to them: if they are two people, say so on the "
        "person's page, and the second one can book as well."
    )
    list_display = ("flagged_at", "person", "born", "language")
    ordering = ("-flagged_at",)
    fields = readonly_fields = ("person", "born", "phone", "email", "language", "flagged_at")

    def applicant_of(self, row: Applicant) -> Applicant:
        """The row itself."""
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Applicant]:
        """Those with a flag that are still known."""
        rows = super().get_queryset(request)
        return rows.filter(flagged_at__isnull=False, forgotten_at=None)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.namesake_view)
        return [
            path("<path:object_id>/namesake/", view, name="booking_applicant_namesake"),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Applicant) -> dict[str, Any]:
        """Whoever has the appointment."""
        return {"others": self._others(row), "may_serve": request.user.has_perm(SERVE)}

    def _others(self, row: Applicant) -> list[Appointment]:
        same = Appointment.objects.live(now=timezone.now()).of_person(
            row.person_key, row.namesake_number
        )
        return list(same.exclude(applicant=row).select_related("applicant", "slot"))

    def namesake_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Two people share name and birth date: lets the second one book, too."""
        row = self.row_for(request, object_id, permission=SERVE)
        refusal: str | Promise | None = None
        if request.method == "POST" and not is_current_version(request, row):
            refusal = PageOutdated.sentence
        elif request.method == "POST":
            try:
                actions.allow_namesake(applicant=row, now=timezone.now(), by=staff_of(request))
            except Refused as refused:
                refusal = refused.sentence
            else:
                self.record(request, AccessRecord.Kind.VIEW, f"applicant/{row.pk} namesake")
                messages.success(request, _("This person can book now."))
                return redirect("admin:booking_applicant_changelist")
        self.record(request, AccessRecord.Kind.VIEW, row.subject)
        return self.page(
            request,
            "admin/booking/applicant/namesake.html",
            title=_("These are two people"),
            original=row,
            person=self.person(row),
            born=self.born(row),
            refusal=refusal,
        )
