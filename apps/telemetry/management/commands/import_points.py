import argparse
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.telemetry.choices import Protocol
from apps.telemetry.services.points import import_points
from apps.telemetry.services.signal_list import PointMapRefused


class Command(BaseCommand):
    help = "Make the points of a gateway those of a signal list (CSV). One fault, and nothing is imported."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--gateway", required=True)
        parser.add_argument("--protocol", choices=Protocol.values, default=Protocol.IEC104.value)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2404)

    def handle(self, *args: object, **options: object) -> None:
        path = Path(str(options["file"]))
        try:
            with path.open(encoding="utf-8", newline="") as rows:
                outcome = import_points(
                    gateway_name=str(options["gateway"]),
                    rows=rows,
                    protocol=Protocol(str(options["protocol"])),
                    host=str(options["host"]),
                    port=int(str(options["port"])),
                )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}.") from error
        except PointMapRefused as refusal:
            for problem in refusal.problems[:20]:
                self.stderr.write(problem)
            raise CommandError(f"{len(refusal.problems)} problems in {path}; nothing was imported.") from refusal
        self.stdout.write(f"{outcome.created} points created, {outcome.updated} updated, {outcome.removed} removed.")
