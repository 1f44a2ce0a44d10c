"""Stored minutes of a few meters, honest and forged."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from apps.assets.models import NetworkModel
from apps.resilience.adapters import threat_readings as readings
from apps.resilience.adapters.threat_readings import Meter
from apps.resilience.choices.threat import FindingKind, LearningOutcome
from apps.resilience.models import ReadingHabit
from apps.resilience.selectors.threat_readings import meters_by_place
from apps.resilience.services import threat_readings
from apps.resilience.services.threat_readings import learn_readings, look_at_readings, look_for_echoes
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.telemetry.models import Gateway, MeasurementPoint
from gridops.engine.anomaly.detector import Check

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
METERS, MINUTES = 6, 26 * 60


@pytest.fixture
def points(db: None) -> list[MeasurementPoint]:
    gateway = Gateway.objects.create(name="north")
    return [
        MeasurementPoint.objects.create(
            gateway=gateway,
            slot=n,
            name=f"Load {n}",
            equipment_mrid=uuid4(),
            quantity="active_power",
            unit="kW",
            address=f"1/{n}",
        )
        for n in range(METERS)
    ]


def noise(minutes: int = MINUTES) -> np.ndarray:
    return np.round(100 + np.random.default_rng(4).standard_normal((minutes, METERS)), 2)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch):
    """What the store answers: the last minutes of one course that ends at the look."""

    def say(grid: np.ndarray) -> None:
        def minutes_of(meters: list[Meter], *, start: datetime, minutes: int) -> np.ndarray:
            return grid[-minutes:]

        monkeypatch.setattr(threat_readings, "minutes_of", minutes_of)

    return say


def test_meters_without_a_place_are_judged_together(points: list[MeasurementPoint]) -> None:
    (meters,) = meters_by_place().values()
    assert [meter.key for meter in meters] == [point.pk for point in points]


def test_honest_minutes_are_no_finding(points: list[MeasurementPoint], told) -> None:
    told(noise())
    assert look_at_readings(as_of=NOW) == []
    assert look_for_echoes(as_of=NOW) == []


def test_a_meter_that_stands_still_is_found_with_its_course(points: list[MeasurementPoint], told) -> None:
    grid = noise()
    grid[-40:, 2] = grid[-41, 2]
    told(grid)
    (finding,) = look_at_readings(as_of=NOW)
    assert finding.kind == FindingKind.FROZEN
    assert "Load 2" in finding.title
    assert finding.assets[0]["mrid"] == str(points[2].equipment_mrid)
    chart = finding.evidence["meters"][0]
    assert len(set(chart["read"][-40:])) == 1
    assert finding.began_at == NOW - timedelta(minutes=2 + 41)


def test_a_meter_that_always_stands_still_is_no_finding(points: list[MeasurementPoint], told) -> None:
    grid = noise()
    grid[:, 2] = 0.0
    told(grid)
    assert look_at_readings(as_of=NOW) == []


def test_minutes_that_were_there_before_are_a_replay(points: list[MeasurementPoint], told) -> None:
    grid = noise()
    grid[-70:, :4] = grid[-670:-600, :4]
    told(grid)
    (finding,) = look_for_echoes(as_of=NOW)
    assert finding.kind == FindingKind.REPLAY
    assert finding.evidence["minutes_ago"] == [600]
    assert finding.evidence["count"] == 4
    assert finding.likelihood == threat_readings.ECHO_MANY


def test_too_little_history_is_said_and_nothing_is_learnt(points: list[MeasurementPoint]) -> None:
    (habit,) = learn_readings(as_of=NOW)
    assert habit.outcome == LearningOutcome.TOO_LITTLE
    assert "7 days" in habit.reason
    assert ReadingHabit.objects.count() == 1


def test_what_was_learnt_is_the_same_after_it_was_stored() -> None:
    days, meters = 8, [Meter(n, f"m{n}", str(n), "", "active_power", "kW") for n in range(METERS)]
    grid = noise(days * 1440)
    slot = readings.slots(NOW, len(grid), threat_readings.timezone.get_default_timezone())
    model = readings.learnt(grid, slot, meters)
    again = readings.unpack(readings.pack(model))
    assert again.lines.keys() == model.lines.keys()
    forged = grid[-240:].copy()
    forged[-30:, 1] += 20.0
    (first, *_), (other, *_) = (readings.suspects(one, forged, slot[-240:], meters) for one in (model, again))
    assert first.meter.name == other.meter.name == "m1"
    assert first.excess == pytest.approx(other.excess, rel=1e-3)
    assert readings.suspects(model, grid[-240:], slot[-240:], meters) == []
    assert Check.ECHO in again.lines


def test_slots_follow_the_clock_and_the_weekend() -> None:
    zone = threat_readings.timezone.get_default_timezone()
    monday = datetime(2026, 6, 1, 0, 7, tzinfo=zone)
    slots = readings.slots(monday, 20, zone)
    assert slots.tolist() == [0] * 8 + [1] * 12
    saturday = datetime(2026, 6, 6, 0, 0, tzinfo=zone)
    assert readings.slots(saturday, 1, zone).tolist() == [readings.SLOTS_A_DAY]


def test_a_value_is_held_for_three_minutes_and_then_not_known() -> None:
    at_us = np.array([int(NOW.timestamp()) * 1_000_000])
    one = np.array([5.0])
    rows = readings.Rows(at_us, np.array([1]), one, one, one, np.array([0]))
    meter = Meter(1, "m", "x", "", "active_power", "kW")
    grid = readings.minute_grid({1: rows}, [meter], NOW, 6)
    assert grid[:4, 0].tolist() == [5.0] * 4
    assert np.isnan(grid[4:, 0]).all()


def test_a_meter_that_the_estimator_contradicts_for_minutes_is_found(points: list[MeasurementPoint], told) -> None:
    told(noise())
    model = NetworkModel.objects.create(name="n", source="s", schematic=True, imported_at=NOW)
    bad = {
        "point_mrid": str(points[0].mrid),
        "point_name": "Load 0",
        "unit": "kW",
        "equipment_mrid": str(points[0].equipment_mrid),
        "measured": 150.0,
        "estimated": 100.0,
        "normalised_residual": 12.0,
    }
    for minute in range(9, -1, -1):
        Solution.objects.create(
            as_of=NOW - timedelta(minutes=minute),
            network_model=model,
            outcome=Outcome.SOLVED,
            duration_ms=1.0,
            bad_data=[bad],
        )
    (finding,) = look_at_readings(as_of=NOW)
    assert finding.kind == FindingKind.FALSE_DATA
    assert "Load 0 reads 150 kW" in finding.title
    assert finding.evidence["residuals"]["estimated"][0] == 100.0
