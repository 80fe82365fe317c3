"""Looks at settings and machine, says what is wrong and how to mend it; changes nothing."""

from __future__ import annotations

import json
import sys

from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks
from django.core.management import CommandParser

from config.foundation.commands import OperatorCommand, add_json
from config.operations import dev_broker

DJANGOS_DEPLOYMENT = "security."


class Command(OperatorCommand):
    help = (
        "Looks at settings and machine, says what is wrong and how to mend it. Changes "
        "nothing. Exit code 1 when something needs mending."
    )
    example = "--json"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, **options: object) -> None:
        """Prints each finding with its mend; exit code 1 when something needs one."""
        found = findings()
        wrong = [one for one in found if one.level >= WARNING]
        if options["json"]:
            self.stdout.write(json.dumps({"well": not wrong, "findings": [*map(_row, found)]}))
        else:
            for one in found:
                self.stdout.write(f"{_word(one)} {one.id} {one.msg} {one.hint or ''}".rstrip())
            if not settings.REDIS_URL:
                own = "a Valkey of its own" if dev_broker.binary() else "none: it runs `tick`"
                self.stdout.write(f"broker of `make run`: {own}")
            self.stdout.write(f"{len(wrong)} to mend." if wrong else "Nothing to mend.")
        if wrong:
            sys.exit(1)


def findings() -> list[CheckMessage]:
    """What `check --deploy` finds, the worst first; on loopback nothing that https needs."""
    told = run_checks(include_deployment_checks=True, databases=["default"])
    found = [each for each in told if not each.is_silenced()]
    return sorted(
        (one for one in found if settings.HTTPS or not str(one.id).startswith(DJANGOS_DEPLOYMENT)),
        key=lambda one: (-one.level, str(one.id)),
    )


def _word(one: CheckMessage) -> str:
    return "ERROR  " if one.level > WARNING else "WARNING" if one.level == WARNING else "note   "


def _row(one: CheckMessage) -> dict[str, object]:
    return {"id": one.id, "level": one.level, "text": one.msg, "mend": one.hint or ""}
