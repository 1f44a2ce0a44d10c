import argparse
import io
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from celery import chain
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.choices import Permission, Role
from apps.accounts.models import TOKEN_LIFE, ApiToken, User
from apps.accounts.services import issue_token, revoke_token
from apps.assets.models import NetworkModel
from apps.assets.selectors import current_model
from apps.demand_response.services.field_customers import NotEnrolled, prepare_field_customers
from apps.demand_response.tasks import ask_first_call, look_for_opportunities
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.services.autonomy import set_autonomy
from apps.efficiency.services.program_sites import take_metered_sites
from apps.forecasts.models import HistoryDay
from apps.forecasts.services.seeding import CannotSeed, seed_history
from apps.forecasts.services.series import sync_series
from apps.forecasts.tasks import begin
from apps.incidents.services.crews import prepare_demo_crews
from apps.markets.models import MarketBlock
from apps.markets.services.feeds import FIELD_ZONE
from apps.markets.services.feeds import prepare_field_feeds as prepare_field_feeds_of_market
from apps.markets.services.field_portfolio import prepare_field_portfolio
from apps.markets.services.folders import read_folders as read_price_folders
from apps.markets.tasks import forecast_prices
from apps.microgrids.services.defining import seed_microgrids
from apps.renewables.services.field_area import prepare_field_area
from apps.renewables.tasks import begin as begin_renewables
from apps.renewables.tasks import trade
from apps.storage.choices import DESK
from apps.storage.models import StoragePlant
from apps.storage.services.field_fleet import prepare_field_fleet
from apps.storage.tasks import tell_market
from apps.telemetry.choices import Protocol
from apps.telemetry.models import Gateway
from apps.weather.models import WeatherRun
from apps.weather.services.feeds import PROVIDER, prepare_field_feeds
from apps.weather.services.folders import read_folders
from gridops.management.field_gateways import SPEAKING, Settings
from gridops.supervise.site import Site, write_private

DEMO = "simbench:1-HVMV-urban-all-1-sw+microgrids"
SEEDED_DAYS, METERED_SITES = 365, 8
HEAD_END, TOKEN_RESERVE = "head end of the field's meters", timedelta(days=30)
FIRST_CALL_S = 60.0  # after the start: until then there is no state
LISTS = "3 "  # edition of what the field lists: an older one that was kept is asked for anew
PLANTS_OF_DEMO = {"fleet": "City batteries", "price_zone": FIELD_ZONE, "wear_per_kwh": 0.01}
MOVES_A_PLANT, LEAST_EFFICIENCY = 100, 0.9  # a set-point each quarter of an hour; ratings are those of the cells
CANNOT_CHANGE = ("simbench:", "matpower:")  # a named data set; a file may have been edited since


