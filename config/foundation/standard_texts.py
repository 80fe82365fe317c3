"""Texts that the office picks instead of writing: prepared in every language."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import yaml
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the stubs' name for a text that is translated when it is shown
    from django.utils.functional import _StrPromise

REASONS = "reasons"
NOTICES = "notices"
OWN = "own"
NAMES: dict[str, _StrPromise] = {
    "illness": _("Staff absence"),
    "technical": _("Technical fault"),
    "meeting": _("Staff meeting"),
    "building": _("Building closed"),
}


@cache
def _all() -> dict[str, dict[str, dict[str, str]]]:
    path = settings.BASE_DIR / "config" / "standard_texts.yaml"
    found: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def standard_texts(kind: str) -> dict[str, dict[str, str]]:
    """`{key: {language: text}}` of the reasons or the notices."""
    return _all()[kind]


def standard_field(kind: str, *, label: _StrPromise, none: _StrPromise) -> forms.ChoiceField:
    """A choice between no text, a prepared one and one's own; left out it means one's own."""
    prepared = [(key, NAMES[key]) for key in standard_texts(kind)]
    choices = [("none", none), *prepared, (OWN, _("Own text"))]
    return forms.ChoiceField(
        choices=choices, label=label, required=False, widget=forms.RadioSelect, initial="none"
    )


def chosen_text(kind: str, choice: str, own: dict[str, str] | None) -> dict[str, str]:
    """The texts that a choice stands for, by language."""
    if choice == "none":
        return {}
    return standard_texts(kind).get(choice) or own or {}


def choice_of(kind: str, texts: dict[str, str]) -> str:
    """Which choice stored texts came from."""
    found = [key for key, prepared in standard_texts(kind).items() if prepared == texts]
    return found[0] if found else OWN if texts else "none"
