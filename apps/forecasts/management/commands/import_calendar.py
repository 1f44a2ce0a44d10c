from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.services.importing import MOST_TOLD, FileRefused, import_calendar


class Command(BaseCommand):
    help = "Take days of the calendar (day, kind, name, value) or factors (day, factor, value) out of a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as rows:
                days, values = import_calendar(rows)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from error
        except FileRefused as refusal:
            for problem in refusal.problems[:MOST_TOLD]:
                self.stderr.write(problem)
            raise CommandError(f"{refusal} in {path}; nothing was imported.") from refusal
        self.stdout.write(f"{days} days and {values} values of factors were taken.")
