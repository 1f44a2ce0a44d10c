import argparse
import io
import json
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.assets.models import NetworkModel
from apps.assets.selectors import current_model
from apps.forecasts.models import HistoryDay
from apps.forecasts.services.seeding import CannotSeed, seed_history
from apps.forecasts.services.series import sync_series
from apps.forecasts.tasks import begin
from apps.telemetry.models import Gateway
from apps.weather.models import WeatherRun
from apps.weather.services.feeds import PROVIDER, prepare_field_feeds
from apps.weather.services.folders import read_folders
from gridops.supervise.site import Site, write_private

DEMO = "simbench:1-HVMV-urban-all-1-sw"
SEEDED_DAYS = 365
CANNOT_CHANGE = ("simbench:", "matpower:")  # a named data set; a file may have been edited since


class Command(BaseCommand):
    help = "Bring the database to where a site can start: tables, people, network, points. What is there is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--grid", default="", help="the source of the network; the current one if not given")
        parser.add_argument("--gateway", required=True)
        parser.add_argument("--host", required=True)
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--speed", type=float, default=1.0, help="of the field; a past is made in real time only")

    def handle(self, *args: object, **options: Any) -> None:
        site = Site(settings.VAR)
        self.stdout.write("bringing the tables up to date")
        call_command("migrate", verbosity=0, interactive=False)
        self._keep_logins(site.logins_file)
        grid = self._load_network(options["grid"])
        self._load_points(site, grid, {name: options[name] for name in ("gateway", "host", "port")})
        self._prepare_weather(site, grid)
        self._prepare_forecasts(has_real_time=options["speed"] == 1.0)

    def _keep_logins(self, file: Path) -> None:
        """A password is known only in the moment it is made, so it is kept beside the data of the demo."""
        printed = io.StringIO()
        call_command("demo_users", stdout=printed)
        kept = {one["username"]: one for one in json.loads(file.read_text())} if file.exists() else {}
        for one in json.loads(printed.getvalue()):
            if one.get("password") or one["username"] not in kept:
                kept[one["username"]] = {**one, "password": one.get("password") or "(set in an earlier run)"}
        write_private(file, list(kept.values()))

    def _load_network(self, wanted: str) -> str:
        current = current_model()
        grid = wanted or (current.source if current else DEMO)
        if current is None or current.source != grid or not grid.startswith(CANNOT_CHANGE):
            self.stdout.write(f"loading the network {grid}")
            call_command("import_network", grid, stdout=self.stdout)
            _refuse_another(current, grid)
        return grid

    def _load_points(self, site: Site, grid: str, address: dict[str, Any]) -> None:
        points = site.cache / f"signals-{sha256(grid.encode()).hexdigest()[:16]}.csv"
        if not points.exists():
            self.stdout.write("asking the field for its list of signals")
            points.parent.mkdir(parents=True, exist_ok=True)
            self._ask_the_field(grid, points)
        prepared = {"grid": grid, "points": sha256(points.read_bytes()).hexdigest(), **address}
        if not (_holds(address, count=points.read_text().count("\n") - 1) and _recalled(site) == prepared):
            self.stdout.write("loading the points of the field")
            call_command("import_points", str(points), stdout=self.stdout, **address)
            write_private(site.prepared_file, prepared)

    def _prepare_weather(self, site: Site, grid: str) -> None:
        """The past of the weather is there before a model is trained."""
        prepare_field_feeds()
        if not WeatherRun.objects.filter(provider=PROVIDER).exists():
            self.stdout.write("asking the field for its weather archive")
            self._run_the_field("weather", grid, site.cache, "--weather-folder", str(site.weather))
            read_folders(as_of=timezone.now(), still_s=0)

    def _prepare_forecasts(self, *, has_real_time: bool) -> None:
        """A model is trained and the first forecast issued by the workers, while people look at the first pages."""
        if sync_series().created:
            self.stdout.write("naming the series that are forecast")
        if has_real_time and not HistoryDay.objects.exists():
            self.stdout.write("making a year's history of the city's own profiles")
            with suppress(CannotSeed):  # without profiles forecasts begin with what is measured
                seed_history(days=SEEDED_DAYS, as_of=timezone.now())
        begin.delay()

    def _ask_the_field(self, grid: str, points: Path) -> None:
        fresh = points.with_suffix(".new")
        with fresh.open("wb") as file:
            self._run_the_field("signals", grid, points.parent, out=file)
        fresh.rename(points)

    def _run_the_field(self, action: str, grid: str, cache: Path, *more: str, out: IO[bytes] | None = None) -> None:
        command = (sys.executable, "-m", "gridops.simulator", action, "--grid", grid, "--cache", str(cache), *more)
        if subprocess.run(command, stdout=out, cwd=settings.BASE_DIR, check=False).returncode:  # noqa: S603
            raise CommandError(f"The simulated field does not know {grid}; see the lines above.")


def _refuse_another(before: NetworkModel | None, grid: str) -> None:
    """The field and the points would be of a network that nobody approved."""
    if before is not None and before.source != grid:
        raise CommandError(
            f"This site runs {before.source}; {grid} is stored and waits for approval. Start without --grid and "
            "approve it under /network/models/, or start another site with another --var."
        )


def _holds(address: dict[str, Any], *, count: int) -> bool:
    known = Gateway.objects.filter(name=address["gateway"], host=address["host"], port=address["port"]).first()
    return known is not None and known.points.count() == count


def _recalled(site: Site) -> object:
    """What the last start loaded."""
    try:
        return json.loads(site.prepared_file.read_text())
    except (OSError, ValueError):
        return None
