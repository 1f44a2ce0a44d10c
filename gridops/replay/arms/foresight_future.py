"""The whole tape, known beforehand: what every load and plant will do, by the same course as the plant's own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from gridops.replay.arms.usual_map import Hour
from gridops.replay.plant import Plant
from gridops.simulator.points import FloatArray
from gridops.simulator.profiles import SealedUnrest
from gridops.simulator.world import GENERATION_UNREST, LOAD_UNREST, SECOND_US, UNREST_MEMORY_S

STEP_S: Final = 900


@dataclass(frozen=True, slots=True)
class Future:
    """Rows are quarter hours since the begin, columns injections, positive into the network; nobody is without supply,
    asked or held back. Storages have what they would do by themselves."""

    p_kw: FloatArray
    q_kvar: FloatArray

    @property
    def steps(self) -> int:
        return len(self.p_kw)

    def mean(self, begin_s: float, end_s: float) -> Hour:
        """Of the time between two instants; the last quarter hour holds beyond the end."""
        first = min(int(begin_s // STEP_S), self.steps - 1)
        last = max(min(int(np.ceil(end_s / STEP_S)), self.steps), first + 1)
        return Hour(self.p_kw[first:last].mean(axis=0), self.q_kvar[first:last].mean(axis=0))


def future_of(plant: Plant) -> Future:
    """In the middle of every quarter hour."""
    tape, world = plant.tape, plant.world
    is_load = np.arange(world.truth.n_injections) < len(plant.case.loads)
    unrest = SealedUnrest(np.where(is_load, LOAD_UNREST, GENERATION_UNREST), UNREST_MEMORY_S, tape.seed)
    p_kw, q_kvar = [], []
    for middle_s in np.arange(STEP_S / 2, tape.end_s, STEP_S).tolist():
        moment = plant.field.clock.at(tape.begin + timedelta(seconds=middle_s))
        scale = unrest.step(0.0, plant.begin_us + round(middle_s * SECOND_US)) * plant.field.scenario.power_scale(
            moment
        )
        factor_p, factor_q = world.profiles.factors(moment)
        p_kw.append(world.plants.within_rating(factor_p * scale) * world.truth.p_kw)
        q_kvar.append(factor_q * scale * world.truth.q_kvar)
    return Future(np.array(p_kw), np.array(q_kvar))
