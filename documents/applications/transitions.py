"""The one place where the status of an application and the state of a file are written."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from config.foundation.actions import Refused
from config.foundation.staff import Staff
from documents.applications.models import Application, ApplicationEvent, File
from documents.applications.states import FILE_TRANSITIONS, TRANSITIONS, FileState, Status


class TransitionNotAllowed(Refused):
    """The application is in another state than this step needs, or somebody was first."""

    code = "page_outdated"
    sentence = _("This application has been changed meanwhile. Please check what is there now.")


def require_as_shown(application: Application, version: int) -> None:
    """Raises TransitionNotAllowed unless the page showed the application as it is now."""
    if application.version != version or application.forgotten_at is not None:
        raise TransitionNotAllowed


def wait_for_others(application: Application) -> None:
    """Waits for whoever changes it at this moment; then it is as they left it."""
    application.refresh_from_db(from_queryset=Application.objects.select_for_update(no_key=True))


def transition(
    application: Application,
    to: Status,
    *,
    action: str,
    now: datetime,
    by: Staff | None = None,
    **columns: object,
) -> None:
    """Moves `application` as it was read to `to` and records the step, in one UPDATE.

    Raises TransitionNotAllowed when the table says no or somebody was first. Assumes a transaction.
    """
    old = Status(application.status)
    if to not in TRANSITIONS[old]:
        raise TransitionNotAllowed
    as_read = Application.objects.filter(pk=application.pk, status=old, version=application.version)
    if not as_read.update(status=to, version=F("version") + 1, **columns):
        raise TransitionNotAllowed
    application.refresh_from_db()
    ApplicationEvent.objects.create(
        application=application, at=now, action=action, from_status=old, to_status=to, by=by
    )


def transition_file(file: File, to: FileState, **columns: object) -> bool:
    """Moves `file` to `to` with `columns`, in one UPDATE; False when it was removed meanwhile."""
    old = FileState(file.state)
    if to not in FILE_TRANSITIONS[old]:
        raise ValueError(f"{old} -> {to}")
    return bool(File.objects.filter(pk=file.pk, state=old).update(state=to, **columns))
