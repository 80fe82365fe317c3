"""Texts of the catalogue on a page: in its language, with the German beside."""

from __future__ import annotations

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from config.foundation.texts import page_language
from documents import wording
from documents.catalogue import NoCatalogue, catalogue_on
from documents.catalogue_types import GERMAN, Procedure, Text
from documents.checklist import Item

register = template.Library()
register.filter("euro", wording.euro)
register.filter("cost", wording.cost)


@register.filter
def say(text: Text) -> str:
    """The text in the page's language; a German one elsewhere says that it is German."""
    language = page_language()
    if language == GERMAN or text.has(language) or not text:
        return text.to(language)
    return format_html('<span lang="de" dir="ltr">{}</span>', text.de)


@register.filter
def beside(text: Text) -> str:
    """The German of a translated text, to show at the counter; nothing where German is spoken."""
    if not text.wants_german_beside(page_language()):
        return ""
    return format_html('<span class="german" lang="de" dir="ltr">{}</span>', text.de)


@register.filter
def say_lines(text: Text) -> str:
    """A text of several lines as list items."""
    language = page_language()
    german = language != GERMAN and not text.has(language)
    attributes = mark_safe(' lang="de" dir="ltr"') if german else ""
    rows = ((attributes, line) for line in text.to(language).splitlines())
    return format_html_join("", "<li{}>{}</li>", rows)


@register.simple_tag
def sheets_like(start: str) -> list[Procedure]:
    """The lists and sheets of today whose short names begin like this; none without a catalogue."""
    try:
        found = catalogue_on(timezone.localdate()).procedures
    except NoCatalogue:
        return []
    return [one for one in found if one.id.startswith(start)]


@register.filter
def titled(item: Item) -> str:
    """A paper with its condition; a German one elsewhere says that it is German."""
    language = page_language()
    text = wording.titled(item, language)
    if language == GERMAN or item.title.has(language):
        return text
    return format_html('<span lang="de" dir="ltr">{}</span>', text)


@register.filter
def titled_beside(item: Item) -> str:
    """The German of a translated paper with its condition; nothing where German is spoken."""
    if not item.title.wants_german_beside(page_language()):
        return ""
    text = wording.titled(item, GERMAN)
    return format_html('<span class="german" lang="de" dir="ltr">{}</span>', text)


@register.filter
def titled_german(item: Item) -> str:
    """The German of a paper with its condition, on every page."""
    return wording.titled(item, GERMAN)