class Command(BaseCommand):
    help = "Bring the database to where a site can start: tables, people, network, points. What is there is kept."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--grid", default="", help="the source of the network; the current one if not given")
        parser.add_argument("--empty", action="store_true", help="tables and an administrator, and no demo data")
        parser.add_argument("--gateway", default="field")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2404)
        parser.add_argument("--battery-port", type=int, default=0, help="where the field's battery plants answer")
        parser.add_argument("--microgrid-port", type=int, default=0, help="where the field's microgrids answer")
        parser.add_argument("--speed", type=float, default=1.0, help="of the field; a past is made in real time only")

    def handle(self, *args: object, **options: Any) -> None:
        site = Site(settings.VAR)
        self.stdout.write("bringing the tables up to date")
        call_command("migrate", verbosity=0, interactive=False)
        self._keep_logins(site.logins_file, *([f"--role={Role.ADMIN.value}"] if options["empty"] else []))
        if options["empty"]:
            return
        grid = self._load_network(options["grid"])
        self._load_points(site, grid, {name: options[name] for name in ("gateway", "host", "port")})
        for what, (gateway, settings_of_demo) in SPEAKING.items():
            if options["battery_port"] and (port := options[f"{what}_port"]):
                address = {"gateway": gateway, "host": options["host"], "port": port}
                self._load_devices(site, grid, address, what=what, settings=settings_of_demo)
        self._prepare_weather(site, grid)
        self._prepare_markets(site, grid)
        if options["battery_port"]:
            self._prepare_storage(site, grid)
        seed_microgrids(as_of=timezone.now())
        self._prepare_customers(site, grid)
        prepare_demo_crews()
        self._prepare_head_end(site)
        self._prepare_forecasts(has_real_time=options["speed"] == 1.0)

    def _keep_logins(self, file: Path, *which: str) -> None:
        """A password is known only in the moment it is made, so it is kept beside the data of the demo."""
        printed = io.StringIO()
        call_command("demo_users", *which, stdout=printed)
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
        points = self._list(site, grid, "signals", "--without-batteries")
        prepared = {"grid": grid, "points": sha256(points.read_bytes()).hexdigest(), **address}
        if not (_holds(address, count=_rows(points)) and _recalled(site) == prepared):
            self.stdout.write("loading the points of the field")
            call_command("import_points", str(points), stdout=self.stdout, **address)
            write_private(site.prepared_file, prepared)

    def _load_devices(self, site: Site, grid: str, address: dict[str, Any], *, what: str, settings: Settings) -> None:
        """After the field's own points: what was read there may be read here now. Nothing speaks: no such gateway."""
        points = self._list(site, grid, f"{what}-signals")
        gateway = Gateway.objects.filter(name=address["gateway"])
        if not _rows(points):
            gateway.update(is_enabled=False)
            return
        if not _holds(address, count=_rows(points)):
            self.stdout.write(f"loading the points: {what}")
            call_command("import_points", str(points), protocol=Protocol.MODBUS, stdout=self.stdout, **address)
        gateway.filter(settings={}).update(settings=settings(points))

    def _list(self, site: Site, grid: str, action: str, *more: str) -> Path:
        points = site.cache / f"{'-'.join((action, *more))}-{sha256((LISTS + grid).encode()).hexdigest()[:16]}.csv"
        if not points.exists():
            self.stdout.write(f"asking the field for its list of {action}")
            points.parent.mkdir(parents=True, exist_ok=True)
            fresh = points.with_suffix(".new")
            with fresh.open("wb") as file:
                self._run_the_field(action, grid, points.parent, *more, out=file)
            fresh.rename(points)
        return points

    def _prepare_weather(self, site: Site, grid: str) -> None:
        """The past of the weather is there before a model is trained."""
        prepare_field_feeds()
        if not WeatherRun.objects.filter(provider=PROVIDER).exists():
            self.stdout.write("asking the field for its weather archive")
            self._run_the_field("weather", grid, site.cache, "--weather-folder", str(site.weather))
            read_folders(as_of=timezone.now(), still_s=0)

    def _prepare_markets(self, site: Site, grid: str) -> None:
        """The past of the prices is there before anybody plans by them."""
        prepare_field_feeds_of_market()
        prepare_field_portfolio(by=User.objects.get(username=Role.SUPERVISOR.value), as_of=timezone.now())
        if not MarketBlock.objects.filter(series__zone__code=FIELD_ZONE).exists():
            self.stdout.write("asking the field for its past prices")
            zone = ("--time-zone", settings.TIME_ZONE)
            self._run_the_field("market", grid, site.cache, "--market-folder", str(site.market), *zone)
            read_price_folders(as_of=timezone.now(), still_s=0)

    def _prepare_storage(self, site: Site, grid: str) -> None:
        """After the points: which limits are watched depends on what is measured."""
        sheets = self._list(site, grid, "battery-sheets")
        if _rows(sheets) and not StoragePlant.objects.exists():
            self.stdout.write("loading the datasheets of the battery plants")
            call_command("import_storage", str(sheets), stdout=self.stdout, **PLANTS_OF_DEMO)
            _let_storage_act()

    def _prepare_papers(self) -> None:
        """After the series: a meter's customer and the largest plant are among them."""
        by = User.objects.get(username=Role.SUPERVISOR.value)
        made = prepare_field_fleet(by=by, as_of=timezone.now()) + ["area"] * prepare_field_area()
        if made:
            self.stdout.write(f"entering what the demo assumes: {', '.join(made)}")

    def _prepare_customers(self, site: Site, grid: str) -> None:
        """Before the homes start: secrets are known only in the moment they are made, and the homes are told them."""
        by = User.objects.get(username=Role.PROGRAM_MANAGER.value)
        try:
            issued = prepare_field_customers(sheet=lambda: self._customers(site, grid), by=by, as_of=timezone.now())
        except NotEnrolled as error:
            self.stdout.write(f"no customers were enrolled: {error}")
            return
        if issued:
            self.stdout.write(f"{len(issued)} customers of the field are enrolled")
            write_private(site.homes_file, [asdict(one) for one in issued])

    def _prepare_head_end(self, site: Site) -> None:
        """Its token is known only in the moment it is made; one that is lost or near its end is made anew."""
        now, known = timezone.now(), ApiToken.objects.filter(name=HEAD_END, revoked_at__isnull=True)
        if site.head_end_file.exists() and known.filter(expires_at__gt=now + TOKEN_RESERVE).exists():
            return
        for old in known:
            revoke_token(token=old, actor=None, at=now)
        owner = User.objects.get(username=Role.ADMIN.value)
        _, value = issue_token(
            owner=owner, name=HEAD_END, scopes=[Permission.WRITE_TELEMETRY], life=TOKEN_LIFE, actor=None, at=now
        )
        write_private(site.head_end_file, {"token": value})

    def _customers(self, site: Site, grid: str) -> bytes:
        sheet = site.cache / "customers.csv"
        with sheet.open("wb") as file:
            self._run_the_field("customers", grid, site.cache, out=file, module="gridops.simulator.vens")
        return sheet.read_bytes()

    def _prepare_forecasts(self, *, has_real_time: bool) -> None:
        """Models are trained and forecasts issued by the workers; what leans on them follows at once."""
        if sync_series().created:
            self.stdout.write("naming the series that are forecast")
        if has_real_time and not HistoryDay.objects.exists():
            self.stdout.write("making a year's history of the city's own profiles")
            with suppress(CannotSeed):  # without profiles forecasts begin with what is measured
                seed_history(days=SEEDED_DAYS, as_of=timezone.now())
        by = User.objects.get(username=Role.ENGINEER.value)
        if made := take_metered_sites(most=METERED_SITES, by=by, as_of=timezone.now()):
            self.stdout.write(f"making {made} sites of efficiency of the largest metered customers")
        self._prepare_papers()
        chain(begin.si(), begin_renewables.si(), forecast_prices.si(), tell_market.si(), trade.si()).delay()
        look_for_opportunities.apply_async(countdown=FIRST_CALL_S)
        ask_first_call.apply_async((Role.PROGRAM_MANAGER.value, Role.SUPERVISOR.value), countdown=FIRST_CALL_S)

    def _run_the_field(
        self,
        action: str,
        grid: str,
        cache: Path,
        *more: str,
        out: IO[bytes] | None = None,
        module: str = "gridops.simulator",
    ) -> None:
        command = (sys.executable, "-m", module, action, "--grid", grid, "--cache", str(cache), *more)
        if subprocess.run(command, stdout=out, cwd=settings.BASE_DIR, check=False).returncode:  # noqa: S603
            raise CommandError(f"The simulated field does not know {grid}; see the lines above.")


