import json
import math
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError

from apps.storage.adapters.prices import PriceFile, Prices, Unreadable, read_prices
from apps.storage.adapters.trading import (
    Battery,
    CannotTrade,
    Earned,
    Forecast,
    Terms,
    check_leakage,
    earned,
    earned_by_week_mean,
    known_slots,
)
from gridops.public_days import public_holidays

_UNITS_KWH = {"kwh": 1.0, "mwh": 1000.0}
_ONLY_WITH = {
    "forecast_file": Forecast.FILE,
    "forecast_column": Forecast.FILE,
    "known_ahead": Forecast.MODEL,
    "holidays": Forecast.MODEL,
}
_PERCENT = 100


class Command(BaseCommand):
    help = (
        "What would a battery have earned on past prices of any CSV file, each day planned on what was known the day "
        "before? Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prices", type=Path, required=True, metavar="FILE", help="CSV, .gz too; names in line 1")
        parser.add_argument("--power-kw", required=True, help="at the meter, each way")
        parser.add_argument("--energy-kwh", required=True)
        parser.add_argument("--efficiency", default="0.9", help="of the round trip, 0 to 1 (0.9)")
        parser.add_argument("--one-way", action="store_true", help="--efficiency is that of one way")
        parser.add_argument("--wear", default="0", help="per kWh or MWh discharged, as the prices are (0)")
        parser.add_argument("--forecast", default="naive", help="perfect, naive (the default), file or model")
        parser.add_argument("--cycles-per-day", help="most energy drawn from the store a day, in --energy-kwh")
        parser.add_argument("--discharge-power-kw", help="where it is not --power-kw")
        parser.add_argument("--soc-min", default="0", help="least state of charge, 0 to 1")
        parser.add_argument("--soc-max", default="1")
        parser.add_argument("--soc-at-midnight", help="at which every day begins and ends (the least one)")
        _add_file_arguments(parser)
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        battery, forecast = _battery(options), _forecast(options["forecast"])
        try:
            prices = read_prices(_file(options, forecast))
            terms = Terms(
                forecast=forecast,
                known_slots=known_slots(
                    prices.days, _clock(options["decide_at"]), is_real_time=options["known"] == "real-time"
                ),
                skip_days=_whole("--skip-days", options["skip_days"]),
                alternating=options["alternating"],
            )
            result = earned(prices, battery, terms, process_time)
            compared = check_leakage(prices, terms) if options["check_leakage"] else 0
        except (Unreadable, CannotTrade) as error:
            raise CommandError(str(error)) from None
        for note in prices.notes:
            self.stderr.write(f"note: {note}")
        if compared:
            self.stderr.write(f"no leak: {compared} days the same to the bit with all shuffled that came later")
        if options["json"]:
            self.stdout.write(json.dumps(result.document(), indent=1))
        else:
            self._tell(result, prices, battery, terms)

    def _tell(self, result: Earned, prices: Prices, battery: Battery, terms: Terms) -> None:
        share = result.share_of_perfect_foresight
        told = "-" if share is None else f"{share:.1%}"
        self.stdout.write(
            f"profit            {result.profit:14,.2f}  on {result.days} days, forecast: {terms.forecast}"
        )
        self.stdout.write(f"perfect foresight {result.profit_perfect_foresight:14,.2f}")
        self.stdout.write(f"share             {told:>14}")
        mean = earned_by_week_mean(prices, battery, terms)
        if math.isfinite(mean):
            self.stdout.write(f"mean of 7 days    {mean:>14.1%}  of perfect foresight: what a forecast has to beat")
        self.stdout.write(f"cycles            {result.cycles:14,.1f}")
        self.stdout.write(f"planning          {result.solve_ms_per_day:14,.3f}  ms of processor a day")


