import argparse
import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from gridops.supervise.site import write_private


class Command(BaseCommand):
    help = "Bring the database to where a site can start: tables, people, network, points. What is there is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--grid", required=True)
        parser.add_argument("--points", required=True)
        parser.add_argument("--gateway", required=True)
        parser.add_argument("--host", required=True)
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--logins", type=Path, required=True)

    def handle(self, *args: object, **options: Any) -> None:
        self.stdout.write("bringing the tables up to date")
        call_command("migrate", verbosity=0, interactive=False)
        self._keep_logins(options["logins"])
        self.stdout.write(f"loading the network {options['grid']}")
        call_command("import_network", options["grid"], stdout=self.stdout)
        self.stdout.write("loading the points of the field")
        call_command(
            "import_points",
            options["points"],
            gateway=options["gateway"],
            host=options["host"],
            port=options["port"],
            stdout=self.stdout,
        )

    def _keep_logins(self, file: Path) -> None:
        """A password is known only in the moment it is made, so it is kept beside the data of the demo."""
        printed = io.StringIO()
        call_command("demo_users", stdout=printed)
        kept = {one["username"]: one for one in json.loads(file.read_text())} if file.exists() else {}
        for one in json.loads(printed.getvalue()):
            if one.get("password") or one["username"] not in kept:
                kept[one["username"]] = {**one, "password": one.get("password") or "(set in an earlier run)"}
        write_private(file, list(kept.values()))
