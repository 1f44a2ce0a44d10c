"""The simulated field as a program: `signals` writes its signal list, `run` plays it on a port."""

import argparse
import asyncio
import logging
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gridops.cases import SOURCES, CaseError, read
from gridops.cases.case import NetworkCase
from gridops.simulator.clock import ProfileClock, parse_time
from gridops.simulator.field import Field
from gridops.simulator.instruments import Transport
from gridops.simulator.outstation import FieldStation, report_on
from gridops.simulator.plan import plan_points
from gridops.simulator.profiles import Profiles
from gridops.simulator.scenarios import SCENARIOS
from gridops.simulator.signals import write_signals
from gridops.simulator.weather_post import WeatherPost
from gridops.simulator.weather_service import Scene, WeatherService, wall_to_profile

WEATHER_EVERY_S = 5.0

log = logging.getLogger("gridops.simulator")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gridops.simulator", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--grid", required=True, help=SOURCES)
    common.add_argument("--seed", type=int, default=1)
    common.add_argument("--cache", type=Path, required=True, help="folder for networks that were read")
    actions.add_parser("signals", parents=[common], help="write the signal list to standard output")
    weather = actions.add_parser("weather", parents=[common], help="write the weather of the past as an archive")
    weather.add_argument("--weather-folder", type=Path, required=True)
    run = actions.add_parser("run", parents=[common], help="play the field")
    run.add_argument("--scenario", choices=sorted(SCENARIOS), default="normal")
    run.add_argument("--speed", type=float, default=1.0, help="profile seconds per second")
    run.add_argument("--start", type=parse_time, help="profile time to start at, instead of the season's")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=int, default=2404)
    run.add_argument("--weather-folder", type=Path, help="where to put weather forecasts and observations")
    run.add_argument("--step-s", type=float, default=1.0)
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if arguments.action == "signals":
            return _signals(arguments)
        if arguments.action == "weather":
            return _archive_weather(arguments)
        return asyncio.run(_run(_field(arguments), arguments))
    except (CaseError, ValueError, OSError) as error:
        log.error("%s", error)
        return 1


def _signals(arguments: argparse.Namespace) -> int:
    case = read(arguments.grid, arguments.cache)
    write_signals(case, plan_points(case, arguments.seed), sys.stdout)
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
    try:
        await station.run(stop)
    finally:
        for task in beside:
            task.cancel()
    log.info("stopped; %d values were sent", station.sent)
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
