import argparse
import sys
import time
from contextlib import suppress
from pathlib import Path

from gridops.supervise.failures import CannotStart
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
