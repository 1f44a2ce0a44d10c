"""The registers of a plant: what a master may set, and what it is told when it may not."""

import pytest

from gridops.protocols.sunspec import definition, layout, registers_for, value_of
from gridops.simulator.batteries.design import designs
from gridops.simulator.batteries.image import BASE, RegisterImage
from gridops.simulator.batteries.management import GROUNDED_OHM_PER_V
from gridops.simulator.batteries.plant import BatteryPlant
from tests.simulator.town import town


@pytest.fixture
def image() -> RegisterImage:
    return RegisterImage(BatteryPlant(designs(town())[0], 1))


def told(image: RegisterImage, model: int, path: str) -> float | None:
    at = image.address[model] - BASE
    words = image.words(0)[at:]
    words = words[: words[1] + 2]
    return value_of(layout(definition(model), words)[path], words)


def set_power(image: RegisterImage, watts: float, path: str = "WSet") -> str:
    at = image.address[704]
    words = image.words(0)[at - BASE :][:67]
    offset, changed = registers_for(704, path, watts, layout(definition(704), words), words)
    return image.write(at + offset, changed, 0)


def test_what_the_plant_is_stands_in_its_registers(image: RegisterImage) -> None:
    assert told(image, 702, "WMaxRtg") == pytest.approx(500_000, rel=1e-3)
    assert told(image, 713, "WHRtg") == pytest.approx(1_000_000, rel=1e-3)
    assert told(image, 803, "NStr") == 2
    soc = image.plant.management.soc
    assert told(image, 803, "string[2].StrSoC") == pytest.approx(100 * soc[1], abs=0.01)
    assert told(image, 715, "LocRemCtl") == 1


def test_a_set_point_with_its_mode_and_switch_is_taken_in_one_request(image: RegisterImage) -> None:
    assert set_power(image, -120_000) == ""
    assert (image.plant.active.value, image.plant.active.is_on) == (-120.0, True)
    assert set_power(image, 90_000, "VarSet") == ""
    assert (image.plant.reactive.value, image.plant.reactive.is_on) == (90.0, True)
    assert (told(image, 704, "WSet"), told(image, 704, "WSetEna"), told(image, 715, "LocRemCtl")) == (-120_000, 1, 0)
    enable = next(at for at, (_, path) in image.writable.items() if path == "WSetEna")
    assert image.write(enable, [0], 0) == ""
    assert not image.plant.active.is_on


def test_what_it_cannot_follow_is_refused_and_changes_nothing(image: RegisterImage) -> None:
    assert "cannot give" in set_power(image, 510_000)
    at = image.address[704]
    mode = next(at for at, (_, path) in image.writable.items() if path == "WSetMod")
    assert "not offered" in image.write(mode, [0], 0)
    assert "cannot be set" in image.write(at, [1], 0)
    power = next(at for at, (_, path) in image.writable.items() if path == "WSet")
    assert "half a value" in image.write(power, [0], 0)
    image.plant.management.insulation[:] = GROUNDED_OHM_PER_V
    image.plant.step(programme_kw=0.0, programme_kvar=0.0, dt_s=1.0, at_us=0, has_supply=True)
    assert "no rack" in set_power(image, 100_000)
    assert not image.plant.active.is_on


def test_a_trip_cannot_be_reset_from_afar(image: RegisterImage) -> None:
    for model, path in ((802, "AlmRst"), (715, "AlarmReset")):
        words = image.words(0)[image.address[model] - BASE :][:70]
        field = layout(definition(model), words)[path]
        assert "cannot be set" in image.write(image.address[model] + field.offset, [1], 0)


def test_a_heartbeat_is_a_sign_of_life(image: RegisterImage) -> None:
    set_power(image, 1000)
    beat = next(at for at, (_, path) in image.writable.items() if path == "ControllerHb")
    assert image.write(beat, [0, 7], 50_000_000) == ""
    assert image.plant.remaining_s(50_000_000) == 60.0
    assert told(image, 715, "ControllerHb") == 7
