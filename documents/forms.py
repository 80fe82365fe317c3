"""The questions of a procedure as a form, and texts in every language as one field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.foundation.dates import DayField
from documents.answer_codes import Answers
from documents.catalogue_types import Procedure, Question


class AnswersForm(forms.Form):
    """One field a question; `answers` is what they amount to."""

    def __init__(
        self, *args: Any, procedure: Procedure, language: str, facts: Any = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._procedure = procedure
        for question in procedure.questions:
            self.fields[question.id] = _field(question, language, set(facts))

    def answers(self) -> Answers:
        """What the person said."""
        facts: set[str] = set()
        days = {}
        for question in self._procedure.questions:
            value: Any = self.cleaned_data.get(question.id)
            if question.kind == "many":
                facts.update(value)
            elif question.kind == "one":
                facts.add(value)
            elif value:
                days[question.id] = value
        return Answers(frozenset(facts), days)


def _field(question: Question, language: str, facts: set[str]) -> forms.Field:
    said: dict[str, Any] = {
        "label": question.title.to(language),
        "help_text": question.help.to(language),
    }
    if question.kind == "day":
        return DayField(required=False, **said)
    choices = [(option.fact, option.label.to(language)) for option in question.options]
    given = [fact for fact, _label in choices if fact in facts]
    if question.kind == "many":
        return forms.MultipleChoiceField(
            required=False,
            choices=choices,
            initial=given,
            widget=forms.CheckboxSelectMultiple,
            **said,
        )
    return forms.ChoiceField(
        choices=choices,
        initial=given[0] if given else None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one answer.")},
        **said,
    )
