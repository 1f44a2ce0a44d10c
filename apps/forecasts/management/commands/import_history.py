from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.services.importing import MOST_TOLD, FileRefused, import_history


class Command(BaseCommand):
    help = "Take the history of series out of a CSV file, wide or long. One fault, and nothing is imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--zone", default="", help="of times without an offset; that of the site if not given")

    def handle(self, *args: object, **options: Any) -> None:
        path: Path = options["file"]
        try:
            zone = ZoneInfo(options["zone"] or settings.TIME_ZONE)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CommandError(f"--zone is {options['zone']!r}; give a name such as 'Europe/Berlin'.") from error
        try:
            with path.open(encoding="utf-8-sig", newline="") as rows:
                found = import_history(rows, zone=zone)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from error
        except FileRefused as refusal:
            for problem in refusal.problems[:MOST_TOLD]:
                self.stderr.write(problem)
            raise CommandError(f"{refusal} in {path}; nothing was imported.") from refusal
        self.stdout.write(f"{found.quarters} quarter hours of {found.series} series are new or have changed.")
