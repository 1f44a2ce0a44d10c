"""All settings: one file. What may differ from place to place comes from the environment (gridops/environment.py)."""

from typing import Any

from gridops import environment
from gridops.cycle import SCHEDULE
from gridops.queues import Queues

BASE_DIR = environment.ROOT
VAR = environment.VAR
DEBUG = environment.flag("GRIDOPS_DEBUG", False)
SECRET_KEY = environment.secret_key()
ALLOWED_HOSTS = environment.hosts("GRIDOPS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", any_allowed=DEBUG)

# Shown on every page: what an operator looks at is never in doubt.
ENVIRONMENT_NAME = environment.text("GRIDOPS_ENVIRONMENT_NAME", "DEMO")
SCAN_PERIOD_S = environment.number("GRIDOPS_SCAN_PERIOD_S", 2.0, minimum=0.5)
SECURITY_PERIOD_S = environment.number("GRIDOPS_SECURITY_PERIOD_S", 60.0, minimum=2.0)
SECURITY_LEAST_KV = environment.number("GRIDOPS_SECURITY_LEAST_KV", 1.0, minimum=0.0)
SECURITY_LISTED = environment.whole_number("GRIDOPS_SECURITY_LISTED", 50, minimum=1)
SOURCE_SHORT_CIRCUIT_MVA = environment.number("GRIDOPS_SOURCE_SHORT_CIRCUIT_MVA", 3000.0, minimum=1.0)
RECEIPT_AFTER_S = environment.number("GRIDOPS_RECEIPT_AFTER_S", 300.0, minimum=10.0)
# Outages for everybody, without a login; see docs/operations.md.
PUBLIC_OUTAGES = environment.flag("GRIDOPS_PUBLIC_OUTAGES", True)
LOOK_AHEAD_FUTURES = environment.whole_number("GRIDOPS_LOOK_AHEAD_FUTURES", 200, minimum=20)
SAMPLE_RETENTION_DAYS = environment.whole_number("GRIDOPS_SAMPLE_RETENTION_DAYS", 7, minimum=1)
LIVE_SOCKETS_PER_USER = environment.whole_number("GRIDOPS_LIVE_SOCKETS_PER_USER", 8, minimum=1)
# Passwords of brokers and devices, by the names that gateways' settings give; see docs/user/gateways.md.
FIELD_SECRETS = environment.all_with("GRIDOPS_FIELD_")
# Drop folders of weather feeds lie inside; feeds may ask these hosts although their addresses are private.
WEATHER_ROOT = environment.text("GRIDOPS_WEATHER_ROOT", str(VAR / "weather"))
WEATHER_PRIVATE_HOSTS = frozenset(environment.text("GRIDOPS_WEATHER_HOSTS", "").lower().replace(",", " ").split())
# Days: of every issue of a forecast, afterwards one a day; of anything; of the files that were taken.
WEATHER_WHOLE_DAYS = environment.whole_number("GRIDOPS_WEATHER_WHOLE_DAYS", 60, minimum=15)
WEATHER_DAYS = environment.whole_number("GRIDOPS_WEATHER_DAYS", 1100, minimum=60)
WEATHER_FILES_DAYS = environment.whole_number("GRIDOPS_WEATHER_FILES_DAYS", 30, minimum=1)
# The same of prices. What {NAME} in an address of a price feed stands for, by name.
MARKET_ROOT = environment.text("GRIDOPS_MARKET_ROOT", str(VAR / "markets"))
MARKET_PRIVATE_HOSTS = frozenset(environment.text("GRIDOPS_MARKET_HOSTS", "").lower().replace(",", " ").split())
MARKET_FILES_DAYS = environment.whole_number("GRIDOPS_MARKET_FILES_DAYS", 30, minimum=1)
MARKET_SECRETS = environment.all_with("GRIDOPS_MARKET_SECRET_")
# Where files of meter readings are dropped.
METER_ROOT = environment.text("GRIDOPS_METER_ROOT", str(VAR / "meters"))
METER_FILES_DAYS = environment.whole_number("GRIDOPS_METER_FILES_DAYS", 7, minimum=1)
# 0 is no limit, as imports need it; gridops/asgi.py sets one for whatever answers a browser.
STATEMENT_TIMEOUT_S = environment.number("GRIDOPS_STATEMENT_TIMEOUT_S", 0, minimum=0)

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
    "oauth2_provider",
    "apps.accounts",
    "apps.audit",
    "apps.live",
    "apps.assets",
    "apps.alarms",
    "apps.telemetry",
    "apps.pipelines",
    "apps.weather",
    "apps.markets",
    "apps.openadr",
    "apps.state",
    "apps.forecasts",
    "apps.studies",
    "apps.dispatch",
    "apps.optimization",
    "apps.storage",
    "apps.renewables",
    "apps.demand_response",
    "apps.incidents",
    "apps.resilience",
    "apps.microgrids",
    "apps.efficiency",
    "apps.impact",
    "apps.logbook",
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

