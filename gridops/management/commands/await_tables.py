import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

PAUSE_S = 3.0  # a look loads every migration


class Command(BaseCommand):
    help = "Wait until the database holds every table that this version needs; another host makes them."
    requires_system_checks: list[str] = []  # nothing is there yet that could be checked

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--patience", type=float, default=900.0, metavar="SECONDS")

    def handle(self, *args: object, **options: Any) -> None:
        deadline, told = time.monotonic() + options["patience"], ""
        while missing := _missing():
            if missing != told:
                self.stdout.write(f"waiting: {missing}")
                self.stdout.flush()
                told = missing
            if time.monotonic() > deadline:
                raise CommandError(f"{missing}; prepare the database on one host (role field or prepare).")
            time.sleep(PAUSE_S)


def _missing() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        connection.close()
        return f"the database does not answer ({str(error).strip().splitlines()[-1]})"
    return "another host has not applied all migrations yet" if pending else ""
