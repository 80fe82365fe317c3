"""F24: what a migration may do while the release before it still answers.

A release expands (new tables, columns that may be left out); the one after it contracts. What
contracts stands in a migration whose name ends in `_contract`, so that nobody does both at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from django.conf import settings
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import AddField, AlterField, RemoveField, RenameField
from django.db.migrations.operations.models import (
    AlterModelTable,
    DeleteModel,
    RenameModel,
)
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED
from django_migration_linter import MigrationLinter

# the last number before anything was released: no older code ever ran beside those
UNRELEASED = {"booking": 5, "documents": 1, "eligibility": 1, "foundation": 7, "pickup_box": 2}
# the same, and one of the box that was applied before its statements were read
LINTED = UNRELEASED | {"pickup_box": 3}
# a unique column that is new and has no row that counts yet: its index is built at once,
# and nothing that older code writes can break it
EMPTY = {"0017_quotas_and_invitations", "0019_collecting"}
TAKES_AWAY = (RemoveField, RenameField, DeleteModel, RenameModel, AlterModelTable)


def complaints(
    operations: Sequence[Operation], *, app: str = "", before: ProjectState | None = None
) -> Iterator[str]:
    """What older code, which knows nothing of these operations, would stumble over.

    `before` is what it knows: a column that it had to fill in already stays one.
    """
    for operation in operations:
        if isinstance(operation, TAKES_AWAY):
            yield f"takes away what older code asks for: {operation.describe()}"
        if isinstance(operation, AlterField) and before is not None:
            known = before.models[app, operation.model_name_lower].fields[operation.name]
            if _must_be_given(known):
                continue
        if isinstance(operation, AddField | AlterField) and _must_be_given(operation.field):
            yield f"older code leaves it out: {operation.describe()}"


def _must_be_given(field: models.Field[object, object]) -> bool:
    if field.many_to_many or field.null:
        return False
    return field.db_default is NOT_PROVIDED


def test_migrations_keep_the_release_before_them_working() -> None:
    found = {}
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        released = app in UNRELEASED and int(name[:4]) > UNRELEASED[app]
        if not released or name.endswith("_contract"):
            continue
        if name in EMPTY:
            continue
        before = loader.project_state((app, name), at_end=False)
        if said := list(complaints(migration.operations, app=app, before=before)):
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


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite makes each table anew, which says nothing"
)
def test_statements_of_migrations_stop_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """What PostgreSQL would do to the tables, read by django-migration-linter."""
    linter = MigrationLinter(str(settings.BASE_DIR), no_cache=True)
    found = []
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app not in LINTED or int(name[:4]) <= LINTED[app] or name.endswith("_contract"):
            continue
        if name in EMPTY:
            continue
        before = linter.nb_erroneous
        linter.lint_migration(migration)
        if linter.nb_erroneous > before:
            found.append(f"{app}.{name}")
    assert found == [], capsys.readouterr().out
