"""What a draft changes for whom, against the catalogue that would be valid otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from documents.catalogue_types import GERMAN, MEMBER
from documents.condition_words import condition_in_words, distance_in_words, facts_of, german
from documents.models import Fee, Note, Procedure, Question, Requirement

Row = Mapping[str, Any]
# The parts of a procedure: what identifies a row, and what it is called.
PARTS: dict[str, tuple[str, Promise]] = {
    "questions": ("id", gettext_lazy("question")),
    "requirements": ("id", gettext_lazy("paper")),
    "notes": ("id", gettext_lazy("note")),
    "charges": ("code", gettext_lazy("fee of the procedure")),
}
FIELDS: dict[str, Promise] = {
    "accepted": gettext_lazy("accepted, one per line"),
    "amount": gettext_lazy("amount in euros"),
    "ask": gettext_lazy("explanation where the office decides"),
    "ask_codes": gettext_lazy("fees where the office decides"),
    "basis": gettext_lazy("legal basis"),
    "by": gettext_lazy("in an online application"),
    "certain": gettext_lazy("always asked for"),
    "codes": gettext_lazy("for the fees"),
    "condition": gettext_lazy("for whom"),
    "counts_from": gettext_lazy("counted from the day"),
    "details": gettext_lazy("details"),
    "groups": gettext_lazy("groups of answers"),
    "help": gettext_lazy("help"),
    "if_available": gettext_lazy("only if available"),
    "intro": gettext_lazy("introduction"),
    "kind": gettext_lazy("kind"),
    "label": gettext_lazy("answer"),
    "link": gettext_lazy("link"),
    "not_accepted": gettext_lazy("not accepted"),
    "not_codes": gettext_lazy("never for the fees"),
    "of": gettext_lazy("in a family"),
    "office_states": gettext_lazy("still to be stated by the office"),
    "offset": gettext_lazy("offset"),
    "options": gettext_lazy("answers"),
    "otherwise": gettext_lazy("explanation for these"),
    "picture": gettext_lazy("picture"),
    "reason": gettext_lazy("why it is on the list"),
    "see": gettext_lazy("see also the page"),
    "share": gettext_lazy("share to pay"),
    "text": gettext_lazy("text"),
    "title": gettext_lazy("title"),
    "valid_from": gettext_lazy("valid from"),
    "valid_until": gettext_lazy("valid until (exclusive)"),
}
_CHOICES: dict[str, Mapping[Any, Any]] = {
    "by": dict(Requirement.Way.choices),
    "kind": {
        **dict(Procedure.Kind.choices),
        **dict(Question.Kind.choices),
        **dict(Note.Kind.choices),
        **dict(Fee.Kind.choices),
    },
    "of": dict(Question._meta.get_field("of").flatchoices),
    "picture": dict(Question._meta.get_field("picture").flatchoices),
}
# What a document may leave out because it is usual.
_USUAL = {
    "kind": (Procedure.Kind.PROCEDURE.value, Fee.Kind.FEE.value),
    "certain": (True,),
    "of": (MEMBER,),
    "by": (Requirement.Way.UPLOAD.value,),
}
_KEYS = {"id", "code", "fact", "position", *PARTS}
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One row that is new, gone or another: where, what, for whom, and each field that differs."""

    how: str
    where: str
    what: str
    who: str
    fields: tuple[tuple[str, str, str], ...] = ()


def changes(before: Row, after: Row) -> list[Change]:
    """Every difference that somebody could meet, in the order of the catalogue."""
    words = Words.of(before, after)
    return [
        *_of_procedures(before, after, words),
        *_of_fees(before, after, words),
        *_of_reviews(before, after),
    ]


def reviews_in_words(reviews: Iterable[Row]) -> list[str]:
    """ "Arabisch: Frau Saleh, 20.11.2026" for each language that somebody has read."""
    names = dict(settings.LANGUAGES)
    found = []
    for review in reviews:
        by, on = review.get("reviewed_by"), review.get("reviewed_on")
        who = ", ".join(
            each for each in (by, f"{date.fromisoformat(on):%d.%m.%Y}" if on else "") if each
        )
        if who:
            found.append(f"{names.get(review['language'], '–')}: {who}")
    return found


def _of_reviews(before: Row, after: Row) -> Iterator[Change]:
    old, new = (reviews_in_words(content.get("reviews", [])) for content in (before, after))
    if sorted(old) != sorted(new):
        label = _("reviewed languages")
        told = (label, " · ".join(old) or "–", " · ".join(new) or "–")
        everybody = condition_in_words(None, {})
        yield Change(how=CHANGED, where=_("Texts"), what=label, who=everybody, fields=(told,))


