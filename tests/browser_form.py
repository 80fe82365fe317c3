"""What a browser sends of the forms of a page when nobody has typed anything."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

UNSENT = {"submit", "button", "image", "reset", "file"}

Sent = dict[str, list[str]]


class _Forms(HTMLParser):
    """Reads every form; a line in an input has no end, one in a text area ends as HTML says."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Sent] = {}
        self._form: Sent = {}
        self._select = self._area = ""
        self._first: str | None = None
        self._typed = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        name = given.get("name", "")
        if tag == "form":
            self._form = self.forms.setdefault(given.get("id", ""), {})
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option" and self._select:
            value = given.get("value", "")
            if "selected" in given:
                self._form[self._select] = [value]
            self._first = value if self._first is None else self._first
        elif tag == "textarea":
            self._area, self._typed = name, ""
        elif tag == "input" and name and given.get("type") not in UNSENT:
            self._input(name, given)

    def _input(self, name: str, given: dict[str, Any]) -> None:
        ticked = given.get("type") in {"checkbox", "radio"}
        if not ticked or "checked" in given:
            value = given.get("value") or ("on" if ticked else "")
            self._form.setdefault(name, []).append(value.replace("\n", ""))

    def handle_data(self, data: str) -> None:
        self._typed += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self._form.setdefault(self._select, [self._first or ""])
            self._select = ""
        elif tag == "textarea":
            text = self._typed.removeprefix("\n").replace("\n", "\r\n")
            self._form[self._area] = [text]


def form_sent(page: str, form: str) -> Sent:
    """The entries of the form with this id."""
    reader = _Forms()
    reader.feed(page)
    return reader.forms[form]
