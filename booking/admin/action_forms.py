"""The forms of the desk's actions; each carries the version that the caseworker saw."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.admin.free_times import takeable_times
from booking.category_names import CATEGORY_NAMES
from booking.forms import AsksForTexts
from booking.models import Applicant, Appointment
from booking.papers import papers_for
from booking.windows import local_day
from config.foundation.dates import BirthDateField, check_birth_date, show_birth_date
from config.foundation.office import current_office
from config.foundation.persons import AddressField, NameField
from config.foundation.phones import PhoneField
from documents.checklist import Item
from documents.wording import titled
from eligibility.rules import CATEGORIES as EMERGENCIES


def papers_of(appointment: Appointment, *, language: str) -> list[tuple[str, str]]:
    """(id, title) of the papers that this case has to bring; none for an unknown category."""
    return [(item.id, titled(item, language)) for item in _papers(appointment)]


def _papers(appointment: Appointment) -> tuple[Item, ...]:
    found = papers_for(appointment)
    return found.items if found else ()


def owed_by(appointment: Appointment) -> set[str]:
    """The ids of the papers that this case has to bring in any case."""
    return {item.id for item in _papers(appointment) if not item.if_available}


def missing_of(appointment: Appointment, *, language: str) -> list[str]:
    """The titles of the papers that were not brought; an id that the catalogue lost stays one."""
    if not appointment.missing:
        return []
    titles = dict(papers_of(appointment, language=language))
    return [titles.get(paper, paper) for paper in appointment.missing]


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


class _FirstHasFocus(forms.widgets.ChoiceWidget):
    """Choices the first of which has the focus: the keyboard goes on from there."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> Any:
        """One choice."""
        option = super().create_option(name, value, label, *args, **kwargs)
        if option["index"] == "0":
            option["attrs"]["autofocus"] = True
        return option


class Ticks(_FirstHasFocus, forms.CheckboxSelectMultiple):
    """Boxes to tick: space ticks, Enter goes on."""


class FirstRadios(_FirstHasFocus, forms.RadioSelect):
    """The first question of a page."""


class PapersForm(ActionForm):
    """An action with the papers of the case in the field that `papers` names."""

    papers: ClassVar[str]

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """The papers of this case; the field goes when there are none."""
        field = self.fields[self.papers]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = papers_of(appointment, language=language)
        self.owed = owed_by(appointment) if field.choices else set()
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
        data["papers_checked"] = bool(brought)
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
    """Another time that anybody could take, or one of the quota of the invitation."""

    slot = forms.ChoiceField(label=_("New time"), widget=forms.Select)

    def prepare(self, appointment: Appointment, *, now: datetime, language: str) -> None:
        """The free times."""
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = takeable_times(quota=appointment.quota, now=now)


class PersonFields(forms.Form):
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


class CorrectForm(ActionForm, PersonFields):
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
        choices=[(code, CATEGORY_NAMES[code]) for code in EMERGENCIES],
        label=_("What happened?"),
        widget=FirstRadios,
    )


class CallerForm(AsksForTexts, PersonFields):
    """Who calls, and which time they get; an e-mail address is welcome and not needed."""

    field_order = (
        *("family_name", "given_names", "birth_date", "phone"),
        *("email", "language", "text_me", "access_need", "slot"),
    )
    # what nearly every call needs, and what stands beside it
    first = ("family_name", "given_names", "birth_date", "phone")
    more = ("email", "language", "text_me", "access_need")

    email = AddressField(
        label=_("E-mail"),
        required=False,
        help_text=_("Without one, the next page shows what to read out and prints the letter."),
    )
    phone = PhoneField(label=_("Phone"), required=False)
    text_me = forms.BooleanField(
        label=_("Reminder by SMS"),
        required=False,
        help_text=_("To a mobile number; read it back to the caller, no code confirms it."),
    )
    access_need = forms.ChoiceField(
        choices=Applicant.AccessNeed.choices, label=_("Accessibility need"), required=False
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language of the letters"))
    slot = forms.ChoiceField(label=_("Free appointment, the earliest is chosen"))

    def __init__(self, *args: Any, now: datetime, wanted: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.today = local_day(now, zone=current_office().zone)
        field = self.fields["slot"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        times = takeable_times(quota=None, now=now)
        field.choices = times
        if wanted in dict(times):
            self.initial["slot"] = wanted
            field.label = _("Free appointment, as you chose it")
        self.is_gone = bool(wanted) and wanted not in dict(times)

    def clean(self) -> dict[str, Any]:
        """The office must be able to reach the person somehow."""
        data = super().clean() or self.cleaned_data
        self.check_person(today=self.today)
        if not data.get("email") and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Please note a phone number or an e-mail address."))
        return data


class SearchForm(forms.Form):
    """One field for a reference, a name, a date of birth or what a scanner types."""

    title = _("Search")
    q = forms.CharField(max_length=200, strip=True)
