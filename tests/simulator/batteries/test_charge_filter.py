"""The filter of charge against plants that know nothing of it: cells of their own, and sensors that are off."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.storage.charge import Trust, begin, cells_of, follow
from gridops.engine.storage.safety.typical import Chemistry
from gridops.simulator.batteries.design import POLARISATION_V, RESISTANCE_V, designs
from gridops.simulator.batteries.plant import BatteryPlant
from tests.simulator.town import town

STEP_S, DAYS, OFF_C = 60.0, 2, 0.006


@pytest.mark.parametrize("chemistry", list(Chemistry))
def test_it_follows_the_true_charge_where_counting_drifts_away(chemistry: Chemistry) -> None:
    plant = BatteryPlant(replace(designs(town())[0], chemistry=chemistry), 1)
    design, one = plant.design, plant.management
    one.current_bias_a[:] = OFF_C * design.rack_ah
    steps = int(DAYS * 86_400 / STEP_S)
    current, volts, full, truth = (np.empty((steps, design.racks)) for _ in range(4))
    for step in range(steps):
        hour = step * STEP_S / 3600 % 24
        kw = -300.0 if 10 <= hour < 14 else 400.0 if 18 <= hour < 20 else 0.0
        plant.step(programme_kw=kw, programme_kvar=0.0, dt_s=STEP_S, at_us=0, has_supply=True)
        current[step] = one.current_a / design.rack_ah
        volts[step] = one.cell_v.mean(axis=1)
        full[step] = one.is_full
        truth[step] = plant.cells.soc.mean(axis=1)

    curves = [design.curve] * design.racks
    drops = RESISTANCE_V[chemistry], POLARISATION_V[chemistry]
    cells = cells_of(curves, resistance_v=drops[0], polarisation_v=drops[1], time_constant_s=180.0)
    first = truth[0] - 0.1
    start = begin(first, np.full(design.racks, 0.1), Trust())
    found = follow(
        start, cells, Trust(), current_c=current, voltage_v=volts, full=full > 0, step_s=STEP_S, correct_every=1
    )
    counted = first - np.cumsum(current, axis=0) * STEP_S / 3600
    filtered = float(np.sqrt(np.mean((found.soc - truth) ** 2)))
    drifted = float(np.sqrt(np.mean((counted - truth) ** 2)))
    assert drifted > 0.2
    assert filtered < drifted / 10
