"""Where Valkey is and what its channels are called."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings

HINTS = "hint"


def url() -> str:
    return str(settings.LIVE_REDIS_URL)


def prefix(address: str) -> str:
    # Channels of Valkey are shared by all its databases, so the database's number is part of the name.
    parts = urlsplit(address)
    in_path = "" if parts.scheme == "unix" else parts.path.strip("/")
    number = parse_qs(parts.query).get("db", [""])[0] or in_path or "0"
    return f"gridops:{number}:live:"


def newest_key(channel_prefix: str, topic: str) -> str:
    return f"{channel_prefix}newest:{topic}"
