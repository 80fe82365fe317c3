"""Every command explains itself: help, an example that it takes, a page that is current."""

from __future__ import annotations

import json
import shlex
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, ProgrammingError

from config.foundation.commands import OperatorCommand, progress
from config.management.reference import our_commands, reference
from tests.config.test_commands import BAD
from tests.test_house import ROOT

COMMANDS = dict(our_commands())


def test_reference_is_current() -> None:
    """python -m config.management.reference > docs/commands.md"""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == reference()


def test_every_command_of_ours_is_described() -> None:
    assert set(COMMANDS) == set(BAD)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_and_an_example_that_it_takes(name: str) -> None:
    command = COMMANDS[name]
    assert command.help[-1] == "."
    assert len(command.help) > 30
    assert "manage.py" not in command.help
    parser = command.create_parser("manage.py", name)
    parser.parse_args(shlex.split(command.example))
    unexplained = [each.dest for each in parser._actions if not each.help]
    assert unexplained == []


class Broken(OperatorCommand):
    """Fails as it is told to."""

    help, example = "Fails.", ""
    error: DatabaseError

    def handle(self, **options: Any) -> None:
        raise self.error


def refused(error: type[DatabaseError], state: str | None, text: str = "") -> DatabaseError:
    """What Django raises for a refusal of the driver."""
    cause = Exception(text)
    cause.sqlstate = state  # type: ignore[attr-defined]  # as psycopg's have
    found = error(text)
    found.__cause__ = cause
    return found


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused(ProgrammingError, "42501"), "the role that owns the tables"),
        (refused(ProgrammingError, "42P01"), "manage.py migrate"),
        (refused(OperationalError, None, "no such table: x"), "manage.py migrate"),
        (refused(OperationalError, None, "connection refused"), "does not answer"),
        (refused(OperationalError, "57P01"), "does not answer"),
    ],
)
def test_database_that_refuses_is_one_sentence(error: DatabaseError, sentence: str) -> None:
    command = Broken()
    command.error = error
    with pytest.raises(CommandError, match=sentence):
        call_command(command)


def test_fault_of_ours_stays_one() -> None:
    command = Broken()
    command.error = refused(ProgrammingError, "42601", "syntax error")
    with pytest.raises(ProgrammingError):
        call_command(command)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("open_slots", {"made"}),
        ("release", {"released"}),
        ("send_letters", {"sent", "withdrawn", "postponed", "failed"}),
        ("keep_deadlines", {"expired", "reminded", "doors"}),
    ],
)
def test_report_for_machines_is_json(office: object, name: str, facts: set[str]) -> None:
    out = StringIO()
    call_command(name, "--json", stdout=out)
    assert set(json.loads(out.getvalue())) == facts


def test_progress_is_for_who_watches(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([1, 2], what="rows")) == [1, 2]
    assert capsys.readouterr() == ("", "")
