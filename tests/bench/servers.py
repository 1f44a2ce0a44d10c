"""A Postgres and a Valkey of the bench's own, gone without a trace when it ends, however it ends."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridops.supervise.services import environment, start_services
from gridops.supervise.site import Site, prepare
from gridops.supervise.supervisor import Supervisor


def _quiet(_: str) -> None:
    return


def _end(*_: object) -> None:
    sys.exit(1)


@contextmanager
def own_servers(var: Path) -> Iterator[tuple[Site, Supervisor]]:
    """As `make run` starts them, with its settings; the environment then names them to Django."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    for name in ("DATABASE_URL", "REDIS_URL", "GRIDOPS_SECRET_KEY"):
        os.environ.pop(name, None)
    var.mkdir(parents=True, exist_ok=True)
    site = prepare(Path(tempfile.mkdtemp(prefix="bench-", dir=var)))
    supervisor = Supervisor(site.log, _quiet)
    try:
        start_services(site, supervisor, _quiet)
        os.environ.update(environment(site))
        yield site, supervisor
    finally:
        supervisor.stop()
        shutil.rmtree(site.sockets, ignore_errors=True)
        shutil.rmtree(site.var, ignore_errors=True)
