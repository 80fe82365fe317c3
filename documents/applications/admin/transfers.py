"""Handing an application over to the case file: the copy, and what the page says of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from config.foundation.actions import Refused
from config.foundation.office import current_office, office_day
from config.foundation.staff import staff_of
from config.foundation.texts import GERMAN
from documents.applications.actions import drafts, transferring
from documents.applications.actions.blobs import BlobChanged
from documents.applications.case_file import CaseFile
from documents.applications.models import Application, Transfer
from documents.applications.receipt_pdf import print_application_receipt
from documents.applications.sealing import KeyMissing
from documents.applications.states import Status
from documents.applications.views.papers import papers_of

logger = logging.getLogger(__name__)

TRANSFER = "applications.transfer_application"


class ArrivedForm(forms.Form):
    """Nobody erases by a slip of the hand."""

    arrived = forms.BooleanField(
        label=_("The file is in the case file and can be opened."),
        error_messages={"required": _("Please tick that the file has arrived.")},
    )


def copy_for_case_file(request: HttpRequest, row: Application) -> HttpResponseBase:
    """A ZIP of the application under its number.

    Raises what `transferring.begin` raises, and Refused while its key or a file is missing.
    """
    now = timezone.now()
    transfer = transferring.begin(application=row, by=staff_of(request), now=now)
    office = current_office()
    with override(GERMAN):
        receipt = print_application_receipt(
            row, papers_of(row, now=now), office=office, language=GERMAN, now=now
        )
    content = CaseFile(row, office=office, receipt=receipt)
    pieces = _left(content, transfer)
    try:
        first = [next(pieces)]
    except (KeyMissing, BlobChanged, FileNotFoundError) as fault:
        logger.error("%s can't be handed over: %s", row.subject, type(fault).__name__)
        raise Refused from fault
    response = StreamingHttpResponse(chain(first, pieces), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{row.reference}.zip"'
    response["Cache-Control"] = "no-store"
    return response


def _left(content: CaseFile, transfer: Transfer) -> Iterator[bytes]:
    row = transfer.application
    needed = drafts.needed_by(row, on=office_day(transfer.made_at))
    yield from content.parts(needed.papers)
    transferring.leave(transfer=transfer, sha512=content.sha512, now=timezone.now())


def shown_of(request: HttpRequest, row: Application) -> dict[str, Any]:
    """What the page of an application says of its way into the case file."""
    may = request.user.has_perm(TRANSFER) and row.forgotten_at is None
    if not may or row.status != Status.CLOSED:
        return {}
    copy = transferring.whole_copy(row)
    return {"may_copy": True, "copy": copy, "arrived_form": ArrivedForm() if copy else None}


def confirm(request: HttpRequest, **shown: Any) -> None:
    """Erases what has arrived, where that was ticked; raises what `transferring.confirm` raises."""
    form = ArrivedForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["arrived"][0]))
    transferring.confirm(**shown)
