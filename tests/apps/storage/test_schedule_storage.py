"""The command as anybody would call it, on files as people have them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from gridops.engine.optimization.trading import price_members
from tests.apps.forecasts.files import instants, utc, wall, write

KEYS = {
    "profit",
    "profit_perfect_foresight",
    "share_of_perfect_foresight",
    "cycles",
    "days",
    "solve_ms_per_day",
}
BARE = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
BATTERY = ("--power-kw", "1000", "--energy-kwh", "2000", "--efficiency", "0.81")
BERLIN = ("--zone", "Europe/Berlin")


def daily(days: int, step_min: int = 60, **begin: object) -> tuple[list, np.ndarray]:
    """Nights at 20, evenings at 80, and each day a little dearer."""
    at = instants(days, step_min, **begin)
    hour = np.array([one.hour for one in at])
    return at, np.where(hour < 6, 20.0, np.where(hour >= 18, 80.0, 50.0)) + np.arange(len(at)) // (1440 // step_min)


def prices(path: Path, days: int, step_min: int = 60, **columns: np.ndarray) -> Path:
    at, price = daily(days, step_min)
    return write(path, utc(at), {"price": price, **columns})


def scheduled(path: Path, *options: str) -> dict:
    out = io.StringIO()
    call_command(
        "schedule_storage", "--prices", str(path), *BATTERY, "--json", *options, stdout=out, stderr=io.StringIO()
    )
    return json.loads(out.getvalue())


def refused(path: Path, *options: str) -> str:
    with pytest.raises(CommandError) as told:
        scheduled(path, *options)
    return str(told.value)


def test_without_a_server_or_settings_it_writes_the_document(tmp_path: Path) -> None:
    prices(tmp_path / "prices.csv.gz", 3)
    words = ["schedule_storage", "--prices", "prices.csv.gz", *BATTERY, "--forecast", "perfect", "--json"]
    done = subprocess.run(
        [sys.executable, Path("manage.py").resolve(), *words],
        cwd=tmp_path,
        env=BARE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == KEYS
    assert document["days"] == 3
    assert document["solve_ms_per_day"] > 0


def test_one_cycle_a_day_earns_what_arithmetic_says(tmp_path: Path) -> None:
    found = scheduled(prices(tmp_path / "a.csv", 4), "--forecast", "perfect", "--wear", "5", "--cycles-per-day", "1")

    sold = 2.0 * 0.9  # MWh at the meter, of a full store
    earned = sum(sold * (80 + day - 5) - 2.0 / 0.9 * (20 + day) for day in range(4))
    assert found["profit"] == pytest.approx(earned)
    assert found["profit_perfect_foresight"] == pytest.approx(earned)
    assert found["share_of_perfect_foresight"] == pytest.approx(1.0)
    assert found["cycles"] == pytest.approx(4.0)


def test_efficiency_is_that_of_the_round_trip_unless_it_is_said_to_be_one_way(tmp_path: Path) -> None:
    path = prices(tmp_path / "a.csv", 2)
    trip = scheduled(path, "--forecast", "perfect")
    way = scheduled(path, "--forecast", "perfect", "--one-way", "--efficiency", "0.9")

    assert way["profit"] == pytest.approx(trip["profit"])


def test_prices_per_kwh_are_a_thousand_times_those_per_mwh(tmp_path: Path) -> None:
    at, price = daily(3)
    dear = write(tmp_path / "kwh.csv", utc(at), {"price": price / 1000})
    mwh = scheduled(prices(tmp_path / "a.csv", 3), "--forecast", "perfect", "--wear", "3")
    kwh = scheduled(dear, "--forecast", "perfect", "--wear", "0.003", "--per", "kwh")

    assert kwh["profit"] == pytest.approx(mwh["profit"])


def test_the_naive_forecast_is_that_of_a_similar_day(tmp_path: Path) -> None:
    """Days are alike but for their level: the plan is right, and only days with a day like them before are planned."""
    found = scheduled(prices(tmp_path / "a.csv", 10), "--forecast", "naive")

    assert found["share_of_perfect_foresight"] == pytest.approx(1.0)
    assert found["days"] == 7  # begins on a Monday: Tuesday to Friday, then Monday to Wednesday


def test_a_forecast_of_the_file_is_planned_on_and_settled_at_what_came(tmp_path: Path) -> None:
    _, price = daily(3)
    path = prices(tmp_path / "a.csv", 3, good=price, bad=-price, other=price)

    good = scheduled(path, "--forecast", "file", "--forecast-column", "good", "--price-column", "price")
    bad = scheduled(path, "--forecast", "file", "--forecast-column", "bad", "--price-column", "price")
    mean = scheduled(path, "--forecast", "file", "--forecast-column", "good,other", "--price-column", "price")

    assert good["share_of_perfect_foresight"] == pytest.approx(1.0)
    assert bad["profit"] < 0
    assert mean["profit"] == pytest.approx(good["profit"])


def test_a_forecast_in_another_file_is_matched_by_time(tmp_path: Path) -> None:
    at, price = daily(4)
    write(tmp_path / "f.csv", utc(at[24:]), {"next day": price[24:]})
    found = scheduled(prices(tmp_path / "a.csv", 4), "--forecast", "file", "--forecast-file", str(tmp_path / "f.csv"))

    assert found["days"] == 3
    assert found["share_of_perfect_foresight"] == pytest.approx(1.0)


def test_prices_known_only_as_they_come_are_taken_of_the_day_before_that(tmp_path: Path) -> None:
    at, price = daily(9)
    afternoon = np.array([one.hour >= 12 for one in at]) & (np.arange(len(at)) // 24 == 7)
    price[afternoon] = 0.0  # a Monday; Tuesday is planned on it only if it is known
    path = write(tmp_path / "a.csv", utc(at), {"price": price})

    ahead = scheduled(path)
    as_they_come = scheduled(path, "--known", "real-time")

    assert as_they_come["share_of_perfect_foresight"] > ahead["share_of_perfect_foresight"]


def test_days_on_which_the_clock_changes_have_their_own_length(tmp_path: Path) -> None:
    begin = instants(1)[0].replace(month=3, day=28, hour=23)
    at, price = daily(4, begin=begin)
    path = write(tmp_path / "a.csv", wall(at[:-1], "Europe/Berlin"), {"price": price[:-1]})

    assert scheduled(path, "--forecast", "perfect", *BERLIN)["days"] == 4
    assert "--zone" in refused(path, "--forecast", "perfect")


def test_quarter_hours_are_planned_as_such(tmp_path: Path) -> None:
    found = scheduled(prices(tmp_path / "a.csv", 9, 15), "--forecast", "naive")
    assert found["share_of_perfect_foresight"] == pytest.approx(1.0)


def test_days_can_be_chosen(tmp_path: Path) -> None:
    path = prices(tmp_path / "a.csv", 10)
    assert scheduled(path, "--forecast", "perfect", "--from", "2024-01-03", "--until", "2024-01-05")["days"] == 3
    assert scheduled(path, "--forecast", "perfect", "--skip-days", "4")["days"] == 6


def test_without_json_it_says_what_a_forecast_has_to_beat(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("schedule_storage", "--prices", str(prices(tmp_path / "a.csv", 10)), *BATTERY, stdout=out)
    assert "mean of 7 days" in out.getvalue()


def test_burning_energy_at_prices_below_zero_needs_leave(tmp_path: Path) -> None:
    at, price = daily(2)
    price[2:5] = -200.0
    path = write(tmp_path / "a.csv", utc(at), {"price": price})

    strict = scheduled(path, "--forecast", "perfect")
    bare = scheduled(path, "--forecast", "perfect", "--alternating")
    assert strict["profit"] < bare["profit"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--efficiency", "90"), "--efficiency: 90 is above 1; write 0.9 for 90 %"),
        (("--power-kw", "0"), "--power-kw: '0' is no number above 0"),
        (("--energy-kwh", "two"), "--energy-kwh: 'two'"),
        (("--wear", "-1"), "--wear: '-1'"),
        (("--forecast", "oracle"), "--forecast: 'oracle' is none; write perfect, naive, file, model"),
        (("--forecast", "file"), "--forecast-column"),
        (("--forecast", "naive", "--forecast-file", "x.csv"), "write --forecast file"),
        (("--price-column", "cost"), "there is no column cost"),
        (("--per", "joule"), "--per: 'joule'"),
        (("--zone", "Mars"), "--zone: 'Mars'"),
        (("--from", "yesterday"), "--from: 'yesterday'"),
        (("--decide-at", "25:00"), "--decide-at: '25:00'"),
        (("--decide-at", "18:00"), "--known real-time"),
        (("--soc-min", "0.9", "--soc-max", "0.1"), "window"),
        (("--soc-at-midnight", "1.5"), "--soc-at-midnight: 1.5 is above 1"),
        (("--soc-min", "0.2", "--soc-at-midnight", "0.1"), "initial"),
        (("--from", "2030-01-01"), "no whole day"),
        (("--holidays", "XX", "--forecast", "model"), "--holidays: 'XX'"),
        (("--holidays", "DE"), "write --forecast model"),
        (("--known-ahead", "wind"), "write --forecast model"),
        (("--known-ahead", "wind", "--forecast", "model"), "there is no column wind"),
        (("--forecast-column", "good"), "write --forecast file"),
    ],
)
def test_bad_options_are_refused_in_words(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    assert words in refused(prices(tmp_path / "a.csv", 9), *options)


@pytest.mark.parametrize(
    ("row", "text", "words"),
    [
        (5, "2024-01-01T03:00Z,dear", "row 5, column price: 'dear' is no number"),
        (5, "2024-01-01T03:00Z,", "row 5, column price: no price stands there"),
        (5, "soon,20", "row 5, column time: 'soon' is no time"),
        (5, None, "2024-01-01 03:00 UTC: there is no row with a price"),
    ],
)
def test_a_fault_of_the_file_is_told_by_row_and_column(tmp_path: Path, row: int, text: str | None, words: str) -> None:
    at, price = daily(4, begin=instants(1)[0])
    path = write(tmp_path / "a.csv", utc(at), {"price": price})
    lines = path.read_text().splitlines()
    lines[row - 1 : row] = [] if text is None else [text]
    path.write_text("\n".join(lines) + "\n")

    told = refused(path, "--forecast", "perfect")
    assert words in told


def test_a_file_that_is_not_there_and_one_without_a_past_are_told(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "none.csv")
    assert "none has a forecast" in refused(prices(tmp_path / "a.csv", 1), "--forecast", "naive")


def test_of_several_columns_the_one_of_prices_is_asked_for(tmp_path: Path) -> None:
    at, price = daily(2)
    path = write(tmp_path / "a.csv", utc(at), {"here": price, "there": price})
    assert "--price-column" in refused(path)


def test_our_own_forecast_learns_and_hears_what_is_known_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_members, "_TREES", 10)
    at, price = daily(70)
    chance = np.random.default_rng(4)
    price = price + np.repeat(chance.normal(0, 30, 70 * 4), 6)  # six hours of something that no past tells
    path = write(tmp_path / "a.csv", utc(at), {"price": price, "wind": 900 - 7 * price})

    naive = scheduled(path, "--skip-days", "58")
    blind = scheduled(path, "--skip-days", "58", "--forecast", "model")
    told = scheduled(path, "--skip-days", "58", "--forecast", "model", "--known-ahead", "wind", "--holidays", "DE")

    assert naive["days"] == blind["days"] == told["days"] == 12
    assert naive["profit"] < blind["profit"] < told["profit"]
    assert told["share_of_perfect_foresight"] > 0.95


@pytest.mark.parametrize("options", [("--forecast", "naive"), ("--forecast", "naive", "--known", "real-time")])
def test_no_forecast_changes_with_what_comes_later(tmp_path: Path, options: tuple[str, ...]) -> None:
    out, path = io.StringIO(), prices(tmp_path / "a.csv", 20)
    call_command("schedule_storage", "--prices", str(path), *BATTERY, *options, "--check-leakage", stderr=out)
    assert "no leak: 30 days" in out.getvalue()


def test_a_forecast_that_knows_the_future_is_caught(tmp_path: Path) -> None:
    assert "changed with what came after" in refused(
        prices(tmp_path / "a.csv", 20), "--forecast", "perfect", "--check-leakage"
    )
