import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.microgrids.adapters.scheduling_answer import LIMIT_S, answered
from apps.microgrids.adapters.scheduling_fields import Unusable
from apps.microgrids.adapters.scheduling_spec import read_spec


class Command(BaseCommand):
    help = (
        "How would a microgrid be dispatched: batteries, generators, sun and loads that can be cut, against prices? "
        "Reads a JSON specification. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("spec", type=Path, metavar="SPEC.json")
        parser.add_argument("--limit", type=float, default=LIMIT_S, metavar="SECONDS", help="of each solution (60)")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["limit"] > 0:
            raise CommandError("--limit: the solver needs more than 0 seconds")
        try:
            found = answered(read_spec(options["spec"]), limit_s=options["limit"])
        except Unusable as fault:
            raise CommandError(str(fault)) from None
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1))
            return
        self._tell(found)

    def _tell(self, found: dict[str, Any]) -> None:
        if "cost" not in found:
            self.stdout.write(" ".join([found["reason"], *found["way_out"]]))
            return
        self.stdout.write(f"{found['name']}: {found['cost']:,.2f} {found['currency']} ({found['status']})")
        for part, money in found["costs"].items():
            if money:
                self.stdout.write(f"  {part.replace('_', ' '):10} {money:14,.2f}")
        if found["reason"]:
            self.stdout.write(found["reason"])
        for step in found["steps"]:
            self.stdout.write(f"{step['step']:5}  " + " ".join(step["reasons"]))
