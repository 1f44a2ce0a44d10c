import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.efficiency.adapters.saving_verify import DAILY, HOURLY, verify_files
from apps.markets.adapters.parsed import FileRefused

_FIGURES = (
    ("counterfactual", "counterfactual_kwh", "kWh without the measure"),
    ("observed", "observed_kwh", "kWh metered"),
    ("saved", "saved_kwh", "kWh"),
)


class Command(BaseCommand):
    help = (
        "Did a measure save energy? A baseline by CalTRACK 2 (daily or hourly) carried into the time after it, less "
        "what was metered (IPMVP option C), with its uncertainty. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "meter", type=Path, metavar="METER.csv", help="columns start and kwh (or wh, mwh); also .gz"
        )
        parser.add_argument(
            "weather", type=Path, metavar="WEATHER.csv", help="start and temperature_c or temperature_f"
        )
        parser.add_argument(
            "--baseline", required=True, metavar="FROM/TO", help="local days before the measure, TO out"
        )
        parser.add_argument("--reporting", required=True, metavar="FROM/TO", help="local days after it, TO out")
        parser.add_argument("--method", choices=(DAILY, HOURLY), default=DAILY)
        parser.add_argument("--zone", default="UTC", help="time zone of days, and of times without an offset")
        parser.add_argument("--days", action="store_true", help="also the sums of every day, in the JSON")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = verify_files(
                meter=options["meter"],
                weather=options["weather"],
                baseline=options["baseline"],
                reporting=options["reporting"],
                zone=options["zone"],
                method=options["method"],
                with_days=options["days"],
            )
        except FileRefused as refusal:
            raise CommandError(
                "\n".join(f"{told}." for told in (one.rstrip(".") for one in refusal.problems))
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(found.document, indent=1, allow_nan=False))
        else:
            self._tell(found.document)

    def _tell(self, told: dict[str, Any]) -> None:
        self.stdout.write(
            f"{told['method']}, {told['model']['kind']}; {told['reporting']['days_compared']} days compared"
        )
        for label, key, unit in _FIGURES:
            self.stdout.write(f"{label:<16}{told[key]:14,.1f} {unit}")
        band, share = told["uncertainty"]["fsu_band_kwh"], told["saved_share"]
        self.stdout.write(f"{'of that':<16}{'unknown' if share is None else f'{share:.1%}':>14}")
        sure = told["uncertainty"]["reason"] if band is None else f"{band:14,.1f} kWh either way, at 90 %"
        self.stdout.write(f"{'uncertainty':<16}{sure}")
        for fault in told["sufficiency"]["failures"]:
            self.stdout.write(f"not sufficient: {fault}")
        for note in (*told["sufficiency"]["notes"], *told["notes"]):
            self.stdout.write(f"note: {note}")
