"""The reference of all commands, written from their own help: docs/commands.md.

python -m config.management.reference > docs/commands.md
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

import django
from django.core.management import BaseCommand, get_commands, load_command_class

from config.foundation.commands import OperatorCommand

HEAD = """# Commands

Written by `python -m config.management.reference`; a test fails when it is out of date. Every
command takes `--help`. It ends with 0 when it is done and all is well, with 1 when it refused or
found something to mend, with 2 when it was called with something it does not take. With
containers, `docker compose exec worker python manage.py …`.
"""
# options of Django that every command has
COMMON = {
    *("help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color"),
    *("force_color", "skip_checks"),
}


def our_commands() -> Iterator[tuple[str, OperatorCommand]]:
    """Each command of ours by its name, in the order of the names."""
    for name, app in sorted(get_commands().items()):
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        if isinstance(command, OperatorCommand):
            yield name, command


def reference() -> str:
    """The page."""
    return HEAD + "".join(_chapter(name, command) for name, command in our_commands())


def _chapter(name: str, command: OperatorCommand) -> str:
    parser = command.create_parser("manage.py", name)
    example = str(parser.epilog).removeprefix("Example: ")
    lines = ["", f"## {name}", "", command.help, "", f"    {example}", ""]
    rows = [*_rows(parser)]
    if rows:
        lines += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _rows(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if action.dest in COMMON:
            continue
        word = action.option_strings[-1] if action.option_strings else action.dest.upper()
        if action.option_strings and action.nargs != 0:
            word += f" {action.metavar or action.dest.upper()}"
        default = action.default
        shown = isinstance(default, int | float) and not isinstance(default, bool)
        help_text = (action.help or "").replace("|", "\\|")
        yield f"| `{word}` | {help_text}{f' ({default})' if shown else ''} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.stdout.write(reference())
