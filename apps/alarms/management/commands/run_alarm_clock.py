import logging
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.alarms.services import clock

log = logging.getLogger("apps.alarms.clock")
PERIOD_S = 1.0
CANARY_S = 30.0


class Command(BaseCommand):
    help = "End what time ends: shelves, chatter, rules, floods. Escalate, watch the areas, and give signs of life."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        due = sung = time.monotonic() - CANARY_S
        while not stop.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + PERIOD_S
            try:
                clock.sweep(as_of=timezone.now())
                clock.watch_areas(as_of=timezone.now())
                if time.monotonic() - sung >= CANARY_S:
                    clock.sing(as_of=timezone.now())
                    sung = time.monotonic()
            except Exception:
                # The next second tries again; what is missing meanwhile is the sign of life, and displays say so.
                log.exception("the alarm clock missed a beat")
                connection.close()
