"""Recording a document on one page: document, person, message and what is there already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.admin_bases import choose_only, wall_day
from config.foundation.audit import AccessRecord, record_access
from config.foundation.counter_pickup import Holder, counter_pickup
from config.foundation.dates import BirthDateField, check_birth_date, show_birth_date
from config.foundation.day_inputs import DeskDayField
from config.foundation.numbers import whole_number
from config.foundation.office import office_day
from config.foundation.optimistic_lock import OptimisticLockAdmin
from config.foundation.person_forms import CaseField
from config.foundation.persons import name_at_desk
from config.foundation.staff import staff_of
from config.foundation.texts import GERMAN
from pickup_box.actions import deposits
from pickup_box.actions.recording import record
from pickup_box.admin.box_tables import BoxTableAdmin
from pickup_box.admin.deposit_actions import told
from pickup_box.forms import ContactField
from pickup_box.models import Box, Consent, Deposit, DepositEvent
from pickup_box.preconditions import DocumentType
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
# What names a document on its way to a person, besides its case.
THE_SAME = ("box", "document_type", "holder_birth_date", "contact", "language")
ONE_PRESS = timedelta(minutes=1)
SIZES = {1: _("small"), 2: _("medium"), 3: _("large")}
SELDOM = "seldom"
# The cards of the page, each with its fields in their order; what is seldom needed is folded.
CARDS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "document": (
        _("Document and person"),
        ("box", "document_type", "case_reference", "holder_birth_date"),
    ),
    "message": (_("Message with the code"), ("contact", "language")),
    "papers": (_("What is there already"), ("consent_received_on", "pin_letter", "old_document")),
    "collecting": (_("Collecting"), ("collector", "collector_name", "authority_seen_on")),
    SELDOM: (_("Compartment and arrival"), ("size", "wishes_low", "arrived_at")),
}


class ShownBirthDateField(BirthDateField):
    """A birth date that is shown as German papers print it."""

    def clean(self, value: object) -> str:
        """The stored form, of a day on which somebody can be born."""
        stored = super().clean(value)
        if stored:
            check_birth_date(stored, today=office_day(timezone.now()))
        return stored

    def prepare_value(self, value: object) -> object:
        """The stored form as "12.05.1985"; what was typed stays as it was typed."""
        if isinstance(value, str) and value[:4].isdigit() and "." not in value:
            return show_birth_date(value)
        return value


def not_ahead(day: date | None) -> date | None:
    """`day`, on which something has happened; raises ValidationError for one to come."""
    if day and day > office_day(timezone.now()):
        raise ValidationError(_("This day lies in the future. Please check it."))
    return day


class DepositForm(ModelForm):
    """A deposit as staff record and correct it."""

    def clean_authority_seen_on(self) -> Any:
        """Nobody has seen a proof tomorrow."""
        return not_ahead(self.cleaned_data["authority_seen_on"])

    def clean_arrived_at(self) -> Any:
        """A document is here since today at the latest."""
        moment = self.cleaned_data["arrived_at"]
        not_ahead(office_day(moment))
        return moment

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
                self.add_error("case_reference", str(deposits.DocumentAlreadyInBox.sentence))
        other = found.get("collector", "holder") != "holder"
        if other and not found.get("collector_name"):
            self.add_error("collector_name", _("Please enter the name of whoever will collect."))
        return found


NEEDED = {
    "case_reference": _("Please enter the case reference."),
    "holder_birth_date": _("Please enter the date of birth of the document's holder."),
    "contact": _("Please enter a mobile number or an e-mail address."),
}


class RecordForm(DepositForm):
    """A document that has arrived, and the paper that came along."""

    consent_received_on = DeskDayField(
        label=_("Consent: original received on"),
        help_text=_("Empty: not here yet, or on record for this case already."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("document_type", "collector"):
            field: Any = self.fields[name]
            offered = [(value, label) for value, label in field.choices if value]
            field.widget = forms.RadioSelect(attrs={"required": False})
            field.choices = offered
        for name, sentence in NEEDED.items():
            self.fields[name].error_messages["required"] = sentence
        choose_only(self.fields["box"])
        if Box.objects.count() == 1:
            self.fields["box"].widget = forms.HiddenInput()

    def clean_consent_received_on(self) -> Any:
        """A paper is here since today at the latest."""
        return not_ahead(self.cleaned_data["consent_received_on"])

    def clean(self) -> dict[str, Any]:
        """Says which consent of the case is on record already."""
        found = super().clean()
        if found.get("consent_received_on") and {"box", "case_reference"} <= set(found):
            case = {"box": found["box"], "case_reference": found["case_reference"]}
            valid = Consent.objects.filter(**case, revoked_on=None).first()
            if valid:
                text = _("On record for this case since %(day)s. Please leave this empty.")
                told = text % {"day": wall_day(valid.received_on)}
                self.add_error("consent_received_on", told)
        return found


class NumberForm(forms.Form):
    """Whose document it is, by the number of an appointment or an invitation."""

    number = forms.CharField(
        label=_("Number of an appointment or invitation (scan or type)"),
        help_text=_("Fills in date of birth, contact and language. The number is not stored."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    holder: Holder

    def clean_number(self) -> str:
        """Finds the person."""
        number: str = self.cleaned_data["number"]
        counter = counter_pickup()
        found = counter.find_holder(number) if counter else None
        if found is None:
            raise ValidationError(
                _("No appointment and no invitation has this number. Please type the details.")
            )
        self.holder = found
        return number


class RecordingAdmin(OptimisticLockAdmin, BoxTableAdmin):
    """The fields of a deposit, and the page on which a new one is recorded."""

    form = DepositForm

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A card that has arrived just now, for the box of the link or the first one."""
        boxes = Box.objects.order_by("pk")
        asked = whole_number(request.GET.get("box", ""))
        box = (None if asked is None else boxes.filter(pk=asked).first()) or boxes.first()
        return {
            "box": box and box.pk,
            "document_type": DocumentType.CARD.value,
            "language": GERMAN,
            "arrived_at": timezone.now(),
        }

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
        if db_field.name == "case_reference":
            kwargs["form_class"] = CaseField
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

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """The page: a number fills it in, and its form records."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        finds = "number" in request.POST and self._may_find(request)
        numbers = NumberForm(request.POST if finds else None)
        initial = self.get_changeform_initial_data(request)
        name = self._take_over(request, numbers.holder, initial) if numbers.is_valid() else ""
        make: Any = self.get_form(request, form=RecordForm)
        typed = request.POST if request.method == "POST" and not finds else None
        form = make(typed, initial=initial)
        refusal = ""
        if form.is_valid():
            try:
                return self._record(request, form)
            except Refused as refused:
                refusal = str(refused)
        if (form.errors or refusal) and (done := _pressed_before(request, form)):
            return self._lead_on(request, done)
        if typed is None:  # where the scanner types, and then what it can't know
            first = form.fields["case_reference"] if name else numbers.fields["number"]
            first.widget.attrs["autofocus"] = True
        return self.page(
            request,
            "pickup_box/admin/record.html",
            title=_("Record a document"),
            box=Box.objects.order_by("pk").first(),
            page="record",
            numbers=numbers if self._may_find(request) else None,
            name=name,
            form=form,
            errors=form.errors or numbers.errors,
            cards=_cards(form),
            refusal=refusal,
        )

    def _may_find(self, request: HttpRequest) -> bool:
        return counter_pickup() is not None and request.user.has_perm("booking.view_appointment")

    def _take_over(self, request: HttpRequest, holder: Holder, initial: dict[str, Any]) -> str:
        """Puts what is known of the person into the form; returns their name."""
        record_access(
            by=staff_of(request),
            kind=AccessRecord.Kind.VIEW,
            subject=holder.subject,
            now=timezone.now(),
        )
        initial |= {
            "case_reference": holder.case_reference,
            "holder_birth_date": holder.birth_date,
            "contact": holder.contact,
            "language": holder.language,
        }
        return name_at_desk(holder.family_name, holder.given_names, language=holder.language)

    def _record(self, request: HttpRequest, form: Any) -> HttpResponse:
        by, now = staff_of(request), timezone.now()
        deposit = record(by=by, now=now, **form.cleaned_data)
        self.log_addition(request, deposit, [{"added": {}}])
        self.message_user(request, told(deposit, "draft", by=by, now=now), level="SUCCESS")
        return self._lead_on(request, deposit)

    def _lead_on(self, request: HttpRequest, deposit: Deposit) -> HttpResponse:
        if "_addanother" in request.POST:
            return HttpResponseRedirect(f"{request.path}?box={deposit.box_id}")
        return HttpResponseRedirect(reverse("admin:pickup_box_deposit_change", args=[deposit.pk]))


def _pressed_before(request: HttpRequest, form: Any) -> Deposit | None:
    """What this form has recorded a moment ago, pressed twice by the same person."""
    facts = {name: form.cleaned_data.get(name) for name in THE_SAME}
    if None in facts.values():
        return None
    mine = DepositEvent.objects.filter(
        action="draft", by=staff_of(request), at__gte=timezone.now() - ONE_PRESS
    )
    case = CaseField(required=False).clean(form["case_reference"].value())
    waiting = Deposit.objects.filter(**facts, case_reference=case, status=Status.DRAFTED)
    return waiting.filter(pk__in=mine.values("deposit")).first()


@dataclass(frozen=True)
class Card:
    """Some fields of the page below their heading."""

    key: str
    title: Promise
    fields: list[forms.BoundField]

    @property
    def is_foldable(self) -> bool:
        """Whether it is seldom needed."""
        return self.key == SELDOM

    @property
    def is_wrong(self) -> bool:
        """Whether something in it was refused."""
        return any(field.errors for field in self.fields)


def _cards(form: forms.BaseForm) -> list[Card]:
    return [
        Card(key, title, [form[name] for name in names if not form[name].is_hidden])
        for key, (title, names) in CARDS.items()
    ]
