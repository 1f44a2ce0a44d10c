"""The limit of all fan-out: one process that hears Valkey and calls `websockets.broadcast`, and nothing else.

No session, no topics, no slow readers, no heartbeat. Its event loop is the one that uvicorn takes for the site.
"""

import argparse
import struct
import time

import redis.asyncio
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

AS_SENT, STAMPED = b"bench:frame", b"bench:stamped"


async def _serve(port: int, valkey: str) -> None:
    sockets: set[ServerConnection] = set()

    async def stay(socket: ServerConnection) -> None:
        sockets.add(socket)
        await socket.wait_closed()
        sockets.discard(socket)

    async with (
        redis.asyncio.Redis.from_url(valkey, socket_timeout=None) as client,
        client.pubsub() as subscription,
        serve(stay, "127.0.0.1", port, compression=None),
    ):
        await subscription.subscribe(AS_SENT, STAMPED)
        async for message in subscription.listen():
            if message["type"] == "message":
                broadcast(sockets, _frame(message["channel"], message["data"]))


def _frame(channel: bytes, body: bytes) -> bytes:
    """Stamped here, a frame tells how long the broadcast alone takes, without the way to it."""
    if channel == AS_SENT:
        return body
    return body[:8] + struct.pack("<d", time.time() * 1000) + body[16:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--valkey", required=True)
    arguments = parser.parse_args()
    uvloop.run(_serve(arguments.port, arguments.valkey))
