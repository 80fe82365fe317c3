"""Tables that say who did what: on PostgreSQL the product may add rows and change none.

Every `migrate` takes UPDATE and DELETE from whoever does not own them. Retention goes through a
function of the owner that removes nothing younger than a month, so that nobody who has come into
the web process can hide what they just looked at. Where the product owns its tables, and on SQLite,
only the code keeps to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.apps import AppConfig
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

# When a row of each was written.
TABLES = {
    "foundation_accessrecord": "at",
    "auditlog_logentry": "timestamp",
    "django_admin_log": "action_time",
}
LEAST = timedelta(days=30)

_GRANTED = """
    SELECT DISTINCT g.table_name, g.grantee
    FROM information_schema.role_table_grants g
    JOIN pg_tables t ON t.schemaname = g.table_schema AND t.tablename = g.table_name
    WHERE g.table_schema = current_schema() AND g.table_name = ANY(%s)
      AND g.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') AND g.grantee <> t.tableowner
"""
_BRANCH = """
    IF which = '{table}' THEN
        DELETE FROM {table} WHERE id = ANY(keys) AND "{column}" < now() - interval '{days} days';
        GET DIAGNOSTICS found = ROW_COUNT;
    END IF;
"""
_FUNCTION = """
    CREATE OR REPLACE FUNCTION forget_audit_rows(which text, keys bigint[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    DECLARE found bigint := 0;
    BEGIN
    {branches}
    RETURN found;
    END $$
"""


def protect(sender: AppConfig, *, using: str, **more: object) -> None:
    """Lets every migration end with tables that others than their owner can only add to."""
    database = connections[using]
    if sender.label != "foundation" or database.vendor != "postgresql":
        return
    with database.cursor() as cursor:
        cursor.execute(_GRANTED, [list(TABLES)])
        if granted := cursor.fetchall():
            _make_function(cursor, {role for _table, role in granted})
        for table, role in granted:
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {_quote(role)}")


def _make_function(cursor: CursorWrapper, roles: set[str]) -> None:
    cursor.execute("SELECT current_schema()")
    branches = "".join(
        _BRANCH.format(table=table, column=column, days=LEAST.days)
        for table, column in TABLES.items()
    )
    cursor.execute(_FUNCTION.format(schema=_quote(cursor.fetchone()[0]), branches=branches))
    cursor.execute("REVOKE ALL ON FUNCTION forget_audit_rows FROM PUBLIC")
    for role in roles:
        cursor.execute(f"GRANT EXECUTE ON FUNCTION forget_audit_rows TO {_quote(role)}")


def _quote(name: str) -> str:
    return connections["default"].ops.quote_name(name)


def erase(model: type[Model], keys: Sequence[object]) -> int:
    """Deletes rows that are due and returns how many went, with the owner's help where needed."""
    table = model._meta.db_table
    if table in TABLES and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege(%s, 'DELETE')", [table])
            if not cursor.fetchone()[0]:
                cursor.execute("SELECT forget_audit_rows(%s, %s::bigint[])", [table, list(keys)])
                found: int = cursor.fetchone()[0]
                return found
    return model._base_manager.filter(pk__in=keys).delete()[1].get(model._meta.label, 0)
