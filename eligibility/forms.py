"""The questions of the check: one to choose the situation, at most three about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.foundation.dates import DayField, parse_day
from eligibility.labels import CATEGORIES, LOST_DOCUMENTS, TRAVEL_REASONS, YES_NO
from eligibility.rules import Answers

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

QUESTIONS = {
    "expired": ("title_valid_until", "has_appointment"),
    "expiring": ("title_valid_until", "has_appointment"),
    "job_loss": ("has_proof",),
    "urgent_travel": ("departure_on", "travel_reason", "has_proof"),
    "lost_document": ("lost_what",),
}
_PROOFS = {
    "job_loss": (
        _("Can you prove that you could lose your job?"),
        _("For example with a letter or an e-mail from your employer."),
    ),
    "urgent_travel": (
        _("Can you prove the reason for your journey?"),
        _(
            "For example with a doctor's letter, a death certificate, "
            "a letter about the business trip or tickets."
        ),
    ),
}


def _one_of(
    choices: Sequence[tuple[str, StrOrPromise]],
    label: StrOrPromise,
    help_text: StrOrPromise = "",
) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices,
        label=label,
        help_text=help_text,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose an answer."),
            "invalid_choice": _("Please choose one of these answers."),
        },
    )


def _day(label: StrOrPromise, help_text: StrOrPromise) -> DayField:
    return DayField(
        label=label, help_text=help_text, error_messages={"required": _("Please enter the date.")}
    )


class CategoryForm(forms.Form):
    """Which of the five situations it is, or none of them."""

    category = _one_of(
        [(code, choice.title) for code, choice in CATEGORIES.items()], _("What happened?")
    )


class QuestionsForm(forms.Form):
    """The questions that one situation needs; the others are left out."""

    # each is asked for a reason; the page calls none of them optional
    all_expected = True

    title_valid_until = _day(
        _("What is the expiry date of your residence title?"),
        _("The date after “gültig bis” on the card or sticker, for example 31.12.2026."),
    )
    has_appointment = _one_of(
        YES_NO,
        _("Do you already have an appointment at the immigration office?"),
        _("This includes an appointment to collect the new card."),
    )
    departure_on = _day(_("On which day are you leaving Germany?"), _("For example 31.12.2026."))
    travel_reason = _one_of(TRAVEL_REASONS, _("Why do you have to travel?"))
    has_proof = _one_of(YES_NO, "")
    lost_what = _one_of(LOST_DOCUMENTS, _("What have you lost?"))

    def __init__(self, *args: Any, category: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category = category
        self.today = today
        for name in set(self.fields) - set(QUESTIONS[category]):
            del self.fields[name]
        if category in _PROOFS:
            self.fields["has_proof"].label, self.fields["has_proof"].help_text = _PROOFS[category]
        # An expired title is an emergency with and without an appointment, so nobody is held up
        # for this answer; a title that turns out to be valid needs it.
        if "has_appointment" in self.fields:
            self.fields["has_appointment"].required = (
                category != "expired" or self._is_still_valid()
            )

    def _is_still_valid(self) -> bool:
        try:
            return parse_day(self.data.get("title_valid_until", "")) >= self.today
        except forms.ValidationError:
            return False

    def clean_departure_on(self) -> date:
        """A departure that is over is a slip of the pen, so it is asked again."""
        day: date = self.cleaned_data["departure_on"]
        if day < self.today:
            raise forms.ValidationError(
                _("This date is in the past. Please check it."), code="past"
            )
        return day

    @property
    def answers(self) -> Answers:
        """The answers of a valid form."""
        data = {name: value for name, value in self.cleaned_data.items() if value != ""}
        for name in {"has_appointment", "has_proof"} & set(data):
            data[name] = data[name] == "yes"
        return Answers(**data)


def initial_answers(answers: Answers) -> dict[str, str]:
    """The answers as the form's fields show them to somebody who comes back."""
    typed: dict[str, str] = {}
    for name, value in answers.as_json().items():
        if isinstance(value, bool):
            typed[name] = "yes" if value else "no"
        else:
            typed[name] = value
    for name in {"title_valid_until", "departure_on"} & set(typed):
        typed[name] = date.fromisoformat(typed[name]).strftime("%d.%m.%Y")
    return typed
