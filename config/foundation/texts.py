"""Texts that are data, `{language: text}`, as one input per language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

GERMAN = "de"


def page_language() -> str:
    """The language in which somebody reads this page; German outside of any page."""
    return get_language() or GERMAN


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
        """Names each input after its language."""
        context = super().get_context(name, value, attrs)
        names = [str(name) for _code, name in settings.LANGUAGES]
        for widget, label in zip(context["widget"]["subwidgets"], names, strict=True):
            widget["label"] = label
        return context


class TextsFormField(forms.MultiValueField):
    """`{language: text}`; German is needed as soon as there is a text at all."""

    def __init__(self, *, lines: bool = False, **kwargs: Any) -> None:
        for name in ("encoder", "decoder", "widget"):
            kwargs.pop(name, None)
        fields = [forms.CharField(required=False, max_length=2000) for _each in settings.LANGUAGES]
        super().__init__(
            fields, require_all_fields=False, widget=TextsWidget(lines=lines), **kwargs
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        """The texts that were given; raises ValidationError without a German one."""
        codes = [code for code, _name in settings.LANGUAGES]
        texts = {code: text for code, text in zip(codes, data_list, strict=False) if text}
        if texts and GERMAN not in texts:
            raise ValidationError(_("Please write the German text as well."), code="german")
        return texts

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares text by text."""
        return bool(self.widget.decompress(initial) != [each or "" for each in data or []])
