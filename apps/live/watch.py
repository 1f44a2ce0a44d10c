"""The one look of a process at the journal in Postgres, on a connection of its own.

It shares neither threads nor the pool with requests, so a flood of requests cannot stop the heartbeat.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connections

from apps.live import selectors
from gridops.database_paths import direct_alias

ANSWER_S = 3.0

HEADS = """
SELECT asked.stream, coalesce(head.id, 0)::text FROM unnest(%s::text[]) AS asked (stream)
LEFT JOIN LATERAL (
    SELECT id FROM live_journalentry WHERE stream = asked.stream ORDER BY id DESC LIMIT 1
) AS head ON true
"""


def _parameters() -> dict[str, Any]:
    known = dict(connections[direct_alias()].get_connection_params())
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        known.pop(name, None)
    return known | {
        "connect_timeout": 3,
        "application_name": "gridops live",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 5000,
    }


class JournalWatch:
    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()  # what is closed under a question in flight is memory that libpq still reads

    @property
    def is_fresh(self) -> bool:
        """No connection yet, or lost: what is behind the next one may be another history."""
        return self._connection is None or self._connection.closed

    async def heads(self, streams: list[str]) -> dict[str, str]:
        """Raises psycopg.Error or OSError (TimeoutError included) when Postgres does not answer in time."""
        return dict(await self._ask(HEADS, [streams]))

    async def epoch(self) -> str | None:
        """None when the history was not opened yet in this incarnation of the server."""
        (here,) = (await self._ask(selectors.INCARNATION))[0]
        seeds = await self._ask("SELECT seed FROM live_epoch WHERE incarnation = %s", [here])
        return selectors.epoch_of(seeds[0][0], here) if seeds else None

    async def _ask(self, query: LiteralString, parameters: Sequence[object] = ()) -> list[Any]:
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_S):
                    cursor = await (await self._connected()).execute(query, parameters)
                    return await cursor.fetchall()
            except BaseException:
                await self._close()
                raise

    async def _connected(self) -> "psycopg.AsyncConnection[Any]":
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True)
        return self._connection

    async def close(self) -> None:
        """When the question in flight has its answer, or none in time."""
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        if self._connection is not None:
            lost, self._connection = self._connection, None
            await lost.close()
