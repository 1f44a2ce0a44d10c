"""The two servers that a run brings along, unless the environment names others."""

import os
from collections.abc import Callable, Mapping

from gridops.supervise.postgres import Postgres
from gridops.supervise.site import Site, kept_secret, write_private
from gridops.supervise.supervisor import Supervisor
from gridops.supervise.valkey import Valkey


def start_services(site: Site, supervisor: Supervisor, say: Callable[[str], None]) -> None:
    """Start what the environment does not name, and tell the settings where it is."""
    addresses = {"SECRET_KEY": kept_secret(site, "secret_key")}
    if not os.environ.get("DATABASE_URL"):
        postgres = Postgres(site)
        if not postgres.data.exists():
            say("creating the database cluster")
        postgres.create()
        supervisor.start(postgres.spec())
        addresses["DATABASE_URL"] = postgres.url
        say("PostgreSQL is ready")
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(site)
        valkey.create()
        supervisor.start(valkey.spec())
        addresses["REDIS_URL"] = valkey.url
        say("Valkey is ready")
    write_private(site.services_file, addresses)


def environment(site: Site) -> Mapping[str, str]:
    """What every child is told: where its state lies, and to leave the other core alone."""
    return {
        "GRIDOPS_VAR": str(site.var),
        "DJANGO_SETTINGS_MODULE": "gridops.settings",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
