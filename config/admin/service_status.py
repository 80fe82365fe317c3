"""The one page of the booking status: what it is, until when, what everybody reads meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from config.foundation.admin import SingletonAdmin
from config.foundation.admin_bases import wall_time
from config.foundation.dates import say_moment
from config.foundation.office import ServiceStatus, current_office, in_language
from config.foundation.staff import staff_of
from config.foundation.standard_texts import (
    NOTICES,
    OWN,
    choice_of,
    chosen_text,
    standard_field,
    standard_texts,
)
from config.foundation.texts import GERMAN, TextsFormField

if TYPE_CHECKING:  # Django's own form knows its model only to the type checker
    StatusForm = forms.ModelForm[ServiceStatus]
else:
    StatusForm = forms.ModelForm


class ServiceForm(StatusForm):
    """A state that is not "open" may end by itself; what has ended shows as open."""

    which = standard_field(NOTICES, label=gettext_lazy("Notice"), none=gettext_lazy("no notice"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        self.initial["which"] = choice_of(NOTICES, self.instance.notice)
        if self.initial["which"] != OWN:
            self.initial["notice"] = {}
        if self.instance.state_at(self.now) == ServiceStatus.State.OPEN:
            self.initial.update(state=ServiceStatus.State.OPEN, until=None)

    def clean(self) -> dict[str, Any]:
        """Refuses an end that is over: such a pause would never begin."""
        data = super().clean() or self.cleaned_data
        if data.get("state") == ServiceStatus.State.OPEN:
            data["until"] = None
        elif (until := data.get("until")) and until <= self.now:
            self.add_error("until", _("This time is over."))
        which = data.get("which", OWN)
        if which not in {OWN, ""}:
            self.errors.pop("notice", None)
        elif which == OWN and not data.get("notice", True):
            self.add_error("notice", _("Please write the German text as well."))
        data["notice"] = chosen_text(NOTICES, which, data.get("notice"))
        return data


@dataclass(frozen=True)
class Said:
    """What stands on the public pages in one language, for each choice of the form."""

    code: str
    name: str
    own: str
    notices: dict[str, str]
    until: str


def said(status: ServiceStatus) -> list[Said]:
    """The public pages in every language, German first."""
    zone = current_office().zone
    own = status.notice if choice_of(NOTICES, status.notice) == OWN else {}
    found = []
    for code, name in settings.LANGUAGES:
        notices = {key: in_language(text, code) for key, text in standard_texts(NOTICES).items()}
        with override(code):
            until = say_moment(status.until, zone) if status.until else ""
        found.append(Said(code, str(name), in_language(own, code), notices, until))
    return found


@admin.register(ServiceStatus)
class ServiceStatusAdmin(SingletonAdmin):
    """Open, restricted or paused, and the public notice; one row, so one page."""

    form = ServiceForm
    change_form_template = "admin/foundation/servicestatus/change_form.html"
    fieldsets = (
        (gettext_lazy("Booking"), {"fields": ("state", "until")}),
        (
            gettext_lazy("Public notice"),
            {"fields": ("which", "notice", "notice_from", "notice_until")},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """Without the choice for whoever only looks: it is of the form alone."""
        found = super().get_fieldsets(request, obj)
        if self.has_change_permission(request):
            return found
        return ((None, {"fields": ("state", "until", "notice_from", "notice_until")}),)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The state as buttons to choose from; the notice has room for a few lines."""
        if db_field.name == "notice":
            return TextsFormField(lines=True, required=False, label=gettext_lazy("Own text"))
        if db_field.name == "state":
            kwargs["widget"] = forms.RadioSelect
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what the public sees, beside."""
        row, now = kwargs["obj"], timezone.now()
        languages = said(row)
        beside = {
            "german": next(each for each in languages if each.code == GERMAN),
            "languages": [each for each in languages if each.code != GERMAN],
            "state_now": row.state_at(now),
            "state_label": ServiceStatus.State(row.state_at(now)).label,
            "until_now": row.until if row.state_at(now) != ServiceStatus.State.OPEN else None,
        }
        return super().render_change_form(request, {**context, **beside}, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: ServiceStatus) -> HttpResponse:
        """Says what holds from now on, and stays on the page that shows it."""
        now = timezone.now()
        told = {
            "time": f"{localtime(now):%H:%M}",
            "by": staff_of(request),
            "state": obj.get_state_display(),
        }
        if obj.until:
            told["until"] = wall_time(obj.until)
            text = _("%(time)s: booking status set to %(state)s until %(until)s by %(by)s.")
        else:
            text = _("%(time)s: booking status set to %(state)s by %(by)s.")
        messages.success(request, text % told)
        return redirect("admin:foundation_servicestatus_change", obj.pk)
