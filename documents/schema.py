"""The form of a catalogue as plain data: every key, and what may stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from documents.catalogue_types import (
    CASE,
    GERMAN,
    MEMBER,
    NO_TEXT,
    PICTURES,
    UPLOAD,
    WAYS,
    Catalogue,
    Charge,
    Fee,
    Group,
    Note,
    Option,
    Procedure,
    Question,
    Reduction,
    Requirement,
    Review,
    Text,
)
from documents.checklist import condition_problem, offset_problem

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and a sentence about it."""

    path: Path
    said: str
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The sentence with the names that it is about, in English."""
        return self.said % self.about if self.about else self.said


class CatalogueBroken(Exception):
    """The catalogue has problems; nothing of it is taken."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


def in_words(path: Path, data: Any) -> str:
    """A place as people know it: `study › requirements › photo › title`."""
    words: list[str] = []
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        names = data if isinstance(data, Mapping) else {}
        known = names.get("id") or names.get("fact") or names.get("code")
        words.append(str(step if isinstance(step, str) else known or step + 1))
    return " › ".join(words) or "catalogue"


class _Wrong(ValueError):
    """A value is not what it should be; carries the sentence."""


# --- values ---------------------------------------------------------------------------------------

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_SECTION_IN_BRACKETS = re.compile(r"\(\u2066?§[^()]{1,30}\)")
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]+)?")


def _slug(value: object) -> str:
    if isinstance(value, str) and _SLUG.fullmatch(value):
        return value
    raise _Wrong(f"“{value}” is no name: small letters, digits and _ only.")


