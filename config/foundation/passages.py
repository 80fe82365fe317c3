"""A notification's text in one language, and the notification made of two."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi, get_language_info, override
from django.utils.translation import gettext as _

from config.foundation.contacts import mailboxes_for
from config.foundation.mime import Attachment, Envelope
from config.foundation.office import current_office
from config.foundation.texts import GERMAN


@dataclass(kw_only=True)
class Passage:
    """A notification's text in one language."""

    subject: str
    greeting: str
    paragraphs: list[str]
    deadline: str = ""  # until when something has to be done; stands out
    facts: list[tuple[str, str]] = field(default_factory=list)
    code: str = ""
    link: str = ""
    link_label: str = ""
    papers: list[str] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    phone: str = ""


# What begins or joins the parts of a link in any mail program, in every width and script.
_JOINTS = re.compile(
    "([.:/@\\\\\u2024\u3002\ufe52\uff0e\uff61\uff1a\uff0f\uff20\u2215\u2044])(?=\\S)"
)


def page_url(path: str, language: str) -> str:
    """The address of a page, for a letter."""
    # from the setting alone: a forged Host header must never reach a notification
    return f"{settings.PUBLIC_BASE_URL}/{language}/{path}"


def prevent_autolinks(text: str) -> str:
    """What a person typed, so that no mail program makes a link of it: "evil. example. org"."""
    return _JOINTS.sub("\\1 ", text)


def hello(name: str) -> str:
    """How a letter to a proved address begins."""
    return _("Hello %(name)s,") % {"name": isolated(prevent_autolinks(name))}


def within(text: str) -> str:
    """`text`, isolated where the sentence around it runs from right to left."""
    return isolated(text) if get_language_bidi() else text


def isolated(text: str) -> str:
    """`text` with its own direction within a sentence of the other (FSI and PDI)."""
    return f"\u2068{text}\u2069"


Write = Callable[[str], Passage]


class Recipient(Protocol):
    """Whoever has an address, which may be empty, and a language of letters."""

    email: str
    language: str


def envelope(
    recipient: Recipient, write: Write, *, attachments: tuple[Attachment, ...] = ()
) -> Envelope | None:
    """The notification in German and the person's language; None when there is no address."""
    if not recipient.email:
        return None
    languages = list(dict.fromkeys((recipient.language, GERMAN)))
    passages, office = [], current_office()
    for language in languages:
        with override(language):
            info = get_language_info(language)
            passage = write(language)
            passage.facts = [(label, within(value)) for label, value in passage.facts if value]
            passage.phone = within(office.phone) if office.phone else ""
            passages.append((language, info["bidi"], passage))
    context = {
        "passages": passages,
        "office": office,
        "sender": office.sender_name,
        "mailboxes": [box.address for box in mailboxes_for("contact")],
    }
    return Envelope(
        to=recipient.email,
        subject=passages[0][2].subject,
        sender=office.sender_name,
        text=render_to_string("mail/letter.txt", context),
        html=render_to_string("mail/letter.html", context),
        attachments=attachments,
    )
