"""What an action answers when the database refuses, app by app, and what it leaves behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, OperationalError
from django.db.models import ProtectedError
from django.utils.translation import override

from booking.actions import refusals
from config.foundation.actions import Busy, Refused, action
from config.foundation.office import Office

APPS = ("booking", "pickup_box", "documents", "config")


class Failure(Exception):
    """An error as a driver raises it."""

    def __init__(self, *, sqlstate: str = "", sqlite_errorname: str = "") -> None:
        super().__init__("database is locked")
        if sqlstate:
            self.sqlstate = sqlstate
        if sqlite_errorname:
            self.sqlite_errorname = sqlite_errorname


def failing(error: Exception, cause: Exception | None = None, *, app: str) -> Callable[[], None]:
    """An action of `app` that meets this error."""

    def act() -> None:
        raise error from cause

    act.__module__ = f"{app}.actions"
    return action(act)


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(
    "cause",
    [
        Failure(sqlstate="55P03"),
        Failure(sqlite_errorname="SQLITE_BUSY"),
        Failure(sqlite_errorname="SQLITE_BUSY_SNAPSHOT"),
        Failure(sqlite_errorname="SQLITE_LOCKED_SHAREDCACHE"),
    ],
)
def test_lock_that_can_not_be_had_is_busy(app: str, cause: Failure) -> None:
    with pytest.raises(Busy) as refused:
        failing(OperationalError(), cause, app=app)()
    assert isinstance(refused.value, refusals.Busy) == (app == "booking")


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_text_of_an_error_says_nothing(app: str) -> None:
    with pytest.raises(OperationalError):
        failing(OperationalError("database is locked"), Failure(), app=app)()


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_database_that_only_reads_pauses_booking_and_stays_an_error_elsewhere(app: str) -> None:
    wanted = refusals.ServicePaused if app == "booking" else InternalError
    with pytest.raises(wanted):
        failing(InternalError(), Failure(sqlstate="25006"), app=app)()


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (IntegrityError(), Failure(sqlstate="23503")),
        (IntegrityError(), Failure(sqlite_errorname="SQLITE_CONSTRAINT_FOREIGNKEY")),
        (ProtectedError("others point to it", set()), None),
    ],
)
def test_row_that_has_gone_is_changed_entries_in_booking_and_a_fault_elsewhere(
    app: str, error: IntegrityError, cause: Failure | None
) -> None:
    wanted = refusals.EntriesChanged if app == "booking" else IntegrityError
    with pytest.raises(wanted):
        failing(error, cause, app=app)()


def test_sqlite_names_its_errors(tmp_path: Path) -> None:
    """The names above are those of the library, not of this test."""
    path = tmp_path / "rows.sqlite3"
    with closing(sqlite3.connect(path, timeout=0)) as one, closing(sqlite3.connect(path)) as other:
        one.isolation_level = None
        one.executescript("PRAGMA foreign_keys = ON; CREATE TABLE a (id INTEGER PRIMARY KEY);")
        one.execute("CREATE TABLE b (a REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)")
        one.execute("BEGIN")
        one.execute("INSERT INTO b VALUES (1)")
        with pytest.raises(sqlite3.IntegrityError) as gone:
            one.commit()
        one.rollback()
        other.execute("INSERT INTO a VALUES (1)")
        with pytest.raises(sqlite3.OperationalError) as locked:
            one.execute("INSERT INTO a VALUES (1)")
    assert gone.value.sqlite_errorname == "SQLITE_CONSTRAINT_FOREIGNKEY"
    assert locked.value.sqlite_errorname == "SQLITE_BUSY"


@pytest.mark.django_db(transaction=True)
def test_deadlock_is_tried_again_by_the_outermost_action_alone() -> None:
    tried: list[str] = []

    @action
    def inner() -> None:
        tried.append("inner")
        if len(tried) < 4:
            raise OperationalError from Failure(sqlstate="40P01")

    @action
    def outer() -> None:
        tried.append("outer")
        inner()

    outer()
    assert tried == ["outer", "inner"] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("error", [Refused(), OperationalError(), IntegrityError()])
def test_rows_are_in_memory_what_they_were_before_a_rollback(
    error: Refused | DatabaseError,
) -> None:
    row = Office(name="Ausländerbehörde")
    before = dict(vars(row))

    @action
    def act(first: Office, *, second: Office) -> None:
        first.name, second.hold_minutes, vars(second)["more"] = "", 1, "more"
        raise error

    with pytest.raises(type(error)):
        act(row, second=row)
    assert vars(row) == before


def test_refusal_reads_as_its_sentence() -> None:
    with override("de"):
        assert str(refusals.SlotTaken()) == str(refusals.SlotTaken.sentence)
    assert str(Refused("Come later.")) == "Come later."
    assert Refused.sentence != "Come later."