def _string(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    raise _Wrong("Here a text is needed.")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Wrong("Here only true or false is understood.")


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Wrong(f"“{value}” is no day like 2024-09-01.") from None


def _needed_day(value: object) -> date:
    day = _day(value)
    if day is None:
        raise _Wrong("A day like 2024-09-01 is needed.")
    return day


def _number(value: object) -> Decimal:
    try:
        number = Decimal(value if isinstance(value, str) else str(value))
    except InvalidOperation:
        raise _Wrong(f"“{value}” is no number.") from None
    if not number.is_finite() or number < 0 or number != number.quantize(Decimal("0.01")):
        raise _Wrong(f"“{value}” is not an amount of 0 or more with at most two decimals.")
    return number


def _share(value: object) -> Decimal:
    share = _number(value)
    if share >= 1:
        raise _Wrong("A reduction leaves less than the whole: 0 for nothing, 0.5 for half.")
    return share


def _condition(value: object) -> Any:
    if problem := condition_problem(value):
        raise _Wrong(problem)
    return value


def _offset(value: object) -> str:
    if value and (problem := offset_problem(_string(value))):
        raise _Wrong(problem)
    return _string(value)


def _link(value: object) -> str:
    link = _string(value)
    if link and not link.startswith("https://"):
        raise _Wrong("A link starts with https://.")
    return link


def text_problem(value: object) -> str | None:
    """A sentence about what is wrong with `{language: text}`."""
    if not isinstance(value, Mapping):
        return "Texts are given per language, like de: …"
    for language, text in value.items():
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            return f"“{language}” is no language."
        if not isinstance(text, str):
            return f"The text in “{language}” is no text."
    written = {language for language, text in value.items() if text.strip()}
    if written and GERMAN not in written:
        return "The German text is missing."
    return None


def _with_whole_sections(text: str) -> str:
    # no line of a page ends with the sign of a section, or in the middle of a short "(§ 81 …)"
    whole = _SECTION_IN_BRACKETS.sub(lambda section: section[0].replace(" ", "\u00a0"), text)
    return whole.replace("§ ", "§\u00a0")


def _text(value: Any) -> Text:
    if problem := text_problem(value):
        raise _Wrong(problem)
    texts = {name: _with_whole_sections(text.strip()) for name, text in value.items()}
    return Text({name: text for name, text in texts.items() if text})


def _needed_text(value: object) -> Text:
    text = _text(value)
    if not text:
        raise _Wrong("The German text is missing.")
    return text


def _one_of(*words: str) -> Callable[[Any], str]:
    def parse(value: object) -> str:
        if value in words:
            return str(value)
        raise _Wrong(f"“{value}” is none of {', '.join(words)}.")

    return parse


# --- schema ---------------------------------------------------------------------------------------

_NEEDED = object()


@dataclass(frozen=True)
class _Shape:
    """How a mapping becomes an object: each key with its parser and, if optional, its default."""

    make: Callable[..., Any]
    keys: Mapping[str, tuple[Any, Any]]

    def read(self, value: Any, path: Path, problems: list[Problem]) -> Any:
        if not isinstance(value, Mapping):
            problems.append(Problem(path, "Here keys with values are needed."))
            return None
        for key in value.keys() - self.keys.keys():
            problems.append(Problem((*path, key), f"“{key}” is not known here."))
        found = {
            key: self._key(key, parse, default, value, path, problems)
            for key, (parse, default) in self.keys.items()
        }
        return self.make(**found)

    def _key(
        self,
        key: str,
        parse: Any,
        default: Any,
        value: Mapping[str, Any],
        path: Path,
        problems: list[Problem],
    ) -> Any:
        if key not in value:
            if default is _NEEDED:
                problems.append(Problem(path, f"“{key}” is missing."))
            return default
        if isinstance(parse, _Many):
            return parse.read(value[key], (*path, key), problems)
        try:
            return parse(value[key])
        except _Wrong as wrong:
            problems.append(Problem((*path, key), str(wrong)))
            return default


@dataclass(frozen=True)
class _Many:
    """A list of things of one shape, or of plain values."""

    of: Any

    def read(self, value: Any, path: Path, problems: list[Problem]) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            problems.append(Problem(path, "Here a list is needed."))
            return ()
        if isinstance(self.of, _Shape):
            return tuple(self.of.read(one, (*path, i), problems) for i, one in enumerate(value))
        found = []
        for i, one in enumerate(value):
            try:
                found.append(self.of(one))
            except _Wrong as wrong:
                problems.append(Problem((*path, i), str(wrong)))
        return tuple(found)


_OPTION = _Shape(Option, {"fact": (_slug, _NEEDED), "label": (_needed_text, _NEEDED)})
_GROUP = _Shape(
    Group,
    {
        "id": (_slug, _NEEDED),
        "title": (_needed_text, _NEEDED),
        "facts": (_Many(_slug), _NEEDED),
    },
)
_QUESTION = _Shape(
    Question,
    {
        "id": (_slug, _NEEDED),
        "kind": (_one_of("one", "many", "day"), _NEEDED),
        "title": (_needed_text, _NEEDED),
        "help": (_text, NO_TEXT),
        "options": (_Many(_OPTION), ()),
        "groups": (_Many(_GROUP), ()),
        "picture": (_one_of("", *PICTURES), ""),
        "of": (_one_of(CASE, MEMBER), MEMBER),
    },
)
_REQUIREMENT = _Shape(
    Requirement,
    {
        "id": (_slug, _NEEDED),
        "title": (_needed_text, _NEEDED),
        "reason": (_needed_text, _NEEDED),
        "details": (_text, NO_TEXT),
        "accepted": (_text, NO_TEXT),
        "not_accepted": (_text, NO_TEXT),
        "condition": (_condition, None),
        "if_available": (_flag, False),
        "by": (_one_of(*WAYS), UPLOAD),
        "office_states": (_flag, False),
        "see": (_string, ""),
        "of": (_one_of(CASE, MEMBER), MEMBER),
    },
)
_NOTE = _Shape(
    Note,
    {
        "id": (_slug, _NEEDED),
        "kind": (_one_of("info", "warning", "deadline", "stop"), _NEEDED),
        "title": (_needed_text, _NEEDED),
        "text": (_text, NO_TEXT),
        "condition": (_condition, None),
        "link": (_link, ""),
        "see": (_string, ""),
        "counts_from": (_string, ""),
        "offset": (_offset, ""),
    },
)
_CHARGE = _Shape(
    Charge, {"code": (_slug, _NEEDED), "condition": (_condition, None), "certain": (_flag, True)}
)
_PROCEDURE = _Shape(
    Procedure,
    {
        "id": (_slug, _NEEDED),
        "kind": (_one_of("procedure", "sheet", "form"), "procedure"),
        "title": (_needed_text, _NEEDED),
        "intro": (_text, NO_TEXT),
        "questions": (_Many(_QUESTION), ()),
        "requirements": (_Many(_REQUIREMENT), ()),
        "notes": (_Many(_NOTE), ()),
        "charges": (_Many(_CHARGE), ()),
    },
)
_FEE = _Shape(
    Fee,
    {
        "code": (_slug, _NEEDED),
        "kind": (_one_of("fee", "means"), "fee"),
        "title": (_needed_text, _NEEDED),
        "amount": (_number, _NEEDED),
        "basis": (_string, ""),
        "valid_from": (_day, None),
        "valid_until": (_day, None),
    },
)
_REDUCTION = _Shape(
    Reduction,
    {
        "id": (_slug, _NEEDED),
        "share": (_share, _NEEDED),
        "codes": (_Many(_slug), _NEEDED),
        "reason": (_needed_text, _NEEDED),
        "condition": (_condition, None),
        "not_codes": (_Many(_slug), ()),
        "otherwise": (_text, NO_TEXT),
        "ask_codes": (_Many(_slug), ()),
        "ask": (_text, NO_TEXT),
        "basis": (_string, ""),
    },
)
_REVIEW = _Shape(
    Review,
    {
        "language": (_string, _NEEDED),
        "reviewed_by": (_string, ""),
        "reviewed_on": (_day, None),
    },
)
_CATALOGUE = _Shape(
    Catalogue,
    {
        "valid_from": (_needed_day, _NEEDED),
        "procedures": (_Many(_PROCEDURE), _NEEDED),
        "fees": (_Many(_FEE), ()),
        "reductions": (_Many(_REDUCTION), ()),
        "reviews": (_Many(_REVIEW), ()),
    },
)


def build(data: object) -> Catalogue:
    """The catalogue in `data`, checked in form only; raises CatalogueBroken."""
    problems: list[Problem] = []
    catalogue: Catalogue = _CATALOGUE.read(data, (), problems)
    if problems:
        raise CatalogueBroken(problems)
    return catalogue
