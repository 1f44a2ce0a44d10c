"""Random commands and schedules against limits in the database, through the checks that dispatch asks.

    python -m tests.studies storage-safety --count 100000

--count: commands, and as many schedules.
"""

import argparse

from tests.apps.storage.safety_worlds import Counted, judged


def run(arguments: argparse.Namespace) -> str:
    commands, courses = judged(arguments.count, arguments.seed)
    rows = ["| drawn | legal | got through though not legal | refused though legal |", "|---|---|---|---|"]
    rows += [_row("commands", commands), _row("schedules", courses)]
    return "\n".join(rows)


def _row(name: str, told: Counted) -> str:
    return f"| {told.drawn:,} {name} | {told.legal:,} | {told.through} | {told.refused} |"
