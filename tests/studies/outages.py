"""Outages foreseen on real records: of a utility by city and day, and of typhoons by township.

    python -m tests.studies outages --data DIRECTORY

DIRECTORY holds pge_outages_2019a.csv.gz and b, pge_scrape_coverage_by_day.csv.gz and taiwan_*.csv.gz. Rows of the
tables: docs/studies/outages.md.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from apps.resilience.adapters.outage_files import Wanted, read_complete_days, read_events, records_of
from apps.resilience.adapters.outage_trial import trial, trial_document
from gridops.engine.reliability.hazard.backtest import Terms, ruled, wind_rule
from gridops.engine.reliability.hazard.fragility import fit_fragility
from gridops.engine.reliability.hazard.logistic import fit_logistic
from gridops.engine.reliability.hazard.scores import area_under_curve, brier, reliability, skill, skill_interval
from tests.studies.forecasts import data

AREAS, LEAST_SNAPSHOTS, LEAST_CUSTOMERS = 155, 100, 50
PLACE_FIX = {"台北市": "臺北市", "台中市": "臺中市", "台南市": "臺南市"}
# The files of outages and of observations spell the storms differently; Meranti and Malakas came together.
STORMS = {
    "Hagibis": "HAGIBIS",
    "Chan-hom": "CHAN-HOM",
    "Dujuan": "DUJUAN",
    "Soudelor": "SOUDELOR",
    "Fung-wong": "FUNG-WONG",
    "Matmo": "MATMO",
    "Nepartak": "NEPARTAK",
    "MerantiAndMalakas": "MERANTIANDMALAKAS",
}
LEAST_OUT, GALE_M_S, RIDGE = 100, 20.0, 30.0


@dataclass(frozen=True)
class Townships:
    """Township x storm; gust, its square, hours of gale, rain, the storm's mean gust, size."""

    features: np.ndarray
    happened: np.ndarray
    storm: np.ndarray


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def townships(directory: Path) -> Townships:
    out = pd.read_csv(directory / "taiwan_typhoon_outages_by_village.csv.gz")
    stations = pd.read_csv(directory / "taiwan_stations.csv.gz", dtype={"stno": str})
    city = stations.set_index("stno").city_zh
    wind = pd.read_csv(directory / "taiwan_typhoon_wind_obs.csv.gz", dtype={"stno": str})
    rain = pd.read_csv(directory / "taiwan_typhoon_rain_obs.csv.gz", dtype={"stno": str})
    wind, rain = (one.assign(city=one.stno.map(city)) for one in (wind, rain))
    grouped = out.groupby(["CityName", "TownName"])
    villages, names = grouped.size(), grouped.size().index.get_level_values(0)
    rows, happened, storm = [], [], []
    for number, (column, key) in enumerate(STORMS.items()):
        hourly = wind[wind.typhoon == key].groupby(["city", "ObsTime"]).WSGust.max()
        gust, gale = hourly.groupby("city").max(), (hourly > GALE_M_S).groupby("city").sum()
        fallen = rain[rain.typhoon == key].groupby(["city", "stno"]).accu_value.sum().groupby("city").max()
        lost = grouped[column].sum().to_numpy()
        for name, size, customers in zip(names, villages.to_numpy(), lost, strict=True):
            place = PLACE_FIX.get(name, name)
            one = gust.get(place, np.nan)
            wet = np.log1p(fallen.get(place, 0.0))
            rows.append([one, one**2, gale.get(place, np.nan), wet, gust.mean(), np.log(size)])
            happened.append(customers >= LEAST_OUT)
            storm.append(number)
    return Townships(np.array(rows, np.float64), np.array(happened), np.array(storm))


def leave_one_out(towns: Townships) -> dict[str, np.ndarray]:
    """Each storm foreseen from the other seven: ours, a fragility of the gust, a rule of thumb, the base rate."""
    x, y, gust = towns.features, towns.happened, towns.features[:, 0]
    said = {name: np.empty(len(y)) for name in ("logistic", "fragility", "wind rule", "base rate")}
    for storm in np.unique(towns.storm):
        test, train = towns.storm == storm, towns.storm != storm
        share = float(y[train].mean())
        said["logistic"][test] = fit_logistic(x[train], y[train], ridge=RIDGE).probability(x[test])
        known = train & np.isfinite(gust)
        curve = fit_fragility(gust[known], y[known])
        said["fragility"][test] = np.where(np.isfinite(gust[test]), curve.probability(gust[test]), share)
        rule = ruled(wind_rule(gust[train], y[train]), gust[test])
        said["wind rule"][test] = np.where(np.isfinite(rule), rule, share)
        said["base rate"][test] = share
    return said


def _table(towns: Townships) -> None:
    said = leave_one_out(towns)
    y, base = towns.happened, said["base rate"]
    reference = (base - y) ** 2
    _say("| model | Brier | BSS | 5 to 95 % by storm | AUC | ECE |\n|---|---|---|---|---|---|")
    for name, p in said.items():
        low, high = skill_interval((p - y) ** 2, reference, towns.storm, np.random.default_rng(1))
        gain = skill(brier(p, y), brier(base, y))
        _say(
            f"| {name} | {brier(p, y):.4f} | {gain:.3f} | {low:.3f} to {high:.3f} | "
            f"{area_under_curve(p, y):.3f} | {reliability(p, y).error:.3f} |"
        )
    _say("\n| storm | happened | said |\n|---|---|---|")
    for number, name in enumerate(STORMS):
        mine = towns.storm == number
        _say(f"| {name} | {y[mine].mean():.2f} | {said['logistic'][mine].mean():.2f} |")


def _utility(directory: Path) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    with tempfile.TemporaryDirectory() as folder:
        events, complete = Path(folder) / "events.csv", Path(folder) / "days.csv"
        parts = [pd.read_csv(directory / f"pge_outages_2019{half}.csv.gz") for half in "ab"]
        joined = pd.concat(parts).assign(began_at=lambda one: one.first_seen_utc + "Z").drop(columns="start_utc")
        joined.to_csv(events, index=False)
        days = pd.read_csv(directory / "pge_scrape_coverage_by_day.csv.gz")
        days[days.snapshots >= LEAST_SNAPSHOTS].to_csv(complete, index=False)
        wanted = Wanted(zone, LEAST_CUSTOMERS, AREAS, read_complete_days(complete, zone))
        records = records_of(read_events(events, zone), None, wanted)
    _say(f"{records.events} outages in {len(records.areas)} areas on {int(records.days.complete.sum())} whole days\n")
    _say("| train days | lead h | rows | base rate | Brier | climatology | BSS | 5 to 95 % by day | AUC | ECE |")
    _say("|---|---|---|---|---|---|---|---|---|---|")
    for train_days in (90, 120, 150):
        terms = Terms(train_days=train_days, lead_days=(1, 2, 3))
        told = trial_document(records, terms, trial(records, terms))
        for one in told["by_lead"]:
            _say(
                f"| {train_days} | {one['lead_h']} | {one['rows']} | {one['base_rate']:.3f} | {one['brier']:.4f} | "
                f"{one['brier_climatology']:.4f} | {one['skill']:.3f} | {one['skill_low']:.3f} to "
                f"{one['skill_high']:.3f} | {one['auc']:.3f} | {one['calibration_error']:.3f} |"
            )


def run(options: argparse.Namespace) -> None:
    directory = options.data or data()
    if directory is None:
        _say("Give --data DIRECTORY with the files of outages.")
        return
    if options.only in ("", "taiwan"):
        _table(townships(directory))
    if options.only in ("", "pge"):
        _utility(directory)
