"""A lock of one name that at most one process of the whole site holds, by a session of its own in Postgres."""

from typing import Any

import psycopg
from django.db import connections

from gridops.database_paths import direct_alias

# The holder looks each second and notices a lost way within 3 s; the server gives the lock on after 10 s. So a host
# that is cut off has ended its process before another begins.
NOTICED_MS = 3000
GIVEN_ON = "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
WHERE = (
    *("host", "port", "user", "password", "dbname", "target_session_attrs"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey"),
)


class SiteLock:
    def __init__(self, name: str) -> None:
        self.name = name
        self._connection: psycopg.Connection[Any] | None = None

    def try_to_take(self) -> bool:
        """False too when the database does not answer: then nobody can be sure to be alone."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(**_parameters(), autocommit=True)
            row = self._connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (f"gridops alone {self.name}",)
            ).fetchone()
        except (psycopg.Error, OSError):
            self.close()
            return False
        return bool(row and row[0])

    def is_held(self) -> bool:
        """It belongs to the session, so it is held as long as that session answers."""
        try:
            if self._connection is None:
                return False
            self._connection.execute("SELECT 1")
        except (psycopg.Error, OSError):
            self.close()
            return False
        return True

    def close(self) -> None:
        if self._connection is not None:
            lost, self._connection = self._connection, None
            lost.close()


def _parameters() -> dict[str, Any]:
    known = connections[direct_alias()].get_connection_params()
    return {
        **{name: known[name] for name in WHERE if name in known},
        "connect_timeout": 3,
        "application_name": "gridops alone",
        "options": GIVEN_ON,
        "keepalives_idle": 2,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": NOTICED_MS,
    }
