"""Hears a word of Postgres on a connection of its own; without it a wait is only its time."""

import asyncio
from typing import Any

import psycopg
from django.db import connections

from gridops.database_paths import direct_alias

_WANTED = ("host", "port", "user", "password", "dbname", "target_session_attrs", "sslmode", "sslrootcert")


class Listener:
    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def wait(self, within_s: float) -> None:
        """Until a notification, or for that time."""
        try:
            listening = await self._listening()
            async for _ in listening.notifies(timeout=within_s, stop_after=1):
                return
        except (psycopg.Error, OSError):
            await self.close()
            await asyncio.sleep(within_s)

    async def close(self) -> None:
        if self._connection is not None:
            lost, self._connection = self._connection, None
            await lost.close()

    async def _listening(self) -> "psycopg.AsyncConnection[Any]":
        if self._connection is None or self._connection.closed:
            known = connections[direct_alias()].get_connection_params()
            given = {name: known[name] for name in _WANTED if name in known}
            self._connection = await psycopg.AsyncConnection.connect(**given, connect_timeout=3, autocommit=True)
            await self._connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(self._channel)))
        return self._connection
