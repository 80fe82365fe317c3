"""A condition as a sentence: "not for: document lost"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from documents.catalogue_types import GERMAN
from documents.checklist import condition_problem, offset_parts


class Answer(str):
    """An answer behind its question, as one text that knows both."""

    question: str
    answer: str

    def __new__(cls, question: str, answer: str) -> Answer:
        """Quoted: the answers that are joined with it are."""
        made = super().__new__(cls, f"„{question} – {answer}“")
        made.question, made.answer = question, answer
        return made


def condition_in_words(condition: Any, facts: Mapping[str, str]) -> str:
    """For whom something is, with `facts` as people know them."""
    if condition is None or condition == "":
        return _("for everybody")
    if condition_problem(condition):
        return _("this condition is not understood")
    if isinstance(condition, Mapping) and "not" in condition:
        return _("not for: %s") % _phrase(condition["not"], facts, inside=False)
    return _("only for: %s") % _phrase(condition, facts, inside=False)


def facts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Every fact of a catalogue's document, named by the answer that means it."""
    return named(
        (option["fact"], option["label"], question["title"])
        for procedure in content["procedures"]
        for question in procedure.get("questions", [])
        for option in question.get("options", [])
    )


def named(options: Iterable[tuple[str, Mapping[str, str], Mapping[str, str]]]) -> dict[str, str]:
    """The facts of (fact, answer, question) in words: "Are you employed? – No"."""
    return {
        fact: Answer(german(question), german(answer) or fact) for fact, answer, question in options
    }


def distance_in_words(offset: str | None) -> str:
    """ "8 weeks before this day" for "-8 weeks"."""
    found = offset_parts(offset or "")
    if found is None:
        return "–"
    side, number, unit = found
    n = int(number)
    length = {
        "days": ngettext("%d day", "%d days", n),
        "weeks": ngettext("%d week", "%d weeks", n),
        "months": ngettext("%d month", "%d months", n),
    }[unit] % n
    return (_("%s before this day") if side == "-" else _("%s after this day")) % length


def german(text: Any) -> str:
    """The German of a text; "" for what is none."""
    return str(text.get(GERMAN, "")) if isinstance(text, Mapping) else ""


def _phrase(condition: Any, facts: Mapping[str, str], *, inside: bool = True) -> str:
    if isinstance(condition, str):
        return facts.get(condition) or _("an answer that is no longer there")
    ((word, part),) = condition.items()
    if word == "not":
        return _("not %s") % _phrase(part, facts)
    between = _(" and ") if word == "all" else _(" or ")
    said = list(_each(part, facts, between))
    joined = between.join(said)
    return f"({joined})" if inside and len(said) > 1 else joined


def _each(parts: Iterable[Any], facts: Mapping[str, str], between: str) -> Iterator[str]:
    """The parts in words; several answers to one question stand behind it once."""
    for question, those in groupby(parts, lambda part: _question(part, facts)):
        found = list(those)
        if question and len(found) > 1:
            answers = [each.answer for each in map(facts.get, found) if isinstance(each, Answer)]
            yield Answer(question, between.join(answers))
        else:
            yield from (_phrase(part, facts) for part in found)


def _question(part: Any, facts: Mapping[str, str]) -> str:
    named = facts.get(part) if isinstance(part, str) else None
    return named.question if isinstance(named, Answer) else ""
