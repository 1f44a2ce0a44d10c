"""Within the day: what is left of it planned again, against the position that is sold and the price of imbalance."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.plan import Planned, plan
from gridops.engine.optimization.storage.site import Site


@dataclass(frozen=True, slots=True)
class Market:
    """(T,) of the steps that are left, currency per kWh: what more costs than was sold, and what less earns."""

    short: FloatArray  # paid for each kWh sold and not delivered
    long: FloatArray  # earned for each kWh delivered and not sold


def replanned(
    battery: Batteries,
    *,
    energy_kwh: FloatArray,
    drawn_kwh: FloatArray,
    position_kw: FloatArray,
    market: Market,
    step_h: float,
) -> Planned:
    """The rest of the day for batteries that stand at `energy_kwh` and have drawn `drawn_kwh` today, (N,) each.

    position_kw: (T,) sold to the market, below zero bought; what is delivered beside it is settled as imbalance. A
    position that cannot be delivered is no fault: it is short. Import of the schedule is what is short, export what is
    long. Raises ValueError where being long earns more than being short costs.
    """
    left = np.maximum(battery.cycles * battery.energy_kwh - drawn_kwh, 0.0) / battery.energy_kwh
    now = replace(battery, initial_kwh=np.clip(energy_kwh, battery.least_kwh, battery.most_kwh), cycles=left)
    site = Site.of(
        step_h=step_h,
        buy=market.short,
        sell=market.long,
        load_kw=np.maximum(position_kw, 0.0),
        sun_kw=np.maximum(-position_kw, 0.0),
        curtailable=False,
    )
    return plan(now, site)
