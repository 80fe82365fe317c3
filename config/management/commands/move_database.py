"""Copies everything from the present database into an empty PostgreSQL, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import environ
from django.apps import apps
from django.core.management import CommandError, CommandParser
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction

from config.foundation.commands import OperatorCommand, add_json, progress
from config.foundation.schema import count_unapplied_migrations

TARGET = "target"
BATCH = 500
# `migrate` fills these by itself; the copy brings its own rows with their own keys.
MADE_BY_MIGRATE = {"contenttypes", "auth"}


class Command(OperatorCommand):
    help = (
        "Copies every row into an empty, migrated PostgreSQL, whole or not at all. Stop "
        "everything else first."
    )
    example = "--to postgres://owner:password@localhost:5432/soforttermin"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="address of a migrated, empty PostgreSQL")
        add_json(parser)

    def handle(self, *, to: str, **options: object) -> None:
        """Copies and compares the counts; refuses a target that holds anything."""
        connect(to)
        try:
            check_migrated()
            with transaction.atomic(), transaction.atomic(using=TARGET):
                make_room()
                counts = {model: copy(model) for model in progress([*tables()], what="tables")}
                compare(counts)
                reset_sequences()
        except DatabaseError as error:
            raise CommandError(f"nothing was copied: {type(error).__name__}") from error
        finally:
            connections[TARGET].close()
            del connections[TARGET], connections.databases[TARGET]
        rows = sum(counts.values())
        self.tell(
            f"Copied {rows} rows of {len(counts)} tables.",
            {"rows": rows, "tables": len(counts)},
            as_json=bool(options["json"]),
        )


def connect(address: str) -> None:
    """Makes the target known to Django; raises CommandError for what is no PostgreSQL."""
    if not address.startswith(("postgres://", "postgresql://")):
        raise CommandError("--to takes an address like postgres://user:password@host:5432/name")
    found: dict[str, Any] = environ.Env.db_url_config(address)
    present = connections[DEFAULT_DB_ALIAS].settings_dict
    plain = {"OPTIONS": {}, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    connections.databases[TARGET] = {**present, **plain, **found}


def check_migrated() -> None:
    """Raises CommandError unless the target has exactly the tables of this version."""
    if count_unapplied_migrations(TARGET):
        raise CommandError("the target is not migrated: DATABASE_URL=… manage.py migrate first")


def tables() -> Iterator[type[models.Model]]:
    """Every table that Django keeps, those between two others included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def make_room() -> None:
    """Takes away what `migrate` put there; raises CommandError when there is more."""
    for model in tables():
        rows = model._base_manager.using(TARGET)
        if model._meta.app_label in MADE_BY_MIGRATE:
            rows.all().delete()
    for model in tables():
        if model._base_manager.using(TARGET).exists():
            raise CommandError(f"the target is not empty: it has rows in {model._meta.db_table}")


def copy(model: type[models.Model]) -> int:
    """Copies the rows of one table with their keys; foreign keys are checked at the end."""
    total = 0
    rows = model._base_manager.using(DEFAULT_DB_ALIAS).order_by("pk").iterator(BATCH)
    while batch := [row for _number, row in zip(range(BATCH), rows, strict=False)]:
        model._base_manager.using(TARGET).bulk_create(batch)
        total += len(batch)
    return total


def compare(counts: dict[type[models.Model], int]) -> None:
    """Raises CommandError unless the target has as many rows of each table."""
    for model, count in counts.items():
        if model._base_manager.using(TARGET).count() != count:
            raise CommandError(f"nothing was copied: {model._meta.db_table} came out different")


def reset_sequences() -> None:
    """Lets new rows get keys above the copied ones."""
    target = connections[TARGET]
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), list(tables())):
            cursor.execute(statement)
