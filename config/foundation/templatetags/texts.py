"""Texts that are data, in the language of the page."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

from config.foundation.dates import say_birth_date
from config.foundation.texts import page_language

register = template.Library()
register.filter("birth_date", say_birth_date)


@register.filter
def text(texts: dict[str, str]) -> str:
    """The text in the active language; a German one on a foreign page says that it is German."""
    language = page_language()
    if language == "de" or texts.get(language):
        return texts.get(language) or texts.get("de", "")
    german = texts.get("de", "")
    return format_html('<span lang="de" dir="ltr">{}</span>', german) if german else ""


@register.filter
def in_language(path: str, code: str) -> str:
    """The address of a page below its language, in the language of `code`."""
    return f"/{code}/{path.lstrip('/').partition('/')[2]}"
