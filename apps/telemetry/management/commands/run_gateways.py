import logging
import signal
import sys
import time

from django.core.management.base import BaseCommand
from django.db import Error, connection

from apps.telemetry.gateway.keeper import Keeper, enabled_gateways

log = logging.getLogger(__name__)
PERIOD_S = 1.0


def _leave(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Keep one process for every enabled gateway; one that is added in the admin starts within seconds."

    def handle(self, *args: object, **options: object) -> None:
        signal.signal(signal.SIGTERM, _leave)
        keeper, wanted = Keeper(lambda name: (sys.executable, sys.argv[0], "run_gateway", name)), set[str]()
        try:
            while True:
                try:
                    wanted = enabled_gateways()
                except Error:
                    log.exception("the gateways could not be asked for; those that run go on")
                    connection.close()
                keeper.tend(wanted)
                time.sleep(PERIOD_S)
        except KeyboardInterrupt:
            self.stdout.write("Links closed.")
        finally:
            keeper.stop()
