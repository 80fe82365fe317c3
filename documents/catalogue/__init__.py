"""The catalogue in force: the one place other apps read checklists from."""

from __future__ import annotations

import time as _time
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings

from config.foundation.pickup_point import pickup_addresses
from documents.catalogue_types import CATEGORIES, EMERGENCY, Catalogue, Procedure
from documents.checklist import Checklist, birth_fact, checklist
from documents.models import CatalogueVersion
from documents.schema import build
from documents.without_box import without_box


class NoCatalogue(Exception):
    """No version is published for this day; `manage.py load_catalogue` brings the shipped one."""


class NoProcedure(LookupError):
    """The catalogue in force knows nothing of this name."""


_kept: dict[date, tuple[float, tuple[int, str]]] = {}


def _in_force(on: date) -> tuple[int, str]:
    # A rush asks the same question a thousand times a minute; two seconds of memory answer it.
    kept = _kept.get(on)
    if kept and kept[0] > _time.monotonic():
        return kept[1]
    found = CatalogueVersion.objects.in_force(on=on).values_list("pk", "digest").first()
    if found is None:
        raise NoCatalogue(f"no catalogue is published for {on}: run manage.py load_catalogue")
    _kept.clear()
    _kept[on] = (_time.monotonic() + settings.OFFICE_MEMORY_SECONDS, found)
    return found


@lru_cache(maxsize=4)
def _parsed(pk: int, digest: str) -> Catalogue:
    # What was published never changes; the digest guards against a reused key.
    content: Any = CatalogueVersion.objects.values_list("content", flat=True).get(pk=pk)
    return build(content)


def catalogue_on(on: date) -> Catalogue:
    """The catalogue that holds on a local day; raises NoCatalogue."""
    return _parsed(*_in_force(on))


@lru_cache(maxsize=4)
def _without_box(pk: int, digest: str) -> Catalogue:
    return without_box(_parsed(pk, digest))


def shown_on(on: date) -> Catalogue:
    """What people read of the catalogue of a local day: without a box in the office, none of it."""
    return (_parsed if pickup_addresses() else _without_box)(*_in_force(on))


def version_on(on: date) -> tuple[int, str]:
    """What names the catalogue of a local day: its key and digest; raises NoCatalogue."""
    return _in_force(on)


def catalogue_of(version: int) -> Catalogue:
    """The catalogue that was published as the version of this key."""
    return _parsed(
        version, CatalogueVersion.objects.values_list("digest", flat=True).get(pk=version)
    )


def procedure_on(slug: str, *, on: date) -> tuple[Catalogue, Procedure]:
    """A procedure with its catalogue; raises NoCatalogue and NoProcedure."""
    catalogue = catalogue_on(on)
    procedure = catalogue.procedure(slug)
    if procedure is None:
        raise NoProcedure(slug)
    return catalogue, procedure


def emergency_checklist(*, category: str, on: date, born: str = "") -> Checklist:
    """What to bring to an emergency appointment of this category, and what it may cost.

    `category` is one of expired, expiring, job_loss, urgent_travel, lost_document; anything else
    raises ValueError. With the birth date `born` ("2015-05-17", "2015-05" or "2015") the fee is
    this person's; without it a range. At most two queries, none while remembered.
    """
    if category not in CATEGORIES:
        raise ValueError("not an emergency category")
    catalogue, procedure = procedure_on(EMERGENCY, on=on)
    return checklist(catalogue, procedure, {category, birth_fact(born, on)} - {""}, on)


def procedure_checklist(slug: str, *, on: date, born: str = "") -> Checklist:
    """What everybody has to bring for a procedure, whatever their answers would be.

    Raises NoCatalogue and NoProcedure.
    """
    catalogue, procedure = procedure_on(slug, on=on)
    return checklist(catalogue, procedure, {birth_fact(born, on)} - {""}, on)


def forget_memory() -> None:
    """Lets the next call read the database again."""
    _kept.clear()
