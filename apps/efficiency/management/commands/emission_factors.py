import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.efficiency.adapters.emission_mix import factor_rows, factors_of_mix, known_factor
from apps.efficiency.adapters.saving_verify import zone_of
from apps.markets.adapters.parsed import FileRefused


class Command(BaseCommand):
    help = (
        "What does a kWh emit, hour by hour? Average and marginal factors of a generation mix (start, and a column for "
        "each source), with the method. --out writes them as import_prices takes them. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mix", type=Path, metavar="MIX.csv")
        parser.add_argument(
            "--factor", action="append", default=[], metavar="SOURCE=G", help="g/kWh in place of the median of AR5"
        )
        parser.add_argument(
            "--zone", default="UTC", help="time zone of hours of the day, and of times without an offset"
        )
        parser.add_argument("--out", type=Path, metavar="FACTORS.csv")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = dict(known_factor(one) for one in options["factor"])
            content = options["mix"].read_bytes()
            found = factors_of_mix(content, options["mix"].name, zone_of(options["zone"]), told)
            if options["out"]:
                options["out"].write_text(factor_rows(found))
        except FileRefused as refusal:
            raise CommandError("\n".join(f"{one.rstrip('.')}." for one in refusal.problems)) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}; give paths that can be used.") from None
        if options["json"]:
            self.stdout.write(json.dumps(found.document, indent=1, allow_nan=False))
            return
        mean = found.document["average_g_per_kwh"]
        self.stdout.write(f"{found.document['hours_known']} of {found.document['hours']} hours have an average factor")
        self.stdout.write(f"mean {'unknown' if mean is None else f'{mean:.1f} g/kWh'}")
        for hour, value in enumerate(found.document["marginal_by_hour_of_day_g_per_kwh"]):
            self.stdout.write(f"{hour:02}:00 marginal {'unknown' if value is None else f'{value:.1f} g/kWh'}")
