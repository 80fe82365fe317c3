"""The questions of a procedure as a form, and texts in every language as one field."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.foundation.dates import DayField
from documents.answer_codes import Answers
from documents.catalogue_types import Question


class AnswersForm(forms.Form):
    """One field a question; `answers` is what they amount to."""

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Question],
        language: str,
        answers: Answers | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._questions = questions
        answers = answers or Answers()
        for question in questions:
            self.fields[question.id] = _field(question, language, answers.facts)
            if question.id in answers.days:
                self.initial[question.id] = f"{answers.days[question.id]:%d.%m.%Y}"

    def answers(self) -> Answers:
        """What the person said."""
        facts: set[str] = set()
        days = {}
        for question in self._questions:
            value: Any = self.cleaned_data.get(question.id)
            if not value:
                continue
            if question.kind == "many":
                facts.update(value)
            elif question.kind == "one":
                facts.add(value)
            else:
                days[question.id] = value
        return Answers(frozenset(facts), days)


def _field(question: Question, language: str, facts: Collection[str]) -> forms.Field:
    said: dict[str, Any] = {
        "label": question.title.to(language),
        "help_text": question.help.to(language),
    }
    if question.kind == "day":
        return DayField(required=False, **said)
    labels = {option.fact: option.label.to(language) for option in question.options}
    choices = list(labels.items())
    given = [fact for fact in labels if fact in facts]
    if question.kind == "many":
        return forms.MultipleChoiceField(
            required=False,
            choices=choices,
            initial=given,
            widget=forms.CheckboxSelectMultiple,
            **said,
        )
    grouped = [
        (group.title.to(language), [(fact, labels[fact]) for fact in group.facts])
        for group in question.groups
    ]
    return forms.ChoiceField(
        choices=[("", _("Please choose")), *grouped] if grouped else choices,
        initial=given[0] if given else None,
        widget=forms.Select if grouped else forms.RadioSelect,
        error_messages={"required": _("Please choose one answer.")},
        **said,
    )
