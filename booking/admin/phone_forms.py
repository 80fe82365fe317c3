"""The questions of the check in the desk's words; a booking by phone has all on one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.forms import BoundField, ChoiceField

from booking.admin.appointment_summary import ANSWERS
from config.foundation.dates import DayField
from config.foundation.day_inputs import DayInput
from eligibility.forms import QUESTIONS, QuestionsForm
from eligibility.labels import LOST_DOCUMENTS
from eligibility.staff_labels import LOST


class DeskQuestionsForm(QuestionsForm):
    """The questions of one case, asked about somebody else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, field in self.fields.items():
            field.label = ANSWERS[name]
            field.help_text = ""
            if isinstance(field, DayField):
                field.widget = DayInput()
            elif name == "lost_what" and isinstance(field, ChoiceField):
                field.choices = [(code, LOST[code]) for code, _label in LOST_DOCUMENTS]


@dataclass(kw_only=True)
class Asked:
    """One question, and the cases that ask it: the style sheet shows it with those alone."""

    field: BoundField
    categories: list[str]


def asked(chosen: DeskQuestionsForm | None, *, today: date) -> Iterator[Asked]:
    """Each question once; `chosen` is the form of the case that the caller has, with its errors."""
    found: dict[str, Asked] = {}
    for category in QUESTIONS:
        is_chosen = chosen is not None and chosen.category == category
        form = chosen if is_chosen and chosen else DeskQuestionsForm(category=category, today=today)
        for name, field in form.fields.items():
            question = found.setdefault(name, Asked(field=form[name], categories=[]))
            if is_chosen:
                question.field = form[name]
            if field.required or (is_chosen and name in form.errors):
                question.categories.append(category)
    yield from found.values()
