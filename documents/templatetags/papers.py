"""Texts of the catalogue on a page: in its language, with the German beside."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from documents.entries import GERMAN, Text

register = template.Library()


def _language() -> str:
    return get_language() or GERMAN


@register.filter
def say(text: Text) -> str:
    """The text in the page's language; a German one elsewhere says that it is German."""
    language = _language()
    if language == GERMAN or text.has(language) or not text:
        return text.to(language)
    return format_html('<span lang="de" dir="ltr">{}</span>', text.de)


@register.filter
def beside(text: Text) -> str:
    """The German of a translated text, to show at the counter; nothing on a German page."""
    if _language() == GERMAN or not text.has(_language()):
        return ""
    return format_html('<span class="german" lang="de" dir="ltr">{}</span>', text.de)


@register.filter
def say_lines(text: Text) -> str:
    """A text of several lines as list items."""
    language = _language()
    german = language != GERMAN and not text.has(language)
    attributes = mark_safe(' lang="de" dir="ltr"') if german else ""
    rows = ((attributes, line) for line in text.to(language).splitlines())
    return format_html_join("", "<li{}>{}</li>", rows)


@register.filter
def euro(amount: Decimal) -> str:
    """An amount as money, in the figures of the page's language."""
    return f"{number_format(amount, decimal_pos=2, force_grouping=True)}\N{NO-BREAK SPACE}€"
