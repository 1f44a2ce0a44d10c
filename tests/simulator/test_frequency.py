"""The frequency of the field, and what plants give for it by the settings that were written to them."""

from datetime import timedelta

import numpy as np
import pytest

from gridops.protocols.sunspec import definition, layout, registers_for, value_of
from gridops.simulator.batteries.image import BASE, RegisterImage
from gridops.simulator.field import Field
from gridops.simulator.points import Quantity
from tests.simulator.town import START, town

LOST_S = 60


def field(scenario: str, seed: int = 1) -> Field:
    return Field(town(), seed=seed, scenario=scenario, started_at=START, with_batteries=True)


def written(image: RegisterImage, model: int, path: str, value: float) -> str:
    words = _model(image, model)
    offset, changed = registers_for(model, path, value, layout(definition(model), words), words)
    return image.write(image.address[model] + offset, changed, 0)


def told(image: RegisterImage, model: int, path: str) -> float | None:
    image.plant.moves += 1
    words = _model(image, model)
    return value_of(layout(definition(model), words)[path], words)


def _model(image: RegisterImage, model: int) -> list[int]:
    words = image.words(0)[image.address[model] - BASE :]
    return words[: words[1] + 2]


def played(one: Field, seconds: int, droop: float | None = None) -> list[float]:
    """Lowest frequency of each second."""
    assert one.batteries is not None
    image = RegisterImage(one.batteries.plants[0])
    if droop is not None:
        assert written(image, 711, "Ctl[1].KUf", droop) == ""
    lowest = []
    for second in range(seconds):
        one.step(START + timedelta(seconds=second))
        lowest.append(one.world.frequency.lowest_hz)
    return lowest


@pytest.fixture(scope="module")
def alone() -> list[float]:
    return played(field("plant-loss"), LOST_S + 40)


def test_the_loss_of_a_plant_falls_as_the_inertia_says_and_settles(alone: list[float]) -> None:
    one = field("plant-loss")
    played(one, LOST_S + 1)
    area = one.world.frequency.area
    assert area is not None
    lost = area.load_kw / 10
    assert one.world.frequency.steepest_hz_s == pytest.approx(-lost * 50 / (2 * area.kinetic_kws), rel=0.1)
    assert min(alone[:LOST_S]) > 49.95
    assert min(alone[LOST_S:]) < 49.3
    assert alone[-1] > min(alone)


def test_a_droop_that_was_written_lifts_the_nadir(alone: list[float]) -> None:
    assert min(played(field("plant-loss"), LOST_S + 40, droop=0.01)) > min(alone) + 0.05
    assert min(played(field("plant-loss"), LOST_S + 40, droop=0.5)) == min(alone)  # off at its largest


def test_in_a_large_interconnection_the_frequency_wanders_and_is_the_same_for_a_seed() -> None:
    first, again = (played(field("normal"), 60) for _ in range(2))
    assert first == again
    assert 0.002 < np.std(first) < 0.06
    assert abs(np.mean(first) - 50) < 0.06


def test_the_frequency_is_a_point_at_the_source_and_in_the_plants_registers() -> None:
    one = field("normal")
    readings = one.step(START, everything=True)
    table = one.table
    ((position, point),) = [(n, p) for n, p in enumerate(table.points) if p.quantity is Quantity.FREQUENCY]
    assert point.equipment_mrid == "supply"
    value = readings.value[list(readings.point).index(position)]
    assert value == pytest.approx(one.world.frequency.hz, abs=0.006)
    assert one.batteries is not None
    image = RegisterImage(one.batteries.plants[0])
    assert told(image, 701, "Hz") == pytest.approx(one.world.frequency.hz, abs=6e-4)


def test_settings_are_read_back_and_bad_ones_refused() -> None:
    one = field("normal")
    assert one.batteries is not None
    plant = one.batteries.plants[0]
    image = RegisterImage(plant)
    assert written(image, 711, "Ctl[1].KUf", 0.04) == ""
    assert written(image, 705, "Crv[1].Pt[1].Var", 35.0) == ""
    assert (plant.answers.droop, plant.answers.volt_var) == (pytest.approx(0.04), pytest.approx(0.35))
    assert told(image, 711, "Ctl[1].KOf") == pytest.approx(0.04)
    assert told(image, 705, "Crv[1].Pt[4].Var") == pytest.approx(-35.0)
    assert "droop" in written(image, 711, "Ctl[1].KUf", 0.001)
    assert "volt-var" in written(image, 705, "Crv[1].Pt[1].Var", 101.0)
    curve = image.address[705] + layout(definition(705), _model(image, 705))["Crv[1].Pt[2].V"].offset
    assert "fixed" in image.write(curve, [9_000], 0)


def test_a_curve_gives_reactive_power_for_a_drop_and_lets_go_as_its_reference_follows() -> None:
    answers = field("normal").batteries.plants[0].answers  # type: ignore[union-attr]
    answers.volt_var = 0.5
    answers.to_voltage(1.0, 1.0)
    for _ in range(20):
        answers.to_voltage(0.96, 1.0)
    given = answers.q_kvar
    assert 0.2 * answers.rated_kw < given < 0.5 * answers.rated_kw
    for _ in range(1_500):
        answers.to_voltage(0.96, 1.0)
    assert abs(answers.q_kvar) < 0.1 * given
    answers.to_voltage(float("nan"), 1.0)
    assert answers.q_kvar == 0.0
