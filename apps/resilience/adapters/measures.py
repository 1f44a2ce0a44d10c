"""What could be bought for a network, what it costs and does, and why it is chosen, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.resilience.adapters.grid_facts import GridFacts, switched
from apps.resilience.adapters.rates import Rates, rates_of
from apps.resilience.choices.studio import MeasureKind
from gridops.engine.reliability.analytic import Switched, zones_of
from gridops.engine.reliability.hardening.choosing import Choice
from gridops.engine.reliability.hardening.front import Share, front, money, shares
from gridops.engine.reliability.hardening.measures import Catalogue, Kind, Measure, repair_draws
from gridops.engine.reliability.hardening.worth import Evaluator, Worth

MINUTES_AN_HOUR = 60.0
# Money is a present value with upkeep, in the currency of the value of lost load: estimates, to be replaced.
DEFAULTS: dict[str, Any] = {
    "budget": 250_000.0,
    "steps": 6,
    "kinds": list(MeasureKind.values),
    "most_of_a_kind": 8,
    "voll_per_kwh": 10.0,
    "discount_percent": 4.0,
    "years": 20,
    "draws": 8,
    "switch_cost": 15_000.0,
    "indicators_cost": 6_000.0,
    "search_saved_h": 0.4,
    "underground_cost_per_km": 120_000.0,
    "trees_cost_per_km": 5_000.0,
    "trees_failures_saved_percent": 25.0,
    "battery_cost": 20_000.0,
    "battery_cost_per_kwh": 450.0,
    "battery_hours": 4.0,
    "generator_cost": 70_000.0,
    "generator_kw": 250.0,
    "generator_arrives_h": 1.5,
    "rates": {},
}


@dataclass(frozen=True, slots=True)
class Named:
    """A measure with where it stands."""

    measure: Measure
    name: str
    mrid: str
    why: str


def worked_out(
    facts: GridFacts, options: Mapping[str, Any], *, seed: int, progress: Callable[[float], None]
) -> dict[str, Any]:
    """The front, the measures of its last choice with reasons, and the money. Raises NothingToFail, RatesError."""
    rates = rates_of(options["rates"])
    grid, notes = switched(facts, rates)
    draws = repair_draws(np.random.default_rng(seed), len(grid.repair_h), int(options["draws"]))
    every = candidates(facts, grid, rates, options)
    kept = _promising(grid, every, draws, int(options["most_of_a_kind"]), lambda part: progress(0.5 * part))
    play = Evaluator(Catalogue(grid, [one.measure for one in kept], draws))
    budgets = np.linspace(0.0, float(options["budget"]), int(options["steps"]) + 1)[1:]
    found = front(play, budgets, progress=lambda part: progress(0.5 + 0.5 * part))
    before = found[0].worth
    return {
        "notes": notes,
        "candidates": len(every),
        "looked_at": len(kept),
        "played": play.played,
        "customers": int(grid.customers.sum()),
        "before": _worth(before),
        "front": [_point(play, one, kept, before, options) for one in found],
    }


def candidates(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    makers = {
        MeasureKind.SWITCH.value: _switches,
        MeasureKind.INDICATORS.value: _indicators,
        MeasureKind.UNDERGROUND.value: _underground,
        MeasureKind.TREES.value: _trees,
        MeasureKind.BATTERY.value: _batteries,
        MeasureKind.GENERATOR.value: _generators,
    }
    return [one for kind in options["kinds"] for one in makers[kind](facts, grid, rates, options)]


def _switches(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    by_hand = np.isfinite(grid.switch_h) & (grid.switch_h > rates.switching_remote_h)
    minutes = (
        f"{rates.switching_remote_h * MINUTES_AN_HOUR:.0f} instead of {rates.switching_by_hand_h * 60:.0f} minutes"
    )
    return [
        Named(
            Measure(Kind.SWITCH, options["switch_cost"], switch=n, switch_h=rates.switching_remote_h),
            facts.switch_name[n],
            facts.switch_mrid[n],
            f"Operated from afar, it {'parts' if grid.switch_closed[n] else 'feeds around'} within {minutes}",
        )
        for n in np.flatnonzero(by_hand).tolist()
    ]


def _indicators(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    zones = zones_of(grid)
    of_zone: dict[int, str] = {}
    for zone, feeder in zip(zones.of_load.tolist(), facts.load_feeder, strict=False):
        of_zone.setdefault(zone, feeder)
    parts: dict[str, list[int]] = {}
    for part, zone in enumerate(zones.of_part.tolist()):
        if feeder := of_zone.get(zone, ""):
            parts.setdefault(feeder, []).append(part)
    saved = float(options["search_saved_h"])
    return [
        Named(
            Measure(Kind.INDICATORS, options["indicators_cost"], parts=tuple(own), search_saved_h=saved),
            feeder,
            "",
            f"They show the way to faults of {len(own)} parts and save {saved * MINUTES_AN_HOUR:.0f} minutes of search",
        )
        for feeder, own in sorted(parts.items())
    ]


def _underground(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    factor = rates.cable_failures_per_km_year / max(rates.overhead_failures_per_km_year, 1e-9)
    longer = rates.cable_repair_h / max(rates.overhead_repair_h, 1e-9)
    return [
        Named(
            Measure(
                Kind.UNDERGROUND,
                max(float(facts.line_km[n]) * options["underground_cost_per_km"], 1.0),
                parts=(n,),
                rate_factor=factor,
                repair_factor=longer,
                momentary_factor=0.0,
            ),
            facts.part_name[n],
            facts.part_mrid[n],
            f"{facts.line_km[n]:.2f} km of cable fail {factor:.2f} times as often, and take {longer:.1f} times as long",
        )
        for n in np.flatnonzero(~facts.is_cable).tolist()
    ]


def _trees(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    left = 1 - options["trees_failures_saved_percent"] / 100
    return [
        Named(
            Measure(
                Kind.TREES,
                max(float(facts.line_km[n]) * options["trees_cost_per_km"], 1.0),
                parts=(n,),
                rate_factor=left,
                momentary_factor=left,
            ),
            facts.part_name[n],
            facts.part_mrid[n],
            f"{facts.line_km[n]:.2f} km fail {grid.rate_per_year[n]:.3f} times a year, {1 - left:.0%} of it by trees",
        )
        for n in np.flatnonzero(~facts.is_cable).tolist()
    ]


def _batteries(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    zones, hours = zones_of(grid), float(options["battery_hours"])
    kw = np.bincount(zones.of_load, weights=grid.load_kw, minlength=zones.n)
    _, first = np.unique(zones.of_load, return_index=True)  # one a zone is enough
    return [
        Named(
            Measure(
                Kind.BATTERY,
                options["battery_cost"] + options["battery_cost_per_kwh"] * power * hours,
                load=n,
                kw=power,
                kwh=power * hours,
            ),
            facts.load_name[n],
            "",
            f"{power:.0f} kW and {power * hours:.0f} kWh carry the {power:.0f} kW beside it for {hours:g} hours",
        )
        for n, power in ((int(one), float(kw[zones.of_load[one]])) for one in first)
        if power > 0
    ]


def _generators(facts: GridFacts, grid: Switched, rates: Rates, options: Mapping[str, Any]) -> list[Named]:
    power, hours = float(options["generator_kw"]), float(options["generator_arrives_h"])
    unit = Measure(Kind.GENERATOR, options["generator_cost"], kw=power, arrives_h=hours)
    why = (
        f"{power:.0f} kW reach, {hours:g} hours after a fault, the waiting zone with most customers that they can carry"
    )
    return [Named(unit, f"mobile generator {n}", "", why) for n in (1, 2)]


def _promising(
    grid: Switched, every: list[Named], draws: np.ndarray, most: int, progress: Callable[[float], None]
) -> list[Named]:
    """Of each kind those that save most per cost: alone, or as the last of all of their kind."""
    kept: list[Named] = []
    kinds = list(dict.fromkeys(one.measure.kind for one in every))
    for done, kind in enumerate(kinds):
        own = [one for one in every if one.measure.kind is kind]
        kept += own if len(own) <= most else _best(grid, own, draws, most)
        progress((done + 1) / len(kinds))
    return kept


def _best(grid: Switched, own: list[Named], draws: np.ndarray, most: int) -> list[Named]:
    """Halves, alternately by what each saves alone and by what is lost without it alone."""
    play = Evaluator(Catalogue(grid, [one.measure for one in own], draws))
    none, whole = np.zeros(len(own), np.bool_), np.ones(len(own), np.bool_)
    costs = play.catalogue.costs
    alone, last = np.zeros(len(own)), np.zeros(len(own))
    for n in range(len(own)):
        one, rest = none.copy(), whole.copy()
        one[n], rest[n] = True, False
        alone[n] = (play.worth(none).customer_minutes - play.worth(one).customer_minutes) / costs[n]
        if own[n].measure.kind is Kind.SWITCH:  # what others do depends little on their company
            last[n] = (play.worth(rest).customer_minutes - play.worth(whole).customer_minutes) / costs[n]
    order = np.argsort(-np.maximum(alone, last), kind="stable")[:most]
    return [own[n] for n in sorted(order.tolist())]


def _point(
    play: Evaluator, choice: Choice, kept: list[Named], before: Worth, options: Mapping[str, Any]
) -> dict[str, Any]:
    worth = choice.worth
    earned = money(
        before,
        worth,
        voll_per_kwh=float(options["voll_per_kwh"]),
        rate=float(options["discount_percent"]) / 100,
        years=int(options["years"]),
    )
    return {
        **_worth(worth),
        "bound_customer_minutes": choice.bound_minutes,
        "gap": choice.gap,
        "method": choice.method,
        "saved_per_year": earned.yearly,
        "npv": earned.npv,
        "benefit_cost": earned.benefit_cost if np.isfinite(earned.benefit_cost) else None,
        "measures": [_measure(kept[one.measure], one) for one in shares(play, choice)],
    }


def _measure(named: Named, share: Share) -> dict[str, Any]:
    kind = MeasureKind(named.measure.kind.value)
    together = share.minutes > 1.5 * max(share.alone_minutes, 0.0)
    with_others = " It works together with the others: alone it would save less." if together else ""
    return {
        "kind": kind.value,
        "kind_label": kind.label,
        "name": named.name,
        "mrid": named.mrid,
        "cost": named.measure.cost,
        "customer_minutes_saved": share.minutes,
        "customer_minutes_saved_alone": share.alone_minutes,
        "ens_kwh_saved": share.ens_kwh,
        "reason": f"{named.why}; without it {share.minutes:,.0f} customer minutes a year more.{with_others}",
    }


def _worth(worth: Worth) -> dict[str, float]:
    return {
        "cost": worth.cost,
        "customer_minutes": worth.customer_minutes,
        "customer_interruptions": worth.customer_interruptions,
        "ens_kwh": worth.ens_kwh,
    }
