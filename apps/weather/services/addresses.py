"""Feeds that are asked over the network: http and https only, no redirect, no private address unless it is listed."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.weather import rules
from apps.weather.adapters.parsed import MOST_BYTES
from apps.weather.choices import FeedKind
from apps.weather.models import Feed, WeatherFile
from apps.weather.services.files import take_file

TIMEOUT_S, LONGEST_S = 20.0, 120.0
PART_BYTES = 65_536
OK = 200

Resolve = Callable[[str, int], str]


class AddressRefused(Exception):
    """Told to whoever configured the feed."""


def ask_addresses(*, as_of: datetime) -> int:
    """How many feeds were asked."""
    feeds = Feed.objects.filter(kind=FeedKind.URL, is_enabled=True).order_by("pk")
    return len([ask(feed=feed, as_of=as_of) for feed in feeds if rules.must_ask(feed, as_of)])


def ask(*, feed: Feed, as_of: datetime) -> WeatherFile | None:
    feed.asked_at, feed.watched_from = as_of, feed.watched_from or as_of
    feed.save(update_fields=["asked_at", "watched_from"])
    try:
        content = fetch(feed.url)
    except (AddressRefused, OSError, http.client.HTTPException, UnicodeError) as error:
        feed.reason = f"Not fetched: {error or type(error).__name__}"[:300]
        feed.save(update_fields=["reason"])
        return None
    name = f"{feed.name} asked {as_of:%Y-%m-%d %H:%M:%S}"  # no stamp of an issue, which names may tell
    return take_file(feed=feed, name=name, content=content, received_at=as_of)


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


def resolve(host: str, port: int) -> str:
    """The address to connect to: looked up once, so that what was checked is what is asked."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    is_listed = host.lower() in settings.WEATHER_PRIVATE_HOSTS
    for address in found:
        if not is_listed and not _is_public(address):
            raise AddressRefused(
                f"{host} is the private address {address}; an administrator can allow it by GRIDOPS_WEATHER_HOSTS."
            )
    return found[0]


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return one.is_global and not one.is_multicast


def fetch(url: str, *, resolver: Resolve = resolve) -> bytes:
    """Raises AddressRefused, OSError or HTTPException."""
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
        connection.request("GET", path, headers={"Accept": "application/json, text/csv, */*", "User-Agent": "GridOps"})
        answer = connection.getresponse()
        if answer.status != OK:
            raise AddressRefused(f"{host} answered {answer.status} {answer.reason}; redirects are not followed.")
        return _body(answer)
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse) -> bytes:
    parts, size, begun = [], 0, time.monotonic()
    while part := answer.read(PART_BYTES):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise AddressRefused(f"The answer has more than {MOST_BYTES // 2**20} MB; ask for less.")
        if time.monotonic() - begun > LONGEST_S:
            raise AddressRefused(f"The answer took longer than {LONGEST_S:.0f} s.")
    return b"".join(parts)
