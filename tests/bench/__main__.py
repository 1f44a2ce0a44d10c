"""Measure against bare limits: python -m tests.bench --var VAR [--only NAME] [--full].

Prints a table and writes VAR/bench.json.
"""

import argparse
import importlib
import sys
from pathlib import Path

import django
from django.core.management import call_command

from gridops.supervise.failures import CannotStart
from tests.bench.figures import Figure, table, written
from tests.bench.names import SUBJECTS, wanted
from tests.bench.servers import own_servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"))
    parser.add_argument("--only", default="", metavar="NAME", help=", ".join(SUBJECTS))
    parser.add_argument("--full", action="store_true", help="hold for ten minutes what is else held for one")
    arguments = parser.parse_args()
    if not wanted(arguments.only):
        _say(f"There is no figure {arguments.only!r}; there are: {', '.join(SUBJECTS)}.")
        return 2
    try:
        figures = _measure(arguments.var, arguments.only, full=arguments.full)
    except CannotStart as reason:
        _say(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(figures))  # noqa: T201  the result of the command
    (arguments.var / "bench.json").write_text(written(figures))
    return 0


def _measure(var: Path, only: str, *, full: bool) -> list[Figure]:
    """Django and all that needs it is loaded only when the environment says where the servers are."""
    _say("starting a Postgres and a Valkey for the bench")
    with own_servers(var) as (site, supervisor):
        django.setup()
        call_command("migrate", verbosity=0)
        suite = importlib.import_module("tests.bench.suite")
        bench = suite.Bench(site, supervisor, cases=var.resolve() / "cases", is_full=full)
        figures: list[Figure] = suite.run(bench, only=only, say=_say)
    return figures


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201  progress


sys.exit(main())
