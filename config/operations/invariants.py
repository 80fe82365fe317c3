"""What must always hold, over all apps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from config.foundation.actions import action
from config.foundation.broken_invariants import BrokenInvariant

logger = logging.getLogger(__name__)
Invariant = tuple[str, str, Callable[[datetime], list[str]]]


def invariants() -> Iterator[Invariant]:
    """What each app's module `invariants` lists: id, sentence, and the query for what breaks it."""
    for config in apps.get_app_configs():
        if config.module and module_has_submodule(config.module, "invariants"):
            yield from import_module(f"{config.name}.invariants").INVARIANTS


def record_broken(*, now: datetime) -> None:
    """Asks every invariant at `now` (UTC) and keeps how many rows break which."""
    found = {name: len(rows) for name, _says, query in invariants() if (rows := query(now))}
    if found:
        logger.error("invariants are broken: %s", ", ".join(found))
    _keep(found)


@action
def _keep(found: dict[str, int]) -> None:
    BrokenInvariant.objects.exclude(name__in=found).delete()
    for name, count in found.items():
        BrokenInvariant.objects.update_or_create(name=name, defaults={"rows": count})
