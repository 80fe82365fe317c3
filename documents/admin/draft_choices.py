"""What the fields of a draft's row offer, in the words of its catalogue; asked for once a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from documents.condition_words import condition_in_words, german, named
from documents.models import CatalogueVersion, Charge, Fee, Option, Procedure, Question

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """One question with its answers, each as (fact, German)."""

    title: str
    answers: Choices


@dataclass(frozen=True)
class Drafts:
    """The rows that a new or stored row may name: of its procedure, its version, or all drafts."""

    version: CatalogueVersion | None = None
    procedure: Procedure | None = None
    question: Question | None = None

    @classmethod
    def around(cls, row: Any) -> Drafts:
        """What is around a row of any of the catalogue's tables."""
        question = row if isinstance(row, Question) else None
        procedure = getattr(row, "procedure", row if isinstance(row, Procedure) else None)
        version = procedure.version if procedure else getattr(row, "version", None)
        return cls(version, procedure, question)

    def beside(self, row: Any, parent: str) -> list[Any]:
        """The rows of the table of `row` in the same procedure or version, in their order."""
        above = getattr(self, parent)
        rows = type(row)._default_manager.filter(**{parent: above}) if above else ()
        return sorted(rows, key=lambda each: (each.position, each.pk))

    @cached_property
    def questions(self) -> list[Asked]:
        """Questions with answers, a fact of two procedures once."""
        found: dict[Any, Choices] = {}
        seen: set[str] = set()
        for option in self._options():
            if option.fact not in seen:
                seen.add(option.fact)
                answer = german(option.label)
                found.setdefault(option.question, []).append((option.fact, answer))
        return [Asked(german(question.title), answers) for question, answers in found.items()]

    @cached_property
    def names(self) -> dict[str, str]:
        """Each fact and the German answer that means it."""
        rows = self._options().values_list("fact", "label", "question__title")
        return named(rows)

    def _options(self) -> QuerySet[Option]:
        rows = Option.objects.filter(question__procedure__version__published_at=None)
        if self.procedure:
            rows = rows.filter(question__procedure=self.procedure)
        elif self.version:
            rows = rows.filter(question__procedure__version=self.version)
        order = ("question__procedure__position", "question__position", "position", "pk")
        return rows.select_related("question").order_by(*order)

    def tell(self, condition: Any) -> str:
        """For whom something is."""
        return condition_in_words(condition, self.names)

    def answers(self) -> Choices:
        """The answers to the question of this row."""
        rows = self.question.options.all() if self.question and self.question.pk else ()
        return [(option.fact, german(option.label)) for option in rows]

    def days(self) -> Choices:
        """The questions of the procedure that ask for a day."""
        rows = Question.objects.filter(procedure=self.procedure, kind=Question.Kind.DAY)
        return _titled(rows)

    def pages(self) -> Choices:
        """The procedures and sheets of the version, but for the one where the row stands."""
        rows = Procedure.objects.filter(version=self.version)
        if self.procedure:
            rows = rows.exclude(pk=self.procedure.pk)
        return _titled(rows)

    def fees(self) -> Choices:
        """What the version has an amount for; one fee may have several, by their days."""
        return list(self.fee_titles.items())

    def fee_of(self, row: Charge) -> str:
        """The fee that a row is about."""
        return self.fee_titles.get(row.code) or str(row._meta.verbose_name)

    @cached_property
    def fee_titles(self) -> dict[str, str]:
        """Each fee by its code."""
        rows = Fee.objects.filter(version__published_at=None)
        rows = rows.filter(version=self.version) if self.version else rows
        return {fee.code: german(fee.title) for fee in rows}


def _titled(rows: Iterable[Any]) -> Choices:
    return [(row.slug, german(row.title)) for row in rows]


def with_stored(choices: Choices, stored: Iterable[str]) -> Choices:
    """The choices, and what is stored and no longer exists."""
    known = dict(choices)
    return [*choices, *((each, _("no longer there")) for each in stored if each not in known)]
