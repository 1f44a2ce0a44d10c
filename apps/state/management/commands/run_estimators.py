import logging
import signal
import sys
import time

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils import timezone

from apps.assets import selectors as assets
from apps.state.services.areas import area_names
from apps.state.services.live_state import Configuration
from apps.telemetry import selectors as telemetry
from apps.telemetry.gateway.keeper import Keeper

log = logging.getLogger(__name__)
PERIOD_S = 1.0
WHOLE = "together"


def command(name: str) -> tuple[str, ...]:
    role = ("--areas",) if name == WHOLE else (f"--area={name.removeprefix('of ')}",)
    return (sys.executable, sys.argv[0], "run_estimator", *role)


class Wanted:
    """The areas of the live network; asked for anew when another network or point map is live."""

    def __init__(self) -> None:
        self.names = set[str]()
        self._configuration: Configuration | None = None

    def look(self) -> None:
        now = timezone.now()
        points = tuple((block.gateway_id, block.config_version) for block in telemetry.latest_values())
        model_id = assets.current_model_id(now)
        if model_id is not None and (model_id, points) != self._configuration:
            self.names = {WHOLE, *(f"of {name}" for name in area_names(now))}
            self._configuration = model_id, points


def _leave(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Keep one process for every area of the live network, and one that puts together what they say."

    def handle(self, *args: object, **options: object) -> None:
        signal.signal(signal.SIGTERM, _leave)
        keeper, wanted = Keeper(command, kind="estimate"), Wanted()
        try:
            while True:
                try:
                    wanted.look()
                except Error:
                    log.exception("the areas could not be asked for; the processes that run go on")
                    connection.close()
                keeper.tend(wanted.names)
                time.sleep(PERIOD_S)
        except KeyboardInterrupt:
            self.stdout.write("Estimates ended.")
        finally:
            keeper.stop()
