"""What is shipped for several hosts names what exists, and the servers understand their files."""

import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
import yaml
from django.db import connection

from gridops.environment import database
from gridops.supervise import __main__ as supervise
from gridops.supervise import valkey
from gridops.supervise.process import ROOT
from gridops.supervise.roles import CONTROL, EVERYTHING, GROUPS, SINGLE, Role, read_roles
from tests.waiting import eventually

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
ENVIRONMENTS = sorted(DEPLOY.glob("*.env.example"))
HARDENED = ("NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "CapabilityBoundingSet")
ASSIGNED = re.compile(r"^([A-Z_]+)=", flags=re.MULTILINE)


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_the_unit(path: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    for one in UNITS:  # a timer is checked with its service; programs and accounts are those of this machine
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", one.read_text(), flags=re.MULTILINE)
        text = re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / one.name.replace("@.", "@web.")).write_text(text)
    done = subprocess.run(
        (program, "verify", "--man=no", str(tmp_path / path.name.replace("@.", "@web."))),
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "gridops" in line]
    assert said == []


@pytest.mark.parametrize("path", [one for one in UNITS if one.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_has_no_more_rights_than_it_needs(path: Path) -> None:
    service = unit(path)["Service"]
    assert [name for name in HARDENED if name not in service] == []
    assert service["User"] != "root"


def test_the_service_of_a_role_gives_a_command_that_is_understood() -> None:
    _, module, name, *arguments = unit(DEPLOY / "systemd" / "gridops@.service")["Service"]["ExecStart"].split()
    assert (module, name) == ("-m", "gridops.supervise")
    for role in [*Role, CONTROL]:
        told = supervise._options([one.replace("%i", role) for one in arguments])
        assert told.roles == read_roles(role)
        assert told.var.name == role


@pytest.fixture(scope="module")
def compose() -> dict[str, dict[str, object]]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def ours(compose: dict) -> Iterator[tuple[str, dict]]:
    return ((name, one) for name, one in compose["services"].items() if "build" in one)


def test_the_containers_do_every_role_of_a_site_without_a_simulated_field(compose: dict) -> None:
    told = {name: supervise._options(["run", *one["command"]]) for name, one in ours(compose)}
    assert frozenset[Role]().union(*(one.roles for one in told.values())) == EVERYTHING - {Role.FIELD}
    twice = [role for role in EVERYTHING if sum(role in one.roles for one in told.values()) > 1]
    assert set(twice) == SINGLE, "what a site needs once has a host that stands by"


def test_containers_name_volumes_and_services_that_are_there(compose: dict) -> None:
    for name, one in compose["services"].items():
        named = [volume.split(":")[0] for volume in one.get("volumes", [])]
        assert [volume for volume in named if not volume.startswith("./") and volume not in compose["volumes"]] == []
        files = [DEPLOY / volume for volume in named if volume.startswith("./")]
        assert [file for file in files if not file.exists()] == [], name
        assert set(one.get("depends_on", {})) <= set(compose["services"])


def test_the_image_copies_what_is_there() -> None:
    told = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    names = [name for line in told for name in line.split()]
    assert {"gridops", "apps", "manage.py", "requirements.txt"} <= set(names)
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_every_variable_of_an_example_is_read(path: Path) -> None:
    code = "".join(one.read_text() for one in (ROOT / "gridops").glob("*.py"))
    libraries = {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}
    names = set(ASSIGNED.findall(path.read_text())) - libraries
    assert names
    assert [name for name in names if f'"{name}"' not in code] == []


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_every_address_of_an_example_is_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(DATABASE\w*)=(.+)$", path.read_text(), flags=re.MULTILINE):
        monkeypatch.setenv(name, value)
        assert database(name, statement_timeout_s=0)["NAME"].startswith("gridops")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["primary.conf", "replica.conf"])
def test_postgres_knows_every_setting(name: str) -> None:
    lines = (DEPLOY / "postgres" / name).read_text().splitlines()
    told = {line.split("=")[0].strip() for line in lines if "=" in line and not line.startswith("#")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings")
        known = {row[0].lower() for row in cursor.fetchall()}
    assert told
    assert told - known == set()


def test_what_makes_an_acknowledged_sample_safe_is_on() -> None:
    text = (DEPLOY / "postgres" / "primary.conf").read_text()
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert re.search(rf"^{name} = on$", text, flags=re.MULTILINE)


def test_the_pooler_lends_connections_for_a_transaction_and_sets_the_time_outs_of_pages() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(DEPLOY / "pgbouncer" / "pgbouncer.ini")
    assert parser["pgbouncer"]["pool_mode"] == "transaction"
    assert "SET statement_timeout = 5000" in parser["databases"]["gridops_web"]
    assert "statement_timeout" not in parser["databases"]["gridops_work"]
    pooled = re.findall(r":6432/(\w+)", "".join(path.read_text() for path in ENVIRONMENTS))
    assert set(pooled) == set(parser["databases"])


def test_valkey_starts_with_its_file_and_asks_for_the_password(tmp_path: Path) -> None:
    socket = tmp_path / "v.sock"
    own = ("--port", "0", "--bind", "127.0.0.1", "--unixsocket", str(socket), "--dir", str(tmp_path))
    process = subprocess.Popen((str(valkey.program()), str(DEPLOY / "valkey" / "valkey.conf"), *own))
    try:
        eventually(socket.exists, patience_s=10, what="Valkey listens")
        with redis.Redis(unix_socket_path=str(socket), password="change-me") as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"} or client.ping()
        with redis.Redis(unix_socket_path=str(socket)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    finally:
        process.terminate()
        process.wait(10)


def test_scripts_are_understood_by_a_shell() -> None:
    for path in DEPLOY.glob("*.sh"):
        assert subprocess.run(("sh", "-n", str(path)), check=False).returncode == 0
        assert path.stat().st_mode & 0o111


def test_the_statements_for_a_new_primary_are_sql() -> None:
    text = (DEPLOY / "postgres" / "site.sql").read_text()
    assert set(re.findall(r":(\w+)", text)) == {"password", "replica_password"}
    statements = [line for line in text.upper().splitlines() if not line.startswith("--")]
    assert not any("SUPERUSER" in line for line in statements)
    assert psycopg.sql.SQL(text).as_string(None)  # type: ignore[arg-type]


def test_groups_of_roles_leave_none_out() -> None:
    assert GROUPS[CONTROL] | {Role.GATEWAYS, Role.ESTIMATOR} == SINGLE
