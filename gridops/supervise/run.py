"""One run of the whole site, from an empty folder to a page that answers, until somebody asks it to end."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gridops.supervise.failures import StopRequested
from gridops.supervise.mosquitto import start_broker
from gridops.supervise.ports import LOOPBACK, any_free, is_free, refuse_a_strange_address, refuse_if_taken
from gridops.supervise.process import Spec
from gridops.supervise.roles import Role
from gridops.supervise.services import environment, refuse_what_is_not_shared, start_services
from gridops.supervise.site import Site, locked, prepare, write_private
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.table import GATEWAY, Options, manage, processes

LOG_CHECK_S = 30.0
SPEAKING = {"battery": "batteries", "microgrid": "microgrids"}  # devices of the field with a port of their own


def run(options: Options, say: Callable[[str], None]) -> None:
    site = prepare(options.var)
    with locked(site):
        _refuse_what_cannot_be(options)
        site.run_file.unlink(missing_ok=True)  # a killed run leaves its addresses behind
        site.homes_socket.unlink(missing_ok=True)
        site.field_socket.unlink(missing_ok=True)
        supervisor = Supervisor(site.log, say)
        _listen_for_the_end(supervisor)
        try:
            with suppress(StopRequested):
                _start(site, options, supervisor, say)
                _keep(supervisor)
        finally:
            site.run_file.unlink(missing_ok=True)
            supervisor.stop()
            site.services_file.unlink(missing_ok=True)
            say("everything is stopped")


def _listen_for_the_end(supervisor: Supervisor) -> None:
    def ask(*_: object) -> None:
        supervisor.stop_requested = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)


def _refuse_what_cannot_be(options: Options) -> None:
    refuse_a_strange_address(options.listen)
    if options.does(Role.WEB):
        refuse_if_taken(options.port, options.listen)
    if options.is_one_of_several:
        refuse_what_is_not_shared()


def _start(site: Site, options: Options, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    start_services(site, supervisor, say, waits=options.is_one_of_several)
    told = dict(environment(site))
    if options.does(Role.NOTIFIER):
        told |= start_broker(site, supervisor, _field_port(site, "topics", host=options.listen))
    ports = {"field_port": _field_port(site, host=options.listen)}
    ports |= {f"{one}_port": _field_port(site, name, host=options.listen) for one, name in SPEAKING.items()}
    grid = _prepare_data(site, options, supervisor, ports=ports, told=told)
    table = processes(site, options, grid=grid, environment=told, **ports)
    say(f"starting {_names(options, table)}")
    supervisor.start(*table)
    logins = json.loads(site.logins_file.read_text()) if site.logins_file.exists() else []
    write_private(site.run_file, {"url": options.url, "pid": os.getpid(), "logins": logins})
    say(_welcome(options, logins))


def _names(options: Options, table: Sequence[Spec]) -> str:
    if options.is_one_of_several:
        return ", ".join(spec.name for spec in table) or "nothing more: this host prepared the database"
    return f"{'' if options.empty else 'the field, '}the gateway, the estimator, the workers and the web server"


def _prepare_data(
    site: Site, options: Options, supervisor: Supervisor, *, ports: Mapping[str, int], told: Mapping[str, str]
) -> str:
    """Everything the database must know before the processes start; the answer is the grid that the field plays."""
    if not (options.does(Role.FIELD) or options.does(Role.PREPARE)):
        command = manage("await_tables")
        supervisor.run_step(Spec(name="waiting for the database to be prepared", command=command, environment=told))
        return ""
    if not options.has_field:
        command = manage("prepare_site", "--empty")
        supervisor.run_step(Spec(name="preparing an empty database", command=command, environment=told))
        return ""
    at = {"port": ports["field_port"], **{f"{one}-port": ports[f"{one}_port"] for one in SPEAKING}}
    address = ("--gateway", GATEWAY, "--host", options.listen, *(f"--{name}={port}" for name, port in at.items()))
    command = manage("prepare_site", f"--grid={options.grid}", f"--speed={options.speed}", *address)
    supervisor.run_step(Spec(name="preparing the database", command=command, environment=told))
    return str(json.loads(site.prepared_file.read_text())["grid"])


def _field_port(site: Site, name: str = "field", *, host: str = LOOPBACK) -> int:
    """A port of the simulated field: the one of the last run if it is still free."""
    file = site.var / f"{name}.json"
    try:
        port = int(json.loads(file.read_text())["port"])
    except (OSError, ValueError, KeyError):
        port = 0
    if not (port and is_free(port, host)):
        port = any_free(host)
        write_private(file, {"port": port})
    return port


def _keep(supervisor: Supervisor) -> None:
    checked = time.monotonic()
    while True:
        supervisor.pulse()
        if time.monotonic() - checked > LOG_CHECK_S:
            supervisor.rotate_logs()
            checked = time.monotonic()


def _welcome(options: Options, logins: list[dict[str, Any]]) -> str:
    if options.is_one_of_several and not options.does(Role.WEB):
        return f"this host does its part: {', '.join(sorted(options.roles))}. Logs: {options.var}/log"
    rows = "\n".join(f"    {one['role']:<18}{one['username']:<18}{one['password']}" for one in logins)
    return (
        f"GridOps is running\n\n    {options.url}\n\n"
        f"    {'role':<18}{'user':<18}password\n{rows}\n\n"
        f"    Ctrl-C stops everything; the next run continues here. Logs: {options.var}/log\n"
    )
