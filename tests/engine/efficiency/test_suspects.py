"""Thefts and faults of meters in a street of homes, planted by the test."""

from collections.abc import Callable

import numpy as np
import pytest

from gridops.engine.efficiency.suspects import ONE_KIND_AT_MOST, suspects
from gridops.engine.efficiency.suspects_kinds import Panel, Suspect, SuspectKind
from gridops.engine.efficiency.suspects_readings import Calendar, filled, standing_still

DAYS, HOMES, ODD = 182, 20, 7
HOURS = 24 * DAYS


def calendar() -> Calendar:
    hours = np.arange(HOURS, dtype=np.int32)
    return Calendar(hours % 24, 1 + hours // 24 // 31, hours // 24)


def homes(seed: int = 3) -> np.ndarray:
    generator = np.random.default_rng(seed)
    shape = 0.4 + 0.4 * np.exp(-0.5 * ((np.arange(HOURS) % 24 - 19) / 2.5) ** 2)
    own = np.exp(0.5 * generator.standard_normal((HOURS, HOMES)))
    return np.asarray(shape[:, None] * own * generator.uniform(0.6, 1.5, HOMES), np.float64)


def looked(metered: np.ndarray, drawn: np.ndarray) -> tuple[Suspect, ...]:
    generator = np.random.default_rng(8)
    fed = drawn.sum(axis=1) * (1 + 0.003 * generator.standard_normal(HOURS)) + 0.5
    read = np.round(metered, 3)
    return suspects(Panel(read, fed, np.full(HOURS, 0.5), calendar())).suspects


def first(change: Callable[[np.ndarray], None]) -> Suspect:
    drawn = homes()
    metered = drawn.copy()
    change(metered[:, ODD])
    found = looked(metered, drawn)
    assert found, "nobody was suspected"
    assert found[0].meter == ODD
    return found[0]


def test_honest_homes_are_left_alone() -> None:
    drawn = homes()
    assert not [one for one in looked(drawn, drawn) if one.probability > 0.5]


def test_a_bypass_is_found_with_its_energy() -> None:
    drawn = homes()
    found = first(lambda own: np.multiply(own, 0.5, out=own))
    assert found.kind is SuspectKind.BYPASS
    assert not found.is_fault
    assert found.kwh == pytest.approx(0.5 * drawn[:, ODD].sum(), rel=0.15)


def test_a_bypass_by_night_is_told_as_such() -> None:
    def by_night(own: np.ndarray) -> None:
        hour = np.arange(HOURS) % 24
        own[(hour >= 22) | (hour < 6)] *= 0.1

    assert first(by_night).kind is SuspectKind.BYPASS_AT_NIGHT


def test_a_begin_is_told() -> None:
    def later(own: np.ndarray) -> None:
        own[100 * 24 :] *= 0.4

    found = first(later)
    assert found.since_day == pytest.approx(100, abs=7)
    assert {"course", "jump"} & {one.sign for one in found.evidence}


def test_a_stuck_meter_is_a_fault_and_no_theft() -> None:
    def stuck(own: np.ndarray) -> None:
        own[1000:1500] = own[1000]

    found = first(stuck)
    assert (found.kind, found.is_fault) == (SuspectKind.STUCK, True)


def test_a_meter_that_shows_too_much_is_a_fault() -> None:
    found = first(lambda own: np.multiply(own, 1.2, out=own))
    assert found.kind is SuspectKind.FAST
    assert found.kwh < 0


def test_a_wrong_clock_is_no_theft() -> None:
    def late(own: np.ndarray) -> None:
        own[:] = np.roll(own, 2)

    found = first(late)
    assert (found.kind, found.kwh) == (SuspectKind.CLOCK, 0.0)


def test_a_stopped_meter_of_an_empty_home_is_not_suspected() -> None:
    drawn = homes()
    drawn[100 * 24 :, ODD] = 0.0
    assert not [one for one in looked(drawn, drawn) if one.meter == ODD]


def test_one_kind_of_evidence_alone_is_never_enough() -> None:
    drawn = homes()
    metered = drawn.copy()
    metered[:, ODD] *= 0.5
    for one in looked(metered, drawn):
        kinds = {sign.sign for sign in one.evidence if sign.weight > 0}
        assert one.probability <= ONE_KIND_AT_MOST or len(kinds) >= 2


def test_too_few_weeks_suspect_nobody_by_courses() -> None:
    drawn = homes()[: 24 * 20]
    metered = drawn.copy()
    metered[:, ODD] *= 0.5
    days = np.arange(24 * 20, dtype=np.int32)
    short = Calendar(days % 24, np.ones(24 * 20, np.int32), days // 24)
    found = suspects(Panel(metered, drawn.sum(axis=1), np.zeros(24 * 20), short)).suspects
    assert all(one.probability < 0.5 for one in found)


def test_a_gap_takes_the_usual_of_its_hour_at_the_level_of_its_neighbours() -> None:
    kwh = np.tile(np.array([1.0, 2.0, 4.0]), (48, 1)) * (1 + (np.arange(48) >= 24))[:, None]
    kwh[30, 2] = np.nan
    hours = np.arange(48, dtype=np.int32)
    found = filled(kwh, Calendar(hours % 24, np.ones(48, np.int32), hours // 24))
    assert found[30, 2] == pytest.approx(4.0 * 4 / 3, rel=0.3)
    assert np.isfinite(found).all()


def test_standing_still_needs_its_time() -> None:
    kwh = np.random.default_rng(1).uniform(0.1, 1.0, (500, 2))
    kwh[10:57, 0], kwh[10:60, 1] = 0.5, 0.5
    found = standing_still(kwh)
    assert not found.stuck[:, 0].any()
    assert found.stuck[:, 1].sum() == 50
