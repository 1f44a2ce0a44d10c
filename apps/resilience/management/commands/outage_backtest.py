import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError

from apps.forecasts.adapters.sheets import Unreadable
from apps.resilience.adapters.outage_files import (
    MOST_AREAS,
    Wanted,
    read_complete_days,
    read_events,
    read_weather,
    records_of,
)
from apps.resilience.adapters.outage_trial import terms_of, trial, trial_document

_ROWS = (
    ("Brier score", "brier"),
    ("  of climatology", "brier_climatology"),
    ("  of the wind rule", "brier_wind_rule"),
    ("calibration error", "calibration_error"),
    ("skill", "skill"),
    ("  from", "skill_low"),
    ("  to", "skill_high"),
    ("area under curve", "auc"),
)


class Command(BaseCommand):
    help = (
        "How well would outages have been foreseen? EVENTS has a line an outage: began_at, and if known area, "
        "customers, cause, latitude, longitude. WEATHER has a line an hour or day: valid_at, if known area and "
        "issued_at, and any of gust_m_s, wind_speed_m_s, precipitation_mm, temperature_c, "
        "lightning_per_km2. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("events", type=Path, metavar="EVENTS", help="CSV of outages; .gz is read too")
        parser.add_argument("weather", type=Path, nargs="?", metavar="WEATHER", help="CSV of weather; without: none")
        parser.add_argument(
            "--customers", type=_count, default=0, metavar="N", help="foresee outages of at least so many"
        )
        parser.add_argument(
            "--complete", type=Path, metavar="FILE", help="CSV with a column day: records are whole then"
        )
        parser.add_argument("--areas", type=_count, default=MOST_AREAS, metavar="N", help="those with the most outages")
        parser.add_argument("--train-days", type=_count, default=0, metavar="N", help="before the first origin (half)")
        parser.add_argument("--refit-days", type=_count, default=14, metavar="N", help="from one origin to the next")
        parser.add_argument(
            "--zone", type=_zone, default=ZoneInfo("UTC"), help="of times without an offset, and of days"
        )
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = options["zone"]
        try:
            events = read_events(options["events"], zone)
            weather = read_weather(options["weather"], zone) if options["weather"] else None
            complete = read_complete_days(options["complete"], zone) if options["complete"] else None
            wanted = Wanted(zone, float(options["customers"]), max(options["areas"], 1), complete)
            records = records_of(events, weather, wanted)
        except Unreadable as error:
            raise CommandError(str(error)) from None
        terms = terms_of(records, train_days=options["train_days"], refit_days=options["refit_days"])
        told = trial_document(records, terms, trial(records, terms))
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=1))
        else:
            self._tell(told)

    def _tell(self, told: dict[str, Any]) -> None:
        for note in told["notes"]:
            self.stderr.write(f"note: {note}")
        self.stdout.write(
            f"{told['events']} outages in {told['areas']} areas on {told['complete_days']} days; "
            f"weather: {told['weather']}"
        )
        if told["reason"]:
            self.stdout.write(told["reason"])
            return
        self.stdout.write(f"{'lead':<20}" + "".join(f"{one['lead_h']:>8} h" for one in told["by_lead"]))
        for label, name in _ROWS:
            self.stdout.write(f"{label:<20}" + "".join(f"{_figure(one[name]):>10}" for one in told["by_lead"]))


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"'{text}' is no whole number")
    return int(text)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ArgumentTypeError(f"'{text}' is no time zone; write as Europe/Madrid") from None
