"""Files that are asked for over the network: http and https only, no redirect, no private address unless listed."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection
from functools import partial
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S, LONGEST_S = 20.0, 120.0
_PART_BYTES = 65_536
_OK = 200

Resolve = Callable[[str, int], str]
FETCH_ERRORS = (OSError, http.client.HTTPException, UnicodeError)  # beside AddressRefused


class AddressRefused(Exception):
    """Told to whoever configured the feed."""


def checked_address(url: str) -> SplitResult:
    """Raises AddressRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("The address cannot be read; write one like https://host/path.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise AddressRefused("Only addresses that begin with http:// or https:// and name a host are asked.")
    if parts.username or parts.password:
        raise AddressRefused("An address must not hold a user or password.")
    return parts


def resolve(host: str, port: int, *, private: Collection[str], setting: str) -> str:
    """The address to connect to: looked up once, so that what was checked is what is asked. Of the hosts `private` it
    may be a private one; `setting` lists them."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if host.lower() not in private and not is_public(address):
            raise AddressRefused(
                f"{host} is the private address {address}; an administrator can allow it by {setting}."
            )
    return found[0]


def resolver(private: Collection[str], setting: str) -> Resolve:
    return partial(resolve, private=private, setting=setting)


def fetch(url: str, *, resolver: Resolve, accept: str, most_bytes: int) -> bytes:
    """Raises AddressRefused or one of FETCH_ERRORS."""
    parts = checked_address(url)
    host = parts.hostname or ""
    is_safe = parts.scheme == "https"
    port = parts.port or (443 if is_safe else 80)
    connect = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    connection = connect(host, port, timeout=TIMEOUT_S)
    plain = socket.create_connection((resolver(host, port), port), TIMEOUT_S)
    connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if is_safe else plain
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": accept, "User-Agent": "GridOps"})
        answer = connection.getresponse()
        if answer.status != _OK:
            raise AddressRefused(f"{host} answered {answer.status} {answer.reason}; redirects are not followed.")
        return _body(answer, most_bytes)
    finally:
        connection.close()


def is_public(address: str) -> bool:
    """Raises ValueError if this is no address of the internet protocol."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return one.is_global and not one.is_multicast


def _body(answer: http.client.HTTPResponse, most_bytes: int) -> bytes:
    parts, size, begun = [], 0, time.monotonic()
    while part := answer.read(_PART_BYTES):
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise AddressRefused(f"The answer has more than {most_bytes // 2**20} MB; ask for less.")
        if time.monotonic() - begun > LONGEST_S:
            raise AddressRefused(f"The answer took longer than {LONGEST_S:.0f} s.")
    return b"".join(parts)
