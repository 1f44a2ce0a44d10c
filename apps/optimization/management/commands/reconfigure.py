import json
import math
from argparse import ArgumentParser
from time import process_time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.assets.adapters.case_network import CaseError, named_case
from apps.optimization.adapters.reconfiguring import CannotReconfigure, Planned, Wish, reconfigured


class Command(BaseCommand):
    help = (
        "Where should the network stand open, and in which order is it switched there? Reads what import_network "
        "reads, and 'case33bw' for a MATPOWER case. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", help="as import_network takes it: simbench:<code>, matpower:<case> or a file")
        parser.add_argument("--max-switchings", metavar="N", help="at most so many switch operations")
        parser.add_argument("--balance", default="0", metavar="KW", help="worth of the mean squared utilisation")
        parser.add_argument(
            "--interruptions", default="0", metavar="KW", help="worth of a customer interruption a year"
        )
        parser.add_argument("--switching", default="0", metavar="KW", help="worth of one switch operation")
        parser.add_argument("--prove", action="store_true", help="try every radial state (small networks only)")
        parser.add_argument("--json", action="store_true", help="the plan as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        wish = Wish(
            most_operations=_whole("--max-switchings", options["max_switchings"]),
            balance=_weight("--balance", options["balance"]),
            interruption=_weight("--interruptions", options["interruptions"]),
            operation=_weight("--switching", options["switching"]),
            prove=options["prove"],
        )
        try:
            case = named_case(options["network"], settings.VAR / "cases")
            began = process_time()
            planned = reconfigured(case, wish)
            seconds = process_time() - began
        except CaseError as error:
            raise CommandError(f"{options['network']} cannot be read: {error}") from None
        except (CannotReconfigure, ValueError) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self._notes(planned)
            self.stdout.write(json.dumps(planned.document(seconds), indent=1))
        else:
            self._tell(planned, seconds)
            self._notes(planned)

    def _notes(self, planned: Planned) -> None:
        for note in planned.notes:
            self.stderr.write(f"note: {note}")

    def _tell(self, planned: Planned, seconds: float) -> None:
        told = planned.document(seconds)
        self.stdout.write(f"losses   {told['loss_kw_before']:12,.3f} kW today")
        self.stdout.write(f"         {told['loss_kw']:12,.3f} kW after {len(told['steps'])} switch operations")
        self.stdout.write(f"voltage  {told['min_voltage_pu']:12.4f} pu at least")
        self.stdout.write(f"open     {', '.join(str(name) for name in told['open_branches'])}")
        self.stdout.write(f"gap      {told['gap']:12.2%} {_of_gap(planned)}; {seconds:.3f} s of processor")
        for number, step in enumerate(told["steps"], 1):
            self.stdout.write(
                f"{number:>4}  {step['action']:<5}  {step['branch']!s:<28}  {step['loss_kw']:12,.3f} kW  {step['why']}"
            )


def _of_gap(planned: Planned) -> str:
    if planned.outcome.proven:
        return "(every other radial state was tried, or cannot have less)"
    return f"(no radial state has less than {planned.outcome.bound_kw:,.3f} kW)"


def _whole(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        raise CommandError(f"{option}: '{text}' is no number of switch operations; write 0, 1, 2 ...")
    return int(text)


def _weight(option: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise CommandError(f"{option}: '{text}' is no weight; write a number of kW, 0 or more")
    return value
