from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.markets.services import addresses, folders, lateness


class Command(BaseCommand):
    help = "Read every drop folder of prices once and ask every address that is due, as the workers do by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folders-only", action="store_true", help="ask no address")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        files = folders.read_folders(as_of=now)
        asked = 0 if options["folders_only"] else addresses.ask_addresses(as_of=now)
        late = lateness.watch_zones(as_of=now)
        self.stdout.write(f"{files} files looked at, {asked} addresses asked, {late} zones without prices that are due")
