import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.assets.adapters.case_network import CaseError, named_case
from apps.optimization.adapters.phase_advice import Advised, NoPhases, advised

MOST_MOVES = 1000


class Command(BaseCommand):
    help = (
        "Which loads should a crew hang on other phases, so that losses and unbalance fall? Reads what import_network "
        "reads, where it tells the phases of its loads. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", help="as import_network takes it: simbench:<code>, matpower:<case> or a file")
        parser.add_argument("--max-moves", metavar="N", default="10", help="at most so many loads (default 10)")
        parser.add_argument("--json", action="store_true", help="the advice as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        most = options["max_moves"]
        if not (most.isdigit() and 1 <= int(most) <= MOST_MOVES):
            raise CommandError(f"--max-moves: '{most}' is no number of loads; write 1 to {MOST_MOVES}")
        try:
            found = advised(named_case(options["network"], settings.VAR / "cases"), int(most))
        except CaseError as error:
            raise CommandError(f"{options['network']} cannot be read: {error}") from None
        except NoPhases as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(found.document(), indent=1) if options["json"] else _words(found))


def _words(found: Advised) -> str:
    told = found.document()
    if told["reason"]:
        return str(told["reason"])
    before, after = told["before"], told["after"]
    lines = [f"{one['load']}: " + ", ".join(f"{a} to {b}" for a, b in one["phases"].items()) for one in told["moves"]]
    return "\n".join(
        [
            *lines,
            f"losses     {before['loss_kw']:.3f} kW, then {after['loss_kw']:.3f} kW",
            f"unbalance  {before['worst_unbalance_percent']:.3f} %, then {after['worst_unbalance_percent']:.3f} %",
        ]
    )
