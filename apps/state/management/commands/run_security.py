import logging
import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.state.services.security import Watcher

log = logging.getLogger("apps.state.security")


class Command(BaseCommand):
    help = "Work out what the loss of any one element would do: each minute, and when a switch has moved."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        watcher = Watcher()
        while not stop.wait(settings.SCAN_PERIOD_S):
            try:
                watcher.look(as_of=timezone.now())
            except Exception:
                log.exception("the security run failed; the next one starts anew")
                watcher = Watcher()
                connection.close()