def _add_file_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--price-column", default="", metavar="NAME")
    parser.add_argument("--time-column", default="", metavar="NAME")
    parser.add_argument("--per", default="mwh", help="energy that prices and wear are for: mwh (the default) or kwh")
    parser.add_argument("--zone", default="UTC", help="of times without an offset, and of days")
    parser.add_argument("--holidays", default="", metavar="COUNTRY", help="as DE or US-PA, for --forecast model")
    parser.add_argument("--from", dest="since", metavar="YYYY-MM-DD", help="first day")
    parser.add_argument("--until", metavar="YYYY-MM-DD", help="last day")
    parser.add_argument("--skip-days", default="0", metavar="N", help="days at the begin that are not counted")
    parser.add_argument(
        "--forecast-column", default="", metavar="NAMES", help="for --forecast file; of several the mean is taken"
    )
    parser.add_argument("--forecast-file", type=Path, metavar="FILE", help="where they are not in FILE of --prices")
    parser.add_argument(
        "--known-ahead", default="", metavar="NAMES", help="for --forecast model: columns known when the day is planned"
    )
    parser.add_argument("--decide-at", default="12:00", metavar="HH:MM", help="of the day before")
    parser.add_argument(
        "--known",
        default="day-ahead",
        choices=["day-ahead", "real-time"],
        help="prices are published the day before, at 13:00 at the earliest (the default), or as they come",
    )
    parser.add_argument(
        "--check-leakage",
        action="store_true",
        help="forecast again with what comes after decisions shuffled; not a bit may change",
    )
    parser.add_argument(
        "--alternating", action="store_true", help="let it charge and discharge within one step, as a bare program does"
    )


def _battery(options: dict[str, Any]) -> Battery:
    per_kwh = _unit(options["per"])
    low, high = _fraction("--soc-min", options["soc_min"]), _fraction("--soc-max", options["soc_max"])
    rest = options["soc_at_midnight"]
    cycles, discharge = options["cycles_per_day"], options["discharge_power_kw"]
    return Battery(
        power_kw=_number("--power-kw", options["power_kw"], above=0.0),
        energy_kwh=_number("--energy-kwh", options["energy_kwh"], above=0.0),
        efficiency=_fraction("--efficiency", options["efficiency"]),
        is_one_way=options["one_way"],
        wear=_number("--wear", options["wear"]) / per_kwh,
        cycles=math.inf if cycles is None else _number("--cycles-per-day", cycles),
        rest=low if rest is None else _fraction("--soc-at-midnight", rest),
        window=(low, high),
        discharge_kw=None if discharge is None else _number("--discharge-power-kw", discharge, above=0.0),
    )


def _file(options: dict[str, Any], forecast: Forecast) -> PriceFile:
    for option, wants in _ONLY_WITH.items():
        if options[option] and forecast is not wants:
            raise CommandError(f"--{option.replace('_', '-')}: --forecast is {forecast}; write --forecast {wants}")
    return PriceFile(
        path=options["prices"],
        price=options["price_column"],
        time=options["time_column"],
        zone=_zone(options["zone"]),
        unit_kwh=_unit(options["per"]),
        forecast=_names(options["forecast_column"]),
        wants_forecast=forecast is Forecast.FILE,
        beside=options["forecast_file"],
        ahead=_names(options["known_ahead"]),
        holidays=_holidays(options["holidays"]),
        since=_date("--from", options["since"]),
        until=_date("--until", options["until"]),
    )


def _forecast(text: str) -> Forecast:
    try:
        return Forecast(text)
    except ValueError:
        raise CommandError(f"--forecast: '{text}' is none; write {', '.join(Forecast)}") from None


def _number(option: str, text: str, above: float | None = None) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (above is not None and value <= above):
        least = "0 or more" if above is None else f"above {above:g}"
        raise CommandError(f"{option}: '{text}' is no number {least}")
    return value


def _fraction(option: str, text: str) -> float:
    value = _number(option, text)
    if value > 1:
        hint = f"; write {value / _PERCENT:g} for {value:g} %" if value <= _PERCENT else ""
        raise CommandError(f"{option}: {text} is above 1{hint}")
    return value


def _whole(option: str, text: str) -> int:
    if not text.isdigit():
        raise CommandError(f"{option}: '{text}' is no number of days; write 0, 1, 2 ...")
    return int(text)


def _unit(text: str) -> float:
    if text.lower() not in _UNITS_KWH:
        raise CommandError(f"--per: '{text}' is no unit of energy; write mwh or kwh")
    return _UNITS_KWH[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise CommandError(f"--zone: '{text}' is no time zone; write Europe/Berlin") from None


def _holidays(text: str) -> frozenset[date]:
    try:
        return frozenset(public_holidays(text)) if text else frozenset()
    except NotImplementedError:
        raise CommandError(f"--holidays: '{text}' is no country with known holidays; write DE or US-PA") from None


def _date(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{option}: '{text}' is no day; write 2024-01-31") from None


def _clock(text: str) -> float:
    """Hours of the day before."""
    hour, sign, minute = text.partition(":")
    if not (sign and hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise CommandError(f"--decide-at: '{text}' is no time of day; write 12:00")
    return int(hour) + int(minute) / 60
