from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.forecasts.services.seeding import CannotSeed, seed_history


class Command(BaseCommand):
    help = "Make a past of the network's own profiles, for a demonstration in real time. What was measured is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=365)

    def handle(self, *args: object, **options: Any) -> None:
        try:
            found = seed_history(days=options["days"], as_of=timezone.now())
        except CannotSeed as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"{found.quarters} quarter hours of {found.series} series were made over {found.days} days.")
