"""The forms of the desk's actions; each carries the version that the caseworker saw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.forms import PhoneField
from booking.models import Applicant, Appointment, Slot
from booking.windows import local_day
from config.foundation.dates import BirthDateField, check_birth_date, show_birth_date
from config.foundation.office import current_office
from config.foundation.persons import AddressField, NameField
from documents.catalogue import emergency_checklist
from documents.wording import titled
from eligibility.labels import CATEGORIES
from eligibility.rules import CATEGORIES as EMERGENCIES

TIMES_SHOWN = 60


def papers_of(appointment: Appointment, *, language: str) -> list[tuple[str, str]]:
    """(id, title) of the papers that this case has to bring; none for an unknown category."""
    if appointment.category not in EMERGENCIES:
        return []
    day = local_day(appointment.slot.starts_at, zone=current_office().zone)
    items = emergency_checklist(category=appointment.category, on=day).items
    return [(item.id, titled(item, language)) for item in items]


def _owed(appointment: Appointment) -> set[str]:
    day = local_day(appointment.slot.starts_at, zone=current_office().zone)
    items = emergency_checklist(category=appointment.category, on=day).items
    return {item.id for item in items if not item.if_available}


def missing_of(appointment: Appointment, *, language: str) -> list[str]:
    """The titles of the papers that were not brought; an id that the catalogue lost stays one."""
    if not appointment.missing:
        return []
    titles = dict(papers_of(appointment, language=language))
    return [titles.get(paper, paper) for paper in appointment.missing]


def public_times(*, now: datetime) -> list[tuple[str, str]]:
    """(id, day and time) of what anybody may take at `now` (UTC)."""
    office = current_office()
    slots = Slot.objects.public(now=now, office=office).select_related("counter")
    return [
        (str(slot.pk), f"{slot.starts_at.astimezone(office.zone):%d.%m.%Y %H:%M} · {slot.counter}")
        for slot in slots.order_by("starts_at", "counter")[:TIMES_SHOWN]
    ]


class ActionForm(forms.Form):
    """A confirmation; `version` is the row as the caseworker saw it."""

    version = forms.IntegerField(min_value=1, max_value=10**6, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, appointment: Appointment, now: datetime, language: str, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"version": appointment.version, **self.start(appointment)}
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.prepare(appointment, now=now, language=language)

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """What the fields show at first."""
        return {}

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """Fills choices that depend on the row."""


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes to tick, the first of which has the focus: space ticks, Enter goes on."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> Any:
        """One box."""
        option = super().create_option(name, value, label, *args, **kwargs)
        if option["index"] == "0":
            option["attrs"]["autofocus"] = True
        return option


class PapersForm(ActionForm):
    """An action with the papers of the case in the field that `papers` names."""

    papers: ClassVar[str]

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """The papers of this case; the field goes when there are none."""
        field = self.fields[self.papers]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = papers_of(appointment, language=language)
        self.owed = _owed(appointment) if field.choices else set()
        if not field.choices:
            del self.fields[self.papers]


class CheckInForm(PapersForm):
    """Which papers were brought; what stays unticked is proposed as missing at the end."""

    papers = "brought"
    brought = forms.MultipleChoiceField(
        label=_("Which papers are there?"),
        help_text=_(
            "What you don't tick is proposed as missing when you complete the visit. "
            "Tick nothing if nobody has looked at the papers yet."
        ),
        required=False,
        widget=Ticks,
    )

    def clean(self) -> dict[str, Any]:
        """What is missing: everything else that is owed, once anything is ticked."""
        data = super().clean() or self.cleaned_data
        brought = data.get("brought", [])
        field: Any = self.fields.get("brought")  # with choices
        listed = field.choices if brought else []
        unticked = [paper for paper, _title in listed if paper not in brought]
        data["missing"] = [paper for paper in unticked if paper in self.owed]
        return data


class CompleteForm(PapersForm):
    """How the visit ended."""

    papers = "missing"
    outcome = forms.ChoiceField(
        choices=Appointment.Outcome.choices,
        label=_("How did it end?"),
        widget=forms.RadioSelect,
        initial=Appointment.Outcome.SERVED,
    )
    missing = forms.MultipleChoiceField(
        label=_("Which papers were missing?"),
        help_text=_("Only if a proof was missing."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """A missing proof is proposed when papers stayed unticked at the check-in."""
        if not appointment.missing:
            return {}
        return {"outcome": Appointment.Outcome.PROOF_MISSING, "missing": appointment.missing}

    def clean(self) -> dict[str, Any]:
        """Missing papers belong to the outcome of that name, and to it alone."""
        data = super().clean() or self.cleaned_data
        if data.get("outcome") != Appointment.Outcome.PROOF_MISSING:
            data["missing"] = []
        elif "missing" in self.fields and not data.get("missing"):
            self.add_error("missing", _("Please say which papers were missing."))
        return data


OFFICE_REASONS = [
    (reason.value, reason.label)
    for reason in (
        Appointment.CancelReason.NOT_AN_EMERGENCY,
        Appointment.CancelReason.WRONG_OFFICE,
        Appointment.CancelReason.DUPLICATE,
        Appointment.CancelReason.BY_APPLICANT,
        Appointment.CancelReason.OFFICE,
    )
]


class CancelForm(ActionForm):
    """Why; the letter says it kindly in the person's language, with the next step."""

    reason = forms.ChoiceField(
        choices=OFFICE_REASONS, label=_("Why is it cancelled?"), widget=forms.RadioSelect
    )


