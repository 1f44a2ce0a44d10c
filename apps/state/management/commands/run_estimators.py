import sys

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.assets import selectors as assets
from apps.state.services.areas import area_names
from apps.state.services.live_state import Configuration
from apps.telemetry import selectors as telemetry
from apps.telemetry.gateway.keeper import Keeper, keep

WHOLE = "together"


def command(name: str) -> tuple[str, ...]:
    role = ("--areas",) if name == WHOLE else (f"--area={name.removeprefix('of ')}",)
    return (sys.executable, sys.argv[0], "run_estimator", *role)


class Wanted:
    """The areas of the live network; asked for anew when another network or point map is live."""

    def __init__(self) -> None:
        self._names = set[str]()
        self._configuration: Configuration | None = None

    def names(self) -> set[str]:
        now = timezone.now()
        points = tuple((block.gateway_id, block.config_version) for block in telemetry.latest_values())
        model_id = assets.current_model_id(now)
        if model_id is not None and (model_id, points) != self._configuration:
            self._names = {WHOLE, *(f"of {name}" for name in area_names(now))}
            self._configuration = model_id, points
        return self._names


class Command(BaseCommand):
    help = "Keep one process for every area of the live network, and one that puts together what they say."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        keep(Keeper(command, kind="estimate"), Wanted().names)
        self.stdout.write("Estimates ended.")
