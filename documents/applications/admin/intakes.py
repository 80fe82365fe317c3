"""Which procedures can be applied for online: opened when everything is there, and closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.foundation.actions import Refused
from config.foundation.admin_bases import AccessLoggedReadOnlyAdmin, tag, wall_time
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.staff import staff_of
from documents.applications.actions.intakes import (
    NotReady,
    close_for_applications,
    open_for_applications,
)
from documents.applications.completeness import unstated
from documents.applications.models import Intake
from documents.applications.readiness import (
    OFFERED,
    has_finished_list,
    list_of,
    missing_parts,
    open_intake,
)

OPEN = "applications.open_intake"


@admin.register(Intake)
class IntakeAdmin(AccessLoggedReadOnlyAdmin):
    """Intakes are opened and closed by actions, never edited."""

    recorded = False
    change_list_template = "admin/applications/intake/change_list.html"
    change_form_template = "admin/applications/intake/change_form.html"
    desk_help = gettext_lazy(
        "Online applications are closed until they are opened here. Before that, keys, converter "
        "and scanner are tried; what is missing is named."
    )
    list_display = ("title", "listed", "since")
    fields = readonly_fields = ("procedure",)  # the page has a template of its own

    @admin.display(description=gettext_lazy("procedure"))
    def title(self, row: Intake) -> str:
        """The name of the procedure."""
        return _title(row.procedure)

    def name_of(self, row: Intake) -> str:
        """The name of the procedure."""
        return self.title(row)

    @admin.display(description=gettext_lazy("state"))
    def listed(self, row: Intake) -> SafeString:
        """Open or closed at this moment."""
        is_open = open_intake(row.procedure, now=timezone.now()) is not None
        return tag(_("open"), "success") if is_open else tag(_("closed"))

    @admin.display(description=gettext_lazy("open from"))
    def since(self, row: Intake) -> str:
        """Wall time."""
        return wall_time(row.opens_at) if row.opens_at else "–"

    def get_urls(self) -> list[URLPattern]:
        """With opening and closing."""
        site = self.admin_site.admin_view
        return [
            path("open/", site(self.open_view), name="applications_intake_open"),
            path(
                "<path:object_id>/close/", site(self.close_view), name="applications_intake_close"
            ),
            *super().get_urls(),
        ]

    def shown_beside(self, request: HttpRequest, row: Intake) -> dict[str, object]:
        """Its state, and whether it may be closed."""
        now = timezone.now()
        is_open = Intake.objects.open(now=now).filter(pk=row.pk).exists()
        return {
            "standing": self.listed(row),
            "since": self.since(row),
            "missing": missing_parts() if is_open else [],
            "list": Listed.of(row.procedure, now=now),
            "may_close": is_open and request.user.has_perm(OPEN),
        }

    def open_view(self, request: HttpRequest) -> HttpResponseBase:
        """Opens a procedure at once, when nothing is missing."""
        if not request.user.has_perm(OPEN):
            raise PermissionDenied
        now, missing, refusal = timezone.now(), [], ""
        chosen = request.POST.get("procedure", "")
        if request.method == "POST" and chosen in OFFERED:
            try:
                intake = open_for_applications(
                    procedure=chosen, opens_at=now, by=staff_of(request), now=now
                )
            except NotReady as refused:
                missing, refusal = refused.missing, str(refused.sentence)
            except Refused as refused:
                refusal = str(refused.sentence)
            else:
                messages.success(request, _("Done by %(by)s.") % {"by": staff_of(request)})
                return redirect("admin:applications_intake_change", intake.pk)
        return self.page(
            request,
            "admin/applications/intake/open.html",
            title=_("Open online applications"),
            lists=[Listed.of(slug, now=now) for slug in OFFERED],
            chosen=chosen,
            missing=missing,
            refusal=refusal,
        )

    def close_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Takes no more applications from now on."""
        row: Intake = self.row_for(request, object_id, permission=OPEN)
        refusal = ""
        if request.method == "POST":
            version = whole_number(request.POST.get("version", ""), digits=9) or 0
            try:
                close_for_applications(intake=row, version=version, now=timezone.now())
            except Refused as refused:
                refusal = str(refused.sentence)
                row.refresh_from_db()
            else:
                messages.success(request, _("Done by %(by)s.") % {"by": staff_of(request)})
                return redirect("admin:applications_intake_change", row.pk)
        return self.page(
            request,
            "admin/applications/intake/close.html",
            title=_("Close online applications"),
            original=row,
            refusal=refusal,
        )


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The list of a procedure, and which of its papers the office has yet to state."""

    slug: str
    title: str
    is_finished: bool
    unstated: tuple[str, ...]

    @classmethod
    def of(cls, slug: str, *, now: datetime) -> Listed:
        """As the catalogue of this day has it."""
        on = office_day(now)
        found = list_of(slug, on=on)
        return cls(
            slug=slug,
            title=_title(slug),
            is_finished=has_finished_list(slug, on=on),
            unstated=tuple(one.de for one in unstated(found)) if found else (),
        )


def _title(slug: str) -> str:
    found = list_of(slug, on=office_day(timezone.now()))
    return found.title.de if found else slug
