import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.assets.adapters.case_network import CaseError, case_network, named_case
from apps.efficiency.adapters.loss_examination import examined
from apps.efficiency.adapters.loss_files import ReadingsError, readings_of, report_document


class Command(BaseCommand):
    help = (
        "Where a network loses energy: technical losses by line and transformer from power flows, the balance of each "
        "part that has a meter at its way in, and the meters behind which the rest may be lost, with the evidence. "
        "READINGS.csv has the columns meter,at,kwh and optionally voltage_pu: a line for each meter and hour, with the "
        "name or mRID of a load, of a transformer (what leaves its low side) or of a source. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", help="as import_network takes it: simbench:<code>, matpower:<case> or a file")
        parser.add_argument("readings", metavar="READINGS.csv", help="meter,at,kwh[,voltage_pu] by hour")
        parser.add_argument("--json", action="store_true", help="the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["readings"]
        try:
            here = case_network(named_case(options["network"], settings.VAR / "cases"))
            with Path(name).open(encoding="utf-8", newline="") as lines:
                readings, first = readings_of(here, lines)
        except CaseError as error:
            raise CommandError(f"{options['network']} cannot be read: {error}") from None
        except ReadingsError as error:
            raise CommandError(f"{name}, {error}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}") from None
        told = report_document(here, examined(here, readings), first, len(readings.load_kwh))
        self.stdout.write(json.dumps(told, indent=1, allow_nan=False) if options["json"] else _words(told))


def _words(told: dict[str, Any]) -> str:
    lines = [
        f"{told['from']} to {told['until']}: metered {told['metered_kwh']:,.0f} kWh, technical losses "
        f"{told['technical_kwh']:,.1f} kWh (lines {told['lines_kwh']:,.1f}, transformers under load "
        f"{told['transformers_load_kwh']:,.1f}, without load {told['transformers_no_load_kwh']:,.1f})"
    ]
    for part in told["parts"]:
        one = part["balance"]
        rest = (
            f"unexplained {one['unexplained_kwh']:,.0f} kWh ({one['low_kwh']:,.0f} to {one['high_kwh']:,.0f})"
            if one
            else "no meter at its way in: no balance"
        )
        lines.append(f"{part['fed_by']}: {part['loads']} loads, {rest}")
    lines += [
        f"{one['probability']:>4.0%}  {one['meter']}  {one['kind']}  {one['energy_kwh']:,.0f} kWh  "
        + " ".join(sign["text"] for sign in one["evidence"])
        for one in told["suspects"]
    ]
    return "\n".join([*lines, *(f"note: {note}" for note in told["notes"])])
