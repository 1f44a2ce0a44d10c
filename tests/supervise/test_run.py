import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gridops.supervise import __main__ as command
from gridops.supervise import run as module
from gridops.supervise.failures import CannotStart
from gridops.supervise.ports import any_free, is_free
from gridops.supervise.process import ROOT, Spec
from gridops.supervise.services import start_services
from gridops.supervise.site import Site, locked
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.table import Options, processes


def started(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "gridops.supervise", "run", *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def options(site: Site, port: int = 8000) -> Options:
    return Options(var=site.var, port=port, scenario="normal", speed=60.0, grid="")


def test_a_port_in_use_is_one_sentence_with_the_next_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = started("--var", str(tmp_path / "var"), "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"gridops: Port {port} is in use by another program; choose another with: make run PORT={port + 1}\n"
    )
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_folder_in_use_is_one_sentence(site: Site) -> None:
    with locked(site):
        done = started("--var", str(site.var), "--port", str(any_free()))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"in use by the run with process id {os.getpid()}" in done.stderr


@pytest.mark.parametrize("arguments", [("--port", "0"), ("--port", "eighty"), ("--speed", "0"), ("--speed", "nan")])
def test_a_bad_option_is_refused_with_advice(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command._options(["run", *arguments])
    assert "; choose a number" in capsys.readouterr().err


def test_the_field_keeps_its_port_while_it_is_free(site: Site) -> None:
    first = module._field_port(site)
    assert module._field_port(site) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert not is_free(first)
        second = module._field_port(site)
    assert second != first
    assert json.loads((site.var / "field.json").read_text()) == {"port": second}


def test_the_welcome_names_the_address_and_every_login(site: Site) -> None:
    logins = [{"role": "operator", "username": "anna", "password": "secret-word"}]
    told = module._welcome(options(site, 8123), logins)
    assert "http://127.0.0.1:8123" in told
    assert "operator" in told
    assert "anna" in told
    assert "secret-word" in told


def test_the_web_server_starts_as_measured_and_stays_on_this_machine(site: Site) -> None:
    table = processes(site, options(site, 8123), grid="simbench:x", field_port=2404, environment={"A": "b"})
    by_name = {spec.name: spec for spec in table}
    ours = ["gateways", "estimator", "security", "alarms", "orders", "incidents"]
    ours += ["microgrids", "notifier", "worker", "studies", "beat", "web"]
    assert list(by_name) == ["field", *ours, "homes", "head-end"]
    web = " ".join(by_name["web"].command)
    assert "--host 127.0.0.1 --port 8123" in web
    assert "--ws apps.live.wire:FramesProtocol --ws-per-message-deflate false" in web
    assert by_name["web"].gate is not None
    assert "--battery-port 0" in " ".join(by_name["field"].command)
    assert all(spec.environment == {"A": "b"} for spec in table)


@pytest.mark.parametrize(("by_areas", "estimates"), [(False, "run_estimator"), (True, "run_estimators")])
def test_areas_have_processes_of_their_own_where_that_is_asked_for(
    site: Site, *, by_areas: bool, estimates: str
) -> None:
    asked = replace(options(site, 8123), by_areas=by_areas)
    table = processes(site, asked, grid="simbench:x", field_port=2404, environment={})
    assert next(spec.command[-1] for spec in table if spec.name == "estimator") == estimates


def test_an_external_database_that_is_silent_is_named(
    site: Site, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hidden@127.0.0.1:{any_free()}/x")
    with pytest.raises(CannotStart, match="DATABASE_URL names does not answer") as refusal:
        start_services(site, supervisor, print)
    assert "hidden" not in str(refusal.value)
    assert supervisor.children == []


def test_an_external_valkey_that_is_silent_is_named(
    site: Site, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis+socket:///nowhere/valkey.sock?virtual_host=1")
    with pytest.raises(CannotStart, match="REDIS_URL names does not answer"):
        start_services(site, supervisor, print)


def test_a_wish_to_end_removes_what_the_run_told_about_itself(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with one idle process in place of the whole table, ended by a signal."""
    told: list[str] = []

    def start(site: Site, _: Options, supervisor: Supervisor, __: object) -> None:
        supervisor.start(Spec(name="idle", command=("sleep", "600")))
        site.run_file.write_text("{}")
        site.services_file.write_text("{}")
        os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.setattr(module, "_start", start)
    try:
        module.run(options(site, any_free()), told.append)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert told == ["stopping idle", "everything is stopped"]
    assert not site.run_file.exists()
    assert not site.services_file.exists()
