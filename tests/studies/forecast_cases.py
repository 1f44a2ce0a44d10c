"""Which series are forecast, and how: the splits are those on which others have been measured, where there are such."""

import shlex
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from apps.forecasts.adapters.backtests import Terms
from apps.forecasts.adapters.derived import Plant, Site
from apps.forecasts.adapters.table import Wanted

HOUR_S, DAY_S = 3600, 86_400
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PERCENTS = tuple(float(level) for level in np.round(np.arange(1, 100) / 100, 2))
NEW_YORK, CHICAGO, LONDON = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago"), ZoneInfo("Europe/London")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
_YEARS = range(2000, 2030)


@dataclass(frozen=True)
class Case:
    """`command`: what `manage.py backtest FILE` gets for it. `beside`: other series of the file whose columns `shared`
    are known ahead here too."""

    name: str
    file: str
    wanted: Wanted
    terms: Terms
    plant: Plant = field(default_factory=Plant)
    beside: tuple[Wanted, ...] = ()
    shared: tuple[str, ...] = ()
    options: str = ""

    @property
    def command(self) -> str:
        return f"manage.py backtest {self.file} --target {shlex.quote(self.wanted.target)} {self.options}".strip()


def day_ahead(train: int, test: int, *, retrain: int = 30) -> Terms:
    """Issued at six for the whole next day: leads of 18 to 42 hours."""
    return Terms(42 * HOUR_S, 6 * HOUR_S, DAY_S, train, test, LEVELS, skip_s=18 * HOUR_S, retrain_days=retrain)


def _gate(train: int, test: int, retrain: int = 30) -> str:
    return f"--horizon 42h --skip 18h --issue-at 06:00 --train-days {train} --test-days {test} --retrain-days {retrain}"


def _free_days(country: str) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=_YEARS))


def _tetouan(zone: int) -> Case:
    return Case(
        f"tetouan_{zone}",
        "tetouan_2017_10min.csv.gz",
        Wanted(f"zone{zone}_kw", ("temp_c", "humidity"), step_s=1800),
        day_ahead(250, 120),
        options="--weather temp_c,humidity --resolution 30min " + _gate(250, 120),
    )


def _pjm(name: str) -> Case:
    return Case(
        f"pjm_{name}",
        f"pjm_{name}.csv.gz",
        Wanted("mw", zone=NEW_YORK, holidays=_free_days("US")),
        day_ahead(730, 365, retrain=60),
        options="--zone America/New_York --holidays US " + _gate(730, 365, 60),
    )


def _transformer(number: int, target: str) -> Case:
    return Case(
        f"ett_h{number}_{target}",
        f"ett_h{number}_transformer_oil_temp.csv.gz",
        Wanted(target),
        day_ahead(365, 90),
        options=_gate(365, 90),
    )


def _meter(name: str, file: str, zone: ZoneInfo, country: str) -> Case:
    return Case(
        name,
        f"eemeter/{file}.csv.gz",
        Wanted("value", zone=zone, step_s=HOUR_S, holidays=_free_days(country)),
        day_ahead(300, 60),
        options=f"--zone {zone.key} --holidays {country} --resolution 1h " + _gate(300, 60),
    )


def _weather_of_days(target: str) -> Case:
    return Case(
        f"california_{target}",
        "california_daily_weather_2018_2025.csv.gz",
        Wanted(target, ("AVG_WIND_SPEED",), zone=LOS_ANGELES),
        Terms(7 * DAY_S, 0, DAY_S, 1800, 365, LEVELS, retrain_days=60),
        options="--zone America/Los_Angeles --weather AVG_WIND_SPEED --horizon 7d --issue-at 00:00 --train-days 1800 "
        "--test-days 365 --retrain-days 60",
    )


_WIND = "gefcom2014_wind_zones1-3.csv.gz"
_WIND_COLUMNS = ("u10", "v10", "u100", "v100")


def _wind(zone: int, *, with_others: bool) -> Case:
    def wanted(number: int) -> Wanted:
        return Wanted("power", ahead=_WIND_COLUMNS, only=("zone", str(number)), stamps_end=True)

    others = tuple(wanted(number) for number in (1, 2, 3) if number != zone)
    places = [other.only for other in others if other.only]
    return Case(
        f"gefcom_wind_{zone}" + ("_with_others" if with_others else ""),
        _WIND,
        wanted(zone),
        Terms(DAY_S, 0, DAY_S, 610, 91, PERCENTS, retrain_days=365),
        beside=others if with_others else (),
        shared=("speed_100", "u100", "v100") if with_others else (),
        options=f"--only zone={zone} --stamps end --known-future u10,v10,u100,v100 "
        + (f"--beside {','.join(f'{name}={value}' for name, value in places)} " if with_others else "")
        + ("--shared speed_100,u100,v100 " if with_others else "")
        + "--issue-at 00:00 --train-days 610 --test-days 91 --retrain-days 365 "
        "--quantiles $(seq -s, 0.01 0.01 0.99)",
    )


_SUN_COLUMNS = (
    *("tclw", "tciw", "sp_pa", "rh1000", "tcc", "u10", "v10", "t2m_k"),
    *("ssrd_acc", "strd_acc", "tsr_acc", "tp_acc"),
)
_FACING = {1: (36.0, 38.0), 2: (35.0, 327.0), 3: (21.0, 31.0)}  # tilt, azimuth


def _solar(zone: int) -> Case:
    tilt, azimuth = _FACING[zone]
    return Case(
        f"gefcom_solar_{zone}",
        "gefcom2014_solar.csv.gz",
        Wanted("power", ahead=_SUN_COLUMNS, only=("zone", str(zone)), stamps_end=True),
        Terms(DAY_S, 0, DAY_S, 306, 89, PERCENTS, retrain_days=365),
        plant=Plant(Site(-37.5, 145.0, tilt, azimuth), "ssrd_acc", "t2m_k", _SUN_COLUMNS[-4:]),
        options=f"--only zone={zone} --stamps end --known-future {','.join(_SUN_COLUMNS)} "
        f"--accumulated {','.join(_SUN_COLUMNS[-4:])} --site=-37.5,145,{tilt:g},{azimuth:g} --radiation ssrd_acc "
        "--temperature t2m_k --issue-at 00:00 --train-days 306 --test-days 89 --retrain-days 365 "
        "--quantiles $(seq -s, 0.01 0.01 0.99)",
    )


CASES = (
    *(_tetouan(zone) for zone in (1, 2, 3)),
    *(_pjm(name) for name in ("dayton", "duq")),
    _meter("il_meter", "il-electricity-cdd-hdd-hourly", CHICAGO, "US"),
    _meter("il_cooling_meter", "il-electricity-cdd-only-hourly", CHICAGO, "US"),
    *(_meter(f"uk_meter_{n}", f"uk-electricity-hdd-only-hourly-sample-{n}", LONDON, "GB") for n in (0, 1)),
    *(_transformer(number, "OT") for number in (1, 2)),
    *(_transformer(number, "HUFL") for number in (1, 2)),
    *(_weather_of_days(target) for target in ("MAX_TEMP", "MIN_TEMP")),
    *(_wind(zone, with_others=False) for zone in (1, 2, 3)),
    *(_wind(zone, with_others=True) for zone in (1, 2, 3)),
    *(_solar(zone) for zone in (1, 2, 3)),
)
