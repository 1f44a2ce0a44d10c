"""Entries show once no older transaction runs anywhere in the cluster, other test workers included. So tests wait."""

import time

from django.db import connection

PATIENCE_S = 120


def settle() -> None:
    """Return when every entry committed until now may be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        (bound,) = cursor.fetchone()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", [bound])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError(f"A transaction older than {bound} still runs in this cluster.")
