"""The reserve wanted now: the readiness' island, the risk of an outage and prices, to an amount and its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.microgrids.adapters.readiness import Setting
from apps.microgrids.adapters.readiness_courses import STEP_H, FloatArray
from apps.microgrids.choices.readiness import RESERVE_LEVELS, RESERVE_WINDOW
from apps.microgrids.models import ReadinessTerms
from gridops.engine.microgrids.reserve import Candidate, OutageRisk, ReserveChoice, choose_reserve
from gridops.engine.microgrids.reserve_cost import Trade, holding_cost
from gridops.engine.reliability.hazard.ahead import WeatherHours, weather_factor

WINDOW_STEPS = round(RESERVE_WINDOW.total_seconds() / 3600 / STEP_H)
SCHEDULE_STEPS = 2 * WINDOW_STEPS
HOURS_A_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class Prices:
    """Money per kWh by step; `reason` where there are none."""

    buy: FloatArray
    sell: FloatArray
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    reserve_kwh: float
    cost_eur: float | None
    document: dict[str, Any]


def factor_of_gusts(gust_m_s: FloatArray) -> FloatArray:
    """How many times more often lines fail than in fair weather; unknown hours count as fair."""
    unknown = np.full(len(gust_m_s), np.nan)
    weather = WeatherHours(gust_m_s, np.zeros(len(gust_m_s)), unknown, np.zeros(len(gust_m_s)))
    return weather_factor(weather, feels_wind=True, feels_heat=False)


def risk_of(outages_per_year: float, gust_m_s: FloatArray, durations_h: Sequence[float]) -> OutageRisk:
    return OutageRisk(outages_per_year / HOURS_A_YEAR * factor_of_gusts(gust_m_s), np.asarray(durations_h, np.float64))


def reserve_wanted(
    setting: Setting, terms: ReadinessTerms, risk: OutageRisk, prices: Prices, rng: np.random.Generator
) -> Wanted:
    value = [terms.lost_critical_eur_per_kwh, terms.lost_important_eur_per_kwh, terms.lost_deferrable_eur_per_kwh]
    trade = _trade(setting, prices)

    def cost_of(reserve_kwh: float) -> float:
        if trade is None:
            return float("nan")
        store, energy = setting.island.store, setting.soc_kwh
        return holding_cost(store, trade, energy_kwh=energy, reserve_kwh=reserve_kwh, steps_held=WINDOW_STEPS)

    found = choose_reserve(
        setting.island,
        setting.scenarios,
        risk,
        value_eur_per_kwh=np.array(value),
        holding_eur=cost_of,
        amounts=RESERVE_LEVELS,
        rng=rng,
    )
    chosen = found.chosen
    cost = round(chosen.holding_eur, 2) if np.isfinite(chosen.holding_eur) else None
    document = {
        "reason": _reason(found, prices),
        "candidates": [_candidate(one) for one in found.candidates],
        "value_eur_per_kwh": value,
    }
    return Wanted(round(chosen.reserve_kwh, 1), cost, document)


def _trade(setting: Setting, prices: Prices) -> Trade | None:
    """Against the median of load less sun and wind."""
    steps = min(SCHEDULE_STEPS, len(prices.buy))
    if steps < WINDOW_STEPS or not np.isfinite(prices.buy[:steps]).all():
        return None
    courses = setting.scenarios.courses
    net = np.median(courses.load_kw.sum(axis=2) - courses.renewable_kw, axis=1)[:steps]
    return Trade(net, prices.buy[:steps], prices.sell[:steps], STEP_H)


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "reserve_kwh": round(one.reserve_kwh, 1),
        "lost_eur": round(one.lost_eur, 3),
        "lost_if_outage_kwh": [round(float(kwh), 2) for kwh in one.lost_if_outage_kwh],
        "holding_eur": round(one.holding_eur, 3) if np.isfinite(one.holding_eur) else None,
    }


def _reason(found: ReserveChoice, prices: Prices) -> str:
    chosen, nothing = found.chosen, found.candidates[0]
    chance = f"{found.probability:.2%}" if found.probability < 0.1 else f"{found.probability:.0%}"
    head = f"An outage within {RESERVE_WINDOW.total_seconds() / 3600:.0f} h has a probability of {chance}"
    if chosen.reserve_kwh <= 0:
        more = "holding energy for it would cost more than the lost load that it saves"
        return f"{head}; {more if found.is_priced else 'held energy would save next to no load'}."
    saved = nothing.lost_eur - chosen.lost_eur
    cost = (
        f"and costs {chosen.holding_eur:.2f} EUR" if found.is_priced else f"and its cost is not known: {prices.reason}"
    )
    return f"{head}; {chosen.reserve_kwh:,.0f} kWh held save {saved:.2f} EUR of lost load on average {cost}"[:298] + "."
