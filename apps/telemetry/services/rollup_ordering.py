"""Rollups of a closed time, written anew in order of point and time: a point's day of minutes is then some twenty
pages, not one a minute.

As with samples (`ordering`) the work is many short transactions. Rollups, unlike samples, also change: a trigger notes
which were made or changed meanwhile, and their rows as they then are replace what was copied before, the last of them
in the transaction that swaps the tables.
"""

import logging
import time
from datetime import date, datetime
from functools import partial

from django.db import connection
from psycopg import sql

from apps.telemetry.choices import LEVELS, Store
from apps.telemetry.services import rewriting
from apps.telemetry.services.locks import sole_runner
from apps.telemetry.services.partitions import execute_in, partition_name, wait_for_turn
from apps.telemetry.services.rewriting import chunks, mark_of, one, repeatedly, rows_of_points, sorting, to_order

log = logging.getLogger(__name__)

CHANGED = "telemetry_rollup_changed"
BUILT = "telemetry_rollup_ordered"  # the time that is being written
TRIGGER = "telemetry_note_changed"

_NAMES: dict[str, sql.Composable] = {
    "changed": sql.Identifier(CHANGED),
    "built": sql.Identifier(BUILT),
    "trigger": sql.Identifier(TRIGGER),
}
_BEGIN = (
    "CREATE TABLE {built} (LIKE {parent} INCLUDING DEFAULTS INCLUDING INDEXES, "
    "CHECK ({column} >= {start} AND {column} < {end})) WITH (autovacuum_enabled = off)",
    "CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE ON {child} FOR EACH ROW EXECUTE FUNCTION telemetry_note_changed()",
)
# What the trigger has noted already comes with the last ones; what it notes later replaces this.
_CHUNK = (
    "INSERT INTO {built} SELECT * FROM {child} WHERE point_id >= {first} AND point_id <= {last} "
    "ORDER BY point_id, {column}"
)
_AS_IT_IS = """
INSERT INTO {built}
SELECT rollup.* FROM {child} AS rollup JOIN (SELECT DISTINCT * FROM {source}) AS noted USING (point_id, bucket)
ON CONFLICT (point_id, bucket) DO UPDATE SET n = excluded.n, known_s = excluded.known_s, min = excluded.min,
    max = excluded.max, mean = excluded.mean, last = excluded.last, quality = excluded.quality
"""
_TAKE = (
    "WITH taken AS (DELETE FROM {changed} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {changed} LIMIT {rows})) "
    "RETURNING *) "
)
_TAKE_CHANGED = _TAKE + _AS_IT_IS
_SWAP = (
    "LOCK TABLE ONLY {parent} IN ACCESS EXCLUSIVE MODE",
    _AS_IT_IS,
    "ALTER TABLE {parent} DETACH PARTITION {child}",
    "DROP TABLE {child}",
    "ALTER TABLE {built} RESET (autovacuum_enabled)",
    "ALTER TABLE {built} RENAME TO {child_name}",
    "ALTER TABLE {parent} ATTACH PARTITION {child} FOR VALUES FROM ({start}) TO ({end})",
    "COMMENT ON TABLE {child} IS {mark}",
    "TRUNCATE {changed}",
)
_CHANGES = f"SELECT count(*) FROM {CHANGED}"  # noqa: S608


def order_closed_rollups(*, as_of: datetime) -> list[str]:
    """Order the rollups of every day, month and year that is past; say which tables. At most one runs at a time."""
    with sole_runner("telemetry: order closed rollups") as is_alone:
        if not is_alone:
            return []
        stores = [level.store for level in LEVELS]
        waiting = [(store, first) for store in stores for first in to_order(store, as_of=as_of)]
        return [partition_name(first, store) for store, first in waiting if _order(store, first)]


def _order(store: Store, first: date) -> bool:
    begun, table = time.perf_counter(), partition_name(first, store)
    is_done = repeatedly(_remove_half_done) and _begin(store, first) and _rewrite(store, first)
    log.info("%s: %s after %.1f s", table, "ordered" if is_done else "busy", time.perf_counter() - begun)
    return is_done


def _begin(store: Store, first: date) -> bool:
    """Vacuum would hold the table for minutes, and it is soon dropped."""
    execute_in(store, ["ALTER TABLE {child} SET (autovacuum_enabled = off)"], day=first)
    return repeatedly(partial(execute_in, store, _BEGIN, day=first, names=_NAMES))


def _rewrite(store: Store, first: date) -> bool:
    try:
        with sorting():
            write_chunks(store, first)
        return _swap(store, first)
    finally:
        if connection.is_usable():
            repeatedly(_remove_half_done)


def _remove_half_done() -> None:
    """Table, trigger and notes of a run that did not come to its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [TRIGGER])
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {TRIGGER} ON {table}")
        cursor.execute(f"DROP TABLE IF EXISTS {BUILT}")
        cursor.execute(f"TRUNCATE {CHANGED}")


def write_chunks(store: Store, first: date) -> None:
    for lowest, highest in chunks(rows_of_points(partition_name(first, store))):
        bounds = {"first": sql.Literal(lowest), "last": sql.Literal(highest)}
        execute_in(store, [_CHUNK], day=first, names={**_NAMES, **bounds})
    execute_in(store, ["ANALYZE {built}"], day=first, names=_NAMES)


def _swap(store: Store, first: date) -> bool:
    taken = {"rows": sql.Literal(rewriting.LATE_ROWS), "source": sql.Identifier("taken")}
    while one(_CHANGES)[0] > rewriting.LATE_ROWS:
        execute_in(store, [_TAKE_CHANGED], day=first, names={**_NAMES, **taken})
    return repeatedly(partial(_swap_now, store, first, mark_of(BUILT)))


def _swap_now(store: Store, first: date, mark: str) -> None:
    wait_for_turn(store)
    names = {"mark": sql.Literal(mark), "child_name": sql.Identifier(partition_name(first, store))}
    execute_in(store, _SWAP, day=first, names={**_NAMES, **names, "source": sql.Identifier(CHANGED)})
