"""A plant's law of ageing and the cost of new batteries to what cycles of a depth cost."""

from dataclasses import dataclass

from apps.storage.adapters.warmth import ASSUMED_C
from apps.storage.models import StoragePlant
from gridops.engine.storage.ageing.belief import prior
from gridops.engine.storage.ageing.models import MODELS
from gridops.engine.storage.wear import wear_by_depth


@dataclass(frozen=True, slots=True)
class DepthCost:
    """Money per kWh out of the cells, by parts of the window; of a cycle through all of it."""

    share: list[float]
    per_kwh: list[float]
    flat: float


def depth_cost(plant: StoragePlant, per_kwh: float) -> DepthCost:
    """per_kwh: money for new batteries."""
    model = MODELS[plant.ageing_law]
    found = wear_by_depth(
        model,
        prior(model),
        replacement=per_kwh,
        energy_kwh=1.0,
        window=(plant.least_soc, plant.most_soc),
        temperature_c=ASSUMED_C,
    )
    return DepthCost(found.share.tolist(), found.per_kwh.tolist(), found.flat)
