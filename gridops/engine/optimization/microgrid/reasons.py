"""Why a dispatch does what it does, in plain words: one sentence for each decision of each step."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.microgrid.plan import Dispatch
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.storage.battery import Batteries

ACTS_KW = 0.05  # below it a unit does nothing that is worth a sentence
FULL = 0.999  # of a limit, from which on it counts as reached
SHARE = 0.02  # of a price, within which two are the same


@dataclass(frozen=True, slots=True)
class Named:
    """What people call the parts, in the order of the arrays, and how the currency is written."""

    storage: tuple[str, ...]
    generators: tuple[str, ...]
    plants: tuple[str, ...]
    loads: tuple[str, ...]
    currency: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What was decided about, and what was decided."""

    batteries: Batteries
    generators: Generators
    outlook: Outlook
    terms: Terms
    dispatch: Dispatch
    named: Named

    def mean(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.tensordot(self.outlook.weight, values, axes=1))


def reasons(scene: Scene, step: int) -> tuple[str, ...]:
    """Sentences about step `step`, the dearest matter first: cut load, reserve, generators, batteries, sun, grid."""
    told = [*_shed(scene, step), *_reserve(scene, step), *_generators(scene, step)]
    told += [*_batteries(scene, step), *_curtailed(scene, step), *_grid(scene, step)]
    return tuple(told) if told else ("Sun and grid serve the load as it is: there is nothing to decide.",)


def _money(scene: Scene, value: float) -> str:
    return f"{value:.3f} {scene.named.currency}"


def _shed(scene: Scene, step: int) -> list[str]:
    shed = scene.dispatch.shed_kw[:, step]
    told = []
    for number in np.nonzero(shed > ACTS_KW)[0]:
        lost = scene.terms.lost_load[number]
        why = _short_of(scene, step)
        told.append(
            f"{scene.named.loads[number]} is cut by {shed[number]:.1f} kW: {why}; a kWh of it counts for "
            f"{_money(scene, lost)}."
        )
    return told


def _short_of(scene: Scene, step: int) -> str:
    """Which sources are at their end."""
    o, d = scene.outlook, scene.dispatch
    limit = float(scene.mean(o.import_kw)[step])
    causes = []
    if limit <= ACTS_KW:
        causes.append("the grid is away")
    elif d.import_kw[step] >= FULL * limit:
        causes.append(f"the grid gives no more than {limit:.0f} kW")
    if scene.generators.count:
        full = d.generator_kw[:, step] >= FULL * scene.generators.rated_kw
        dry = d.generator_kw.sum(axis=1) * o.step_h >= FULL * scene.generators.fuel_kwh
        causes.append("the fuel has to last" if dry.any() else "generators run at their most" if full.all() else "")
    if scene.batteries.count:
        room = d.energy_kwh[:, step] - scene.batteries.least_kwh
        empty = room <= (1 - FULL) * scene.batteries.energy_kwh
        causes.append("the stores are empty" if empty.all() else "the stores are needed later, or give their most")
    told = [each for each in causes if each]
    return " and ".join(told) if told else "serving it would cost more"


def _reserve(scene: Scene, step: int) -> list[str]:
    wanted, short = scene.outlook.reserve_kwh[step], scene.dispatch.reserve_short_kwh[step]
    if wanted <= 0:
        return []
    held = float(scene.dispatch.energy_kwh[:, step].sum())
    if short > ACTS_KW:
        return [f"Of {wanted:.0f} kWh to be held in reserve {short:.0f} kWh are missing: filling up takes longer."]
    if held <= wanted * (2 - FULL) + ACTS_KW:
        return [f"The stores keep the last {wanted:.0f} kWh in reserve for an outage."]
    return []


def _generators(scene: Scene, step: int) -> list[str]:
    g, d = scene.generators, scene.dispatch
    told = []
    for number in range(g.count):
        name, made = scene.named.generators[number], d.generator_kw[number, step]
        before = bool(g.runs[number]) if step == 0 else d.running[number, step - 1] > 0.5
        if d.running[number, step] <= 0.5 and made <= ACTS_KW:
            if before:
                told.append(f"{name} stops: energy is worth {_worth(scene, step)} here, less than it makes it for.")
            continue
        told.append(_running(scene, number, step, f"{name} {'runs' if before else 'starts'} at {made:.1f} kW"))
    return told


