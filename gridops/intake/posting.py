"""Small documents that are posted over the network, many at a time: the same guard as of files that are asked for.

The name of a host is looked up once, and what was checked is what is called; a redirect is an answer like any other.
"""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache

import httptools

from gridops.intake.addresses import Resolve, checked_address

TIMEOUT_S = 10.0
_PART_BYTES = 16_384
POST_ERRORS = (OSError, asyncio.IncompleteReadError, httptools.HttpParserError, UnicodeError)  # beside AddressRefused


async def post(url: str, body: bytes, *, headers: Mapping[str, str], resolver: Resolve) -> int:
    """The status of the answer. Raises AddressRefused or one of POST_ERRORS."""
    parts = checked_address(url)
    host, is_safe = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_safe else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    async with asyncio.timeout(TIMEOUT_S):
        address = await asyncio.to_thread(resolver, host, port) if _is_name(host) else resolver(host, port)
        reader, writer = await asyncio.open_connection(
            address, port, ssl=_tls() if is_safe else None, server_hostname=host if is_safe else None
        )
        try:
            writer.write(_request(path, parts.netloc, body, headers))
            await writer.drain()
            return await _status(reader)
        finally:
            writer.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_name(host: str) -> bool:
    return not host.replace(".", "").isdigit()


def _request(path: str, host: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "Host": host,
        "User-Agent": "GridOps",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in lines.items())
    return f"POST {_one_line(path)} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def _one_line(value: str) -> str:
    """A value with a line break would be a second header. Raises UnicodeError."""
    if any(one in "\r\n\0" for one in value):
        raise UnicodeError("A value of a header has a line break in it.")
    return value


class _Answer:
    def __init__(self) -> None:
        self.is_begun = False

    def on_headers_complete(self) -> None:
        self.is_begun = True


async def _status(reader: asyncio.StreamReader) -> int:
    """Of an answer whose head has come; nobody reads its body."""
    answer = _Answer()
    parser = httptools.HttpResponseParser(answer)
    while not answer.is_begun:
        part = await reader.read(_PART_BYTES)
        if not part:
            raise ConnectionError("The connection ended before the answer.")
        parser.feed_data(part)
    return int(parser.get_status_code())
