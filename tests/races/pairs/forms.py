"""The forms of a page, as a browser without JavaScript sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

SENT_AS_TYPED = {"hidden", "text", "email", "tel", "search", "date", "time", "number", "url"}

_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)


class FormNotThere(Exception):
    """The page does not have this form: it shows another state."""


@dataclass
class Form:
    """One form: where it goes, what it sends, and what its choices are."""

    id: str
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def filled(self, values: dict[str, str]) -> dict[str, str]:
        """What is sent with these values typed or chosen; "17." is the choice that begins so."""
        sent = dict(self.fields)
        for name, options in self.choices.items():
            sent.setdefault(name, options[0])
        for name, value in values.items():
            sent[name] = next(
                (each for each in self.choices.get(name, []) if _is_meant(value, each)), value
            )
        return sent


def _is_meant(value: str, choice: str) -> bool:
    return choice == value or (value.endswith(".") and choice.startswith(value))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = ""
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(found.get("id", ""), found.get("action", ""), found.get("method", ""))
            self.forms.append(self.form)
        elif self.form is not None:
            name = found.get("name", self.select if tag == "option" else "")
            self.form.names.add(name)
            self._take(tag, name, found)

    def _take(self, tag: str, name: str, found: dict[str, str]) -> None:
        form, kind, value = self.form, found.get("type", "text"), found.get("value", "")
        assert form is not None
        if tag == "input" and kind in SENT_AS_TYPED and name:
            form.fields[name] = value
        elif tag == "input" and kind == "checkbox" and "checked" in found:
            form.fields[name] = value or "on"
        elif (tag == "input" and kind == "radio") or (tag == "option" and self.select):
            form.choices.setdefault(name, []).append(value)
            if "checked" in found or "selected" in found:
                form.fields[name] = value
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self.form is not None and self.area:
            self.form.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""


def forms_of(page: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed("".join(_FORM.findall(page)))  # the rest of a page is long
    return reader.forms


def the_form(page: str, *, id: str = "", action: str = "", has: str = "") -> Form:
    """The one POST form with this id, with this end of its address or with this field.

    Raises FormNotThere.
    """
    for form in forms_of(page):
        wanted = (not id or form.id == id) and (not has or has in form.names)
        if form.method.lower() == "post" and wanted and form.action.endswith(action):
            return form
    raise FormNotThere(id or action or has)
