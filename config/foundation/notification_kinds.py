"""What an app registers for each kind of its notifications: to prepare, render and follow it up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import override

from config.foundation.mime import Envelope

if TYPE_CHECKING:
    from config.foundation.outbox import Notification

logger = logging.getLogger(__name__)
# stands in a text to look at where the one that leaves has a code or the secret of a link
HIDDEN = "•••"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try to send a notification at `now` (UTC), with what was minted for its text alone.

    `code` and the `secret` of a link are stored as hashes only; `until` is the UTC instant at which
    the link ends.
    """

    now: datetime
    code: str = ""
    secret: str = ""
    until: datetime | None = None


Prepare = Callable[["Notification", datetime], Attempt | None]
Render = Callable[["Notification", Attempt], Envelope | None]
FollowUp = Callable[["Notification", datetime], None]

_prepare: dict[str, Prepare] = {}
_render: dict[str, Render] = {}
_follow_up: dict[tuple[str, str], FollowUp] = {}


def prepares(*kinds: str) -> Callable[[Prepare], Prepare]:
    """Registers the action that runs before each try to send one of `kinds`.

    It commits before the text is rendered; None from it withdraws the notification.
    """

    def register(prepare: Prepare) -> Prepare:
        _prepare.update(dict.fromkeys(kinds, prepare))
        return prepare

    return register


def renders(kind: str) -> Callable[[Render], Render]:
    """Registers the function that renders `kind` and changes nothing.

    None from it withdraws the notification.
    """

    def register(render: Render) -> Render:
        _render[kind] = render
        return render

    return register


def after_sent(kind: str) -> Callable[[FollowUp], FollowUp]:
    """Registers what happens at the instant one of `kind` has left; safe to happen twice."""
    return _follows_up("sent", kind)


def after_failed(kind: str) -> Callable[[FollowUp], FollowUp]:
    """Registers what happens when a notification of `kind` is given up; safe to happen twice."""
    return _follows_up("failed", kind)


def after_bounced(kind: str) -> Callable[[FollowUp], FollowUp]:
    """Registers what happens when a letter of `kind` has provably come back for good."""
    return _follows_up("bounced", kind)


def _follows_up(outcome: str, kind: str) -> Callable[[FollowUp], FollowUp]:
    def register(act: FollowUp) -> FollowUp:
        _follow_up[outcome, kind] = act
        return act

    return register


def follow_up(outcome: str, kind: str) -> FollowUp | None:
    """What happens after a notification of `kind` was "sent", has "failed" or "bounced"."""
    return _follow_up.get((outcome, kind))


def compose(notification: Notification, *, now: datetime) -> Envelope | None:
    """Prepares and renders a notification for a try at `now` (UTC) in the active language.

    None: its cause is gone, and it is to be withdrawn. Raises KeyError for a kind nobody renders.
    """
    render = _render[notification.kind]
    prepare = _prepare.get(notification.kind)
    attempt = prepare(notification, now) if prepare else Attempt(now=now)
    return render(notification, attempt) if attempt else None


def as_it_would_leave(notification: Notification, *, now: datetime) -> Envelope | None:
    """The text as it would leave at `now` (UTC), to look at: nothing is minted, no link works.

    None where its cause is gone, or where the code is what it is about.
    """
    if (render := _render.get(notification.kind)) is None:
        return None
    try:
        with override(notification.language):
            return render(notification, Attempt(now=now, code=HIDDEN, secret=HIDDEN))
    except Exception as error:
        # The page says how it fares; the text of an error may quote a person.
        logger.error("letter %s can not be shown: %s", notification.pk, type(error).__name__)
        return None
