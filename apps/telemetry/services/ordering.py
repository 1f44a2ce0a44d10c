"""A closed day, written anew in order of point and time: a day of one point is then some hundred pages, not all.

The work is many short transactions, so that vacuum is not held back. Slices of the day, each sorted, go to a scratch
table; from these runs the chunks of points are read with little waste, and written in their place. A trigger notes what
still comes for the day meanwhile, and the transaction that swaps the tables takes it along. Whatever a crash leaves
behind is removed before the next beginning; the day itself is whole all the time.
"""

import logging
import time
from datetime import date, datetime
from functools import partial

from django.db import connection
from psycopg import sql

from apps.telemetry.choices import SAMPLES
from apps.telemetry.services import rewriting
from apps.telemetry.services.locks import change_briefly, sole_runner
from apps.telemetry.services.partitions import PARENT, execute, partition_name, wait_for_turn
from apps.telemetry.services.rewriting import chunks, mark_of, one, repeatedly, rows_of_points, sorting, to_order

log = logging.getLogger(__name__)

LATE = f"{PARENT}_late"
BUILT = f"{PARENT}_ordered"  # the day that is being written
RUNS = f"{PARENT}_runs"  # temporary: gone with the session
SLICE_PAGES = 1024

_NAMES: dict[str, sql.Composable] = {
    "late": sql.Identifier(LATE),
    "built": sql.Identifier(BUILT),
    "runs": sql.Identifier("pg_temp", RUNS),
    "runs_name": sql.Identifier(RUNS),
}
_BEGIN = (
    "CREATE TABLE {built} (LIKE {parent} INCLUDING DEFAULTS INCLUDING INDEXES, CHECK (ts >= {start} AND ts < {end})) "
    "WITH (autovacuum_enabled = off)",
    "CREATE INDEX ON {built} USING brin (point_id, ts) WITH (pages_per_range = 16, autosummarize = on)",
    "CREATE TRIGGER telemetry_note_late AFTER INSERT ON {child} FOR EACH ROW EXECUTE FUNCTION telemetry_note_late()",
)
_SCRATCH = (
    "CREATE TEMPORARY TABLE {runs_name} (LIKE {parent})",
    "CREATE INDEX telemetry_runs_point ON {runs} USING brin (point_id) WITH (pages_per_range = 4)",
)
# A row that the trigger has noted as well comes with the late ones.
_SLICE = """
INSERT INTO {runs} SELECT * FROM {child} AS sample
WHERE sample.ctid >= {first}::tid AND sample.ctid < {last}::tid AND NOT EXISTS (
    SELECT FROM {late} AS late WHERE late.point_id = sample.point_id AND late.ts = sample.ts
)
ORDER BY point_id, ts
"""
_CHUNK = (
    "INSERT INTO {built} SELECT * FROM {runs} WHERE point_id >= {first} AND point_id <= {last} ORDER BY point_id, ts"
)
_LATE_ROWS = f"SELECT count(*) FROM {LATE}"  # noqa: S608
_TAKE_LATE = """
WITH moved AS (
    DELETE FROM {late} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {late} LIMIT {rows})) RETURNING *
)
INSERT INTO {built} SELECT * FROM moved
"""
_SWAP = (
    "LOCK TABLE ONLY {parent} IN ACCESS EXCLUSIVE MODE",
    "INSERT INTO {built} SELECT * FROM {late}",
    "ALTER TABLE {parent} DETACH PARTITION {child}",
    "DROP TABLE {child}",
    "ALTER TABLE {built} RESET (autovacuum_enabled)",
    "ALTER TABLE {built} RENAME TO {child_name}",
    "ALTER TABLE {parent} ATTACH PARTITION {child} FOR VALUES FROM ({start}) TO ({end})",
    "COMMENT ON TABLE {child} IS {mark}",
    "TRUNCATE {late}",
)


def order_closed_days(*, as_of: datetime) -> list[str]:
    """Order every day that is past and rolled up; say which were. At most one runs at a time."""
    with sole_runner("telemetry: order closed days") as is_alone:
        if not is_alone:
            return []
        return [partition_name(day) for day in to_order(SAMPLES, as_of=as_of) if _order(day)]


def _order(day: date) -> bool:
    begun = time.perf_counter()
    is_done = change_briefly(_remove_half_done) and _begin(day) and _rewrite(day)
    log.info("%s: %s after %.1f s", partition_name(day), "ordered" if is_done else "busy", time.perf_counter() - begun)
    return is_done


def _rewrite(day: date) -> bool:
    try:
        with sorting():
            sort_slices(day)
            write_chunks(day)
        return _swap(day)
    finally:
        if connection.is_usable():
            repeatedly(_remove_half_done)


def _remove_half_done() -> None:
    """Tables and trigger of a run that did not come to its end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'telemetry_note_late'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER telemetry_note_late ON {table}")
        cursor.execute(f"DROP TABLE IF EXISTS {BUILT}, pg_temp.{RUNS}")
        cursor.execute(f"TRUNCATE {LATE}")


def _begin(day: date) -> bool:
    """Vacuum would hold the table for minutes, and it is soon dropped."""
    execute(["ALTER TABLE {child} SET (autovacuum_enabled = off)"], day=day)
    return repeatedly(partial(execute, _BEGIN, day=day, **_NAMES))


def sort_slices(day: date) -> None:
    """Fill the scratch table with one sorted run a slice. What comes from now on lies beyond the last slice."""
    (pages,) = one("SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int", partition_name(day))
    execute(_SCRATCH, day=day, **_NAMES)
    for first in range(0, pages, SLICE_PAGES):
        bounds = {"first": sql.Literal(f"({first},0)"), "last": sql.Literal(f"({first + SLICE_PAGES},0)")}
        execute([_SLICE], day=day, **bounds, **_NAMES)
    _summarise(f"pg_temp.{RUNS}")


def write_chunks(day: date) -> None:
    for first, last in chunks(rows_of_points(f"pg_temp.{RUNS}")):
        execute([_CHUNK], day=day, first=sql.Literal(first), last=sql.Literal(last), **_NAMES)
    _summarise(BUILT)
    execute(["ANALYZE {built}"], day=day, **_NAMES)


def _summarise(table: str) -> None:
    """The indexes were made on an empty table, which cost no long transaction; this costs none either."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass", [table])
        for (index,) in cursor.fetchall():
            cursor.execute("SELECT brin_summarize_new_values(%s)", [index])


def _swap(day: date) -> bool:
    while one(_LATE_ROWS)[0] > rewriting.LATE_ROWS:
        execute([_TAKE_LATE], day=day, rows=sql.Literal(rewriting.LATE_ROWS), **_NAMES)
    return repeatedly(partial(_swap_now, day, mark_of(BUILT)))


def _swap_now(day: date, mark: str) -> None:
    wait_for_turn()
    execute(_SWAP, day=day, mark=sql.Literal(mark), child_name=sql.Identifier(partition_name(day)), **_NAMES)
