"""Opening and closing a procedure for online applications."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused, action
from config.foundation.office import office_day
from config.foundation.staff import Staff
from documents.applications.models import Intake
from documents.applications.readiness import OFFERED, failing_parts, has_finished_list
from documents.applications.transitions import TransitionNotAllowed


class NotReady(Refused):
    """Something is missing without which no stranger's file may be taken: `missing` says what."""

    code = "not_ready"
    sentence = _("Online applications can't be opened yet.")

    def __init__(self, missing: list[str]) -> None:
        super().__init__()
        self.missing = missing


class ListNotFinished(Refused):
    """The catalogue leaves papers of this procedure to the office, which has not stated them."""

    code = "list_not_finished"
    sentence = _(
        "This can't be applied for online yet: the list of papers is not finished. Please state "
        "the papers in a draft of the catalogue and publish it."
    )


def open_for_applications(
    *, procedure: str, opens_at: datetime, by: Staff | None, now: datetime
) -> Intake:
    """Takes applications for `procedure` from `opens_at` (UTC) on.

    Keys, converter and scanner are tried for real, before any row is written. Raises NotReady, and
    ListNotFinished unless the office has published what the catalogue leaves to it.
    """
    missing = failing_parts()
    if procedure not in OFFERED:
        missing.append(f"{procedure} can't be applied for online in this release.")
    elif not has_finished_list(procedure, on=office_day(opens_at)):
        raise ListNotFinished
    if missing:
        raise NotReady(missing)
    return _open(procedure=procedure, opens_at=opens_at, by=by, now=now)


@action
def _open(*, procedure: str, opens_at: datetime, by: Staff | None, now: datetime) -> Intake:
    intake, _created = Intake.objects.get_or_create(procedure=procedure)
    Intake.objects.filter(pk=intake.pk).update(
        opens_at=opens_at,
        closes_at=None,
        opened_at=now,
        opened_by=by,
        version=F("version") + 1,
    )
    intake.refresh_from_db()
    return intake


@action
def close_for_applications(*, intake: Intake, version: int, now: datetime) -> None:
    """Takes no more from `now` (UTC) on; drafts end by retention, what was sent stays."""
    rows = Intake.objects.filter(pk=intake.pk, version=version)
    closes_at = now if intake.opens_at is None or intake.opens_at <= now else intake.opens_at
    if not rows.update(closes_at=closes_at, version=F("version") + 1):
        raise TransitionNotAllowed
    intake.refresh_from_db()
