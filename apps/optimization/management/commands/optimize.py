import json
from argparse import ArgumentParser
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from apps.assets.adapters.case_network import CaseError, named_case
from apps.optimization.adapters.case_optimum import best_of_case
from apps.optimization.adapters.optimum import Optimum
from apps.optimization.choices import MOST_SWITCHINGS, Aim
from apps.optimization.services.newest import best_of_newest
from apps.studies.rules import Conflict, Refused

_ROWS = {
    "losses_kw": "losses, kW",
    "violations": "limits broken",
    "min_voltage_pu": "lowest voltage, pu",
    "max_voltage_pu": "highest voltage, pu",
    "max_loading_percent": "top loading, %",
}
_SENTENCES = (Refused, Conflict, ValueError)  # they say in words why there is no answer


class Command(BaseCommand):
    help = (
        "The best open points, and then the best taps, capacitors and reactive powers, each borne out by the full "
        "power flow. With NETWORK (as import_network takes it, or a MATPOWER case's name) it needs no database and no "
        "running system; without, it is the newest stored state of the live network. Nothing is proposed or ordered."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", nargs="?", help="simbench:<code>, matpower:<case> or a file")
        parser.add_argument("--aim", default=Aim.LOSSES.value, help=f"one of: {', '.join(Aim.values)} (losses)")
        parser.add_argument("--max-switchings", metavar="N", help="at most so many switch operations")
        parser.add_argument("--json", action="store_true", help="the answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        aim, most = _aim(options["aim"]), _whole(options["max_switchings"])
        began = perf_counter()
        found, about = _of_file(options["network"], aim, most) if options["network"] else _of_newest(aim, most)
        told = found.document() | about | {"seconds": round(perf_counter() - began, 3)}
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=1))
        else:
            self._tell(told)

    def _tell(self, told: dict[str, Any]) -> None:
        self.stdout.write(f"{'':<22}{'before':>14}{'after':>14}")
        for name, label in _ROWS.items():
            self.stdout.write(f"{label:<22}{_cell(told['before'][name])}{_cell(told['after'][name])}")
        for number, move in enumerate([*told["switchings"], *told["set_points"]], 1):
            self.stdout.write(f"{number:>4}  {move['words']}{_state(move['after'])}")
        gaps = [f"{name.replace('_', '-')} {gap:.2%}" for name, gap in told["gap"].items() if gap is not None]
        self.stdout.write(f"gap: {', '.join(gaps) or 'not known'}; {told['seconds']:.1f} s")
        for line in (told["reason"], *told["notes"]):
            if line:
                self.stdout.write(line)


def _of_file(network: str, aim: Aim, most: int | None) -> tuple[Optimum, dict[str, Any]]:
    try:
        found, notes = best_of_case(named_case(network, settings.VAR / "cases"), aim, most)
    except CaseError as error:
        raise CommandError(f"{network} cannot be read: {error}") from None
    except ValueError as error:
        raise CommandError(str(error)) from None
    return found, {"network": network, "as_of": None, "notes": list(notes)}


def _of_newest(aim: Aim, most: int | None) -> tuple[Optimum, dict[str, Any]]:
    try:
        at_most = MOST_SWITCHINGS if most is None else most
        found, as_of = best_of_newest(aim=aim, most_switchings=at_most, as_of=timezone.now())
    except _SENTENCES as reason:
        raise CommandError(f"There is no state to begin from: {reason}") from None
    except OperationalError as fault:
        raise CommandError(
            f"The database cannot be reached ({str(fault).strip()}). Set DATABASE_URL, or name a network."
        ) from None
    return found, {"network": None, "as_of": as_of.isoformat(), "notes": []}


def _aim(text: str) -> Aim:
    if text not in Aim.values:
        raise CommandError(f"--aim: '{text}' is no aim; write one of: {', '.join(Aim.values)}")
    return Aim(text)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal():
        raise CommandError(f"--max-switchings: '{text}' is no number of switch operations; write 0, 1, 2 ...")
    return int(text)


def _state(after: dict[str, Any] | None) -> str:
    return f": {after['losses_kw']:,.3f} kW, {after['violations']} broken" if after else ""


def _cell(value: float | None) -> str:
    return f"{'-':>14}" if value is None else f"{value:>14,.6g}"
