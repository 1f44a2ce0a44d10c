"""The hours ahead within the day: what to sell or buy so that what will be given is sold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.markets.models import StoreTerms
from apps.markets.selectors.portfolios import Volume
from apps.renewables.adapters.trading import KWH_A_MWH, STEP_H, batteries_of
from gridops.engine.optimization.trading.intraday import Market, replanned

FloatArray = npt.NDArray[np.float64]
NEAREST, FARTHEST = 0.25, 0.75  # quantiles that a position keeps between


@dataclass(frozen=True, slots=True)
class Costs:
    """What an imbalance costs on the mean of the past, money per MWh: too little given, too much."""

    short: float
    long: float


def costs_of(past_price: FloatArray, past_imbalance: FloatArray, assumed_spread: float) -> Costs:
    """From money per kWh."""
    apart = (past_imbalance - past_price)[np.isfinite(past_imbalance - past_price)] * KWH_A_MWH
    if not len(apart):
        return Costs(assumed_spread, assumed_spread)
    return Costs(float(np.maximum(apart, 0.0).mean()), float(np.maximum(-apart, 0.0).mean()))


def wanted_kw(volumes: Sequence[Volume], costs: Costs, steps: int) -> FloatArray:
    """What of sun, wind and load is best sold: the quantile at which too much and too little cost the same."""
    both = costs.short + costs.long
    level = float(np.clip(costs.long / both if both > 0 else 0.5, NEAREST, FARTHEST))
    return np.asarray(sum((one.at_level(level) for one in volumes), np.zeros(steps)))


def stores_kw(
    terms: Sequence[StoreTerms], *, sold_kw: FloatArray, price: FloatArray, cost: float
) -> tuple[FloatArray, str]:
    """What batteries best give over the rest of the day, and why there is nothing. price, cost: money per MWh."""
    batteries = batteries_of(terms, stored=True)
    market = Market(short=(price + cost) / KWH_A_MWH, long=(price - cost) / KWH_A_MWH)
    try:
        found = replanned(
            batteries,
            energy_kwh=batteries.initial_kwh,
            drawn_kwh=np.zeros(len(terms)),
            position_kw=sold_kw,
            market=market,
            step_h=STEP_H,
        )
    except ValueError as fault:
        return sold_kw, str(fault)
    if found.schedule is None:
        return sold_kw, found.reason
    return np.asarray(found.schedule.injection_kw.sum(axis=0)), ""
