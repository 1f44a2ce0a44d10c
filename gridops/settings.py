"""All settings. The environment is read here and nowhere else.

A bad or missing value stops the start with a sentence that says what to do.
"""

import json
import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from gridops.cycle import SCHEDULE
from gridops.queues import Queues

BASE_DIR = Path(__file__).resolve().parent.parent


def _text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _flag(name: str, default: bool) -> bool:
    value = _text(name, str(default)).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; set it to 'true' or 'false'.")


def _number(name: str, default: float, *, minimum: float) -> float:
    raw = _text(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= minimum):
        raise ImproperlyConfigured(f"{name} is {raw!r}; set it to a number of at least {minimum:g}.")
    return value


def _whole_number(name: str, default: int, *, minimum: int) -> int:
    value = _number(name, default, minimum=minimum)
    if not value.is_integer():
        raise ImproperlyConfigured(f"{name} is {value:g}; set it to a whole number of at least {minimum}.")
    return int(value)


def _hosts(name: str, default: str) -> list[str]:
    hosts = [host.strip() for host in _text(name, default).split(",") if host.strip()]
    if not hosts or ("*" in hosts and not DEBUG):
        raise ImproperlyConfigured(f"{name} must name the hosts of this site, separated by commas; '*' is refused.")
    return hosts


def _time_zone(name: str, default: str) -> str:
    zone = _text(name, default)
    if zone not in available_timezones():
        raise ImproperlyConfigured(f"{name} is {zone!r}; set it to a name such as 'UTC' or 'Europe/Berlin'.")
    return zone


def _log_level(name: str, default: str) -> str:
    level = _text(name, default).upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(f"{name} is {level!r}; set it to DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return level


VAR = Path(_text("GRIDOPS_VAR", str(BASE_DIR / "var"))).resolve()


def _embedded(key: str) -> str:
    """The address of a service that `make run` started under VAR."""
    try:
        return str(json.loads((VAR / "services.json").read_text())[key])
    except (OSError, ValueError, KeyError):
        return ""


def _service_url(name: str) -> str:
    url = _text(name, "") or _embedded(name)
    if not url:
        raise ImproperlyConfigured(
            f"{name} is not set and no embedded service runs under {VAR}: "
            f"start one with 'make run', or set {name} to the server's URL."
        )
    return url


def _redis_urls(url: str) -> tuple[str, str]:
    """One server, two spellings: Celery's and redis-py's differ for a unix socket."""
    parts = urlsplit(url)
    if parts.scheme in {"redis", "rediss"} and parts.hostname:
        return url, url
    if parts.scheme in {"redis+socket", "unix"} and parts.path.startswith("/"):
        query = parse_qs(parts.query)
        number = (query.get("virtual_host") or query.get("db") or ["0"])[0]
        if number.isdigit():
            return f"redis+socket://{parts.path}?virtual_host={number}", f"unix://{parts.path}?db={number}"
    raise ImproperlyConfigured(
        "REDIS_URL is not a URL of Valkey or Redis; use redis://host:6379/1, rediss://..., or unix:///path/to/socket?db=1."
    )


def _database(url: str) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else {}
    except ProgrammingError:
        parts = {}
    if not parts.get("dbname"):  # the value itself is not repeated: it may hold a password
        raise ImproperlyConfigured("DATABASE_URL is not a Postgres URL; use postgresql://user:password@host:port/name.")
    timeouts = {
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "statement_timeout": f"{STATEMENT_TIMEOUT_S:g}s",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **parts,
            "options": " ".join(f"-c {name}={value}" for name, value in timeouts.items()),
            "pool": {"min_size": 0, "max_size": 12, "timeout": 10},
        },
    }


def _secret_key() -> str:
    key = _text("GRIDOPS_SECRET_KEY", "") or _embedded("SECRET_KEY")
    if len(key) < 50:
        raise ImproperlyConfigured(
            "GRIDOPS_SECRET_KEY is missing or shorter than 50 characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
    return key


DEBUG = _flag("GRIDOPS_DEBUG", False)
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = _hosts("GRIDOPS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

# Shown on every page: what an operator looks at is never in doubt.
ENVIRONMENT_NAME = _text("GRIDOPS_ENVIRONMENT_NAME", "DEMO")
SCAN_PERIOD_S = _number("GRIDOPS_SCAN_PERIOD_S", 2.0, minimum=0.5)
SAMPLE_RETENTION_DAYS = _whole_number("GRIDOPS_SAMPLE_RETENTION_DAYS", 7, minimum=1)
# 0 is no limit, as imports need it; gridops/asgi.py sets one for whatever answers a browser.
STATEMENT_TIMEOUT_S = _number("GRIDOPS_STATEMENT_TIMEOUT_S", 0, minimum=0)

INSTALLED_APPS = [
    "gridops.apps.GridOpsConfig",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_celery_beat",
    "apps.accounts",
    "apps.audit",
    "apps.live",
    "apps.assets",
    "apps.alarms",
    "apps.telemetry",
    "apps.state",
    "apps.control_room",
]

MIDDLEWARE = [
    "gridops.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "gridops.headers.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "gridops.urls"
ASGI_APPLICATION = "gridops.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.control_room.context.frame",
            ],
        },
    }
]

DATABASES = {"default": _database(_service_url("DATABASE_URL"))}
REDIS_URL, LIVE_REDIS_URL = _redis_urls(_service_url("REDIS_URL"))

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "control_room:overview"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
HTTPS = _flag("GRIDOPS_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 13 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

LANGUAGE_CODE = "en-gb"
TIME_ZONE = _time_zone("GRIDOPS_TIME_ZONE", "Europe/Berlin")
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.permissions.DenyByDefault"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "gridops.errors.api_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GridOps",
    "DESCRIPTION": "The open control room for the electric grids of cities.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_DEFAULT_QUEUE = Queues.HOUSEKEEPING.value
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 12 * 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "health_check_interval": 5,
}
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

CHANNEL_LAYERS: dict[str, Any] = {}  # fan-out is one subscription a process (apps/live/hub.py), not group_send

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": _log_level("GRIDOPS_LOG_LEVEL", "INFO")},
}
UNFOLD = {"SITE_TITLE": "GridOps", "SITE_HEADER": "GridOps", "SITE_URL": "/"}
