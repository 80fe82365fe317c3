"""A lost second factor: taken away, so that a new one is set up at the next sign-in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_noop

from config.foundation.actions import action
from config.foundation.staff import Staff

# as the admin keeps the fields of a form: in the language of the sources
FACTOR: Final = gettext_noop("second factor")


def has_second_factor(person: Staff) -> bool:
    """Whether there is anything to take away."""
    return bool(Authenticator.objects.filter(user=person).exists())


@action
def reset_second_factor(*, person: Staff, by: Staff, reason: str, now: datetime) -> int:
    """Takes away every factor of `person` and ends their sessions; the admin's log has who and why.

    Whoever found the phone in an open session would otherwise set up a factor of their own. Returns
    how many factors there were; without one nothing is done.
    """
    if gone := take_away(person, now=now):
        LogEntry.objects.create(
            user=by,
            action_time=now,
            content_type=ContentType.objects.get_for_model(Staff),
            object_id=str(person.pk),
            object_repr=str(person)[:200],
            action_flag=CHANGE,
            change_message=json.dumps([{"changed": {"fields": [FACTOR], "reason": reason}}]),
        )
    return gone


def take_away(person: Staff, *, now: datetime) -> int:
    """Deletes every factor of `person` and ends their sessions; returns how many there were."""
    gone = int(Authenticator.objects.filter(user=person).delete()[0])
    if gone:
        _end_sessions(person, now=now)
    return gone


def _end_sessions(person: Staff, *, now: datetime) -> None:
    # whose a session is stands inside of it, and a command of ops has the time to look
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()
