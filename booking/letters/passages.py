"""A letter's text in one language, and the letter made of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.translation import get_language_info, override

from booking.models import Applicant
from config.foundation.letters import Attachment, Envelope
from config.foundation.office import current_office

GERMAN = "de"


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A letter's text in one language."""

    subject: str
    greeting: str
    paragraphs: list[str]
    facts: list[tuple[str, str]] = field(default_factory=list)
    code: str = ""
    link: str = ""
    link_label: str = ""
    papers: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)


Write = Callable[[str], Passage]


def envelope(
    applicant: Applicant, write: Write, *, attachments: tuple[Attachment, ...] = ()
) -> Envelope | None:
    """The letter in German and the person's language; None when there is no address."""
    if not applicant.email:
        return None
    languages = list(dict.fromkeys((applicant.language, GERMAN)))
    passages = []
    for language in languages:
        with override(language):
            info = get_language_info(language)
            passages.append((language, info["bidi"], write(language)))
    context = {"passages": passages, "office": current_office()}
    return Envelope(
        to=applicant.email,
        subject=passages[0][2].subject,
        text=render_to_string("booking/mail/letter.txt", context),
        html=render_to_string("booking/mail/letter.html", context),
        attachments=attachments,
    )
