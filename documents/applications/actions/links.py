"""The link once more, for somebody who knows the number of their application."""

from __future__ import annotations

from datetime import datetime

from config.foundation import limits
from config.foundation.actions import action
from documents.applications import notifications
from documents.applications.actions.refusals import TooManyLookups
from documents.applications.limits import LINKS_PER, LINKS_PER_VISITOR
from documents.applications.models import Application


@action
def send_link_again(*, reference: str, birth_date: str, visitor: str, now: datetime) -> None:
    """Promises the letter with the link to who applied, where number and date belong together.

    Nobody is told whether they do. `birth_date` is in stored form, `visitor` is who limits count
    by. Raises TooManyLookups.
    """
    if not limits.take_of_visitor(
        "application-link", visitor, limit=LINKS_PER_VISITOR, per=LINKS_PER, now=now
    ):
        raise TooManyLookups
    found = Application.objects.filter(
        reference=reference, birth_date=birth_date, forgotten_at=None
    ).first()
    if found is not None:
        notifications.enqueue_link(found, now=now)
