import json
from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.assets.adapters.case_network import CaseError, CaseNetwork, case_network, named_case
from apps.optimization.adapters.horizon import BadProfiles, Horizon, at_hand, of_table, own_day
from apps.optimization.adapters.voltage import CVR_FACTOR, Objective, Terms, document, regulated, voltage_problem

OWN, NONE = "own", "none"
A_DAY = 96


class Command(BaseCommand):
    help = (
        "Plan taps, capacitors and reactive power of a network over a horizon, confirmed by the full power flow of "
        "every step. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", help="as import_network takes it, or a MATPOWER case's name")
        parser.add_argument(
            "--profiles",
            default=OWN,
            metavar="FILE",
            help="CSV with a column 'time' and factors named as elements, or loads, generators, storages; "
            "'own': the network's own (default); 'none': one hour as it stands",
        )
        parser.add_argument("--day", type=int, default=1, help="of the network's own profiles, from 1")
        parser.add_argument("--steps", type=int, help="of the horizon")
        parser.add_argument("--objective", choices=[str(each) for each in Objective], default=str(Objective.LOSS))
        parser.add_argument("--max-tap-operations", type=int, default=12, metavar="N", help="of a device, in all steps")
        parser.add_argument("--cvr-factor", type=float, help="percent of load for a percent of voltage, 0 to 2")
        parser.add_argument("--seconds", type=float, default=20.0, help="most that the solver takes in a round")
        parser.add_argument("--json", action="store_true", help="the whole plan to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            here = case_network(named_case(options["network"], settings.VAR / "cases"))
            horizon = _horizon(here, options)
            problem = voltage_problem(here, horizon, _terms(options))
            begun = perf_counter()
            done = regulated(here, problem, seconds=options["seconds"])
        except (CaseError, BadProfiles, ValueError) as error:
            raise CommandError(str(error)) from None
        told = document(here, done) | {"seconds": round(perf_counter() - begun, 3)}
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        self._tell(horizon, told)

    def _tell(self, horizon: Horizon, told: dict[str, Any]) -> None:
        self.stdout.write(f"{told['steps']} steps of {told['step_hours']:g} h: {horizon.told}")
        self.stdout.write(f"{'':<24}{'as it stands':>14}{'local control':>14}{'plan':>14}")
        for name in ("violations", "worst_pu", "loss_kwh", "energy_kwh", "overloads"):
            row = told[name]
            self.stdout.write(f"{name:<24}{row['before']:>14.6g}{row['local']:>14.6g}{row['after']:>14.6g}")
        moves = told["tap_operations"]
        self.stdout.write(f"{'operations':<24}{0:>14}{moves['local']:>14}{moves['after']:>14}")
        gap = "not known" if told["gap"] is None else f"{100 * told['gap']:.2f} %"
        self.stdout.write(f"gap to the bound: {gap}; {told['rounds']} rounds, {told['seconds']:.1f} s")
        verdict = "confirmed by the full power flow of every step" if told["confirmed"] else told["reason"]
        for sentence in (verdict, *told["explanation"]):
            self.stdout.write(sentence)


def _horizon(here: CaseNetwork, options: dict[str, Any]) -> Horizon:
    asked, steps = options["profiles"], options["steps"]
    if asked == NONE:
        return at_hand(here)
    if asked == OWN:
        return own_day(here, day=options["day"], steps=A_DAY if steps is None else steps)
    return of_table(here, Path(asked), steps=steps)


def _terms(options: dict[str, Any]) -> Terms:
    objective = Objective(options["objective"])
    factor = options["cvr_factor"]
    if options["max_tap_operations"] < 0:
        raise ValueError("max-tap-operations: give 0 or more.")
    if options["seconds"] <= 0:
        raise ValueError("seconds: give more than 0.")
    return Terms(
        objective=objective,
        most_tap_operations=options["max_tap_operations"],
        cvr_factor=(CVR_FACTOR if objective is Objective.CVR else 0.0) if factor is None else factor,
    )
