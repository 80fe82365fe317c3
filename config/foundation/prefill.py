"""Answers that one part of the site may fill in for another, kept in the visitor's session only."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

_KEY = "known_answers"


def store_answers(session: MutableMapping[str, Any], answers: Mapping[str, str]) -> None:
    """Remembers what was answered, by the names of the questions; empty answers are none."""
    session[_KEY] = {name: answer for name, answer in answers.items() if answer}


def stored_answers(session: Mapping[str, Any]) -> dict[str, str]:
    """What was answered in this visit."""
    return dict(session.get(_KEY, {}))
