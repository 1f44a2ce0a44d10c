"""The environment, read here and nowhere else: strict, and with a sentence of advice for every bad value."""

import json
import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from holidays import country_holidays
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ImproperlyConfigured(f"The package {name} is not installed; run 'make setup'.")
    return Path(found.origin).parent


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def all_with(prefix: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(prefix)}


def flag(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; set it to 'true' or 'false'.")


def number(name: str, default: float, *, minimum: float) -> float:
    raw = text(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= minimum):
        raise ImproperlyConfigured(f"{name} is {raw!r}; set it to a number of at least {minimum:g}.")
    return value


def whole_number(name: str, default: int, *, minimum: int) -> int:
    value = number(name, default, minimum=minimum)
    if not value.is_integer():
        raise ImproperlyConfigured(f"{name} is {value:g}; set it to a whole number of at least {minimum}.")
    return int(value)


def hosts(name: str, default: str, *, any_allowed: bool) -> list[str]:
    named = [host.strip() for host in text(name, default).split(",") if host.strip()]
    if not named or ("*" in named and not any_allowed):
        raise ImproperlyConfigured(f"{name} must name the hosts of this site, separated by commas; '*' is refused.")
    return named


def time_zone(name: str, default: str) -> str:
    zone = text(name, default)
    if zone not in available_timezones():
        raise ImproperlyConfigured(f"{name} is {zone!r}; set it to a name such as 'UTC' or 'Europe/Berlin'.")
    return zone


def country(name: str, default: str) -> str:
    """Whose public holidays count: a country, or a part of one."""
    given = text(name, default)
    code, _, part = given.partition("-")
    try:
        country_holidays(code, subdiv=part or None)
    except NotImplementedError:
        raise ImproperlyConfigured(
            f"{name} is {given!r}; set it to a country such as 'DE', or to a part of one such as 'DE-NI'."
        ) from None
    return given


def log_level(name: str, default: str) -> str:
    level = text(name, default).upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(f"{name} is {level!r}; set it to DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return level


VAR = Path(text("GRIDOPS_VAR", str(ROOT / "var"))).resolve()


def embedded(key: str) -> str:
    """The address of a service that `make run` started under VAR."""
    try:
        return str(json.loads((VAR / "services.json").read_text())[key])
    except (OSError, ValueError, KeyError):
        return ""


def service_url(name: str) -> str:
    url = text(name, "") or embedded(name)
    if not url:
        raise ImproperlyConfigured(
            f"{name} is not set and no embedded service runs under {VAR}: "
            f"start one with 'make run', or set {name} to the server's URL."
        )
    return url


def redis_urls(name: str) -> tuple[str, str]:
    """One server, two spellings: Celery's and redis-py's differ for a unix socket."""
    url = service_url(name)
    parts = urlsplit(url)
    if parts.scheme in {"redis", "rediss"} and parts.hostname:
        return url, url
    if parts.scheme in {"redis+socket", "unix"} and parts.path.startswith("/"):
        query = parse_qs(parts.query)
        database_number = (query.get("virtual_host") or query.get("db") or ["0"])[0]
        if database_number.isdigit():
            return (
                f"redis+socket://{parts.path}?virtual_host={database_number}",
                f"unix://{parts.path}?db={database_number}",
            )
    raise ImproperlyConfigured(
        f"{name} is not a URL of Valkey or Redis; use redis://host:6379/1, rediss://..., or unix:///path/to/socket?db=1."
    )


def databases(*, statement_timeout_s: float) -> dict[str, dict[str, Any]]:
    """The database, the way to it past a pooler, and a replica for reads that bear lag, where these are named."""
    is_pooled = bool(text("DATABASE_DIRECT_URL", ""))
    found = {"default": database("DATABASE_URL", statement_timeout_s=statement_timeout_s, is_pooled=is_pooled)}
    for alias, name in (("direct", "DATABASE_DIRECT_URL"), ("replica", "DATABASE_REPLICA_URL")):
        if text(name, ""):
            found[alias] = database(name, statement_timeout_s=statement_timeout_s)
            found[alias]["TEST"] = {"MIRROR": "default"}
    return found


# A server that vanished without a word is noticed within seconds; the URL may say otherwise.
VANISHED = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
}


def database(name: str, *, statement_timeout_s: float, is_pooled: bool = False) -> dict[str, Any]:
    """`is_pooled`: behind a pooler that lends a connection for a transaction. What is told at the beginning of a
    session would be told to others too, so time-outs are the pooler's to set, and no cursor outlives its transaction.
    """
    url = service_url(name)
    try:
        parts = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else {}
    except ProgrammingError:
        parts = {}
    if not parts.get("dbname"):  # the value itself is not repeated: it may hold a password
        raise ImproperlyConfigured(f"{name} is not a Postgres URL; use postgresql://user:password@host:port/name.")
    timeouts = {
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "statement_timeout": f"{statement_timeout_s:g}s",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": is_pooled,
        "OPTIONS": {
            **VANISHED,
            **parts,
            **({} if is_pooled else {"options": " ".join(f"-c {name}={value}" for name, value in timeouts.items())}),
            # A server that comes back is met at once. The pool tries for 2 s and then rests until somebody asks anew,
            # so whoever still waits must not wait much longer than that.
            "pool": {"min_size": 0, "max_size": 12, "timeout": 4, "reconnect_timeout": 2},
        },
    }


def secret_key() -> str:
    key = text("GRIDOPS_SECRET_KEY", "") or embedded("SECRET_KEY")
    if len(key) < 50:
        raise ImproperlyConfigured(
            "GRIDOPS_SECRET_KEY is missing or shorter than 50 characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
    return key
