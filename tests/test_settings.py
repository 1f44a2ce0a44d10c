import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gridops.supervise.process import ROOT

GOOD = {
    "DATABASE_URL": "postgresql://user:pass%40word@db.example:5433/grid?sslmode=require",
    "REDIS_URL": "redis://valkey.example:6379/3",
    "GRIDOPS_SECRET_KEY": "k" * 50,
}


def load(expression: str = "None", **environment: str) -> subprocess.CompletedProcess[str]:
    """Settings are read in a process of their own, so that nothing of this one leaks in."""
    code = f"import json\nfrom gridops import settings\nprint(json.dumps({expression}))"
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        (sys.executable, "-c", code),
        env={**known, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def value(expression: str, **environment: str) -> object:
    done = load(expression, **{**GOOD, **environment})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


BAD = [
    ("GRIDOPS_SECRET_KEY", "short", "shorter than 50 characters; make one with"),
    ("GRIDOPS_DEBUG", "maybe", "set it to 'true' or 'false'"),
    ("GRIDOPS_HTTPS", "2", "set it to 'true' or 'false'"),
    ("GRIDOPS_ALLOWED_HOSTS", "*", "must name the hosts of this site"),
    ("GRIDOPS_ALLOWED_HOSTS", " , ", "must name the hosts of this site"),
    ("GRIDOPS_SCAN_PERIOD_S", "fast", "set it to a number of at least 0.5"),
    ("GRIDOPS_SCAN_PERIOD_S", "0.1", "set it to a number of at least 0.5"),
    ("GRIDOPS_SCAN_PERIOD_S", "nan", "set it to a number of at least 0.5"),
    ("GRIDOPS_SCAN_PERIOD_S", "inf", "set it to a number of at least 0.5"),
    ("GRIDOPS_SAMPLE_RETENTION_DAYS", "0", "set it to a number of at least 1"),
    ("GRIDOPS_SAMPLE_RETENTION_DAYS", "1.5", "set it to a whole number"),
    ("GRIDOPS_STATEMENT_TIMEOUT_S", "-1", "set it to a number of at least 0"),
    ("GRIDOPS_TIME_ZONE", "Berlin", "such as 'UTC' or 'Europe/Berlin'"),
    ("GRIDOPS_LOG_LEVEL", "loud", "set it to DEBUG, INFO"),
    ("DATABASE_URL", "mysql://user:hidden@db/grid", "use postgresql://user:password@host:port/name"),
    ("DATABASE_URL", "postgresql://db.example", "use postgresql://user:password@host:port/name"),
    ("DATABASE_URL", "postgresql://[broken/grid", "use postgresql://user:password@host:port/name"),
    ("REDIS_URL", "valkey.example:6379", "use redis://host:6379/1"),
    ("REDIS_URL", "unix://no-path?db=1", "use redis://host:6379/1"),
    ("REDIS_URL", "unix:///run/valkey.sock?db=one", "use redis://host:6379/1"),
]
# One process reads the settings anew for each bad value and tells what it was told.
READ_EACH = """
import importlib, json, os, sys
from django.core.exceptions import ImproperlyConfigured
good, told = dict(os.environ), []
for name, bad, _ in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update({**good, name: bad})
    for module in ("gridops.settings", "gridops.environment"):
        sys.modules.pop(module, None)
    try:
        importlib.import_module("gridops.settings")
        told.append("")
    except ImproperlyConfigured as refusal:
        told.append(str(refusal))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def refusals() -> dict[tuple[str, str], str]:
    done = subprocess.run(
        (sys.executable, "-c", READ_EACH),
        env=GOOD,
        cwd=ROOT,
        input=json.dumps(BAD),
        capture_output=True,
        text=True,
        check=True,
    )
    return {(name, bad): told for (name, bad, _), told in zip(BAD, json.loads(done.stdout), strict=True)}


@pytest.mark.parametrize(("name", "bad", "advice"), BAD)
def test_a_bad_value_stops_the_start_with_advice(
    name: str, bad: str, advice: str, refusals: dict[tuple[str, str], str]
) -> None:
    assert name in refusals[name, bad]
    assert advice in refusals[name, bad]


def test_the_password_of_a_bad_database_url_is_not_repeated(refusals: dict[tuple[str, str], str]) -> None:
    assert "hidden" not in refusals["DATABASE_URL", "mysql://user:hidden@db/grid"]


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_missing_server_is_named_with_both_ways_out(name: str, tmp_path: Path) -> None:
    done = load(**{**GOOD, name: "", "GRIDOPS_VAR": str(tmp_path)})
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode != 0
    assert f"{name} is not set" in last
    assert "make run" in last


def test_the_parts_of_a_database_url_arrive() -> None:
    default = value("{k: v for k, v in settings.DATABASES['default'].items() if k != 'OPTIONS'}")
    assert isinstance(default, dict)
    wanted = {"NAME": "grid", "USER": "user", "PASSWORD": "pass@word", "HOST": "db.example", "PORT": "5433"}
    assert {name: default[name] for name in wanted} == wanted
    assert value("settings.DATABASES['default']['OPTIONS']['sslmode']") == "require"


def test_the_embedded_servers_are_found_beside_a_running_site(tmp_path: Path) -> None:
    addresses = {
        "DATABASE_URL": "postgresql://gridops:x@/gridops?host=%2Fsrv%2Fvar%2Fsockets",
        "REDIS_URL": "redis+socket:///srv/var/sockets/valkey.sock?virtual_host=1",
        "SECRET_KEY": "s" * 60,
    }
    (tmp_path / "services.json").write_text(json.dumps(addresses))
    done = load("[settings.DATABASES['default']['HOST'], settings.LIVE_REDIS_URL]", GRIDOPS_VAR=str(tmp_path))
    assert json.loads(done.stdout) == ["/srv/var/sockets", "unix:///srv/var/sockets/valkey.sock?db=1"]


def test_the_environment_goes_before_the_embedded_servers(tmp_path: Path) -> None:
    (tmp_path / "services.json").write_text(json.dumps({"REDIS_URL": "redis://embedded/1"}))
    assert value("settings.REDIS_URL", GRIDOPS_VAR=str(tmp_path)) == GOOD["REDIS_URL"]


@pytest.mark.parametrize(
    ("given", "celery", "live"),
    [
        ("redis://h:1/2", "redis://h:1/2", "redis://h:1/2"),
        ("rediss://h:1/2", "rediss://h:1/2", "rediss://h:1/2"),
        ("redis+socket:///a/b.sock?virtual_host=4", "redis+socket:///a/b.sock?virtual_host=4", "unix:///a/b.sock?db=4"),
        ("unix:///a/b.sock?db=4", "redis+socket:///a/b.sock?virtual_host=4", "unix:///a/b.sock?db=4"),
    ],
)
def test_one_valkey_url_serves_celery_and_redis_py(given: str, celery: str, live: str) -> None:
    assert value("[settings.REDIS_URL, settings.LIVE_REDIS_URL]", REDIS_URL=given) == [celery, live]


def test_https_hardens_cookies_and_transport() -> None:
    names = "[settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT]"
    assert value(names) == [False, False, False]
    assert value(names, GRIDOPS_HTTPS="true") == [True, True, True]


def test_a_statement_of_the_web_server_is_limited_and_a_command_is_not() -> None:
    options = "settings.DATABASES['default']['OPTIONS']['options']"
    assert "statement_timeout=0s" in str(value(options))
    assert "statement_timeout=5s" in str(value(options, GRIDOPS_STATEMENT_TIMEOUT_S="5"))