class RebookForm(ActionForm):
    """Another time that anybody could take."""

    slot = forms.ChoiceField(label=_("New time"), widget=forms.Select)

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """The free times."""
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = public_times(now=now)


class _Person(forms.Form):
    """Names and birth date as in the document."""

    family_name = NameField(label=_("Family name"))
    given_names = NameField(label=_("Given names"), required=False)
    birth_date = BirthDateField(
        label=_("Date of birth"), help_text=_("31.12.1985; 00.00.1985 where no more is known")
    )

    def check_person(self, *, today: date) -> None:
        """Adds an error for a birth date that can't be."""
        stored = self.cleaned_data.get("birth_date")
        if stored:
            try:
                check_birth_date(stored, today=today)
            except forms.ValidationError as error:
                self.add_error("birth_date", error)


class CorrectForm(ActionForm, _Person):
    """The person as the passport says; the time stays."""

    field_order = ("family_name", "given_names", "birth_date")

    def start(self, appointment: Appointment) -> dict[str, Any]:
        """As it is now."""
        person = appointment.applicant
        return {
            "family_name": person.family_name,
            "given_names": person.given_names,
            "birth_date": show_birth_date(person.birth_date) if person.birth_date else "",
        }

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """Keeps the day for the check."""
        self.today = local_day(now, zone=current_office().zone)

    def clean(self) -> dict[str, Any]:
        """Refuses impossible birth dates."""
        data = super().clean() or self.cleaned_data
        self.check_person(today=self.today)
        return data


class CategoryForm(forms.Form):
    """What happened to the person who calls."""

    category = forms.ChoiceField(
        choices=[(code, CATEGORIES[code].title) for code in EMERGENCIES],
        label=_("What happened?"),
        widget=forms.RadioSelect,
    )


class CallerForm(_Person):
    """Who calls, and which time they get; an e-mail address is welcome and not needed."""

    email = AddressField(label=_("E-mail"), required=False, help_text=_("For the letter, if any."))
    phone = PhoneField(label=_("Phone"), required=False)
    access_need = forms.ChoiceField(
        choices=Applicant.AccessNeed.choices, label=_("Accessibility need"), required=False
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language of the letters"))
    slot = forms.ChoiceField(label=_("Time"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.today = local_day(now, zone=current_office().zone)
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = public_times(now=now)

    def clean(self) -> dict[str, Any]:
        """The office must be able to reach the person somehow."""
        data = super().clean() or self.cleaned_data
        self.check_person(today=self.today)
        if not data.get("email") and not data.get("phone"):
            self.add_error("phone", _("Please note a phone number or an e-mail address."))
        return data


class SearchForm(forms.Form):
    """One field for a reference, a name, a date of birth or what a scanner types."""

    title = _("Search")
    q = forms.CharField(max_length=200, strip=True)
