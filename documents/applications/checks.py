"""What `doctor` says of online applications: an open intake needs everything that it stands on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.db import DatabaseError
from django.utils import timezone

from config.foundation.office import office_day
from documents.applications import store
from documents.applications.limits import LEAST_FREE_SHARE
from documents.applications.models import File, Intake
from documents.applications.readiness import OFFERED, failing_parts, has_finished_list
from documents.applications.states import FileState

TAG = "machine"  # of config.operations.checks: looks at the machine, with --deploy alone
HINT = "docs/operations.md, Online applications; until then the pages answer 404."


@register(TAG, deploy=True)
def applications_can_be_taken(app_configs: object, **more: object) -> list[CheckMessage]:
    """Tries keys, converter and scanner where an intake was opened."""
    return list(_found())


def _found() -> Iterator[CheckMessage]:
    try:
        intakes = Intake.objects.filter(opens_at__isnull=False, closes_at=None)
        opened = set(intakes.values_list("procedure", flat=True))
        stuck = File.objects.filter(state=FileState.RECEIVED, attempts__gte=3).count()
        yield from _unfinished_lists(opened)
    except DatabaseError:
        return  # no database or no tables: another check says so
    if not opened:
        return
    for number, part in enumerate(failing_parts()):
        yield Error(part, hint=HINT, id=f"applications.E00{1 + number}")
    yield from _weak_parts()
    if stuck:
        text = f"{stuck} files of applications could not be drawn."
        yield Warning(text, hint="See the log of the worker.", id="applications.W001")


def _unfinished_lists(opened: Collection[str]) -> Iterator[CheckMessage]:
    """Procedures whose papers the office has yet to state: closed, whatever their row says."""
    on = office_day(timezone.now())
    for slug in OFFERED:
        if has_finished_list(slug, on=on):
            continue
        kind, identity = (Error, "E010") if slug in opened else (Info, "I001")
        yield kind(
            f"The list of papers for “{slug}” is not finished: nobody can apply for it online.",
            hint="The team lead states the papers in a draft of the catalogue and publishes it.",
            id=f"applications.{identity}",
        )


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
