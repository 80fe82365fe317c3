"""How every action runs: one transaction, tried again after a deadlock, refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError
from django.dispatch import Signal
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

P = ParamSpec("P")
R = TypeVar("R")

# what the databases call it: PostgreSQL a SQLSTATE, SQLite the name of an error code
_DEADLOCK, _READ_ONLY = "40P01", "25006"
_NO_SUCH_ROW = frozenset({"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"})
_LOCK_TIMEOUT = "55P03"
_SQLITE_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")  # both have longer forms: SQLITE_BUSY_SNAPSHOT
_MOST_RETRIES = 3

refused = Signal()  # an action refused; `sender` is the class of the refusal


class Refused(Exception):
    """Something can't be done now; `sentence` says why and what to do next."""

    sentence: str | Promise = _("This is not possible right now. Please try again later.")
    code = "refused"
    needs_office = False  # nothing on the site helps: the page names the office
    is_told = False

    def __init__(self, sentence: str | Promise | None = None) -> None:
        super().__init__()
        if sentence is not None:
            self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class Busy(Refused):
    """Somebody else is writing the same rows for too long."""

    code = "busy"
    sentence = _("The system is busy. Please try again in a moment.")


@dataclass(frozen=True, kw_only=True)
class Refusals:
    """What the actions of one app answer when the database refuses.

    Each constraint has two names, because PostgreSQL tells that of the constraint and SQLite only
    its columns. Where a refusal is None, the error stays an error.
    """

    constraints: tuple[tuple[tuple[str, str], type[Refused]], ...] = ()
    row_gone: type[Refused] | None = None
    read_only: type[Refused] | None = None
    busy: type[Refused] = Busy

    def find(self, error: DatabaseError) -> type[Refused] | None:
        """The refusal that stands for `error`; None when it is a fault."""
        name = _name(error)
        if isinstance(error, IntegrityError):
            text = str(error)
            for names, refusal in self.constraints:
                if any(each in text for each in names):
                    return refusal
            # a row that this one points to has gone, or this one may not go: others acted
            gone = name in _NO_SUCH_ROW or isinstance(error, ProtectedError)
            return self.row_gone if gone else None
        if name == _LOCK_TIMEOUT or name.startswith(_SQLITE_LOCKED):
            return self.busy
        return self.read_only if name == _READ_ONLY else None


_refusals: dict[str, Refusals] = {}
_NONE_REGISTERED = Refusals()


def register_refusals(app: str, refusals: Refusals) -> None:
    """Has the actions in the package `app` answer with `refusals`; called once, on import."""
    _refusals[app] = refusals


def action(act: Callable[P, R]) -> Callable[P, R]:
    """Runs `act` in one transaction and turns what the database refuses into a refusal.

    A deadlock is tried again up to three times by the outermost action. Raises the refusal that
    the app of `act` has registered, Busy for a lock that can't be had, and what `act` raises. What
    was rolled back is taken back from the rows in memory that `act` was given, too.
    """
    app = act.__module__.partition(".")[0]

    @wraps(act)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        retries = 0 if connection.in_atomic_block else _MOST_RETRIES
        rows = [each for each in (*args, *kwargs.values()) if isinstance(each, Model)]
        as_read = [(row, dict(vars(row))) for row in rows]
        while True:
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except Refused as refusal:
                _put_back(as_read)
                _tell(refusal)
                raise
            except DatabaseError as error:
                _put_back(as_read)
                if retries and _name(error) == _DEADLOCK:
                    retries -= 1
                    continue
                stands_for = _refusals.get(app, _NONE_REGISTERED).find(error)
                if stands_for is None:
                    raise  # never from itself: a chain without an end
                raise _tell(stands_for()) from error

    return acting


def _tell(refusal: Refused) -> Refused:
    if not refusal.is_told:  # once, though it passes through actions around this one
        refusal.is_told = True
        refused.send(type(refusal))
    return refusal


def _put_back(as_read: list[tuple[Model, dict[str, object]]]) -> None:
    # A row that looks moved after a rollback would tell its person "booked" when tried again.
    for row, values in as_read:
        # never emptied in between: other threads read the same office
        for name in vars(row).keys() - values.keys():
            vars(row).pop(name, None)
        vars(row).update(values)


def _name(error: DatabaseError) -> str:
    cause = error.__cause__
    found: str = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
    return found
