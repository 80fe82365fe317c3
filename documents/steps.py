"""Many questions, one a page: where a person stands, and what they have answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from documents.answer_codes import Answers, encode, replace_answer
from documents.catalogue_types import Procedure, Question, Text


@dataclass(frozen=True)
class Step:
    """One question with the answers before it; `change` comes from all answers and leads back."""

    procedure: Procedure
    number: int
    answers: Answers
    change: bool = False

    @property
    def question(self) -> Question:
        """What is asked here."""
        return self.procedure.questions[self.number - 1]

    @property
    def of(self) -> int:
        """How many questions there are."""
        return len(self.procedure.questions)

    @property
    def here(self) -> str:
        """The address of this question."""
        name = "change" if self.change else "step"
        return reverse(f"documents:{name}", args=[self.procedure.id, self.number, self._code])

    @property
    def back(self) -> str:
        """The address of the page before; none before the first, which links to all procedures."""
        if self.change:
            return reverse("documents:answers", args=[self.procedure.id, self._code])
        if self.number == 1:
            return ""
        return reverse("documents:step", args=[self.procedure.id, self.number - 1, self._code])

    def after(self, given: Answers) -> str:
        """The address of the page after this answer."""
        answers = replace_answer(self.answers, self.question, given)
        code = encode(self.procedure, answers)
        if self.change or self.number == self.of:
            return reverse("documents:answers", args=[self.procedure.id, code])
        return reverse("documents:step", args=[self.procedure.id, self.number + 1, code])

    @property
    def _code(self) -> str:
        return encode(self.procedure, self.answers)


def spoken(question: Question, answers: Answers) -> Sequence[Text] | date | None:
    """What was answered: the chosen options, or a day; nothing where nothing was."""
    if question.kind == "day":
        return answers.days.get(question.id)
    return [option.label for option in question.options if option.fact in answers.facts]
