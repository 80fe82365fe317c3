"""What the desk does with an application; each step names the version its page showed."""

from __future__ import annotations

from datetime import date, datetime

from django.dispatch import Signal

from config.foundation.actions import action
from config.foundation.office import office_day
from config.foundation.staff import Staff
from documents.applications import notifications
from documents.applications.actions.document_requests import end_request
from documents.applications.models import Application
from documents.applications.states import Outcome, Status
from documents.applications.transitions import (
    TransitionNotAllowed,
    require_as_shown,
    transition,
    wait_for_others,
)

# within the transaction: closed or withdrawn; whoever gave an appointment for it ends that, or
# refuses
application_over = Signal()


@action
def take(*, application: Application, version: int, by: Staff, now: datetime) -> None:
    """`by` begins to review; of two who take it at once one wins, the other is told."""
    wait_for_others(application)
    if application.status == Status.IN_REVIEW and application.taken_by_id == by.pk:
        return
    require_as_shown(application, version)
    if application.status != Status.SENT:
        raise TransitionNotAllowed  # what was asked for, invited or closed ends by its own step
    transition(
        application, Status.IN_REVIEW, action="take", now=now, by=by, taken_by=by, taken_at=now
    )


@action
def give_back(*, application: Application, version: int, by: Staff, now: datetime) -> None:
    """Somebody else may go on."""
    require_as_shown(application, version)
    transition(
        application, Status.SENT, action="give_back", now=now, by=by, taken_by=None, taken_at=None
    )


@action
def close(
    *, application: Application, version: int, outcome: Outcome, by: Staff, now: datetime
) -> None:
    """The review is over: the person is told so, and what was decided by the case system."""
    wait_for_others(application)
    if application.status == Status.CLOSED and application.outcome == outcome:
        return
    require_as_shown(application, version)
    transition(
        application, Status.CLOSED, action="close", now=now, by=by, outcome=outcome, ended_at=now
    )
    end_request(application, now=now)
    application_over.send(Application, application=application, by=by, now=now)
    notifications.enqueue_closed(application, now=now)


@action
def mark_invited(*, application: Application, version: int, by: Staff, now: datetime) -> None:
    """Somebody gives its person the right to an appointment; called by whoever gives them."""
    require_as_shown(application, version)
    transition(application, Status.INVITED, action="invite", now=now, by=by)


@action
def end_invitation(*, application: Application, by: Staff | None, now: datetime) -> None:
    """That right is over: the office goes on. Anything but an invited application stays."""
    application.refresh_from_db()
    if application.status == Status.INVITED:
        transition(application, Status.IN_REVIEW, action="end_invitation", now=now, by=by)


@action
def reopen(*, application: Application, version: int, by: Staff, now: datetime, on: date) -> None:
    """Takes a closing back, on the day it happened."""
    require_as_shown(application, version)
    if application.ended_at is None or office_day(application.ended_at) != on:
        raise TransitionNotAllowed
    transition(
        application, Status.IN_REVIEW, action="reopen", now=now, by=by, outcome="", ended_at=None
    )


@action
def withdraw(*, application: Application, version: int, by: Staff | None, now: datetime) -> None:
    """The person takes the application back, by themselves or by telling the desk (`by`).

    Twice is a quiet success.
    """
    wait_for_others(application)
    if application.status == Status.WITHDRAWN:
        return
    require_as_shown(application, version)
    transition(
        application,
        Status.WITHDRAWN,
        action="withdraw" if by else "withdraw_online",
        now=now,
        by=by,
        ended_at=now,
        taken_by=None,
        taken_at=None,
    )
    end_request(application, now=now)
    application_over.send(Application, application=application, by=by, now=now)
    notifications.enqueue_withdrawn(application, now=now)
