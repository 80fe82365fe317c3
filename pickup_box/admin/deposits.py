"""Deposits and consents at the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.admin_bases import choose_only, show_time, staff_name, wall_day
from config.foundation.audit import AccessRecord
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.person_forms import CaseField
from config.foundation.staff import Staff, staff_of
from config.foundation.texts import GERMAN
from pickup_box.actions import consents, deposits
from pickup_box.actions.consents import WAITING
from pickup_box.admin.box_tables import BoxTableAdmin
from pickup_box.admin.deposit_actions import ACTS, told
from pickup_box.admin.deposit_facts import beside, state_of
from pickup_box.admin.recording import FACTS, RecordingAdmin, not_ahead
from pickup_box.models import Box, Consent, Deposit
from pickup_box.states import Status

if TYPE_CHECKING:  # Django's own class knows its model only to the type checker
    ModelForm = forms.ModelForm[Consent]
else:
    ModelForm = forms.ModelForm


@admin.register(Deposit)
class DepositAdmin(RecordingAdmin):
    """One document on its way through the box; every button is one action."""

    change_form_template = "pickup_box/admin/deposit.html"
    tab = "deposits"
    recorded = True
    list_display = ("number", "case", "document_type", "state", "compartment", "since", "box")
    list_filter = ("status", "document_type", "box")
    list_select_related = ("box", "compartment", "consent")
    search_fields = ("reference", "case_reference")
    search_help_text = _("Document number or case reference")
    actions = None

    def name_of(self, row: Any) -> str:
        """What it is, and the number on its envelope."""
        return str(_("Deposit %s") % row.reference)

    @admin.display(description=_("Document number"), ordering="reference")
    def number(self, deposit: Deposit) -> str:
        """As it stands on the envelope."""
        return deposit.reference

    @admin.display(description=_("case reference"), ordering="case_reference", empty_value="–")
    def case(self, deposit: Deposit) -> str:
        """The case, while it is known."""
        return deposit.case_reference

    @admin.display(description=_("status"), ordering="status")
    def state(self, deposit: Deposit) -> SafeString:
        """The status as a coloured word."""
        return state_of(deposit, now=timezone.now())

    @admin.display(description=_("since"), ordering="status_since")
    def since(self, deposit: Deposit) -> SafeString:
        """Wall time."""
        return show_time(deposit.status_since)

    def get_fields(self, request: HttpRequest, obj: Deposit | None = None) -> tuple[str, ...]:
        """The facts that can still be corrected: until the document is in the box; a few later."""
        if obj is None:
            return FACTS
        if obj.status == Status.DRAFTED:
            return FACTS[1:]
        inside = {Status.ASSIGNED, Status.LOADED, Status.NOTIFIED}
        open_still = deposits.AMENDABLE_INSIDE if Status(obj.status) in inside else frozenset()
        return tuple(name for name in FACTS if name in open_still)

    def get_urls(self) -> list[URLPattern]:
        """The address of the buttons."""
        act = path(
            "<int:pk>/act/", self.admin_site.admin_view(self.act), name="pickup_box_deposit_act"
        )
        return [act, *super().get_urls()]

    def act(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Does one action and comes back to the page of the button."""
        if not request.user.has_perm("pickup_box.change_deposit"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        deposit = get_object_or_404(Deposit.objects.select_related("box"), pk=pk)
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise PermissionDenied
        if act.asks_reason and "reason" not in request.POST:
            return self.page(
                request,
                "pickup_box/admin/withdraw.html",
                title=act.label,
                original=deposit,
                deposit=deposit,
                act=act,
                back=request.POST.get("back", ""),
            )
        by, now = staff_of(request), timezone.now()
        run(
            request,
            lambda by, now: act.do(deposit, by=by, now=now, reason=request.POST.get("reason", "")),
            done=told(deposit, act.step, by=by, now=now),
        )
        return HttpResponseRedirect(_back(request, deposit))

    def save_model(
        self, request: HttpRequest, obj: Deposit, form: forms.ModelForm[Deposit], change: bool
    ) -> None:
        """Corrects the facts through the action."""
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in FACTS}
        if changed:
            deposits.amend(deposit=obj, by=staff_of(request), now=timezone.now(), **changed)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page with its buttons; a refusal is a message."""
        deposit = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {})
        if deposit:
            context |= beside(deposit, now=timezone.now())
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)


class ConsentForm(ModelForm):
    """A signed paper as it came."""

    def clean_received_on(self) -> Any:
        """A paper is here since today at the latest."""
        return not_ahead(self.cleaned_data["received_on"])


@admin.register(Consent)
class ConsentAdmin(BoxTableAdmin):
    """The signed papers."""

    form = ConsentForm
    tab = "consents"
    recorded = True
    change_form_template = "pickup_box/admin/consent.html"
    list_display = ("case", "received_on", "form_version", "revoked_on", "box")
    list_filter = ("box",)
    list_select_related = ("box",)
    search_fields = ("case_reference",)
    search_help_text = _("Case reference")
    recorder = staff_name("recorded_by", _("recorded by"))
    revoker = staff_name("revoked_by", _("revocation recorded by"))
    fields = ("box", "case_reference", "received_on", "form_version", "language")
    shown = ("box", "case", "received", "form_version", "language", "recorder", "revoked",
             "revoker")  # fmt: skip
    actions = ("revoke",)

    @admin.display(description=_("case reference"), ordering="case_reference")
    def case(self, consent: Consent) -> str:
        """The case, or that it is forgotten."""
        return consent.case_reference or str(_("forgotten"))

    def name_of(self, row: Any) -> str:
        """By its case."""
        return str(_("Consent %s") % self.case(row))

    def get_fields(self, request: HttpRequest, obj: Consent | None = None) -> tuple[str, ...]:
        """What staff type in; the rest follows."""
        return self.shown if obj else self.fields

    def get_readonly_fields(
        self, request: HttpRequest, obj: Consent | None = None
    ) -> tuple[str, ...]:
        """A recorded paper is not rewritten: it is revoked, and a new one recorded."""
        return self.shown if obj else ()

    @admin.display(description=_("paper received on"))
    def received(self, consent: Consent) -> str:
        """As days are written at the desk."""
        return wall_day(consent.received_on)

    @admin.display(description=_("revoked on"))
    def revoked(self, consent: Consent) -> str:
        """The day, or a dash."""
        return wall_day(consent.revoked_on) if consent.revoked_on else "–"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A paper that came today, of the document that waits for it; else in the first box."""
        asked = whole_number(request.GET.get("deposit", ""))
        deposit = None if asked is None else Deposit.objects.waiting().filter(pk=asked).first()
        if deposit:
            self.record(request, AccessRecord.Kind.VIEW, deposit.subject)
        box = Box.objects.order_by("pk").first()
        return {
            "box": deposit.box_id if deposit else box and box.pk,
            "case_reference": deposit.case_reference if deposit else "",
            "received_on": office_day(timezone.now()),
            "language": GERMAN,
        }

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The case is needed here, though a forgotten row has none."""
        if db_field.name == "case_reference":
            kwargs["form_class"] = CaseField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "case_reference" and field:
            field.required = True
        if db_field.name == "form_version" and field:
            field.required = False
            field.help_text = _("Empty: the version that the box hands out.")
        return choose_only(field)

    def save_model(
        self, request: HttpRequest, obj: Consent, form: forms.ModelForm[Consent], change: bool
    ) -> None:
        """Records the paper through the action; what was recorded stays as it is."""
        if change:
            return
        new = consents.record_consent(by=staff_of(request), **form.cleaned_data)
        obj.pk = new.pk
        obj._state.adding = False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A recorded paper has nothing to save."""
        new = bool(kwargs.get("add"))
        saves = dict.fromkeys(("show_save", "show_save_and_continue"), new)
        more = {**context, **saves, "show_save_and_add_another": False}
        return super().render_change_form(request, more, *args, **kwargs)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """The form; a refusal is a message."""
        try:
            return super().add_view(request, form_url, extra_context)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def response_add(
        self, request: HttpRequest, obj: Consent, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the document that has waited for this paper, where there is one."""
        found = super().response_add(request, obj, post_url_continue)
        waiting = Deposit.objects.waiting().filter(consent=obj).first()
        if waiting is None:
            return found
        return HttpResponseRedirect(reverse("admin:pickup_box_deposit_change", args=[waiting.pk]))

    @admin.action(description=_("Record a revocation"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Consent]) -> HttpResponse | None:
        """Asks, then revokes and withdraws what waits in the box."""
        found = list(queryset.filter(revoked_on=None).select_related("box"))
        if found and "confirmed" not in request.POST:
            names = [self.name_of(each) for each in found]
            return self.page(
                request,
                "pickup_box/admin/revoke.html",
                title=_("Record a revocation"),
                names=names,
                chosen=[each.pk for each in found],
                waiting=Deposit.objects.filter(consent__in=found, status__in=WAITING).count(),
            )
        for consent in found:
            told = _("%s: revocation recorded") % self.name_of(consent)
            run(request, partial(_revoke, consent), done=told)
        return None


def _revoke(consent: Consent, by: Staff, now: datetime) -> None:
    consents.revoke_consent(consent=consent, by=by, now=now)


def run(request: HttpRequest, act: Callable[[Staff, datetime], object], *, done: str) -> bool:
    """Does `act(by, now)` and tells how it went."""
    now = timezone.now()
    try:
        act(staff_of(request), now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True


def _back(request: HttpRequest, deposit: Deposit) -> str:
    pages = {"load": "pickup_box_box_load", "recall": "pickup_box_box_recall"}
    name = pages.get(request.POST.get("back", ""))
    if name:
        return reverse(f"admin:{name}", args=[deposit.box_id])
    return reverse("admin:pickup_box_deposit_change", args=[deposit.pk])
