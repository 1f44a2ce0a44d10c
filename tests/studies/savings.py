"""Savings of three real homes by the daily and hourly methods, beside the open reference implementation of CalTRACK.

    GRIDOPS_EEMEETER=PYTHON python -m tests.studies savings --data DIRECTORY

The files are the samples of openeemeter/eemeter (Apache-2.0), in DIRECTORY/eemeter. PYTHON is that of an environment of
its own with eemeter 3.2.0, pandas below 2.2 and numpy below 2; without it the kept numbers stand for it. The measure of
each American home is where the samples put it; the British one has none, so its day is chosen: the 1st of September.
"""

import argparse
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apps.efficiency.adapters.saving_files import measured, parse_span, read_meter, read_weather
from apps.efficiency.adapters.saving_verify import DAILY, HOURLY, verify_measured, zone_of
from gridops.engine.efficiency.savings import Savings
from tests.studies.forecasts import data


@dataclass(frozen=True)
class Home:
    """Kept: kWh without the measure by eemeter 3.2.0, daily and hourly; the daily OLS band in kWh."""

    name: str
    meter: str
    weather: str
    baseline: str
    reporting: str
    observed: float
    daily: float
    hourly: float
    ols_band: float

    def savings(self, directory: Path, method: str) -> Savings:
        utc = zone_of("UTC")
        spans = parse_span(self.baseline, "baseline"), parse_span(self.reporting, "reporting")
        meter = read_meter((directory / f"{self.meter}.csv.gz").read_bytes(), self.meter, utc)
        weather = read_weather((directory / f"{self.weather}.csv.gz").read_bytes(), self.weather, utc)
        return verify_measured(measured(meter, weather, spans, utc), *spans, method=method)

    def kept(self, method: str) -> float:
        return self.daily if method == DAILY else self.hourly


_AFTER = "2017-01-04/2018-01-04"
HOMES = (
    Home(
        "IL cooling", "il-electricity-cdd-only-hourly", "il-tempF", "2015-12-26/2016-12-26", _AFTER,
        8973.01, 9272.7638, 9540.4594, 404.0639,
    ),
    Home(
        "IL c+h", "il-electricity-cdd-hdd-hourly", "il-electricity-cdd-hdd-tempF", "2015-12-26/2016-12-26", _AFTER,
        9073.15, 9910.5146, 10183.2068, 320.4284,
    ),
    Home(
        "UK0", "uk-electricity-hdd-only-hourly-sample-0", "uk-tempC-sample-0", "2020-09-01/2021-09-01",
        "2021-09-15/2022-09-15", 1384.558, 1395.0428, 1414.6455, 76.2573,
    ),
)  # fmt: skip

_SCRIPT = """
import json, sys, warnings
import pandas as pd
warnings.filterwarnings("ignore")
import eemeter
from eemeter.transform import downsample_and_clean_caltrack_daily_data as to_days
told = json.loads(sys.argv[1])
def series(path):
    table = pd.read_csv(path).iloc[:, -2:]
    found = pd.Series(table.iloc[:, 1].astype(float).values, pd.to_datetime(table.iloc[:, 0], utc=True, format="mixed"))
    return found[~found.index.duplicated()].sort_index()
meter, heat = series(told["meter"]).asfreq("h"), series(told["weather"]).resample("h").mean()
heat = heat if told["fahrenheit"] else heat * 1.8 + 32
hours = meter.to_frame("value"); hours.index.freq = "H"
days = to_days(hours); days.index.freq = "D"
begin, end, after = (pd.Timestamp(told[one], tz="UTC") for one in ("begin", "end", "after"))
for kind, table in (("daily", days), ("hourly", hours)):
    base, _ = eemeter.get_baseline_data(table, start=begin, end=end, max_days=None)
    past, _ = eemeter.get_reporting_data(table, start=after, max_days=365)
    if kind == "daily":
        model = eemeter.fit_caltrack_usage_per_day_model(eemeter.create_caltrack_daily_design_matrix(base, heat))
    else:
        first = eemeter.create_caltrack_hourly_preliminary_design_matrix(base, heat)
        parts = eemeter.segment_time_series(first.index, "three_month_weighted")
        busy = eemeter.estimate_hour_of_week_occupancy(first, segmentation=parts)
        bins = eemeter.fit_temperature_bins(first, segmentation=parts, occupancy_lookup=busy)
        made = eemeter.create_caltrack_hourly_segmented_design_matrices(first, parts, busy, *bins)
        model = eemeter.fit_caltrack_hourly_model(made, busy, *bins)
    saved, bands = eemeter.metered_savings(model, past, heat)
    known = saved.dropna()
    print(json.dumps([kind, float(known.counterfactual_usage.sum()), bands and bands["OLS Error Band"]]))
"""


def reference(home: Home, directory: Path, python: str) -> dict[str, float]:
    """kWh without the measure, by method, as eemeter has it."""
    begin, _, end = home.baseline.partition("/")
    told = {
        "meter": str(directory / f"{home.meter}.csv.gz"),
        "weather": str(directory / f"{home.weather}.csv.gz"),
        "fahrenheit": home.name.startswith("IL"),
        "begin": begin, "end": end, "after": home.reporting.partition("/")[0],
    }  # fmt: skip
    ran = subprocess.run([python, "-c", _SCRIPT, json.dumps(told)], capture_output=True, text=True, check=True)
    return {kind: value for kind, value, _ in map(json.loads, ran.stdout.splitlines())}


def run(arguments: argparse.Namespace) -> str:
    """The tables of docs/studies/savings.md."""
    root = arguments.data or data()
    if root is None:
        raise SystemExit("--data: name the directory that holds eemeter/.")
    python = os.environ.get("GRIDOPS_EEMEETER", "")
    rows = ["| home | method | eemeter, kWh | ours, kWh | apart, % | saved, kWh | band, kWh |", f"{'|---' * 7}|"]
    for home in HOMES:
        theirs = reference(home, root / "eemeter", python) if python else {}
        rows += [_row(home, one, home.savings(root / "eemeter", one), theirs.get(one)) for one in (DAILY, HOURLY)]
    return "\n".join(rows)


def _row(home: Home, method: str, ours: Savings, run_now: float | None) -> str:
    theirs = home.kept(method) if run_now is None else run_now
    apart = 100 * (ours.counterfactual_kwh / theirs - 1)
    band = "-" if ours.band.fsu_kwh is None else f"{ours.band.fsu_kwh:.0f}"
    figures = f"{theirs:.2f} | {ours.counterfactual_kwh:.2f} | {apart:.5f} | {ours.saved_kwh:.1f} | {band}"
    return f"| {home.name} | {method} | {figures} |"