def _worth(scene: Scene, step: int) -> str:
    return f"{_money(scene, scene.dispatch.shadow_price[step])} a kWh"


def _running(scene: Scene, number: int, step: int, begin: str) -> str:
    g, made, price = scene.generators, scene.dispatch.generator_kw[number, step], scene.dispatch.shadow_price[step]
    segment = min(int(np.searchsorted(np.cumsum(g.segment_kw[number]), made - ACTS_KW)), g.segment_kw.shape[1] - 1)
    cost = g.segment_cost[number, segment] + scene.terms.emissions_price * g.emissions_kg_per_kwh[number]
    if g.least_kw[number] > 0 and made <= g.least_kw[number] + ACTS_KW:
        why = f"its least load; a kWh of it costs {_money(scene, cost)}, and a stop and a new start would not save more"
        return f"{begin}, {why}."
    if np.isfinite(price) and price > cost * (1 + SHARE):
        return f"{begin}: a kWh is worth {_money(scene, price)} here and costs it {_money(scene, cost)}."
    return f"{begin}: it is the last source that is needed, at {_money(scene, cost)} a kWh."


def _batteries(scene: Scene, step: int) -> list[str]:
    b, d, told = scene.batteries, scene.dispatch, []
    for number in range(b.count):
        name, power = scene.named.storage[number], d.battery_kw[number, step]
        price, value = d.shadow_price[step], d.stored_value[number, step]
        if power < -ACTS_KW:
            stored = value * b.charge_efficiency[number]
            told.append(
                f"{name} charges {-power:.1f} kW: a kWh costs {_money(scene, price)} now and is worth "
                f"{_money(scene, stored)} once stored{_when(scene, number, step)}."
            )
        elif power > ACTS_KW:
            kept = value / b.discharge_efficiency[number]
            told.append(
                f"{name} gives {power:.1f} kW: a kWh saves {_money(scene, price)} now; keeping what it takes is worth "
                f"{_money(scene, kept)}."
            )
        elif d.energy_kwh[number, step] <= b.least_kwh[number] + (1 - FULL) * b.energy_kwh[number]:
            told.append(f"{name} rests at its least charge: filling it now would cost more than it brings later.")
    return told


def _when(scene: Scene, number: int, step: int) -> str:
    """The next step in which it gives."""
    later = np.nonzero(scene.dispatch.battery_kw[number, step + 1 :] > ACTS_KW)[0]
    hours = scene.outlook.step_h * (later[0] + 1) if len(later) else 0.0
    return f", used from {hours:g} h later on" if len(later) else ""


def _curtailed(scene: Scene, step: int) -> list[str]:
    lost = scene.dispatch.curtailed_kw[:, step]
    return [
        f"{scene.named.plants[number]} is held back by {lost[number]:.1f} kW: loads, stores and the grid take no more "
        "that would pay."
        for number in np.nonzero(lost > ACTS_KW)[0]
    ]


def _grid(scene: Scene, step: int) -> list[str]:
    o, d = scene.outlook, scene.dispatch
    limit, buys, sells = float(scene.mean(o.import_kw)[step]), d.import_kw[step], d.export_kw[step]
    if limit <= ACTS_KW and not scene.mean(o.export_kw)[step] > ACTS_KW:
        return []
    if buys > ACTS_KW:
        more = ", all that the connection gives" if buys >= FULL * limit else ""
        peak = scene.terms.peak_charge and buys >= FULL * d.import_kw.max() and buys > scene.terms.peak_kw
        charged = "; it sets the peak that is charged" if peak else ""
        price = _money(scene, float(scene.mean(o.buy)[step]))
        return [f"{buys:.1f} kW come from the grid at {price} a kWh{more}{charged}."]
    if sells > ACTS_KW:
        return [f"{sells:.1f} kW are sold at {_money(scene, float(scene.mean(o.sell)[step]))} a kWh."]
    return []
