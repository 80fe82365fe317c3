"""The tables can be made and taken away again."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if "documents_" in name}


@pytest.mark.django_db(transaction=True)
def test_migrates_backwards_and_forwards() -> None:
    before = tables()
    executor = MigrationExecutor(connection)
    executor.migrate([("documents", None)])
    assert not tables()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert tables() == before
