import logging
import signal
import threading
import time

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.state.services.scan import Scanner

log = logging.getLogger("apps.state.estimator")


class Command(BaseCommand):
    help = "Estimate the state of the network, scan after scan."

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        scanner = Scanner()
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + settings.SCAN_PERIOD_S, time.monotonic())
            try:
                scanner.scan(as_of=timezone.now())
            except Exception:
                # Nothing of a scan outlives it but what was committed: the next one starts from the stored facts.
                log.exception("the scan failed; the next one starts anew")
                scanner = Scanner()
                connection.close()
