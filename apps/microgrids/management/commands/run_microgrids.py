import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.microgrids.services import transition_rounds

log = logging.getLogger("apps.microgrids.rounds")
ROUND_S = 1.0


class Command(BaseCommand):
    help = "Watch over microgrids: criteria, islanding, reconnection and black start, step by step, by orders."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        while not stop.wait(ROUND_S):
            try:
                transition_rounds.advance(clock=timezone.now)
            except Exception:
                # Nothing is lost: the next round finds the same rows.
                log.exception("microgrids were not followed for a moment")
                connection.close()
