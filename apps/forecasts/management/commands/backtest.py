import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.adapters.backtests import Leaks, Outcome, Terms, TooShort, check_leakage, tried
from apps.forecasts.adapters.derived import Plant, Site, with_others, with_physics
from apps.forecasts.adapters.table import Table, Unreadable, Wanted, read_table
from gridops.public_days import public_holidays

_UNITS_S = {"min": 60, "h": 3600, "d": 86_400}
_FIGURES = ("rcrps", "pinball", "nmae", "mape", "rmae", "coverage_80", "coverage_90")


class Command(BaseCommand):
    help = "Forecast the past of any CSV file as it would have been forecast then, and score it. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV with names in its first line; .gz is read too")
        parser.add_argument("--target", required=True, metavar="COLUMN", help="what is to be forecast")
        parser.add_argument(
            "--weather", type=_names, default=(), metavar="COLUMNS", help="observed: known up to the issue"
        )
        parser.add_argument(
            "--known-future",
            type=_names,
            default=(),
            metavar="COLUMNS",
            help="known ahead: weather forecasts, calendar",
        )
        parser.add_argument("--time", default="", metavar="COLUMN")
        parser.add_argument(
            "--zone", type=_zone, default=ZoneInfo("UTC"), help="of times without an offset, and of the calendar"
        )
        parser.add_argument("--stamps", choices=["begin", "end"], default="begin", help="what times tell of their step")
        parser.add_argument("--only", type=_pair, metavar="COLUMN=VALUE", help="of a file with several series")
        parser.add_argument(
            "--beside",
            type=_pairs,
            default=(),
            metavar="COLUMN=VALUE,…",
            help="other series of the file, whose columns of --known-future are known ahead here too",
        )
        parser.add_argument("--shared", type=_names, default=(), metavar="COLUMNS", help="of those, only these")
        parser.add_argument("--resolution", type=_span, metavar="SPAN", help="average to this step, as 30min")
        parser.add_argument("--holidays", type=_holidays, default=frozenset(), metavar="COUNTRY", help="as ES or US-CA")
        parser.add_argument("--horizon", type=_span, default=86_400, metavar="SPAN")
        parser.add_argument(
            "--skip", type=_span, default=0, metavar="SPAN", help="leads from the issue that are not scored"
        )
        parser.add_argument("--issue-at", type=_clock, default=21_600, metavar="HH:MM")
        parser.add_argument("--every", type=_span, default=86_400, metavar="SPAN")
        parser.add_argument("--train-days", type=_count, default=365, metavar="N")
        parser.add_argument("--test-days", type=_count, default=60, metavar="N")
        parser.add_argument("--retrain-days", type=_count, default=7, metavar="N")
        parser.add_argument(
            "--quantiles", type=_levels, default=(0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95), metavar="LEVELS"
        )
        _add_plant_arguments(parser)
        parser.add_argument("--json", type=Path, metavar="OUT")
        parser.add_argument(
            "--check-leakage",
            action="store_true",
            help="forecast again with what comes after issues shuffled; not a bit may change",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Wanted(
            target=options["target"],
            observed=options["weather"],
            ahead=options["known_future"],
            time=options["time"],
            zone=options["zone"],
            step_s=options["resolution"],
            holidays=options["holidays"],
            room_s=options["horizon"],
            only=options["only"],
            stamps_end=options["stamps"] == "end",
        )
        try:
            table = read_table(options["file"], wanted)
            plant = _plant(options)
            beside = [read_table(options["file"], replace(wanted, only=one)).record for one in options["beside"]]
            others = [with_physics(one, plant) for one in beside]
            record = with_physics(with_others(table.record, others, options["shared"]), plant)
            terms = _terms(options, table)
            done = tried(record, terms, process_time)
            outcome = done.outcome()
            self._tell(table, outcome)
            if options["check_leakage"]:
                same = check_leakage(done)
                self.stdout.write(
                    f"no leak: inputs of {same.inputs} issues and {same.quantiles} quantiles the same to the bit with "
                    "all that came later shuffled"
                )
        except (Unreadable, TooShort, Leaks) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            _write(options["json"], outcome)

    def _tell(self, table: Table, outcome: Outcome) -> None:
        for note in table.notes:
            self.stdout.write(f"note: {note}")
        effort = f"trained in {outcome.train_s:.1f} s of processor, forecast in {outcome.predict_s:.1f} s"
        self.stdout.write(f"{outcome.issues} issues, {outcome.rows} values; {effort}")
        self.stdout.write("".join([f"{'':<22}", *(f"{name:>13}" for name in _FIGURES)]))
        for name, one in {"gridops": outcome.model, **outcome.baselines}.items():
            self.stdout.write("".join([f"{name:<22}", *(f"{getattr(one, figure):>13.5g}" for figure in _FIGURES)]))


def _add_plant_arguments(parser: ArgumentParser) -> None:
    """Of a PV plant or a wind farm; the columns are among those of --known-future."""
    parser.add_argument("--site", type=_site, metavar="LAT,LON[,TILT,AZIMUTH]", help="degrees: adds the sun's position")
    parser.add_argument("--radiation", default="", metavar="COLUMN", help="global horizontal, W/m2: adds PV by physics")
    parser.add_argument("--temperature", default="", metavar="COLUMN", help="of the air, C or K, for the PV cells")
    parser.add_argument(
        "--accumulated",
        type=_names,
        default=(),
        metavar="COLUMNS",
        help="sums over the run, as J/m2: turned into rates",
    )


def _plant(options: dict[str, Any]) -> Plant:
    ahead = options["known_future"]
    for option in ("radiation", "temperature"):
        if options[option] and options[option] not in ahead:
            raise CommandError(f"--{option}: {options[option]} is not among the columns of --known-future")
    for name in options["accumulated"]:
        if name not in ahead:
            raise CommandError(f"--accumulated: {name} is not among the columns of --known-future")
    return Plant(options["site"], options["radiation"], options["temperature"], options["accumulated"])


def _write(path: Path, outcome: Outcome) -> None:
    try:
        path.write_text(json.dumps(_finite(outcome.document()), indent=1))
    except OSError as error:
        raise CommandError(f"--json: {path} cannot be written: {error.strerror}") from None


def _terms(options: dict[str, Any], table: Table) -> Terms:
    step_s = table.record.clock.step_s
    for name in ("horizon", "skip", "every"):
        if options[name] % step_s:
            raise CommandError(f"--{name.replace('_', '-')}: it is no whole number of steps of {step_s} s")
    if options["skip"] >= options["horizon"]:
        raise CommandError("--skip: nothing is left of the horizon")
    return Terms(
        horizon_s=options["horizon"],
        issue_at_s=options["issue_at"],
        every_s=options["every"],
        train_days=options["train_days"],
        test_days=options["test_days"],
        levels=options["quantiles"],
        skip_s=options["skip"],
        retrain_days=options["retrain_days"],
    )


def _finite(document: Any) -> Any:
    """JSON knows no nan."""
    if isinstance(document, dict):
        return {name: _finite(value) for name, value in document.items()}
    return None if isinstance(document, float) and document != document else document  # noqa: PLR0124


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _span(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*(min|h|d)", text.strip())
    if not found or not int(found[1]):
        raise ArgumentTypeError(f"'{text}' is no span of time; write 15min, 24h or 7d")
    return int(found[1]) * _UNITS_S[found[2]]


def _clock(text: str) -> int:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if not found:
        raise ArgumentTypeError(f"'{text}' is no time of day; write 06:00")
    return int(found[1]) * 3600 + int(found[2]) * 60


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ArgumentTypeError(f"'{text}' is no time zone; write Europe/Berlin") from None


def _pair(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not (column and sign):
        raise ArgumentTypeError(f"'{text}' names no column and value; write zone=1")
    return column.strip(), value.strip()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_pair(one) for one in text.split(","))


def _site(text: str) -> Site:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 4) or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        raise ArgumentTypeError(f"'{text}' is no site; write 52.1,4.9 or with tilt and azimuth 52.1,4.9,35,180")
    return Site(*numbers)


def _holidays(text: str) -> frozenset[date]:
    try:
        return frozenset(public_holidays(text))
    except NotImplementedError:
        raise ArgumentTypeError(f"'{text}' is no country with known holidays; write ES or US-CA") from None


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise ArgumentTypeError(f"'{text}' is no number of days above zero")
    return int(text)


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"'{text}' are no quantiles; write 0.05,0.5,0.95") from None
    if not levels or any(not 0 < level < 1 for level in levels) or list(levels) != sorted(set(levels)):
        raise ArgumentTypeError("quantiles lie between 0 and 1, ascending, each once")
    return levels
