"""What `doctor` says of online applications: an open intake needs everything that it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError

from documents.applications import store
from documents.applications.limits import LEAST_FREE_SHARE
from documents.applications.models import File, Intake
from documents.applications.readiness import failing_parts
from documents.applications.states import FileState

TAG = "machine"  # of config.operations.checks: looks at the machine, with --deploy alone
HINT = "docs/operations.md, Online applications; until then the pages answer 404."


@register(TAG, deploy=True)
def applications_can_be_taken(app_configs: object, **more: object) -> list[CheckMessage]:
    """Tries keys, converter and scanner where an intake was opened."""
    return list(_found())


def _found() -> Iterator[CheckMessage]:
    try:
        is_open = Intake.objects.filter(opens_at__isnull=False, closes_at=None).exists()
        stuck = File.objects.filter(state=FileState.RECEIVED, attempts__gte=3).count()
    except DatabaseError:
        return  # no database or no tables: another check says so
    if not is_open:
        return
    for number, part in enumerate(failing_parts()):
        yield Error(part, hint=HINT, id=f"applications.E00{1 + number}")
    yield from _weak_parts()
    if stuck:
        text = f"{stuck} files of applications could not be drawn."
        yield Warning(text, hint="See the log of the worker.", id="applications.W001")


def _weak_parts() -> Iterator[CheckMessage]:
    """What works and is less than it should be where people are real."""
    parts = settings.APPLICATIONS
    if parts.is_demonstration:
        return
    if not parts.converter_socket:
        yield Warning(
            "Files are drawn by a child of the web server, which shares its network.",
            hint=f"Set CONVERTER_SOCKET. {HINT}",
            id="applications.W002",
        )
    if not parts.recovery_recipient:
        yield Warning(
            "FILE_RECOVERY_RECIPIENT is empty: who loses FILE_KEYS loses all papers.",
            hint=HINT,
            id="applications.W003",
        )
    if store.free_share() < LEAST_FREE_SHARE:
        yield Warning(
            f"Less than {LEAST_FREE_SHARE:.0%} of the disk of DATA_DIR is free: nobody can begin.",
            hint="Make room, or move DATA_DIR/sealed to a larger disk.",
            id="applications.W004",
        )