@dataclass(frozen=True)
class Words:
    """What the keys of two catalogues mean in German."""

    facts: dict[str, str]
    fees: dict[str, str]
    pages: dict[str, str]
    days: dict[str, str]

    @classmethod
    def of(cls, *contents: Row) -> Words:
        procedures = [one for content in contents for one in content["procedures"]]
        questions = [one for row in procedures for one in row.get("questions", [])]
        fees = [fee for content in contents for fee in content.get("fees", [])]
        return cls(
            {fact: name for content in contents for fact, name in facts_of(content).items()},
            {fee["code"]: german(fee.get("title")) for fee in fees},
            {row["id"]: german(row.get("title")) for row in procedures},
            {row["id"]: german(row.get("title")) for row in questions},
        )

    def title(self, row: Row) -> str:
        """What a row is called."""
        title = row.get("title") or row.get("reason")
        fee = self.fees.get(str(row.get("code")), "")
        return german(title) if isinstance(title, Mapping) else fee

    def whom(self, condition: Any) -> str:
        """A condition as a sentence."""
        return condition_in_words(condition, self.facts)

    def say(self, name: str, value: Any) -> str:
        """A value of one column."""
        if name in {"codes", "not_codes", "ask_codes"}:
            return ", ".join(self.fees.get(code, "–") for code in value or []) or "–"
        if name == "groups":
            return " · ".join(self._group(group) for group in value or []) or "–"
        known = {"see": self.pages, "counts_from": self.days}.get(name)
        if known is not None:
            return known.get(value, "–")
        return distance_in_words(value) if name == "offset" else _shown(name, value)

    def _group(self, group: Row) -> str:
        answers = ", ".join(self.facts.get(fact, "–") for fact in group["facts"])
        return f"{german(group['title'])}: {answers}"


def _of_procedures(before: Row, after: Row, words: Words) -> Iterator[Change]:
    old, new = _by(before["procedures"], "id"), _by(after["procedures"], "id")
    for name in {**new, **old}:
        was, now = old.get(name, {}), new.get(name, {})
        where = german((now or was).get("title"))
        everybody = words.whom(None)
        change = _compare(was, now, where=where, kind=_("procedure"), words=words, who=everybody)
        if change:
            yield change
        if not (was and now):
            continue  # its parts come or go with it
        for part, (key, kind) in PARTS.items():
            yield from _rows(was, now, part, key, where=where, kind=str(kind), words=words)
    yield from _order(old, new, where=_("All procedures"), kind=_("procedures"), words=words)


def _of_fees(before: Row, after: Row, words: Words) -> Iterator[Change]:
    for part, key, kind in (
        ("fees", "", _("fee")),
        ("reductions", "id", _("reduction")),
    ):
        yield from _rows(
            before, after, part, key, where=_("Fees and reductions"), kind=kind, words=words
        )


def _rows(
    was: Row, now: Row, part: str, key: str, *, where: str, kind: str, words: Words
) -> Iterator[Change]:
    old, new = _by(was.get(part, []), key), _by(now.get(part, []), key)
    for name in {**new, **old}:
        change = _compare(old.get(name, {}), new.get(name, {}), where=where, kind=kind, words=words)
        if change:
            yield change
    yield from _order(old, new, where=where, kind=kind, words=words)


def _order(
    old: Mapping[Any, Row], new: Mapping[Any, Row], *, where: str, kind: str, words: Words
) -> Iterator[Change]:
    """Rows of both that stand in another order."""
    both = [name for name in old if name in new], [name for name in new if name in old]
    if both[0] != both[1]:
        was, now = (" · ".join(words.title(new[name]) for name in names) for names in both)
        told = (_("order"), was, now)
        yield Change(how=CHANGED, where=where, what=kind, who=words.whom(None), fields=(told,))


def _compare(
    was: Row, now: Row, *, where: str, kind: str, words: Words, who: str = ""
) -> Change | None:
    how = CHANGED if was and now else ADDED if now else REMOVED
    differing = _fields(was, now, words) if how == CHANGED else ()
    if how == CHANGED and not differing:
        return None
    shown = now or was
    name = words.title(shown)
    return Change(
        how=how,
        where=where,
        what=f"{kind}: {name}" if name else kind,
        who=who or words.whom(shown.get("condition")),
        fields=tuple(differing),
    )


def _fields(was: Row, now: Row, words: Words) -> list[tuple[str, str, str]]:
    found = []
    for name in {**was, **now}:
        old, new = _plain(name, was.get(name)), _plain(name, now.get(name))
        if name in _KEYS or old == new:
            continue
        label = str(FIELDS.get(name, name))
        if name == "condition":
            found.append((label, words.whom(old), words.whom(new)))
        elif isinstance(old or new, Mapping):
            found += _texts(label, old or {}, new or {})
        else:
            found.append((label, words.say(name, old), words.say(name, new)))
    return found


def _texts(label: str, old: Row, new: Row) -> Iterator[tuple[str, str, str]]:
    """The German text before and after; of other languages only that they differ."""
    if old.get(GERMAN) != new.get(GERMAN):
        yield label, german(old) or "–", german(new) or "–"
    others = [
        str(name)
        for code, name in settings.LANGUAGES
        if code != GERMAN and old.get(code) != new.get(code)
    ]
    if others:
        yield f"{label} ({', '.join(others)})", _("the text until now"), _("another text")


def _plain(name: str, value: Any) -> Any:
    """A value as both kinds of documents mean it: what is empty is not there."""
    if value in _USUAL.get(name, ()):
        return None
    if name in {"amount", "share"} and value not in (None, ""):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return value
    if isinstance(value, Mapping) and name != "condition":
        return {key: text for key, text in value.items() if text} or None
    return value if value is False and name == "certain" else value or None


def _shown(name: str, value: Any) -> str:
    if name in _USUAL:
        value = _USUAL[name][0] if value is None else value
    if name in _CHOICES:
        return str(_CHOICES[name].get(value, value or "–"))
    if isinstance(value, list):
        labels = [german(one.get("label")) if isinstance(one, Mapping) else one for one in value]
        return ", ".join(map(str, labels))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None else str(value)


def _by(rows: list[Row], key: str) -> dict[Any, Row]:
    """The rows by what identifies them; fees by their code and the day on which they begin."""
    if key:
        return {row[key]: row for row in rows}
    return {(row["code"], str(row.get("valid_from") or "")): row for row in rows}
