"""The settings of a box: one page for each subject."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.foundation.admin import Texts
from config.foundation.admin_bases import tag, wall_time
from config.foundation.office import current_office
from config.foundation.place_fields import WithPlace
from config.foundation.texts import TextsFormField
from pickup_box.models import Box

# The first subject is the page of the row itself.
FIRST = "place"
SUBJECTS: dict[str, tuple[Promise | str, tuple[str, ...]]] = {
    FIRST: (_("Place and contact"), ("name", "address", "phone", "email")),
    "hours": (_("Hours"), ("hours", "help_hours")),
    "collecting": (
        _("Time to collect"),
        ("storage_days", "reminder_days", "weekdays", "state", "time_zone"),
    ),
    "papers": (_("Leaflet and consent"), ("leaflet", "consent_form", "consent_version")),
    "equipment": (
        _("Equipment"),
        (
            *("standing", "pause", "heard", "low_reserve", "four_eyes"),
            *("slot_sensor", "reads_qr", "simulated"),
        ),
    ),
}
HELP: dict[str, Any] = {
    "low_reserve": _("Number of compartments. Nobody else gets the last ones within reach."),
    "reminder_days": _("0: no reminder before the last day."),
    "storage_days": _("The day of the message does not count."),
    "weekdays": _("Public holidays of the federal state never count."),
    "consent_version": _("Stands on the form and with every consent that is recorded."),
}
IN_LINES = {"leaflet", "consent_form"}


class BoxSettings(WithPlace, Texts):
    """The pages of the settings; a new box is recorded on one."""

    change_form_template = "pickup_box/admin/box.html"
    readonly_fields = ("standing", "pause", "heard")

    @admin.display(description=_("state"), ordering="status")
    def standing(self, row: Box) -> SafeString:
        """Whether anybody can collect."""
        tone = "success" if row.status == Box.Status.OPEN else "danger"
        return tag(row.get_status_display(), tone)

    @admin.display(description=_("terminal paused until"))
    def pause(self, row: Box) -> str:
        """In words where there is none."""
        return wall_time(row.paused_until) if row.paused_until else str(_("not paused"))

    @admin.display(description=_("hardware last heard"))
    def heard(self, row: Box) -> str:
        """In words where it never was."""
        return wall_time(row.seen_at) if row.seen_at else str(_("never yet"))

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """The short name is part of addresses and of the codes' salt: given once."""
        return super().get_exclude(request, obj) if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new box stands where the office is."""
        return {"state": current_office().state, **super().get_changeform_initial_data(request)}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The columns of the page's subject; all of them for a new box."""
        if obj:
            return SUBJECTS[_subject(request)][1]
        names = [name for _title, names in SUBJECTS.values() for name in names]
        return ["slug", *(name for name in names if name not in self.readonly_fields)]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Long texts have several lines; what counts says in what."""
        if db_field.name in IN_LINES:
            kwargs["form_class"] = partial(TextsFormField, lines=True)
        if db_field.name in HELP:
            kwargs["help_text"] = HELP[db_field.name]
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "address":
            field.widget.attrs["rows"] = 3
        return field

    def get_urls(self) -> list[URLPattern]:
        """A page for each subject."""
        view = self.admin_site.admin_view(self.change_view)
        pages = [
            path(f"<path:object_id>/change/{name}/", view, name=f"pickup_box_box_{name}")
            for name in SUBJECTS
            if name != FIRST
        ]
        return [*pages, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the way to the other subjects."""
        row = kwargs.get("obj")
        subject = _subject(request)
        tabs = [
            (title, _address(row.pk, name), name == subject)
            for name, (title, _columns) in SUBJECTS.items()
            if row
        ]
        beside = {"subjects": tabs, "is_equipment": subject == "equipment"}
        return super().render_change_form(request, {**context, **beside}, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Back to the page that was saved, with Django's message."""
        super().response_change(request, obj)
        return HttpResponseRedirect(request.path)


def _address(pk: int, subject: str) -> str:
    page = "change" if subject == FIRST else subject
    return reverse(f"admin:pickup_box_box_{page}", args=[pk])


def _subject(request: HttpRequest) -> str:
    found = getattr(request, "resolver_match", None)  # none outside of a page
    name = (found.url_name or "") if found else ""
    subject = name.removeprefix("pickup_box_box_")
    return subject if subject in SUBJECTS else FIRST
