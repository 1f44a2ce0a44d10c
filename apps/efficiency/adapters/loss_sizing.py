"""Loadings of many days to a list of transformers of which another size would pay."""

from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from gridops.engine.efficiency.sizing import USUAL_SIZES, Money, RightSize, UnitSize, YearCost, right_size

FloatArray = npt.NDArray[np.float64]


def assumptions() -> list[str]:
    """In words, for whoever reads the list."""
    money = Money()
    return [
        f"Energy at {money.energy_eur_per_kwh:.2f} EUR/kWh; an exchange costs {money.exchange_eur:.0f} EUR beside the "
        f"unit, and the old unit brings {money.rest_value:.0%} of its price.",
        "New units lose what EU regulation 548/2014 (tier 2) allows; their prices are usual ones, not offers.",
        f"No size is proposed above {money.most_load_pu:.0%} of its rating at the peak or {money.hottest_c:.0f} °C at "
        "the hot spot.",
    ]


def right_sizes(network: AssembledNetwork, loading_pu: FloatArray, ambient_c: FloatArray) -> list[dict[str, Any]]:
    """loading_pu: hours x transformers; ambient_c: hours. Those that another size would suit, best payback first."""
    units, rows = network.network.transformers, []
    low, high = USUAL_SIZES[0].rated_s_kva, USUAL_SIZES[-1].rated_s_kva
    for n in range(len(units.rated_s_kva)):
        rated = float(units.rated_s_kva[n])
        known = np.isfinite(loading_pu[:, n]) & np.isfinite(ambient_c)
        if not (low <= rated <= high and known.any()):
            continue
        unit = UnitSize(rated, float(units.iron_loss_kw[n]), float(units.copper_loss_kw[n]), _price_eur(rated))
        found = right_size(loading_pu[known, n] * rated, ambient_c[known], unit=unit)
        if found.best is not None:
            rows.append(_row(network, n, found, int(known.sum())))
    return sorted(rows, key=lambda row: row["payback_years"])


def _price_eur(rated_s_kva: float) -> float:
    sizes = [one.rated_s_kva for one in USUAL_SIZES]
    return float(np.interp(rated_s_kva, sizes, [one.price_eur for one in USUAL_SIZES]))


def _row(network: AssembledNetwork, n: int, found: RightSize, hours: int) -> dict[str, Any]:
    return {
        "mrid": network.transformers.mrid[n],
        "name": network.transformers.name[n],
        "hours": hours,
        "now": _cost(found.now),
        "best": _cost(found.best) if found.best else None,
        "saves_eur": found.saves_eur,
        "costs_eur": found.costs_eur,
        "payback_years": found.payback_years,
        "reason": found.reason,
    }


def _cost(one: YearCost) -> dict[str, Any]:
    return {
        "rated_s_kva": one.rated_s_kva,
        "loss_kwh": one.loss_kwh,
        "loss_eur": one.loss_eur,
        "ageing_eur": one.ageing_eur,
        "peak_load_pu": one.peak_load_pu,
        "hottest_c": one.hottest_c if np.isfinite(one.hottest_c) else None,
    }
