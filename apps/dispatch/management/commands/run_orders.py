import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.dispatch.services import course_following, execution, order_watch

log = logging.getLogger("apps.dispatch.orders")
BUSY_S, IDLE_S = 0.1, 0.5  # between two rounds, with an order open and without
LATE_S = 2.0


class Command(BaseCommand):
    help = "Follow orders to the field: answers, feedback, and what time ends. Raise the alarm of what had no effect."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        wait_s, since_s = 0.0, LATE_S
        while not stop.wait(wait_s):
            try:
                wait_s = BUSY_S if order_watch.advance(as_of=timezone.now()) else IDLE_S
                since_s += wait_s
                if since_s >= LATE_S:
                    order_watch.find_out(as_of=timezone.now())
                    order_watch.late_effects(as_of=timezone.now())
                    execution.advance(as_of=timezone.now())
                    course_following.advance_courses(clock=timezone.now)
                    since_s = 0.0
            except Exception:
                # Nothing is lost: the next round finds the same rows.
                log.exception("orders were not followed for a moment")
                connection.close()
                wait_s = IDLE_S
