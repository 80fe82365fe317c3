"""A version as one tree: procedures with their questions, papers, notes and fees, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from config.foundation.admin_bases import wall_day
from config.foundation.staff import Staff
from documents.actions import content_of, pack
from documents.catalogue_types import CASE
from documents.changes import Words
from documents.condition_words import distance_in_words, german
from documents.models import (
    CatalogueVersion,
    Charge,
    Fee,
    Note,
    Procedure,
    Question,
    Reduction,
    Requirement,
)
from documents.problem_words import problems_in_words
from documents.schema import CatalogueBroken, Path
from documents.validation import read

Row = Mapping[str, Any]
PARTS: dict[str, type[Model]] = {
    "questions": Question,
    "requirements": Requirement,
    "notes": Note,
    "charges": Charge,
}
TOP = ("fees", "reductions")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: what it is called, what it says, and what is not right with it."""

    title: str
    about: str
    address: str
    lacking: list[str]
    problems: list[str]


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Rows of one kind, and the way to a new one."""

    title: str
    add: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Node:
    """What is folded together: a procedure, or the fees or reductions of all."""

    own: Line
    branches: list[Branch]

    @property
    def lines(self) -> list[Line]:
        """Every row that is folded here."""
        return [self.own, *(line for branch in self.branches for line in branch.lines)]

    @property
    def filled(self) -> list[Branch]:
        """The kinds of which it has rows."""
        return [branch for branch in self.branches if branch.lines]

    @property
    def is_lacking(self) -> bool:
        """Whether a text in it is not there in every language."""
        return any(line.lacking for line in self.lines)

    @property
    def is_wrong(self) -> bool:
        """Whether something in it is a problem."""
        return any(line.problems for line in self.lines)


class Tree:
    """The nodes of a version, for a reader who may follow some of their links."""

    def __init__(self, version: CatalogueVersion, *, reader: Staff) -> None:
        self.version, self.reader = version, reader
        self.content = pack(version, with_pk=True) if version.is_draft else content_of(version)
        self.words = Words.of(self.content)
        self.prices = _prices(self.content.get("fees", []))
        self.problems = _problems(self.content) if version.is_draft else {}
        self.about: dict[str, Callable[[Row], Iterable[str]]] = {
            "questions": self._of_question,
            "requirements": self._of_paper,
            "notes": self._of_note,
            "charges": self._of_charge,
            "fees": _of_fee,
            "reductions": self._of_reduction,
        }

    @property
    def nodes(self) -> list[Node]:
        """Procedures in their order, then fees, what a living takes, and reductions."""
        procedures = [self._procedure(row, i) for i, row in enumerate(self.content["procedures"])]
        means = self._top("fees", Fee, only=Fee.Kind.MEANS)
        fees = self._top("fees", Fee, only=Fee.Kind.FEE)
        return [*procedures, fees, means, self._top("reductions", Reduction)]

    @property
    def add(self) -> str:
        """The way to a new procedure."""
        return self._add(Procedure, f"version={self.version.pk}")

    @property
    def elsewhere(self) -> list[str]:
        """Problems that belong to no row."""
        return self.problems.get((), [])

    def _procedure(self, row: Row, i: int) -> Node:
        path: Path = ("procedures", i)
        kinds = dict(Procedure.Kind.choices)
        kind = str(kinds[row.get("kind") or Procedure.Kind.PROCEDURE.value])
        branches = [
            self._branch(
                row.get(name, []), name, model, (*path, name), f"procedure={row.get('pk')}"
            )
            for name, model in PARTS.items()
        ]
        # its parts have lines of their own
        only = {key: value for key, value in row.items() if key not in PARTS}
        return Node(own=self._line(only, Procedure, path, kind), branches=branches)

    def _top(self, name: str, model: type[Model], only: Fee.Kind | None = None) -> Node:
        """The rows of all procedures; of the fees, which are two things, those of `only`."""
        is_means = only == Fee.Kind.MEANS
        title = capfirst(str(only.label if is_means and only else model._meta.verbose_name_plural))
        parent = f"version={self.version.pk}" + (f"&kind={only}" if is_means else "")
        branch = self._branch(
            self.content.get(name, []), name, model, (name,), parent, only=only, title=title
        )
        own = Line(title=title, about="", address="", lacking=[], problems=[])
        return Node(own=own, branches=[branch])

    def _branch(
        self,
        rows: list[Row],
        name: str,
        model: type[Model],
        path: Path,
        parent: str,
        *,
        only: str | None = None,
        title: str = "",
    ) -> Branch:
        lines = [
            self._line(row, model, (*path, i), " · ".join(self.about[name](row)))
            for i, row in enumerate(rows)
            if only is None or (row.get("kind") or Fee.Kind.FEE) == only
        ]
        title = title or capfirst(str(model._meta.verbose_name_plural))
        return Branch(title=title, add=self._add(model, parent), lines=lines)

    def _add(self, model: type[Model], parent: str) -> str:
        if not self.version.is_draft or not self.reader.has_perm(_right("add", model)):
            return ""
        return f"{reverse(f'admin:documents_{model._meta.model_name}_add')}?{parent}"

    def _line(self, row: Row, model: type[Model], path: Path, about: str) -> Line:
        return Line(
            title=self.words.title(row) or "–",
            about=about,
            address=self._address(row, model),
            lacking=_lacking(row),
            problems=self.problems.get(path, []),
        )

    def _address(self, row: Row, model: type[Model]) -> str:
        if "pk" not in row or not self.reader.has_perm(_right("view", model)):
            return ""
        return reverse(f"admin:documents_{model._meta.model_name}_change", args=[row["pk"]])

    # --- what a row says --------------------------------------------------------------------------

    def _of_question(self, row: Row) -> Iterable[str]:
        yield str(dict(Question.Kind.choices)[row["kind"]])
        yield from (german(option.get("label")) for option in row.get("options", []))

    def _of_paper(self, row: Row) -> Iterable[str]:
        yield self.words.whom(row.get("condition"))
        if row.get("if_available"):
            yield _("only if available")
        if row.get("of") == CASE:
            yield _("in a family once for all")
        if (way := row.get("by") or Requirement.Way.UPLOAD) != Requirement.Way.UPLOAD:
            yield str(dict(Requirement.Way.choices)[way])
        if row.get("office_states"):
            yield _("still to be stated by the office")

    def _of_note(self, row: Row) -> Iterable[str]:
        yield str(dict(Note.Kind.choices)[row["kind"]])
        yield self.words.whom(row.get("condition"))
        if row.get("offset"):
            day = self.words.say("counts_from", row.get("counts_from"))
            yield f"{distance_in_words(row['offset'])}: {day}"

    def _of_charge(self, row: Row) -> Iterable[str]:
        yield self.prices.get(row["code"], "–")
        yield self.words.whom(row.get("condition"))
        if row.get("certain") is False:
            yield _("the office decides")

    def _of_reduction(self, row: Row) -> Iterable[str]:
        yield _("to pay: %s %%") % f"{Decimal(str(row['share'])) * 100:.0f}"
        yield self.words.say("codes", row.get("codes"))
        yield self.words.whom(row.get("condition"))


def _of_fee(row: Row) -> Iterable[str]:
    yield _euros(row)
    days = {"valid_from": _("from %s"), "valid_until": _("before %s")}
    for name, text in days.items():
        if row.get(name):
            yield text % wall_day(date.fromisoformat(str(row[name])))
    if row.get("basis"):
        yield row["basis"]


def _prices(fees: Iterable[Row]) -> dict[str, str]:
    """What each fee costs, at most one amount after the other."""
    found: dict[str, list[str]] = {}
    for fee in fees:
        found.setdefault(fee["code"], []).append(_euros(fee))
    return {code: " / ".join(amounts) for code, amounts in found.items()}


def _euros(fee: Row) -> str:
    amount = number_format(Decimal(str(fee["amount"])), decimal_pos=2, force_grouping=True)
    return f"{amount} €"


def _lacking(row: Row) -> list[str]:
    """The languages in which a text of the row is not there."""
    texts = list(_texts(row))
    names = [(code, str(name)) for code, name in settings.LANGUAGES]
    return [name for code, name in names if any(not text.get(code) for text in texts)]


def _texts(data: Any) -> Iterable[Row]:
    if isinstance(data, list):
        for one in data:
            yield from _texts(one)
    elif isinstance(data, Mapping):
        for name, value in data.items():
            is_text = isinstance(value, Mapping) and name != "condition"
            if is_text and any(value.values()):
                yield value
            elif isinstance(value, list):
                yield from _texts(value)


def _problems(content: Row) -> dict[Path, list[str]]:
    """The sentences about what is wrong, by the row where it is; () for what is in none."""
    bare = _without_pk(content)
    try:
        read(bare)
    except CatalogueBroken as broken:
        found: dict[Path, list[str]] = {}
        told = problems_in_words(broken.problems, bare)
        for problem, sentence in zip(broken.problems, told, strict=True):
            found.setdefault(_row_at(problem.path), []).append(sentence)
        return found
    return {}


def _row_at(path: Path) -> Path:
    """The place of the row that a place is in."""
    if len(path) >= 4 and path[0] == "procedures" and path[2] in PARTS:
        return path[:4]
    return path[:2] if len(path) >= 2 and path[0] in {"procedures", *TOP} else ()


def _without_pk(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_pk(one) for one in data]
    if isinstance(data, Mapping):
        return {name: _without_pk(value) for name, value in data.items() if name != "pk"}
    return data


def _right(action: str, model: type[Model]) -> str:
    return f"documents.{action}_{model._meta.model_name}"
