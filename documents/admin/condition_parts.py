"""A condition as a form shows it: parts, each with some answers; and back again. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANY, ALL, NONE, NOT_ALL = "any", "all", "none", "not_all"
_OPPOSITE = {ANY: NONE, ALL: NOT_ALL}


@dataclass(frozen=True)
class Part:
    """Whether any, all, none or not all of these facts are true."""

    how: str = ANY
    facts: tuple[str, ...] = ()

    def condition(self) -> Any:
        """As it is stored."""
        word = ANY if self.how in (ANY, NONE) else ALL
        inside: Any = self.facts[0] if len(self.facts) == 1 else {word: list(self.facts)}
        return inside if self.how in _OPPOSITE else {"not": inside}


@dataclass(frozen=True)
class Parts:
    """All of these parts are true, or any of them; without any part it is for everybody."""

    join: str = ALL
    parts: tuple[Part, ...] = ()

    def condition(self) -> Any:
        """As it is stored; None for everybody."""
        found: list[Any] = []
        for part in self.parts:
            one = part.condition()
            found += one[self.join] if isinstance(one, dict) and self.join in one else [one]
        if not found:
            return None
        return found[0] if len(found) == 1 else {self.join: found}

    def means(self) -> Any:
        """The same for the same condition, in whatever order its parts stand."""
        return _meaning(self.condition())


def parts_of(condition: Any) -> Parts | None:
    """A condition in parts; None where it is deeper than that."""
    if condition is None:
        return Parts()
    one = _part(condition)
    if one is not None:
        return Parts(parts=(one,))
    if not isinstance(condition, Mapping) or "not" in condition:
        return None
    ((join, inside),) = condition.items()
    alone = tuple(each for each in inside if isinstance(each, str))
    parts = [_part(each) for each in inside if not isinstance(each, str)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Parts(join, ((Part(join, alone),) if alone else ()) + tuple(known))


def _part(condition: Any) -> Part | None:
    if isinstance(condition, str):
        return Part(ANY, (condition,))
    ((word, inside),) = condition.items()
    if word == "not":
        part = _part(inside)
        if part is None or part.how not in _OPPOSITE:
            return None
        return Part(_OPPOSITE[part.how], part.facts)
    return Part(word, tuple(inside)) if _are_facts(inside) else None


def _are_facts(inside: Sequence[Any]) -> bool:
    return all(isinstance(each, str) for each in inside)


def _meaning(condition: Any) -> Any:
    if not isinstance(condition, Mapping):
        return condition
    ((word, inside),) = condition.items()
    if word == "not":
        return word, _meaning(inside)
    return word, frozenset(_meaning(each) for each in inside)
