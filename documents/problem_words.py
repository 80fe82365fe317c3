"""What is wrong with a draft, and where, as the desk says it: without a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.changes import FIELDS, PARTS, Words
from documents.condition_words import german
from documents.schema import Path, Problem

_LISTS = {
    **{name: label for name, (_key, label) in PARTS.items()},
    "fees": gettext_lazy("fee"),
    "reductions": gettext_lazy("reduction"),
}


def problems_in_words(problems: Iterable[Problem], content: Mapping[str, Any]) -> list[str]:
    """ "Notfalltermin › Unterlage: Lichtbild: …" for each."""
    words = Words.of(content)
    known = {**words.facts, **words.fees, **words.days, **words.pages}
    gone = _("something that is no longer there")
    found = []
    for problem in problems:
        about = {
            key: _day(name) if key == "day" else known.get(name) or gone
            for key, name in problem.about.items()
        }
        sentence = _(problem.said)
        place = _place(problem.path, content, words)
        found.append(f"{place}: {sentence % about if about else sentence}")
    return found


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d.%m.%Y}"


def places_in_words(paths: Iterable[Path], content: Mapping[str, Any]) -> list[str]:
    """The titles on the way to each place, by number or key, and the column at its end."""
    words = Words.of(content)
    return [_place(path, content, words) for path in paths]


def _place(path: Path, content: Mapping[str, Any], words: Words) -> str:
    data: Any = content
    found: list[str] = []
    kind = ""
    for step in path:
        if isinstance(data, list):
            data = _row(data, step)
            title = words.title(data) or german(data.get("label")) or "–"
            found.append(f"{kind}: {title}" if kind else title)
            kind = ""
            continue
        data = data.get(step) if isinstance(data, Mapping) else None
        label = str(_LISTS.get(str(step)) or FIELDS.get(str(step)) or "")
        if isinstance(data, list):
            kind = label
        elif label:
            found.append(label)
    return " › ".join([*found, *([kind] if kind else [])]) or _("catalogue")


def _row(rows: list[Any], step: str | int) -> Mapping[str, Any]:
    if isinstance(step, int):
        return rows[step] if step < len(rows) and isinstance(rows[step], Mapping) else {}
    return next(
        (row for row in rows if step in {row.get("id"), row.get("fact"), row.get("code")}), {}
    )
