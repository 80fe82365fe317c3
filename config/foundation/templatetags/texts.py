"""Texts that are data, in the language of the page."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html

from config.foundation.dates import say_birth_date
from config.foundation.texts import page_language

register = template.Library()
register.filter("birth_date", say_birth_date)
_HEADING_OR_PARAGRAPH = re.compile(r"<(h[1-3]|p)\b.*?</\1>", re.DOTALL)
# outside of tags
_WITH_HYPHEN = re.compile(r"(?<![^\s>])[^\s<>-]+-[^\s<>]+(?![^<>]*>)")
_EMAIL = re.compile(r"\bE-Mail(?![^<>]*>)")


@register.filter
def only_german(texts: dict[str, str]) -> bool:
    """Whether a foreign page has to show the German text."""
    language = page_language()
    return language != "de" and not texts.get(language)


@register.filter
def text(texts: dict[str, str]) -> str:
    """The text in the active language; a German one on a foreign page says that it is German."""
    german = texts.get("de", "")
    if not only_german(texts):
        return texts.get(page_language()) or german
    return format_html('<span lang="de" dir="ltr">{}</span>', german) if german else ""


@register.filter
def breakable(address: str) -> str:
    """An e-mail address that a narrow screen breaks before its @ and nowhere else first."""
    name, at, domain = address.rpartition("@")
    return format_html("{}<wbr>{}{}", name, at, domain) if at else address


@register.filter
def in_language(path: str, code: str) -> str:
    """The address of a page below its language, in the language of `code`."""
    return f"/{code}/{path.lstrip('/').partition('/')[2]}"


@register.filter
def tel(number: str) -> str:
    """The address that a phone calls; the spaces and dashes of a printed number are none of it."""
    return "tel:" + re.sub(r"(?!^\+)\D", "", number.strip())


@register.filter
def whole_words(page: str) -> str:
    """A page on which browsers end no line in the middle of "E-Mail", nor a heading's of any word.

    A paragraph may break a longer word at its hyphen, or it runs out of a small phone.
    """

    def hold(part: re.Match[str]) -> str:
        words = _EMAIL if part[1] == "p" else _WITH_HYPHEN
        return words.sub(r'<span class="nowrap">\g<0></span>', part[0])

    return _HEADING_OR_PARAGRAPH.sub(hold, page)
