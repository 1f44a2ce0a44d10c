import json
from argparse import ArgumentParser
from time import process_time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.incidents.adapters.case_restoring import (
    CannotRestore,
    CaseError,
    Faulted,
    Method,
    Terms,
    faulted,
    named_case,
    restored,
    switched,
)

MOST_HOURS, MOST_MINUTES, MOST_LIMIT_S = 72, 1440.0, 600.0


class Command(BaseCommand):
    help = (
        "A line of a network has a fault and its breaker has opened: which switches give supply back, in which order? "
        "Reads what import_network reads, and 'case33bw' for a MATPOWER case. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", help="as import_network takes it: simbench:<code>, matpower:<case> or a file")
        parser.add_argument("--fault", metavar="LINE", required=True, help="mRID or name of a line")
        parser.add_argument("--method", default="exact", help="exact (default): with a bound; fast: built up at once")
        parser.add_argument("--repair", metavar="HOURS", default="4", help="until the line is repaired (default 4)")
        parser.add_argument(
            "--waited", metavar="MINUTES", default="0", help="without supply so far: load comes back higher"
        )
        parser.add_argument("--by-hand", action="store_true", help="load-break switches take a crew half an hour each")
        parser.add_argument("--limit", metavar="SECONDS", default="5", help="of the solver (default 5)")
        parser.add_argument("--json", action="store_true", help="the plan as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        method = _method(options["method"])
        terms = Terms(
            repair_hours=int(_number("--repair", options["repair"], 1, MOST_HOURS, whole=True)),
            waited_minutes=_number("--waited", options["waited"], 0, MOST_MINUTES),
            hand_operated=options["by_hand"],
        )
        limit_s = _number("--limit", options["limit"], 0.1, MOST_LIMIT_S)
        try:
            here, notes = switched(named_case(options["network"], settings.VAR / "cases"))
            found = faulted(here, options["fault"], terms)
        except CaseError as error:
            raise CommandError(f"{options['network']} cannot be read: {error}") from None
        except CannotRestore as error:
            raise CommandError(str(error)) from None
        began = process_time()
        plan = restored(found, method, time_limit_s=limit_s)
        told = {"network": options["network"], **found.document(plan, process_time() - began)}
        for note in notes:
            self.stderr.write(f"note: {note}")
        self.stdout.write(json.dumps(told, indent=1) if options["json"] else _words(told, found))


def _words(told: dict[str, Any], found: Faulted) -> str:
    lines = [f"fault    {found.fault}; protection opened {', '.join(told['opened'])}"]
    for number, step in enumerate(told["steps"], 1):
        check = step["checks"]
        lines.append(
            f"{number:>4}  {step['action']:<5}  {step['switch']:<44}  {step['role']:<10}  {check['after_s']:7.0f} s  "
            f"{check['customers_restored']:>7} customers  {_of(check['lowest_pu'], '.4f')} pu  "
            f"{_of(check['most_loading'], '.0%')}"
        )
    lines.append(
        f"restored {told['restored_kw']:,.0f} kW, {told['customers_restored']} customers; "
        f"{told['customers_without']} wait for the repair; {told['customer_minutes']:,.0f} customer minutes"
    )
    lines.append(f"gap      {_of(told['gap'], '.2%')}; {told['seconds']:.3f} s of processor")
    lines += [f"or       {each['title']}: {each['customers_restored']} customers" for each in told["alternatives"]]
    return "\n".join([*lines, *([told["reason"]] if told["reason"] else [])])


def _of(value: float | None, form: str) -> str:
    return "not known" if value is None else format(value, form)


def _method(text: str) -> Method:
    try:
        return Method(text)
    except ValueError:
        raise CommandError(f"--method: '{text}' is no method; write exact or fast") from None


def _number(option: str, text: str, least: float, most: float, *, whole: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most or (whole and value != int(value)):
        kind = "whole number" if whole else "number"
        raise CommandError(f"{option}: '{text}' is no {kind} between {least:g} and {most:g}")
    return value
