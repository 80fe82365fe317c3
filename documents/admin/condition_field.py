"""For whom a row is: answers to tick, by question, in place of the condition that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import drop_json_options
from documents.admin.condition_parts import ALL, ANY, NONE, NOT_ALL, Part, Parts, parts_of
from documents.admin.draft_choices import Drafts
from documents.checklist import condition_problem

HOW = [
    (ANY, _("at least one of these answers was given")),
    (ALL, _("all of these answers were given")),
    (NONE, _("none of these answers was given")),
    (NOT_ALL, _("these answers were not all given")),
]
JOIN = [
    (ALL, _("every part has to be met")),
    (ANY, _("one of the parts is enough")),
]


@dataclass(frozen=True)
class Entered:
    """What a page shows or sends: the parts, or that a stored condition is to stay.

    `stored` is a condition that is deeper than parts; it stays unless it is replaced.
    """

    parts: Parts = field(default_factory=Parts)
    stored: Any = None
    replace: bool = False


def entered_of(condition: Any) -> Entered:
    """A stored condition as the page shows it."""
    found = None if condition_problem(condition) else parts_of(condition)
    return Entered(found) if found else Entered(stored=condition)


class ConditionWidget(forms.Widget):
    """The sentence, and one fold for each part with the answers of every question."""

    template_name = "admin/documents/condition.html"
    use_fieldset = True
    drafts = Drafts()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the parts that are there, and one that is empty."""
        context = super().get_context(name, value, attrs)
        entered = value if isinstance(value, Entered) else entered_of(value)
        shown = [*entered.parts.parts, Part()]
        lost = entered.stored is not None
        return {
            **context,
            "told": self.drafts.tell(entered.stored if lost else entered.parts.condition()),
            "stored": lost,
            "replace": entered.replace,
            "join": entered.parts.join,
            "joins": JOIN,
            "parts": [self._part(part, number) for number, part in enumerate(shown)],
        }

    def _part(self, part: Part, number: int) -> dict[str, Any]:
        return {
            "number": number,
            "name": number + 1,
            "how": part.how,
            "hows": HOW,
            "told": self.drafts.tell(part.condition()) if part.facts else "",
            "is_open": number == 0 or bool(part.facts),
            "questions": [
                (
                    asked.title,
                    [(fact, label, fact in part.facts) for fact, label in asked.answers],
                    sum(fact in part.facts for fact, _label in asked.answers),
                )
                for asked in self.drafts.questions
            ],
            "lost": [fact for fact in part.facts if fact not in self.drafts.names],
        }

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> Entered:
        """The parts that have an answer ticked."""
        parts = []
        number = 0
        while f"{name}_{number}_how" in data:
            key = f"{name}_{number}_facts"
            facts = data.getlist(key) if isinstance(data, MultiValueDict) else data.get(key, [])
            if facts:
                parts.append(Part(str(data[f"{name}_{number}_how"]), tuple(facts)))
            number += 1
        return Entered(
            Parts(str(data.get(f"{name}_join", ALL)), tuple(parts)),
            replace=bool(data.get(f"{name}_replace")),
        )

    def value_omitted_from_data(self, *_args: Any) -> bool:
        """No answer at all is an answer: for everybody."""
        return False


class ConditionField(forms.Field):
    """A condition; nothing ticked is for everybody."""

    widget = ConditionWidget

    def __init__(self, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        super().__init__(**kwargs)

    def offer(self, drafts: Drafts, stored: Any) -> None:
        """The answers that may be ticked."""
        self.widget.drafts = drafts

    def clean(self, value: Entered) -> Any:
        """The condition; raises ValidationError for what the page did not offer."""
        parts = value.parts
        known = parts.join in dict(JOIN) and all(part.how in dict(HOW) for part in parts.parts)
        facts = self.widget.drafts.names.keys()
        if not known or any(not set(part.facts) <= facts for part in parts.parts):
            raise ValidationError(
                _("An answer is chosen that no question has any more. Please untick it."),
                code="answer",
            )
        return parts.condition()

    def bound_data(self, data: Entered, initial: Any) -> Entered:
        """What was sent, with a stored condition that is too deep for the page."""
        return Entered(data.parts, entered_of(initial).stored, data.replace)

    def has_changed(self, initial: Any, data: Entered | None) -> bool:
        """Whether it means something else than what is stored."""
        shown = entered_of(initial)
        if data is None or (shown.stored is not None and not data.replace):
            return False
        return shown.stored is not None or shown.parts.means() != data.parts.means()
