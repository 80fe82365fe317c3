"""F24: what a migration may do while the release before it still answers.

A release expands (new tables, columns that may be left out); the one after it contracts. What
contracts stands in a migration whose name ends in `_contract`, so that nobody does both at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import AddField, AlterField, RemoveField, RenameField
from django.db.migrations.operations.models import (
    AlterModelTable,
    DeleteModel,
    RenameModel,
)
from django.db.models.fields import NOT_PROVIDED

# the last number before anything was released: no older code ever ran beside those
UNRELEASED = {"booking": 5, "documents": 1, "eligibility": 1, "foundation": 7, "pickup_box": 2}
TAKES_AWAY = (RemoveField, RenameField, DeleteModel, RenameModel, AlterModelTable)


def complaints(operations: Sequence[Operation]) -> Iterator[str]:
    """What older code, which knows nothing of these operations, would stumble over."""
    for operation in operations:
        if isinstance(operation, TAKES_AWAY):
            yield f"takes away what older code asks for: {operation.describe()}"
        if isinstance(operation, AddField | AlterField) and _must_be_given(operation.field):
            yield f"older code leaves it out: {operation.describe()}"


def _must_be_given(field: models.Field[object, object]) -> bool:
    if field.many_to_many or field.null:
        return False
    return field.db_default is NOT_PROVIDED


def test_migrations_keep_the_release_before_them_working() -> None:
    found = {}
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        released = app in UNRELEASED and int(name[:4]) > UNRELEASED[app]
        if not released or name.endswith("_contract"):
            continue
        if said := list(complaints(migration.operations)):
            found[f"{app}.{name}"] = said
    assert found == {}


@pytest.mark.parametrize(
    "operation",
    [
        RemoveField("slot", "closure"),
        RenameField("slot", "closure", "closed_by"),
        DeleteModel("slot"),
        RenameModel("slot", "time"),
        AlterModelTable("slot", "times"),
        AddField("slot", "note", models.TextField(default="")),
        AlterField("slot", "note", models.TextField()),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_complains_of_what_breaks_older_code(operation: Operation) -> None:
    assert len(list(complaints([operation]))) == 1


@pytest.mark.parametrize(
    "operation",
    [
        AddField("slot", "note", models.TextField(null=True)),
        AddField("slot", "note", models.TextField(db_default="")),
        AlterField("slot", "closure", models.TextField(null=True)),
    ],
)
def test_does_not_complain_of_what_may_be_left_out(operation: Operation) -> None:
    assert list(complaints([operation])) == []
