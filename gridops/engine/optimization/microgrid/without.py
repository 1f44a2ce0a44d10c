"""What a microgrid costs that nobody controls: the yardstick of its schedule."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.microgrid.plant import Outlook, Terms


@dataclass(frozen=True, slots=True)
class Uncontrolled:
    cost: float  # currency, expected over the scenarios
    lost_kwh: float


def uncontrolled(outlook: Outlook, terms: Terms) -> Uncontrolled:
    """Stores rest, generators stand, the sun gives what loads take and the grid what it may; the rest is not served.

    Load that is never cut by a schedule counts as the dearest other one where nothing serves it, or for nothing if
    there is none. Where the grid is away nothing forms one: no load is served, by no sun.
    """
    o, h = outlook, outlook.step_h
    there = o.import_kw > 0
    sun = np.where(there, o.renewable_kw.sum(axis=1), 0.0)  # (S, T)
    load = o.load_kw.sum(axis=1)
    bought = np.minimum(np.maximum(load - sun, 0.0), o.import_kw)
    pays = o.sell > 0
    sold = np.where(pays, np.minimum(np.maximum(sun - load, 0.0), o.export_kw), 0.0)
    lost_cost, lost = _lost(o, terms, served=np.minimum(sun + bought, load))
    price = o.buy + terms.emissions_price * o.grid_kg_per_kwh
    money = h * (price * bought - o.sell * sold).sum(axis=1) + lost_cost
    peak = np.maximum(bought.max(axis=1) - terms.peak_kw, 0.0) * terms.peak_charge
    return Uncontrolled(float(o.weight @ (money + peak)), float(o.weight @ lost))


def _lost(o: Outlook, terms: Terms, served: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(S,) currency and kWh: without control all groups lose the same share."""
    load = o.load_kw.sum(axis=1)
    share = np.where(load > 0, 1.0 - served / np.maximum(load, 1e-12), 0.0)
    finite = np.isfinite(terms.lost_load)
    dearest = float(terms.lost_load[finite].max()) if finite.any() else 0.0
    price = np.where(finite, terms.lost_load, dearest)
    kwh = o.step_h * share[:, None, :] * o.load_kw
    return (kwh * price[:, None]).sum(axis=(1, 2)), kwh.sum(axis=(1, 2))
