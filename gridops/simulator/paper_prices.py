"""What power costs in the field's market after the day ahead: intraday, and as imbalance.

Both move about the day-ahead price by seeded courses. The intraday price of a quarter hour becomes plainer as it comes
near; that of imbalance is one for both directions, dear where the area is short and cheap where it is long.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from gridops.cases.climate import ring_noise
from gridops.simulator.market_service import RING_DAYS, STEP_S, MarketService

FloatArray = npt.NDArray[np.float64]

RING_STEPS: Final = RING_DAYS * 96
INTRADAY_SIGMA, INTRADAY_MEMORY = 9.0, 12.0  # EUR/MWh, quarter hours
IMBALANCE_SIGMA, IMBALANCE_MEMORY = 32.0, 4.0
NEWS_H = 6.0  # before delivery: by then little is known that the day ahead did not know
SPREAD = 1.2  # EUR/MWh: half of what lies between buying and selling intraday


class PaperPrices:
    def __init__(self, service: MarketService, seed: int) -> None:
        self.service = service
        self._intraday = INTRADAY_SIGMA * _ring(seed, 33, INTRADAY_MEMORY)
        self._imbalance = IMBALANCE_SIGMA * _ring(seed, 34, IMBALANCE_MEMORY)

    def intraday(self, unix_s: FloatArray, seen_at_s: float | None = None) -> FloatArray:
        """EUR/MWh of quarter hours; seen_at_s: as the market thinks at that instant, else as it ends."""
        moved = self._intraday[_place(unix_s)]
        if seen_at_s is not None:
            moved = moved * np.exp(-np.maximum(unix_s - seen_at_s, 0.0) / 3600 / NEWS_H)
        return np.asarray(np.round(self.service.at(unix_s).price + moved, 2))

    def imbalance(self, unix_s: FloatArray) -> FloatArray:
        return np.asarray(np.round(self.intraday(unix_s) + self._imbalance[_place(unix_s)], 2))


def _place(unix_s: FloatArray) -> npt.NDArray[np.int64]:
    return np.asarray((unix_s // STEP_S).astype(np.int64) % RING_STEPS)


def _ring(seed: int, number: int, memory: float) -> FloatArray:
    return np.asarray(ring_noise(np.random.default_rng((seed, number)).standard_normal(RING_STEPS), memory))
