"""Quotas: what times are kept for, and giving free ones to everybody."""

from __future__ import annotations

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from booking import actions
from booking.actions.quota_counts import with_counts
from booking.actions.registration import registrars
from booking.admin.counters import apply_hours
from booking.admin.invitation_forms import HandOverForm
from booking.models import Quota, Slot
from config.foundation.actions import Refused
from config.foundation.admin import Texts
from config.foundation.admin_bases import service_tag, tag
from config.foundation.office import office_day
from config.foundation.staff import staff_of
from config.foundation.texts import GERMAN
from documents.catalogue import NoCatalogue, catalogue_on
from documents.models import Procedure

auditlog.register(Quota, exclude_fields=["turn"], m2m_fields={"registrars"})


@admin.register(Quota)
class QuotaAdmin(Texts):
    """Quotas with their rules; their hours are on the pages of the counters."""

    change_form_template = "admin/booking/quota/change_form.html"
    desk_help = gettext_lazy(
        "A quota keeps times for people whom the office invites. Give it hours on the page of a "
        "counter, then invite people. Times that nobody needs can be handed over to everybody; "
        "they never come back by themselves."
    )
    list_display = ("__str__", "minutes", "open_invitations", "free_times", "standing")

    @admin.display(description=gettext_lazy("minutes"))
    def minutes(self, row: Quota) -> int:
        """How long its times are."""
        return row.slot_minutes

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many may choose, and from how many times."""
        return with_counts(super().get_queryset(request), now=timezone.now())

    @admin.display(description=gettext_lazy("open invitations"), ordering="open")
    def open_invitations(self, row: Any) -> int:
        """People who may choose."""
        return int(row.open)

    @admin.display(description=gettext_lazy("free appointments"), ordering="free")
    def free_times(self, row: Any) -> SafeString | int:
        """Times to choose from, and whether there are too few of them."""
        if row.free >= row.open:
            return int(row.free)
        return tag(_("%(count)s, too few") % {"count": row.free}, "danger")

    @admin.display(description=gettext_lazy("state"))
    def standing(self, row: Quota) -> SafeString:
        """Whether anybody can be invited to it."""
        return service_tag(in_service=row.in_service)

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The procedure is chosen by its title."""
        form = super().get_form(request, obj, *args, **kwargs)
        if field := form.base_fields.get("procedure"):
            choices = _procedures(obj.procedure if obj else "")
            form.base_fields["procedure"] = forms.ChoiceField(
                label=field.label, required=False, choices=choices
            )
        return form

    def readable(self, name: str) -> Any:
        """Who only looks reads the title of the procedure as well."""
        return "procedure_title" if name == "procedure" else super().readable(name)

    @admin.display(description=gettext_lazy("procedure whose papers are to be brought"))
    def procedure_title(self, row: Quota) -> str:
        """The title; the name it is stored by where the catalogue has it no longer."""
        return dict(_procedures(row.procedure))[row.procedure]

    def formfield_for_manytomany(self, *args: Any, **kwargs: Any) -> Any:
        """Accounts of other services, as boxes to tick."""
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field = super().formfield_for_manytomany(*args, **kwargs)
        if field is not None:
            field.queryset = registrars()
        return field

    def save_model(self, request: HttpRequest, obj: Quota, form: object, change: bool) -> None:
        """Other minutes per appointment make other times."""
        super().save_model(request, obj, form, change)
        apply_hours(request)

    def get_urls(self) -> list[URLPattern]:
        """With the page that hands times over."""
        view = self.admin_site.admin_view(self.hand_over_view)
        return [
            path("<path:object_id>/hand-over/", view, name="booking_quota_hand-over"),
            *super().get_urls(),
        ]

    def hand_over_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Gives free times to everybody, the waiting list first."""
        quota = self.row_for(request, object_id, permission="booking.change_quota")
        now, status = timezone.now(), 200
        refusal: str | Promise | None = None
        form = HandOverForm(request.POST or None, quota=quota, now=now)
        if request.method == "POST":
            status = 422
            if form.is_valid():
                slot_ids = form.cleaned_data["given"]
                try:
                    count = actions.hand_over(quota=quota, slot_ids=slot_ids, now=now)
                except Refused as refused:
                    refusal = refused.sentence
                else:
                    given = Slot.objects.filter(pk__in=slot_ids, handed_over_at=now)
                    LogEntry.objects.log_m2m_changes(given, quota, "delete", "slots")
                    told = {"n": count, "by": staff_of(request)}
                    messages.success(
                        request, _("Appointments handed over by %(by)s: %(n)s.") % told
                    )
                    return redirect("admin:booking_quota_change", quota.pk)
        return self.page(
            request,
            "admin/booking/quota/hand_over.html",
            title=_("Hand appointments over to everybody"),
            status=status,
            original=quota,
            form=form,
            refusal=refusal,
        )


def _procedures(stored: str) -> list[tuple[str, str]]:
    """What the catalogue in force has, and what is stored although it is gone."""
    try:
        known = catalogue_on(office_day(timezone.now())).procedures
    except NoCatalogue:
        known = ()
    language = get_language() or GERMAN
    titles = {
        each.id: each.title.to(language) for each in known if each.kind == Procedure.Kind.PROCEDURE
    }
    kept = {stored: stored} if stored else {}
    return [("", "–"), *(kept | titles).items()]
