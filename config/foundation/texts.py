"""Texts that are data, `{language: text}`, as one input per language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.foundation.field_options import drop_json_options

GERMAN = "de"


def page_language() -> str:
    """The language in which somebody reads this page; German outside of any page."""
    return get_language() or GERMAN


def show_texts(texts: dict[str, str]) -> SafeString | str:
    """German in plain sight, the other languages folded, and which ones lack it."""
    if not texts.get(GERMAN):
        return "–"
    names = {code: name for code, name in settings.LANGUAGES if code != GERMAN}
    rows = [(name, code, texts[code]) for code, name in names.items() if texts.get(code)]
    lacking = ", ".join(str(name) for code, name in names.items() if not texts.get(code))
    line = '<p>{}: <span lang="{}" dir="auto">{}</span></p>'
    others = format_html_join("", line, rows)
    if lacking:
        others += format_html("<p>{}: {}</p>", _("Missing, German is shown"), lacking)
    counts = {"there": len(rows), "all": len(names)}
    summary = _("Other languages (%(there)s of %(all)s)") % counts
    folded = '<details class="desk-words"><summary>{}</summary>{}</details>'
    return format_html("{}" + folded, texts[GERMAN], summary, others)


class TextsWidget(forms.MultiWidget):
    """An input for each language of the product, German first."""

    template_name = "admin/texts.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, lines: bool = False) -> None:
        one = forms.Textarea if lines else forms.TextInput
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            code: one(attrs={"lang": code, "dir": "auto", **({"rows": 2} if lines else {})})
            for code, _name in settings.LANGUAGES
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        """One text per language."""
        return [(value or {}).get(code, "") for code, _name in settings.LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Names each input after its language, and says which ones lack the text."""
        context = super().get_context(name, value, attrs)
        names = [str(name) for _code, name in settings.LANGUAGES]
        inputs = context["widget"]["subwidgets"]
        is_there = bool(inputs[0]["value"])
        for widget, label in zip(inputs, names, strict=True):
            widget["label"] = label
            widget["lacks"] = is_there and not widget["value"]
        context["widget"]["missing"] = [each["label"] for each in inputs if each["lacks"]]
        return context


@dataclass(frozen=True, kw_only=True)
class LanguageChoice:
    """One language in the switch of a page, and whether a text of the page lacks it."""

    code: str
    name: str
    lacks: bool


def language_switch(forms_shown: Iterable[forms.BaseForm]) -> list[LanguageChoice]:
    """The languages of the texts that these forms ask for; empty without such a text."""
    texts = [
        _texts_of(form[name].value())
        for form in forms_shown
        for name, field in form.fields.items()
        if isinstance(field, TextsFormField)
    ]
    if not texts:
        return []
    return [
        LanguageChoice(
            code=code,
            name=str(name),
            lacks=any(each.get(GERMAN) and not each.get(code) for each in texts),
        )
        for code, name in settings.LANGUAGES
    ]


def _texts_of(value: Any) -> dict[str, str]:
    """What a field shows: stored texts, or what a browser has sent, one after the other."""
    if isinstance(value, dict):
        return value
    codes = [code for code, _name in settings.LANGUAGES]
    return dict(zip(codes, value or [], strict=False))


class LinesField(forms.CharField):
    """A text of several lines, stored with the ends of lines that everything else has."""

    def to_python(self, value: Any) -> str:
        """The text as it is stored."""
        return _lines(super().to_python(value))


class TextsFormField(forms.MultiValueField):
    """`{language: text}`; German is needed as soon as there is a text at all."""

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        drop_json_options(kwargs)
        fields = [forms.CharField(required=False, max_length=2000) for _each in settings.LANGUAGES]
        super().__init__(
            fields, require_all_fields=False, widget=TextsWidget(lines=lines), **kwargs
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """The texts that were given; raises ValidationError without a German one."""
        codes = [code for code, _name in settings.LANGUAGES]
        pairs = zip(codes, map(_lines, data_list), strict=False)
        texts = {code: text for code, text in pairs if text}
        if texts and GERMAN not in texts:
            raise ValidationError(_("Please write the German text as well."), code="german")
        return texts

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares text by text."""
        return bool(self.widget.decompress(initial) != list(map(_lines, data or [])))


def _lines(text: str | None) -> str:
    # browsers send the ends of lines in another form than they were given
    return (text or "").replace("\r\n", "\n")
