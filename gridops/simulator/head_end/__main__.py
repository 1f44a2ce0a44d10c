"""The head end of the field's meters, and its customers at the telephone: what they tell of lost supply, over HTTP."""

import argparse
import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

from gridops.cases import SOURCES, CaseError, read
from gridops.simulator.head_end.meters import Meters
from gridops.simulator.head_end.post import Post
from gridops.simulator.talk import TalkLine

log = logging.getLogger("gridops.simulator.head_end")

PULSE_S = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gridops.simulator.head_end", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    run = actions.add_parser("run", help="listen to a field that plays, and tell the control room")
    run.add_argument("--grid", required=True, help=SOURCES)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--cache", type=Path, required=True, help="folder for networks that were read")
    run.add_argument("--field-socket", type=Path, required=True, help="where the field answers")
    run.add_argument("--url", required=True, help="address of the control room")
    run.add_argument("--token", type=Path, required=True, help="file with the token, as JSON")
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        case = read(arguments.grid, arguments.cache)
        meters = Meters({load.mrid: load.customers for load in case.loads}, arguments.seed)
        asyncio.run(_run(meters, TalkLine(arguments.field_socket), Post(arguments.url, arguments.token)))
    except (CaseError, ValueError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


async def _run(meters: Meters, line: TalkLine, post: Post) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    last: int | None = None
    while not stop.is_set():
        last = await _listen(meters, line, last)
        post.take(meters.due(int(time.time() * 1e6)))
        if sent := await asyncio.to_thread(post.send):
            log.info("%d messages of meters and callers were taken", sent)
        try:
            await asyncio.wait_for(stop.wait(), PULSE_S)
        except TimeoutError:
            continue
    line.close()


async def _listen(meters: Meters, line: TalkLine, last: int | None) -> int | None:
    """Up to the newest change; of a field that began anew, from its present on."""
    told = await line.ask(ask="supply") if last is None else await line.ask(ask="supply", after=last)
    if told is None:
        return None
    if last is None:
        now_us = int(time.time() * 1e6)
        for mrid in told["dark"]:
            meters.feel(mrid, has_supply=False, at_us=now_us)
    for mrid, has_supply, at_us in told.get("changes", ()):
        meters.feel(mrid, has_supply=has_supply, at_us=at_us)
    return int(told["last"])


if __name__ == "__main__":
    sys.exit(main())
