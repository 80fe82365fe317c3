"""Whether the tables are those of this version."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor


def count_unapplied_migrations(using: str = DEFAULT_DB_ALIAS) -> int:
    """How many migrations the database lacks; raises DatabaseError when it does not answer."""
    executor = MigrationExecutor(connections[using])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
