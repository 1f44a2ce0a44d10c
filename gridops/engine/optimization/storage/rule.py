"""What batteries behind a meter do without a plan: surplus sun goes in, and comes out when the load is above it."""

from typing import NamedTuple

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.fleet import meter_cost
from gridops.engine.optimization.storage.site import Site


class ByRule(NamedTuple):
    """Of a site with N batteries and T steps."""

    net_kw: FloatArray  # (T,) import of the meter positive
    energy_kwh: FloatArray  # (N, T) at the end of each step
    cost: float  # energy, peak and flat wear
    breaks: bool  # a limit of the connection


def self_consumed(batteries: Batteries, site: Site) -> ByRule:
    """Each battery takes its part of the surplus by the power it has left, and gives its part of what is missing.

    It knows no price and no forecast, and leaves the final energy as it comes. What may be curtailed beyond the export
    limit is curtailed.
    """
    b, h = batteries, site.step_h
    stored, net = b.initial_kwh.copy(), np.zeros(site.steps)
    energy, moved = np.zeros((b.count, site.steps)), np.zeros((2, b.count))
    for step in range(site.steps):
        missing = float(site.load_kw[step] - site.sun_kw[step])
        most_in = np.clip((b.most_kwh - stored) / b.charge_efficiency / h, 0.0, b.charge_kw)
        most_out = np.clip((stored - b.least_kwh) * b.discharge_efficiency / h, 0.0, b.discharge_kw)
        charge, discharge = _part(most_in, max(-missing, 0.0)), _part(most_out, max(missing, 0.0))
        stored = stored + h * (charge * b.charge_efficiency - discharge / b.discharge_efficiency)
        net[step], energy[:, step] = missing + charge.sum() - discharge.sum(), stored
        moved += h * np.array([charge, discharge])
    if site.curtailable:
        net = np.where(site.sell < 0, np.maximum(net, 0.0), np.maximum(net, -site.export_kw))
    breaks = bool(((net > site.import_kw + 1e-6) | (-net > site.export_kw + 1e-6)).any())
    worn = float(moved[0] @ b.wear_charge + moved[1] @ b.wear_discharge)
    return ByRule(net, energy, meter_cost(site, net) + worn, breaks)


def _part(most: FloatArray, wanted: float) -> FloatArray:
    whole = float(most.sum())
    return np.asarray(most * min(wanted / whole, 1.0)) if whole > 0 else np.zeros_like(most)
