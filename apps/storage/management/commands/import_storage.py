from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.storage.adapters.datasheets import FileRefused
from apps.storage.services.importing import import_plants


class Command(BaseCommand):
    help = "Make battery plants of a CSV file of their datasheets, each with a typical set of limits to begin with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--fleet", default="Batteries", help="that they belong to")
        parser.add_argument("--price-zone", default="", help="whose day-ahead prices they are planned by")
        parser.add_argument("--wear-per-kwh", type=float, help="of plants whose row does not tell it")

    def handle(self, *args: Any, **options: Any) -> None:
        told = {name: options[name] for name in ("fleet", "price_zone", "wear_per_kwh")}
        try:
            done = import_plants(content=options["file"].read_bytes(), as_of=timezone.now(), **told)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}; give a file that can be read.") from None
        except FileRefused as refusal:
            raise CommandError("\n".join(refusal.problems)) from None
        self.stdout.write(f"made: {', '.join(done.made) or 'none'}; there already: {', '.join(done.known) or 'none'}")
