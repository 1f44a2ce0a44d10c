import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path

from gridops import hosts
from gridops.queues import Queues
from gridops.supervise.failures import CannotStart
from gridops.supervise.roles import GROUPS, Role, read_roles
from gridops.supervise.run import run
from gridops.supervise.table import Options

STARTED = time.monotonic()


def say(text: str) -> None:
    with suppress(OSError):  # a closed terminal must not keep the run from stopping in order
        sys.stdout.write(f"[{time.monotonic() - STARTED:5.1f} s] {text}\n")
        sys.stdout.flush()


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port; choose a number from 1 to 65535")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if 0 < speed <= 3600:
        return speed
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a speed; choose a number above 0 and up to 3600 (1 is real time)"
    )


def _roles(text: str) -> frozenset[Role]:
    try:
        return read_roles(text)
    except ValueError as reason:
        raise argparse.ArgumentTypeError(str(reason)) from None


def _queues(text: str) -> str:
    named = [name.strip() for name in text.split(",") if name.strip()]
    if named and set(named) <= set(Queues):
        return ",".join(named)
    raise argparse.ArgumentTypeError(f"{text!r} names no queues; choose among {', '.join(Queues)}")


def _tasks(text: str) -> int:
    if text.isdigit() and 0 < int(text) <= 256:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of tasks; choose a number from 1 to 256")


def _several_hosts(parser: argparse.ArgumentParser) -> None:
    """What only a site of several hosts needs; each may stand in the environment of its service instead."""
    parser.add_argument(
        "--roles",
        type=_roles,
        default=hosts.ROLES,
        help=f"what this host does, separated by commas: {', '.join([*GROUPS, *Role])}; all of it if not given",
    )
    parser.add_argument("--listen", default=hosts.LISTEN, help="own address at which other machines reach it")
    parser.add_argument("--site-url", default=hosts.SITE_URL, help="address of the site, where the field is elsewhere")
    parser.add_argument("--queues", type=_queues, default=hosts.QUEUES or ",".join(Queues))
    parser.add_argument("--concurrency", type=_tasks, default=hosts.CONCURRENCY)


def _options(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="gridops", description="Start the whole control room and keep it running.")
    run_parser = parser.add_subparsers(required=True).add_parser("run")
    run_parser.add_argument("--var", type=Path, default=Path("var"), help="the folder that holds all state")
    run_parser.add_argument("--port", type=_port, default=8000)
    run_parser.add_argument("--scenario", default="normal")
    run_parser.add_argument("--speed", type=_speed, default=1.0, help="how much faster than the clock the profiles run")
    run_parser.add_argument(
        "--grid", default="", help="the source of the network; the one of the last run if not given"
    )
    run_parser.add_argument(
        "--by-areas", action="store_true", help="estimate each area of the network in a process of its own"
    )
    run_parser.add_argument("--empty", action="store_true", help="without demo data: no network, no field")
    _several_hosts(run_parser)
    return Options(**vars(parser.parse_args(arguments)))


def main() -> int:
    try:
        run(_options(sys.argv[1:]), say)
    except CannotStart as reason:
        sys.stderr.write(f"gridops: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
