"""What the batteries of a site save it: against none, and against a rule that knows neither price nor forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from apps.storage.adapters.feeders import Behind, Unit, feeder_of
from apps.storage.adapters.packed import FloatArray, packed
from apps.storage.adapters.planning import STEP_H
from gridops.engine.optimization.storage.fleet import Feeder, FeederPlan, meter_cost, without_batteries
from gridops.engine.optimization.storage.plan import Part, Schedule
from gridops.engine.optimization.storage.rule import self_consumed
from gridops.engine.optimization.storage.site import Site

LEAST_KW = 0.5


def site_figures(unit: Unit, made: FeederPlan) -> dict[str, Any]:
    """Fields of the stored plan of a unit behind a meter; costs of peaks count what goes beyond the one of before."""
    behind, schedule = unit.behind, made.schedule
    if behind is None or schedule is None:
        return {}
    flat = feeder_of(unit, by_depth=False)
    rule, before = self_consumed(flat.batteries, flat.site), behind.peak_charge * behind.peak_kw
    without, net = _without(flat.site), schedule.import_kw - schedule.export_kw
    cost_without = without_batteries(flat.site)
    return {
        "cost": schedule.cost - before,
        "cost_without": cost_without - before if np.isfinite(cost_without) else None,
        "cost_by_rule": rule.cost - before,
        "rule_breaks": rule.breaks,
        "wear": schedule.parts[Part.WEAR],
        "peak_before_kw": behind.peak_kw,
        "peak_kw": float((behind.peak_at * net).max()),
        "peak_without_kw": float((behind.peak_at * without).max()),
        "self_consumed": _used(behind, -net, schedule.curtailed_kw),
        "self_consumed_without": _used(behind, -without, _curtailed(flat.site, without)),
        "load_kw": packed(behind.load_kw),
        "sun_kw": packed(behind.sun_kw),
        "net_kw": packed(net),
        "net_without_kw": packed(without),
        "net_by_rule_kw": packed(rule.net_kw),
    }


def site_words(figures: Mapping[str, Any], currency: str) -> list[str]:
    """What the batteries do for their site."""
    cost, without, by_rule = (figures[name] for name in ("cost", "cost_without", "cost_by_rule"))
    told = []
    if without is None:
        told.append("Without the batteries the limit of the connection would be broken.")
    else:
        told.append(f"Saves the site {without - cost:.2f} {currency} against having no battery.")
    breaks = ", which would break the limit of the connection" if figures["rule_breaks"] else ""
    told.append(f"Saves {by_rule - cost:.2f} {currency} against a rule that only stores surplus sun{breaks}.")
    if figures["peak_without_kw"] - figures["peak_kw"] > LEAST_KW:
        told.append(
            f"The highest import falls from {figures['peak_without_kw']:,.0f} to {figures['peak_kw']:,.0f} kW; "
            f"this month it has reached {figures['peak_before_kw']:,.0f}."
        )
    return told


def _without(site: Site) -> FloatArray:
    net = site.load_kw - site.sun_kw
    if not site.curtailable:
        return net
    return np.asarray(np.where(site.sell < 0, np.maximum(net, 0.0), np.maximum(net, -site.export_kw)))


def _curtailed(site: Site, net: FloatArray) -> FloatArray:
    return np.asarray(net - (site.load_kw - site.sun_kw))


def _used(behind: Behind, export: FloatArray, curtailed: FloatArray) -> float | None:
    """Share of the sun that neither went out nor was left unused."""
    whole = float(behind.sun_kw.sum())
    lost = float((np.maximum(export, 0.0) + curtailed).sum())
    return max(1 - lost / whole, 0.0) if whole > 0 else None


def saved_by_plants(unit: Unit, feeder: Feeder, schedule: Schedule) -> list[dict[str, float]]:
    """Of each plant its part, by the energy that it moves, of what the site pays less: parts as a plant's own."""
    without, site = _without(feeder.site), feeder.site
    demand = site.peak_charge * site.peak_of(without)
    peak = schedule.parts[Part.PEAK] - demand
    energy = schedule.parts[Part.ENERGY] - (meter_cost(site, without) - demand)
    moved = STEP_H * (schedule.charge_kw + schedule.discharge_kw).sum(axis=1)
    part = moved / moved.sum() if moved.sum() > 0 else np.full(len(moved), 1 / len(moved))
    paid = -unit.reserve.paid if unit.reserve else 0.0
    return [
        {
            Part.ENERGY.value: float(energy * one),
            Part.WEAR.value: float(worn),
            Part.PEAK.value: float(peak * one),
            Part.RESERVE.value: float(paid * one),
        }
        for one, worn in zip(part, schedule.worn, strict=True)
    ]
