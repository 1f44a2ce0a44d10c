import logging
import signal
import threading
from collections.abc import Callable
from functools import partial

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from apps.incidents.services import restoring
from apps.incidents.services.rounds import Rounds

log = logging.getLogger("apps.incidents.rounds")
ROUND_S = 1.0


class Command(BaseCommand):
    help = "Watch over incidents: losses of supply nobody asked for, the faulted section, who has supply again."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        rounds = Rounds()
        while not stop.wait(ROUND_S):
            if not _done("incidents were not followed for a moment", partial(rounds.advance, clock=timezone.now)):
                rounds = Rounds()
            _done("restoration was not looked at for a moment", partial(restoring.look, as_of=timezone.now()))


def _done(what: str, act: Callable[[], object]) -> bool:
    """Nothing is lost where it fails: the next round finds the same rows."""
    try:
        act()
    except Exception:
        log.exception(what)
        connection.close()
        return False
    return True
