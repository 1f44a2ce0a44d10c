import logging
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone

from apps.state.services.areas import AreaScanner, area_names
from apps.state.services.scan import Scanner

log = logging.getLogger("apps.state.estimator")


class Command(BaseCommand):
    help = "Estimate the state of the network, scan after scan."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--area", metavar="NAME", help="estimate this area only, for a process with --areas")
        how.add_argument("--areas", action="store_true", help="estimate nothing; put together what the areas say")
        how.add_argument("--list-areas", action="store_true", help="name the areas of the live network and stop")

    def handle(self, *args: object, area: str | None, areas: bool, list_areas: bool, **options: object) -> None:
        if list_areas:
            self.stdout.write("\n".join(area_names(timezone.now())))
            return

        def made() -> Scanner | AreaScanner:
            return AreaScanner(area) if area else Scanner(by_areas=areas)

        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        scanner = made()
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + settings.SCAN_PERIOD_S, time.monotonic())
            try:
                scanner.scan(as_of=timezone.now())
            except Exception:
                # Nothing of a scan outlives it but what was committed: the next one starts from the stored facts.
                log.exception("the scan failed; the next one starts anew")
                scanner = made()
                connection.close()
