"""The simulated field as a program: `signals` writes its signal list, `run` plays it on a port."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gridops.cases import SOURCES, CaseError, read
from gridops.cases.case import NetworkCase
from gridops.simulator import talk
from gridops.simulator.batteries.design import designs, mrids
from gridops.simulator.batteries.fleet import Batteries
from gridops.simulator.batteries.server import BatteryServer
from gridops.simulator.batteries.sheets import write_battery_sheets
from gridops.simulator.batteries.signals import write_battery_signals
from gridops.simulator.clock import ProfileClock, parse_time, room_time_zone
from gridops.simulator.field import Field
from gridops.simulator.instruments import Transport
from gridops.simulator.market_post import MarketPost
from gridops.simulator.market_service import MarketService
from gridops.simulator.microgrids.parts import speaking_generators
from gridops.simulator.microgrids.server import MicrogridServer
from gridops.simulator.microgrids.signals import write_microgrid_signals
from gridops.simulator.outstation import FieldStation, report_on
from gridops.simulator.paper_market import PaperMarket
from gridops.simulator.paper_prices import PaperPrices
from gridops.simulator.plan import plan_points
from gridops.simulator.profiles import Profiles
from gridops.simulator.scenarios import SCENARIOS
from gridops.simulator.signals import write_signals
from gridops.simulator.vens.channel import served
from gridops.simulator.weather_post import WeatherPost
from gridops.simulator.weather_service import Scene, WeatherService, by_calendar, wall_to_profile

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
WEATHER_EVERY_S, MARKET_EVERY_S = 5.0, 20.0

log = logging.getLogger("gridops.simulator")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gridops.simulator", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--grid", required=True, help=SOURCES)
    common.add_argument("--seed", type=int, default=1)
    common.add_argument("--cache", type=Path, required=True, help="folder for networks that were read")
    signals = actions.add_parser("signals", parents=[common], help="write the signal list to standard output")
    signals.add_argument("--without-batteries", action="store_true", help="leave out plants that speak Modbus")
    actions.add_parser("battery-signals", parents=[common], help="write the signal list of the battery plants")
    actions.add_parser("microgrid-signals", parents=[common], help="write the signal list of the microgrids")
    actions.add_parser("battery-sheets", parents=[common], help="write the datasheets of the battery plants")
    weather = actions.add_parser("weather", parents=[common], help="write the weather of the past as an archive")
    weather.add_argument("--weather-folder", type=Path, required=True)
    market = actions.add_parser("market", parents=[common], help="write the prices of the past as an archive")
    market.add_argument("--market-folder", type=Path, required=True)
    market.add_argument("--time-zone", type=ZoneInfo, default=room_time_zone(), help="of the market's days")
    run = actions.add_parser("run", parents=[common], help="play the field")
    run.add_argument("--scenario", choices=sorted(SCENARIOS), default="normal")
    run.add_argument("--speed", type=float, default=1.0, help="profile seconds per second")
    run.add_argument("--start", type=parse_time, help="profile time to start at, instead of the season's")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=2404)
    run.add_argument(
        "--battery-port", type=int, default=0, help="play the largest storages in detail, over Modbus here"
    )
    run.add_argument("--microgrid-port", type=int, default=0, help="where the controllers of microgrids answer, Modbus")
    run.add_argument("--weather-folder", type=Path, help="where to put weather forecasts and observations")
    run.add_argument("--market-folder", type=Path, help="where to put day-ahead prices and emission factors")
    run.add_argument("--time-zone", type=ZoneInfo, default=room_time_zone(), help="of the market's days")
    run.add_argument("--homes-socket", type=Path, help="where homes tell what they draw more than they would")
    run.add_argument("--field-socket", type=Path, help="where its meters and an instructor may ask")
    run.add_argument("--step-s", type=float, default=1.0)
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if (action := _ACTIONS.get(arguments.action)) is not None:
            return action(arguments)
        return asyncio.run(_run(_field(arguments), arguments))
    except (CaseError, ValueError, OSError) as error:
        log.error("%s", error)
        return 1


def _signals(arguments: argparse.Namespace) -> int:
    case = read(arguments.grid, arguments.cache)
    own = mrids(designs(case)) if arguments.without_batteries else frozenset[str]()
    without = [*own, *speaking_generators(case, own)]
    write_signals(case, plan_points(case, arguments.seed, without=without), sys.stdout)
    return 0


def _battery_signals(arguments: argparse.Namespace) -> int:
    case = read(arguments.grid, arguments.cache)
    write_battery_signals(case.source, Batteries(case, arguments.seed).plants, sys.stdout)
    return 0


def _microgrid_signals(arguments: argparse.Namespace) -> int:
    field = Field(read(arguments.grid, arguments.cache), seed=arguments.seed, started_at=_ANY_TIME, with_batteries=True)
    write_microgrid_signals(field.case, field.world.microgrids.parts, sys.stdout)
    return 0


def _battery_sheets(arguments: argparse.Namespace) -> int:
    write_battery_sheets(designs(read(arguments.grid, arguments.cache)), sys.stdout)
    return 0


def _log_event(at_us: int, text: str) -> None:
    log.info("%s %s", datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%H:%M:%S.%f")[:-3], text)


def _field(arguments: argparse.Namespace) -> Field:
    field = Field(
        read(arguments.grid, arguments.cache),
        seed=arguments.seed,
        scenario=arguments.scenario,
        speed=arguments.speed,
        started_at=datetime.now(UTC),
        profile_start=arguments.start,
        report=_log_event,
        with_batteries=arguments.battery_port > 0,
        loads_follow_voltage=True,
    )
    log.info(
        "%s, scenario %s, seed %d: %d points, profile time %s, speed %g",
        arguments.grid,
        arguments.scenario,
        arguments.seed,
        len(field.table),
        field.clock.profile_start.isoformat(timespec="seconds"),
        arguments.speed,
    )
    return field


async def _run(field: Field, arguments: argparse.Namespace) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    transport = Transport(field.table, np.random.default_rng((arguments.seed, 8)))
    station = FieldStation(field, arguments.host, arguments.port, arguments.step_s, transport)
    beside = [asyncio.create_task(report_on(station))]
    if arguments.weather_folder:
        beside.append(asyncio.create_task(_issue_weather(field, arguments)))
    if arguments.market_folder:
        beside.append(asyncio.create_task(_publish_prices(field, arguments)))
    try:
        async with _served_devices(field, arguments), _served_homes(field, arguments), _served_talk(field, arguments):
            await station.run(stop)
    finally:
        for task in beside:
            task.cancel()
    log.info("stopped; %d values were sent", station.sent)
    return 0


@asynccontextmanager
async def _served_devices(field: Field, arguments: argparse.Namespace) -> AsyncIterator[None]:
    """Battery plants and microgrids, where they have a port."""
    plants = field.batteries.plants if field.batteries else []
    parts = field.world.microgrids.parts if arguments.microgrid_port else []
    servers: list[BatteryServer | MicrogridServer] = []
    servers += [BatteryServer(plants, arguments.host, arguments.battery_port)] if plants else []
    servers += [MicrogridServer(parts, arguments.host, arguments.microgrid_port)] if parts else []
    async with AsyncExitStack() as stack:
        for server in servers:
            await server.start()
            stack.push_async_callback(server.stop)
        yield


@asynccontextmanager
async def _served_homes(field: Field, arguments: argparse.Namespace) -> AsyncIterator[None]:
    if arguments.homes_socket is None:
        yield
        return
    async with served(field.world.homes, arguments.homes_socket, field.told_time):
        yield


@asynccontextmanager
async def _served_talk(field: Field, arguments: argparse.Namespace) -> AsyncIterator[None]:
    if arguments.field_socket is None:
        yield
        return
    async with talk.served(talk.Talk(field, arguments.seed), arguments.field_socket):
        yield


def _post(
    case: NetworkCase, clock: ProfileClock, year: int, arguments: argparse.Namespace, scene: Scene | None = None
) -> WeatherPost:
    service = WeatherService(case, arguments.seed, wall_to_profile(clock, year), scene)
    return WeatherPost(service, arguments.weather_folder, f"{arguments.grid} {arguments.seed}")


def _archive_weather(arguments: argparse.Namespace) -> int:
    """As a field that begins now would write it."""
    case, now = read(arguments.grid, arguments.cache), datetime.now(UTC)
    profiles = Profiles(case)
    post = _post(case, ProfileClock(now, profiles.same_season(now)), profiles.year, arguments)
    post.archive(now)
    post.step(now)
    return 0


def _market(case: NetworkCase, year: int, arguments: argparse.Namespace) -> MarketPost:
    """By the calendar: what is published stays true after a start at another speed."""
    service = MarketService(case, arguments.seed, by_calendar(year))
    return MarketPost(service, arguments.market_folder, f"{arguments.grid} {arguments.seed}", arguments.time_zone)


def _paper_market(post: MarketPost, arguments: argparse.Namespace) -> PaperMarket:
    return PaperMarket(PaperPrices(post.service, arguments.seed), post.folder, post.identity, post.clock)


def _archive_market(arguments: argparse.Namespace) -> int:
    """As a field that begins now would write it."""
    case, now = read(arguments.grid, arguments.cache), datetime.now(UTC)
    post = _market(case, Profiles(case).year, arguments)
    for one in (post, _paper_market(post, arguments)):
        one.archive(now)
        one.step(now)
    return 0


async def _publish_prices(field: Field, arguments: argparse.Namespace) -> None:
    post = await asyncio.to_thread(_market, field.case, field.world.profiles.year, arguments)
    paper = await asyncio.to_thread(_paper_market, post, arguments)
    while True:
        try:
            for one in (post, paper):
                await asyncio.to_thread(one.archive, datetime.now(UTC))
                await asyncio.to_thread(one.step, datetime.now(UTC))
        except OSError as error:
            log.warning("no prices were published: %s", error)
        await asyncio.sleep(MARKET_EVERY_S)


async def _issue_weather(field: Field, arguments: argparse.Namespace) -> None:
    scene = Scene(field.clock.started_at.timestamp(), field.scenario.weather.changed)
    post = _post(field.case, field.clock, field.world.profiles.year, arguments, scene)
    await asyncio.to_thread(post.archive, datetime.now(UTC))
    while True:
        try:
            await asyncio.to_thread(post.step, datetime.now(UTC))
        except OSError as error:
            log.warning("no weather was issued: %s", error)
        await asyncio.sleep(WEATHER_EVERY_S)


_ACTIONS = {
    "signals": _signals,
    "battery-signals": _battery_signals,
    "battery-sheets": _battery_sheets,
    "microgrid-signals": _microgrid_signals,
    "weather": _archive_weather,
    "market": _archive_market,
}

if __name__ == "__main__":
    sys.exit(main())
