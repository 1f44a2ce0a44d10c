"""Long studies, each a command whose result is kept in docs/studies: python -m tests.studies NAME --grid SOURCE"""

import argparse
import importlib
from pathlib import Path

import django

importlib.import_module("tests.conftest")  # a Postgres and a Valkey, unless the environment names them
django.setup()

from django.core.management import call_command  # noqa: E402

from tests.studies import (  # noqa: E402
    alarms,
    baselines,
    batteries,
    chi_square,
    command_kills,
    command_race,
    components,
    cvr,
    demand_response,
    enrolment,
    estimation,
    faults,
    forecasts,
    forecasts_demo,
    gross_errors,
    islanding,
    losses,
    outages,
    readiness,
    reconfiguration,
    remedies,
    renewables_week,
    restoration,
    savings,
    stability,
    storage_plans,
    storage_safety,
    threats,
    trading,
    voltage_regulation,
    voltages,
    wrong_switches,
)

DAY_SCANS = 96
STUDIES = {
    "alarms": alarms.run,
    "baselines": baselines.run,
    "attacks": threats.run,
    "batteries": batteries.run,
    "command-kills": command_kills.run,
    "command-race": command_race.run,
    "components": components.run,
    "cvr": cvr.run,
    "demand-response": demand_response.run,
    "enrolment": enrolment.run,
    "estimation": estimation.run,
    "faults": faults.run,
    "forecasts": forecasts.run,
    "forecasts-demo": forecasts_demo.run,
    "chi-square": chi_square.run,
    "gross-errors": gross_errors.run,
    "islanding": islanding.run,
    "losses": losses.run,
    "outages": outages.run,
    "readiness": readiness.run,
    "reconfiguration": reconfiguration.run,
    "remedies": remedies.run,
    "renewables-week": renewables_week.run,
    "restoration": restoration.run,
    "savings": savings.run,
    "stability": stability.run,
    "storage-plans": storage_plans.run,
    "storage-safety": storage_safety.run,
    "trading": trading.run,
    "wrong-switches": wrong_switches.run,
    "voltages": voltages.run,
    "voltage-regulation": voltage_regulation.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.studies")
    parser.add_argument("study", choices=list(STUDIES))
    parser.add_argument("--grid", default="")
    parser.add_argument("--scans", type=int, default=DAY_SCANS)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument(
        "--count", type=int, default=100_000, help="storage-plans, -safety, enrolment, restoration: how many"
    )
    parser.add_argument("--currents", choices=["none", "field", "all"], default="field")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20, help="stability: how many pairs of runs")
    parser.add_argument("--cache", type=Path, default=Path("var/cases"))
    parser.add_argument("--only", default="", help="forecasts, renewables-week: begin of the names of series or arms")
    parser.add_argument("--faults", type=int, default=20, help="faults: how many")
    parser.add_argument("--homes", type=int, default=1000, help="demand-response: how many")
    parser.add_argument("--days", type=int, default=7, help="renewables-week: days that count")
    parser.add_argument("--data", type=Path, help="forecasts: where the files are; or GRIDOPS_STUDY_DATA")
    parser.add_argument(
        "--json", type=Path, help="faults, forecasts, remedies, renewables-week: a directory for all figures"
    )
    arguments = parser.parse_args()
    call_command("migrate", verbosity=0)
    print(STUDIES[arguments.study](arguments))  # noqa: T201  the result of the command


main()
