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
from config.foundation.admin_bases import NoDeleteAdmin, staff_name, tag, wall_time
from config.foundation.audit import AccessRecord, record_access
from config.foundation.dates import BirthDateField, show_birth_date
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.staff import Staff, staff_of
from config.foundation.texts import GERMAN
from pickup_box.actions import consents, deposits
from pickup_box.admin.deposit_actions import ACTS, TONES, told
from pickup_box.admin.deposit_facts import beside
from pickup_box.forms import ContactField
from pickup_box.models import Box, Consent, Deposit
from pickup_box.states import LIVE, Status

if TYPE_CHECKING:  # Django's own class knows its model only to the type checker
    ModelForm = forms.ModelForm[Deposit]
else:
    ModelForm = forms.ModelForm

FACTS = (
    "box", "document_type", "case_reference", "holder_birth_date", "contact", "language",
    "pin_letter", "old_document", "collector", "collector_name", "authority_seen_on", "size",
    "wishes_low", "arrived_at",
)  # fmt: skip
SIZES = {1: _("small"), 2: _("medium"), 3: _("large")}


class ShownBirthDateField(BirthDateField):
    """A birth date that is shown as German papers print it."""

    def prepare_value(self, value: object) -> object:
        """The stored form as "12.05.1985"; what was typed stays as it was typed."""
        if isinstance(value, str) and value[:4].isdigit() and "." not in value:
            return show_birth_date(value)
        return value


class DepositForm(ModelForm):
    """A deposit as staff record it."""

    def clean(self) -> dict[str, Any]:
        """Says before saving that the same document is on its way already."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if {"case_reference", "document_type"} <= set(found):
            same = Deposit.objects.exclude(pk=self.instance.pk).filter(
                case_reference=found["case_reference"],
                document_type=found["document_type"],
                status__in=LIVE,
            )
            if same.exists():
                raise forms.ValidationError(deposits.DocumentAlreadyInBox.sentence)
        other = found.get("collector", "holder") != "holder"
        if other and not found.get("collector_name"):
            self.add_error("collector_name", _("Please enter the name of whoever will collect."))
        return found


@admin.register(Deposit)
class DepositAdmin(OptimisticLockAdmin, NoDeleteAdmin):
    """One document on its way through the box; every button is one action."""

    form = DepositForm
    change_form_template = "pickup_box/admin/deposit.html"
    change_list_template = "pickup_box/admin/deposits.html"
    list_display = ("number", "document_type", "state", "compartment", "since", "box")
    list_filter = ("status", "document_type", "box")
    list_select_related = ("box", "compartment")
    search_fields = ("reference", "case_reference")
    search_help_text = _("Document number or case reference")
    show_full_result_count = False
    actions = None

    @admin.display(description=_("Document number"), ordering="reference")
    def number(self, deposit: Deposit) -> str:
        """As it stands on the envelope."""
        return deposit.reference

    @admin.display(description=_("status"), ordering="status")
    def state(self, deposit: Deposit) -> SafeString:
        """The status as a coloured word."""
        return tag(deposit.get_status_display(), TONES.get(Status(deposit.status), ""))

    @admin.display(description=_("since"), ordering="status_since")
    def since(self, deposit: Deposit) -> str:
        """Wall time."""
        return wall_time(deposit.status_since)

    def get_fields(self, request: HttpRequest, obj: Deposit | None = None) -> tuple[str, ...]:
        """The facts that can still be corrected: until the document is in the box; a few later."""
        if obj is None:
            return FACTS
        if obj.status == Status.DRAFTED:
            return FACTS[1:]
        inside = {Status.ASSIGNED, Status.LOADED, Status.NOTIFIED}
        open_still = deposits.AMENDABLE_INSIDE if Status(obj.status) in inside else frozenset()
        return tuple(name for name in FACTS if name in open_still)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A document that has arrived just now; the box where there is but one."""
        box = Box.objects.order_by("pk").first()
        usual = {"box": box and box.pk, "language": GERMAN, "arrived_at": timezone.now()}
        return {**usual, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Contacts and birth dates as people write them."""
        own: dict[str, type[forms.CharField]] = {
            "contact": ContactField,
            "holder_birth_date": ShownBirthDateField,
        }
        if db_field.name in own:
            return own[db_field.name](label=db_field.verbose_name, help_text=db_field.help_text)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "case_reference" and field:
            field.required = True
        return field

    def formfield_for_choice_field(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Sizes by their names."""
        if db_field.name == "size":
            kwargs["choices"] = list(SIZES.items())
        return super().formfield_for_choice_field(db_field, request, **kwargs)

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
        """Records a deposit, or corrects its facts, through the actions."""
        by, now = staff_of(request), timezone.now()
        facts = {name: form.cleaned_data[name] for name in form.cleaned_data if name in FACTS}
        if not change:
            new = deposits.draft(by=by, now=now, **facts)
            obj.pk, obj.reference = new.pk, new.reference
            obj._state.adding = False
            return
        changed = {name: facts[name] for name in form.changed_data}
        if changed:
            deposits.amend(deposit=obj, by=by, now=now, **changed)

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
            record_access(
                by=staff_of(request),
                kind=AccessRecord.Kind.VIEW,
                subject=deposit.subject,
                now=timezone.now(),
            )
            context |= beside(deposit, now=timezone.now())
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to the daily work of each box."""
        boxes = list(Box.objects.order_by("pk"))
        return super().changelist_view(request, {**(extra_context or {}), "boxes": boxes})


@admin.register(Consent)
class ConsentAdmin(NoDeleteAdmin):
    """The signed papers."""

    list_display = ("case", "received_on", "form_version", "revoked_on", "box")
    list_filter = ("box",)
    list_select_related = ("box",)
    search_fields = ("case_reference",)
    recorder = staff_name("recorded_by", _("recorded by"))
    revoker = staff_name("revoked_by", _("revocation recorded by"))
    fields = ("box", "case_reference", "received_on", "form_version", "language", "recorder",
              "revoked_on", "revoker")  # fmt: skip
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
        return self.fields if obj else self.fields[:5]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Consent | None = None
    ) -> tuple[str, ...]:
        """A recorded paper is not rewritten: it is revoked, and a new one recorded."""
        return self.fields if obj else ()

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The case is needed here, though a forgotten row has none."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "case_reference" and field:
            field.required = True
        if db_field.name == "form_version" and field:
            field.required = False
        return field

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

    @admin.action(description=_("Record a revocation"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Consent]) -> None:
        """Revokes, and withdraws what waits in the box."""
        for consent in queryset.select_related("box"):
            run(
                request,
                partial(_revoke, consent),
                done=_("%s: revocation recorded") % self.name_of(consent),
            )


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
