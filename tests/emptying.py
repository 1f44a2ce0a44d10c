"""How the database is emptied after a test that committed: most left a few rows in a few tables, and to truncate a
hundred tables takes longer than most tests.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

FEW = 5000  # rows of one table; more are truncated with all the rest
_DELETE = "DELETE FROM {}"
_COUNT = f"(SELECT count(*) FROM (SELECT FROM {{}} LIMIT {FEW + 1}) AS seen)"  # noqa: S608  names of tables
KEEPERS = frozenset({"audit_auditevent", "logbook_note"})  # tables whose triggers refuse to lose a row


# Tables of samples and rollups, which no model stands for.
_OF_NO_MODEL = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname LIKE 'telemetry\\_%%' AND relname <> ALL(%s)
"""


def sql_flush(_operations: Any, _style: Any, tables: Sequence[str], **_more: Any) -> list[str]:
    """The names, for `execute_sql_flush`."""
    return list(tables)


def execute_sql_flush(_operations: Any, tables: Sequence[str]) -> None:
    """Whoever is still writing is waited for, as by TRUNCATE."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_OF_NO_MODEL, [list(tables)])
        tables = [*tables, *(name for (name,) in cursor.fetchall())]
        names = [connection.ops.quote_name(table) for table in tables]
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"SELECT {', '.join(map(_COUNT.format, names))}")
        counts = dict(zip(tables, cursor.fetchone(), strict=True))
        is_much = max(counts.values()) > FEW
        filled = [table for table, count in counts.items() if count]
        keepers = sorted(KEEPERS & set(tables if is_much else filled))
        for table in keepers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        if is_much:
            cursor.execute(f"TRUNCATE {', '.join(names)}")
        for table in () if is_much else filled:
            cursor.execute(_DELETE.format(connection.ops.quote_name(table)))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be altered
        for table in keepers:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
