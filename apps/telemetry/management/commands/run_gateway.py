import argparse
import signal

from django.core.management.base import BaseCommand, CommandError

from apps.telemetry import gateway
from apps.telemetry.models import Gateway


def _leave(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Hold the link of one gateway and store what it brings."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: object, **options: object) -> None:
        signal.signal(signal.SIGTERM, _leave)
        try:
            gateway.run(str(options["name"]))
        except Gateway.DoesNotExist:
            names = ", ".join(Gateway.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"No gateway is called {options['name']!r}; known: {names}.") from None
        except KeyboardInterrupt:
            self.stdout.write("Link closed.")
