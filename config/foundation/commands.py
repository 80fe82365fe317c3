"""What every command of ours has: help with an example, and one sentence instead of a traceback.

Exit codes: 0 done and well, 1 refused or something to mend, 2 called with what it does not take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, OperationalError, ProgrammingError
from tqdm import tqdm

T = TypeVar("T")
_NOT_ALLOWED, _NO_TABLE = "42501", "42P01"


class OperatorCommand(BaseCommand):
    """A command for whoever runs or develops the product; mixed into one of Django as well."""

    # what to type after the name of the command
    example: ClassVar[str]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser, with the example below its options."""
        epilog = f"Example: manage.py {subcommand} {self.example}".rstrip()
        return super().create_parser(prog_name, subcommand, epilog=epilog, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Runs; raises CommandError for a database that does not answer or does not allow it."""
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            raise CommandError(sentence) from error

    def tell(self, sentence: str, facts: Mapping[str, object], *, as_json: bool) -> None:
        """The result: a sentence for people, or the facts for machines."""
        self.stdout.write(json.dumps(facts) if as_json else sentence)


def add_json(parser: CommandParser) -> None:
    """The option of a command that reports."""
    parser.add_argument("--json", action="store_true", help="the result as JSON, for a machine")


def progress(rows: Iterable[T], *, what: str, total: int | None = None) -> Iterator[T]:
    """The rows, with a bar on the standard error where somebody watches."""
    yield from tqdm(rows, desc=what, total=total, disable=None, leave=False)


@contextmanager
def counting(what: str) -> Iterator[Callable[[str, int], None]]:
    """A counter of unknown length: called with what is done now and how many more are done."""
    with tqdm(unit=f" {what}", disable=None, leave=False) as bar:

        def count(now: str, more: int) -> None:
            bar.set_description(now, refresh=False)
            bar.update(more)

        yield count


def _sentence(error: DatabaseError) -> str | None:
    state = getattr(error.__cause__, "sqlstate", None)
    if state == _NOT_ALLOWED:
        return (
            "this role of the database may not do that; "
            "give DATABASE_URL the role that owns the tables"
        )
    if state == _NO_TABLE or "no such table" in str(error):
        return "the database has no tables of this version: manage.py migrate"
    # a connection that is refused has no state
    if isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57"))):
        return "the database does not answer"
    return None