def _refuse_another(before: NetworkModel | None, grid: str) -> None:
    """The field and the points would be of a network that nobody approved."""
    if before is not None and before.source != grid:
        raise CommandError(
            f"This site runs {before.source}; {grid} is stored and waits for approval. Start without --grid and "
            "approve it under /network/models/, or start another site with another --var."
        )


def _let_storage_act() -> None:
    """Once, in the name of the demo's shift supervisor, who may switch it off: a demo whose batteries wait for somebody
    to approve a course every quarter of an hour shows nothing."""
    by, plants = User.objects.get(username=Role.SUPERVISOR.value), StoragePlant.objects.all()
    rule = {
        "mode": AutonomyMode.AUTOMATIC,
        "max_operations_per_day": MOVES_A_PLANT * len(plants),
        "max_kw": max(max(one.charge_kw, one.discharge_kw) for one in plants) / LEAST_EFFICIENCY,
        "least_confidence": 0.0,
        "from_hour": 0,
        "to_hour": 24,
        "reason": "The demo: rolling schedules of its batteries run without a person's approval.",
    }
    set_autonomy(desk=DESK, feeder_mrid=None, by=by, as_of=timezone.now(), **rule)


def _rows(points: Path) -> int:
    return points.read_text().count("\n") - 1


def _holds(address: dict[str, Any], *, count: int) -> bool:
    known = Gateway.objects.filter(name=address["gateway"], host=address["host"], port=address["port"]).first()
    return known is not None and known.points.count() == count


def _recalled(site: Site) -> object:
    """What the last start loaded."""
    try:
        return json.loads(site.prepared_file.read_text())
    except (OSError, ValueError):
        return None
