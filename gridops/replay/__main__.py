"""Sealed tapes and the arms that play them: `tape` makes one, `run` plays an arm, `compare` holds two runs together."""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from gridops.cases import SOURCES, CaseError, read
from gridops.engine.impact.record import record_hash
from gridops.replay.arms.arm import NAMES, NoSuchArm, Options
from gridops.replay.chances import FAULTS_A_WEEK
from gridops.replay.recording import make_tape, source_of
from gridops.replay.runner import play, read_record, write_run
from gridops.replay.tape import STEP_S, BrokenTape, read_tape, tape_hash, write_tape
from gridops.simulator.clock import parse_time

log = logging.getLogger("gridops.replay")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gridops.replay", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--cache", type=Path, default=_cache(), help="folder for networks that were read")
    tape = actions.add_parser("tape", parents=[common], help="draw and seal a tape")
    tape.add_argument("--grid", required=True, help=f"a bare MATPOWER name, or {SOURCES}")
    tape.add_argument("--seed", type=int, required=True)
    tape.add_argument("--days", type=float, default=7.0)
    tape.add_argument("--begin", type=parse_time, help="instead of the Monday that the seed draws")
    tape.add_argument("--step-s", type=int, default=STEP_S)
    tape.add_argument("--faults-a-week", type=float, default=FAULTS_A_WEEK, help="on average")
    tape.add_argument("--out", type=Path, required=True)
    run = actions.add_parser("run", parents=[common], help="play an arm; progress as lines of JSON")
    run.add_argument("--tape", type=Path, required=True)
    run.add_argument("--arm", choices=NAMES, required=True)
    run.add_argument("--out", type=Path, required=True, help="folder for run.json and run.npz")
    run.add_argument("--without", action="append", default=[], metavar="DESK", help="leave a desk out; repeatable")
    run.add_argument("--locked", action="store_true", help="placebo: the plant takes no act")
    run.add_argument("--shuffle-after", type=float, metavar="HOURS", help="permute what is told of the future after it")
    run.add_argument("--tell", action="store_true", help="what happens in the plant, on standard error")
    compare = actions.add_parser("compare", help="say whether two runs recorded the same, bit for bit")
    compare.add_argument("folders", type=Path, nargs=2)
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        return _ACTIONS[arguments.action](arguments)
    except (CaseError, BrokenTape, NoSuchArm, OSError) as error:
        log.error("%s", error)
        return 2


def _tape(arguments: argparse.Namespace) -> int:
    case = read(source_of(arguments.grid), arguments.cache)
    tape = make_tape(
        case,
        seed=arguments.seed,
        days=arguments.days,
        begin=arguments.begin,
        step_s=arguments.step_s,
        faults_a_week=arguments.faults_a_week,
    )
    sealed = tape_hash(tape, case)
    write_tape(arguments.out, tape, sealed)
    _say({"tape_hash": sealed, "begin": tape.begin.isoformat(), "faults": len(tape.faults)})
    return 0


def _run(arguments: argparse.Namespace) -> int:
    tape, sealed = read_tape(arguments.tape)
    case = read(tape.network, arguments.cache)
    options = Options(tuple(sorted(arguments.without)), arguments.shuffle_after, arguments.locked)
    report = _report if arguments.tell else lambda _at_us, _text: None
    played = play(
        tape, case, sealed, arm=arguments.arm, options=options, report=report,
        progress=lambda done, at: _say({"done": round(done, 4), "at": at}),
    )  # fmt: skip
    write_run(arguments.out, played)
    _say({"done": 1.0, "run": str(arguments.out), "wall_s": played.document["wall_s"]["total"]})
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    one, other = (record_hash(read_record(folder)) for folder in arguments.folders)
    _say({"same": one == other, "records": [one, other]})
    return 0 if one == other else 1


def _report(at_us: int, text: str) -> None:
    log.info("%.3f %s", at_us / 1e6, text)


def _say(told: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _cache() -> Path:
    return Path(os.environ.get("GRIDOPS_VAR", "var")) / "cases"


_ACTIONS = {"tape": _tape, "run": _run, "compare": _compare}

if __name__ == "__main__":
    sys.exit(main())
