"""Where Valkey is and what its channels are called."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings

HINTS = "hint"


def url() -> str:
    """redis-py's spelling of the address; Celery writes a unix socket as redis+socket:///path?virtual_host=N."""
    configured = str(getattr(settings, "LIVE_REDIS_URL", "") or settings.REDIS_URL)
    parts = urlsplit(configured)
    if parts.scheme != "redis+socket":
        return configured
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={database}"


def prefix(address: str) -> str:
    # Channels of Valkey are shared by all its databases, so the database's number is part of the name.
    parts = urlsplit(address)
    database = parse_qs(parts.query).get("db", [""])[0] or parts.path.strip("/") if parts.scheme != "unix" else ""
    if parts.scheme == "unix":
        database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"gridops:{database or 0}:live:"


def newest_key(channel_prefix: str, topic: str) -> str:
    return f"{channel_prefix}newest:{topic}"
