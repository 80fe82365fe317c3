"""The developers' letters page: what would have been mailed, on loopback with DEBUG alone."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.foundation import email_files

SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One letter as a developer reads it."""

    file: str
    sent: str
    to: str
    subject: str
    text: str
    attachments: list[str]


def letters() -> list[tuple[str, EmailMessage]]:
    """The newest letters with the names of their files, newest first."""
    files = email_files.folder().glob("*.log")
    newest = sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)
    return [
        (path.name, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        for path in newest[:SHOWN]
    ]


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Lists the letters in DATA_DIR/letters; 404 anywhere but on a developer's machine."""
    _developers_only(request)
    return render(request, "dev/letters.html", {"letters": [_shown(*row) for row in letters()]})


@require_safe
@never_cache
def attachment(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """One attachment of one letter."""
    _developers_only(request)
    parts = [
        part for name, message in letters() if name == file for part in message.iter_attachments()
    ]
    if number >= len(parts):
        raise Http404
    content = parts[number].get_payload(decode=True)
    assert isinstance(content, bytes)  # noqa: S101
    name = parts[number].get_filename("attachment")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=parts[number].get_content_type(), headers=headers)


def _developers_only(request: HttpRequest) -> None:
    if not (settings.DEBUG and settings.LOOPBACK):
        raise Http404


def _shown(file: str, message: EmailMessage) -> Shown:
    body = message.get_body(("plain",))
    return Shown(
        file=file,
        sent=str(message["Date"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body else "",
        attachments=[part.get_filename("attachment") for part in message.iter_attachments()],
    )
