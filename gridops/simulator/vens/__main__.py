"""The fleet of homes as a program: `customers` lists them, `readings` tells their past, `run` lets them live."""

import argparse
import asyncio
import csv
import json
import logging
import signal
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from gridops.cases import SOURCES, CaseError, read
from gridops.cases.case import NetworkCase
from gridops.simulator.clock import room_time_zone
from gridops.simulator.profiles import Profiles
from gridops.simulator.vens.channel import FieldLine
from gridops.simulator.vens.crowd import Crowd
from gridops.simulator.vens.fleet import Fleet
from gridops.simulator.vens.living import CONNECTIONS, Living
from gridops.simulator.vens.past import tell_past
from gridops.simulator.vens.town import CLASSES, DEVICES, Town, draw_town
from gridops.simulator.vens.vtn import Credentials, Vtn

log = logging.getLogger("gridops.simulator.homes")

HOMES = 200
COLUMNS = (
    *("reference", "class", "usage_point", "name", "consumer", "critical_reason", "consent_date"),
    *("device", "kind", "device_kw"),
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gridops.simulator.vens", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--grid", required=True, help=SOURCES)
    common.add_argument("--seed", type=int, default=1)
    common.add_argument("--homes", type=int, default=HOMES, help="how many")
    common.add_argument("--cache", type=Path, required=True, help="folder for networks that were read")
    common.add_argument("--time-zone", type=ZoneInfo, default=room_time_zone(), help="by which people live")
    actions.add_parser("customers", parents=[common], help="write who lives there to standard output")
    readings = actions.add_parser("readings", parents=[common], help="write what their meters counted so far")
    readings.add_argument("--meter-folder", type=Path, required=True)
    run = actions.add_parser("run", parents=[common], help="let them live in a field that plays")
    run.add_argument("--meter-folder", type=Path, help="where to put the readings of every quarter of an hour")
    run.add_argument("--field-socket", type=Path, required=True, help="where the field listens for its homes")
    run.add_argument("--vtn", help="base address of the control room's OpenADR, up to the version")
    run.add_argument("--credentials", type=Path, help="who may ask there, as JSON")
    run.add_argument("--poll-s", type=float, default=30.0, help="how often each home asks for events")
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        case = read(arguments.grid, arguments.cache)
        town = draw_town(case, arguments.seed, arguments.homes)
        if arguments.action == "customers":
            write_customers(town, datetime.now(UTC).date(), sys.stdout)
        elif arguments.action == "readings":
            _tell(case, _fleet(case, town, arguments), arguments)
        else:
            asyncio.run(_run(case, town, arguments))
    except (CaseError, ValueError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


def write_customers(town: Town, agreed: date, out: TextIO) -> None:
    """One row a device; a home without any has one row without. agreed: when they signed to take part."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for n, meter in enumerate(town.meter):
        reference, kind = town.reference[n], CLASSES[town.class_of[n]]
        critical = "A medical device needs power." if town.is_critical[n] else ""
        own = (reference, kind, meter, town.name[n], town.load_mrid[n], critical, agreed.isoformat())
        for device, kw in ({**town.devices(n)} or {"": 0.0}).items():
            rows.writerow((*own, *((DEVICES[device], device, kw) if device else ("", "", ""))))


def _fleet(case: NetworkCase, town: Town, arguments: argparse.Namespace) -> Fleet:
    start = Profiles(case).same_season(datetime.now(UTC))
    return Fleet(case, town, seed=arguments.seed, clock=arguments.time_zone, start_s=start.timestamp())


def _tell(case: NetworkCase, fleet: Fleet, arguments: argparse.Namespace) -> None:
    identity = f"{arguments.grid} {arguments.seed} {arguments.homes}"
    days = tell_past(
        case, fleet, arguments.meter_folder, identity=identity, clock=arguments.time_zone, now=datetime.now(UTC)
    )
    log.info("readings of %d days of the past", days)


async def _run(case: NetworkCase, town: Town, arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    fleet = await asyncio.to_thread(_fleet, case, town, arguments)
    if arguments.meter_folder:
        await asyncio.to_thread(_tell, case, fleet, arguments)
    credentials = _credentials(arguments.credentials)
    living = Living(
        fleet,
        Crowd(town, arguments.seed),
        line=FieldLine(arguments.field_socket),
        vtn=Vtn(arguments.vtn, CONNECTIONS) if arguments.vtn and credentials else None,
        credentials=credentials,
        meter_folder=arguments.meter_folder,
        poll_s=arguments.poll_s,
    )
    log.info("%d homes, %d of them listen to %s", len(town), len(credentials), arguments.vtn or "nobody")
    await living.run(stop)


def _credentials(path: Path | None) -> list[Credentials]:
    if path is None or not path.is_file():
        return []
    return [Credentials(**one) for one in json.loads(path.read_text())]


if __name__ == "__main__":
    sys.exit(main())