# Of DATABASE_URL, DATABASE_DIRECT_URL (past a pooler) and DATABASE_REPLICA_URL; see gridops/database_paths.py.
DATABASES = environment.databases(statement_timeout_s=STATEMENT_TIMEOUT_S)
REPLICA_MOST_LAG_S = environment.number("GRIDOPS_REPLICA_MOST_LAG_S", 10.0, minimum=0.5)
REDIS_URL, LIVE_REDIS_URL = environment.redis_urls("REDIS_URL")

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "control_room:overview"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "apps.openadr.hashers.RandomSecretHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
HTTPS = environment.flag("GRIDOPS_HTTPS", False)
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
TIME_ZONE = environment.time_zone("GRIDOPS_TIME_ZONE", "Europe/Berlin")
COUNTRY = environment.country("GRIDOPS_COUNTRY", "DE")  # of the public holidays that forecasts know
USE_TZ = True
USE_I18N = False

STATIC_URL = "static/"
# The chart library of the analysis pages comes out of the package that writes the charts: always the same version.
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor/plotly", environment.package_folder("plotly") / "package_data")]
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
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gridops.openapi.tell_common_answers",
    ],
}

# Clients of OpenADR sign in for tokens here and nowhere else; neither secrets nor tokens are kept readable.
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OPENADR_TOKEN_LIFE_S = environment.whole_number("GRIDOPS_OPENADR_TOKEN_LIFE_S", 3600, minimum=60)
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "apps.openadr.oauth.ClientCredentials",
    "SCOPES_BACKEND_CLASS": "apps.openadr.oauth.RoleScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": OPENADR_TOKEN_LIFE_S,
    "CLIENT_SECRET_HASHER": "random_secret",
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}
# Callbacks of subscribers may be called at these hosts although they are private, or by plain http.
OPENADR_CALLBACK_HOSTS = frozenset(
    environment.text("GRIDOPS_OPENADR_CALLBACK_HOSTS", "").lower().replace(",", " ").split()
)
# The socket of the broker behind the door, empty: none; where the door is; how clients are told to reach it.
OPENADR_MQTT_BROKER = environment.text("GRIDOPS_OPENADR_MQTT_BROKER", "")
OPENADR_MQTT_LISTEN = environment.text("GRIDOPS_OPENADR_MQTT_LISTEN", "127.0.0.1")
OPENADR_MQTT_PORT = environment.whole_number("GRIDOPS_OPENADR_MQTT_PORT", 1883, minimum=1)
OPENADR_MQTT_CERT = environment.text("GRIDOPS_OPENADR_MQTT_CERT", "")
OPENADR_MQTT_KEY = environment.text("GRIDOPS_OPENADR_MQTT_KEY", "")
OPENADR_MQTT_URI = environment.text("GRIDOPS_OPENADR_MQTT_URI", "")

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
    "root": {"handlers": ["console"], "level": environment.log_level("GRIDOPS_LOG_LEVEL", "INFO")},
}
UNFOLD = {"SITE_TITLE": "GridOps", "SITE_HEADER": "GridOps", "SITE_URL": "/"}
