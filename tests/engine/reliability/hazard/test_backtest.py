"""Origins that roll through drawn records: nothing later is read, and weather that matters is found."""

from dataclasses import fields, replace

import numpy as np
import pytest

from gridops.engine.reliability.hazard.backtest import Backtest, Terms, backtest, ruled, wind_rule
from gridops.engine.reliability.hazard.panel import (
    OutageDays,
    history_features,
    names_of_features,
    neighbours,
    shares_so_far,
)
from gridops.engine.reliability.hazard.scores import brier, reliability
from gridops.engine.reliability.hazard.weather import FEATURES, WeatherDays, day_features, icing_mm, soil_moisture

DAYS, AREAS = 200, 12
TERMS = Terms(train_days=100, refit_days=20)


def records(seed: int = 1) -> tuple[OutageDays, WeatherDays]:
    rng = np.random.default_rng(seed)
    storm = rng.gamma(2.0, 4.0, DAYS)
    gust = storm[:, None] + rng.normal(4, 1.5, (DAYS, AREAS))
    counts = rng.poisson(0.05 * np.exp(0.18 * np.maximum(gust - 8, 0))).astype(float)
    near = neighbours(np.linspace(0, 1, AREAS), np.zeros(AREAS), 3)
    days = OutageDays(counts, counts + rng.poisson(0.3, counts.shape), np.ones(DAYS, bool), 18_000, near)
    unknown = np.full(gust.shape, np.nan)
    rain = rng.gamma(0.3, 6.0, gust.shape)
    return days, WeatherDays(gust, np.maximum(gust - 15, 0), rain, unknown, unknown, unknown)


def test_weather_that_breaks_lines_beats_climatology_and_the_rule_of_thumb() -> None:
    days, weather = records()
    found = backtest(days, [weather] * 3, TERMS)
    assert not found.reason
    for lead in found.leads:
        own = brier(lead.probability, lead.happened)
        assert own < 0.85 * brier(lead.climatology, lead.happened)
        assert own < brier(lead.wind_rule, lead.happened)
        assert reliability(lead.probability, lead.happened).error < 0.05


def shuffled(values: np.ndarray, first: int, rng: np.random.Generator) -> np.ndarray:
    moved = values.copy()
    moved[first:] = rng.permutation(moved[first:].ravel()).reshape(moved[first:].shape)
    return moved


@pytest.mark.parametrize("with_weather", [True, False])
def test_shuffling_the_future_changes_nothing_before_it(with_weather: bool) -> None:
    days, weather = records()
    rng, cut = np.random.default_rng(2), 150
    other = replace(days, counts=shuffled(days.counts, cut, rng), lesser=shuffled(days.lesser, cut, rng))
    later = WeatherDays(*(shuffled(getattr(weather, one.name), cut + 3, rng) for one in fields(weather)))
    pairs = zip(_run(days, weather, with_weather).leads, _run(other, later, with_weather).leads, strict=True)
    for before, after in pairs:
        kept = before.day <= cut
        assert kept.sum() > 0
        for name in ("probability", "climatology", "wind_rule"):
            assert np.array_equal(getattr(before, name)[kept], getattr(after, name)[kept], equal_nan=True)
        assert not np.array_equal(before.probability, after.probability)


def _run(days: OutageDays, weather: WeatherDays, with_weather: bool) -> Backtest:
    return backtest(days, [weather] * 3 if with_weather else None, TERMS)


def test_a_longer_lead_reads_less() -> None:
    days, _ = records()
    early = replace(days, counts=days.counts.copy(), lesser=days.lesser.copy())
    early.counts[120:122] += 5
    for lead, sees in ((1, True), (3, False)):
        was, now = (history_features(one, lead)[122, :, 0] for one in (days, early))
        assert (not np.array_equal(was, now)) is sees


def test_days_without_records_are_neither_read_nor_judged() -> None:
    days, weather = records()
    complete = days.complete.copy()
    complete[120:140] = False
    noise = days.counts.copy()
    noise[120:140] = 99.0
    with_gap = [replace(days, complete=complete, counts=one) for one in (days.counts, noise)]
    a, b = (backtest(one, [weather] * 3, TERMS).leads[0] for one in with_gap)
    assert not set(range(120, 140)) & set(a.day.tolist())
    assert np.array_equal(a.probability, b.probability)


def test_short_and_quiet_records_are_told() -> None:
    days, _ = records()
    assert "200 days of records" in backtest(days, None, Terms(train_days=200)).reason
    quiet = replace(days, counts=np.zeros_like(days.counts))
    assert backtest(quiet, None, TERMS).reason == "Not fitted: 0 rows of the rarer outcome, 20 are needed."


def test_the_rule_takes_the_threshold_that_parts_best() -> None:
    gust = np.array([5.0, 9.0, 14.0, 16.0, 22.0, 30.0])
    rule = wind_rule(gust, gust > 15)
    assert rule == (15.0, 0.0, 1.0)
    assert ruled(rule, np.array([3.0, 40.0, np.nan])).tolist()[:2] == [0.0, 1.0]


def test_neighbours_are_the_nearest_and_unknown_places_have_none() -> None:
    near = neighbours(np.array([0.0, 1.0, 3.0, np.nan]), np.zeros(4), 2)
    assert near.tolist() == [[1, 2], [0, 2], [1, 0], [-1, -1]]


def test_a_share_is_held_to_all_areas_while_little_is_known() -> None:
    days, _ = records()
    counts = days.counts.copy()
    counts[:, 0] = 1.0
    share = shares_so_far(replace(days, counts=counts), 1)[:, 0]
    assert share[3] < 0.4
    assert share[-1] > 0.9
    assert history_features(days, 1).shape[-1] == len(names_of_features())


def test_soil_keeps_a_share_of_earlier_rain() -> None:
    soil = soil_moisture(np.array([[10.0], [np.nan], [0.0]]))
    assert soil[:, 0] == pytest.approx([0.0, 8.5, 7.225])
    _, weather = records()
    assert day_features(weather, soil_moisture(weather.rain_mm)).shape == (DAYS, AREAS, len(FEATURES))


def test_only_rain_near_freezing_is_ice() -> None:
    ice = icing_mm(np.array([3.0, 3.0, 3.0, np.nan]), np.array([5.0, -1.0, -20.0, -1.0]))
    assert ice[:3].tolist() == [0.0, 3.0, 0.0]
    assert np.isnan(ice[3])
