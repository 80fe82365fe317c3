"""From here into the case file: a copy leaves, somebody says that it arrived, then it is erased."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.outbox import waiting
from config.foundation.staff import Staff
from documents.applications.actions.retention import erase
from documents.applications.models import Application, ApplicationEvent, Transfer
from documents.applications.notifications import REQUEST_REMINDER
from documents.applications.states import FileState, Scan, Status
from documents.applications.transitions import TransitionNotAllowed, require_as_shown


class FilesWait(Refused):
    """A file has no pages yet, or nobody has looked for malware in it."""

    sentence = _("Some files still wait for the converter or the scanner. Please try again later.")


class NotLeft(Refused):
    """No copy left whole since the review was over."""

    sentence = _("Please download the file first; it has to arrive whole.")


class LetterWaits(Refused):
    """The person has not been told that the review is over."""

    sentence = _(
        "The letter about the end of the review has not left yet. Please confirm this from "
        "tomorrow on."
    )


class AnotherPerson(Refused):
    """Whoever took the copy may not be the one who confirms."""

    sentence = _("Somebody else has to confirm this than the person who downloaded the file.")


@action
def begin(*, application: Application, by: Staff, now: datetime) -> Transfer:
    """Notes that `by` takes a copy of a closed application.

    Raises TransitionNotAllowed, and FilesWait while a file is not drawn or not scanned.
    """
    if application.status != Status.CLOSED or application.forgotten_at is not None:
        raise TransitionNotAllowed
    files = application.files.sent().exclude(state=FileState.REFUSED)
    if files.filter(state=FileState.RECEIVED).exists() or files.filter(scan=Scan.WAITING).exists():
        raise FilesWait
    return Transfer.objects.create(application=application, made_at=now, made_by=by)


@action
def leave(*, transfer: Transfer, sha512: str, now: datetime) -> None:
    """The last byte was handed over; `sha512` is of the list of all hashes in it."""
    Transfer.objects.filter(pk=transfer.pk, left_at=None).update(left_at=now, sha512=sha512)


@action
def confirm(*, application: Application, version: int, by: Staff, now: datetime) -> None:
    """The newest copy is in the case file: the papers and the person are erased here at once.

    Raises TransitionNotAllowed, NotLeft, LetterWaits, and AnotherPerson where the office wants two
    people.
    """
    row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    require_as_shown(row, version)
    if row.status != Status.CLOSED:
        raise TransitionNotAllowed
    copy = whole_copy(row)
    if copy is None:
        raise NotLeft
    if settings.APPLICATIONS.transfer_by_two and copy.made_by_id == by.pk:
        raise AnotherPerson
    letters = waiting().filter(subject=row.subject)
    if letters.exclude(kind=REQUEST_REMINDER).exists():  # of a request that has ended
        raise LetterWaits
    Transfer.objects.filter(pk=copy.pk).update(confirmed_at=now, confirmed_by=by)
    ApplicationEvent.objects.create(
        application=row,
        at=now,
        action="transfer",
        from_status=row.status,
        to_status=row.status,
        by=by,
        detail=copy.sha512[:16],
    )
    erase(applications=[row.pk], now=now)


def whole_copy(application: Application) -> Transfer | None:
    """The newest copy that left whole since the review was over."""
    whole = application.transfers.filter(left_at__isnull=False, made_at__gte=application.ended_at)
    return whole.select_related("made_by").last() if application.ended_at else None
