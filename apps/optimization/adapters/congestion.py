"""A limit that is broken in a state: what a kW at each connection point relieves, who could give it, what it is worth.

Signs: the engine's powers are injections, and so are the kW here: positive is more out of a point into the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.dispatch.adapters.scene import PERCENT, Scene, watched
from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.choices.proposal import Breach
from apps.optimization.adapters.congestion_limits import Limits, Worst, limits_of
from apps.optimization.adapters.live_plans import injected
from apps.optimization.adapters.rates import Rates
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.point import Point, Points, Setting
from gridops.engine.optimization.sensitivities import Offers, Relief, cheapest_relief
from gridops.engine.optimization.solver import Program

LIMIT_EUR_PER_PERCENT = 200.0  # for an hour beyond a limit by 1 % of it
CAN_WAIT = 0.2  # of what a consumer draws
LEAST_KW = 1.0
LEAST_RELIEF = 0.01  # of the best offer's, for a kW: what does less is not shown
MOST_OFFERS, MOST_EXPLAINED = 40, 60  # the latter of each kind


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices: what one kW more out of each node asked for is worth, EUR/kWh; negative where less is wanted."""

    worst: Worst
    is_feasible: bool
    relief_kw: float | None
    cost_eur_per_h: float | None
    sentences: tuple[str, ...]
    offers: tuple[dict[str, Any], ...]
    prices: FloatArray


@dataclass(frozen=True, slots=True)
class _Market:
    """Offers of elements, with kind and node; `each` is the relief of the worst limit by a kW, not negative."""

    offers: Offers
    kind: tuple[OfferKind, ...]
    node: IntArray
    each: FloatArray
    towards: FloatArray  # 1 where more has to come out, -1 where less
    most_kw: FloatArray


def priced(scene: Scene, breach: Breach, elements: Sequence[str], nodes: IntArray, rates: Rates) -> Priced | None:
    """None where nothing of the elements is broken in this state, or it has no solution."""
    arrays, p, q = injected(scene)
    topology = scene.before.studied.point.topology
    setting = Setting(arrays, topology, scene.base.tap_position, scene.base.source_voltage_pu)
    point = Points(setting).at(p, q)
    limits = limits_of(scene, point, breach, watched(scene, breach, elements).elements) if point else None
    if point is None or limits is None:
        return None
    network = scene.place.network
    market = _market(network, point, scene.base.injection_p_kw, limits, breach=breach, rates=rates)
    relief = cheapest_relief(limits.rows, low=limits.low, high=limits.high, offers=market.offers)
    worth = relief.bus_worth if relief.solved.ok else _penalised(limits, breach)
    bus = point.compiled.live_bus_of_node[nodes]
    return Priced(
        worst=limits.worst,
        is_feasible=relief.solved.ok,
        relief_kw=float(np.abs(relief.change_kw).sum()) if relief.solved.ok else None,
        cost_eur_per_h=float(relief.solved.objective) if relief.solved.ok else None,
        sentences=_sentences(network, limits, market, relief, breach),
        offers=tuple(_shown(network, market, relief, worth, breach)),
        prices=np.where(bus >= 0, worth[np.maximum(bus, 0)], 0.0),
    )


def _market(
    network: AssembledNetwork, point: Point, p_kw: FloatArray, limits: Limits, *, breach: Breach, rates: Rates
) -> _Market:
    """What loads, plants and batteries could give, each at its price."""
    bus = point.compiled.live_bus_of_node[network.network.injection_node]
    kind, rated, drawn = network.injection.kind, network.injection.rated_s_kva, np.maximum(-p_kw, 0.0)
    nothing = np.zeros(len(bus))
    parts = (
        (OfferKind.BATTERY, kind == BATTERY, np.maximum(rated - p_kw, 0.0), np.maximum(rated + p_kw, 0.0)),
        (OfferKind.CURTAIL, kind == GENERATOR, nothing, np.maximum(p_kw, 0.0)),
        (OfferKind.LESS_LOAD, kind == CONSUMER, CAN_WAIT * drawn, nothing),
        (OfferKind.SHED, kind == CONSUMER, (1.0 - CAN_WAIT) * drawn, nothing),
    )
    found = [
        (name, np.flatnonzero(of & (bus >= 0) & (up + down >= LEAST_KW)), up, down) for name, of, up, down in parts
    ]
    at = np.concatenate([chosen for _, chosen, _, _ in found])
    kinds = tuple(name for name, chosen, _, _ in found for _ in range(len(chosen)))
    most_up = np.concatenate([up[chosen] for _, chosen, up, _ in found])
    most_down = np.concatenate([down[chosen] for _, chosen, _, down in found])
    price = np.array([rates.eur_per_kwh[name] for name in kinds])
    effect = _sign(breach) * limits.rows.by_kw[limits.broken[0], bus[at]]
    return _Market(
        offers=Offers(bus[at].astype(np.int32), most_up, most_down, price),
        kind=kinds,
        node=network.node.bus[network.network.injection_node[at]],
        each=np.abs(effect),
        towards=np.where(effect > 0, 1.0, -1.0),
        most_kw=np.where(effect > 0, most_up, most_down),
    )


def _sign(breach: Breach) -> float:
    """Which way the broken quantity has to go."""
    return 1.0 if breach == Breach.VOLTAGE_LOW else -1.0


def _penalised(limits: Limits, breach: Breach) -> FloatArray:
    """Where offers are not enough, a kW is worth what it takes from the limit's being broken."""
    effect = _sign(breach) * limits.rows.by_kw[limits.broken[0]]
    return np.asarray(effect * PERCENT * LIMIT_EUR_PER_PERCENT, np.float64)


def _shown(
    network: AssembledNetwork, market: _Market, relief: Relief, worth: FloatArray, breach: Breach
) -> list[dict[str, Any]]:
    """Those that are taken first, then those that relieve most for their price."""
    change = relief.change_kw if relief.solved.ok else np.zeros(len(market.each))
    scale = PERCENT if breach == Breach.OVERLOAD else 1.0
    least = LEAST_RELIEF * float(market.each.max(initial=0.0))
    return [
        {
            "node_mrid": network.nodes.mrid[int(market.node[n])],
            "node_name": network.nodes.name[int(market.node[n])],
            "kind": market.kind[n].value,
            "kind_label": str(market.kind[n].label),
            "most_kw": round(float(market.towards[n] * market.most_kw[n]), 2),
            "relief_per_100_kw": round(float(100.0 * scale * market.each[n]), 5),
            "eur_per_kwh": float(market.offers.price[n]),
            "worth_eur_per_kwh": round(float(market.towards[n] * worth[market.offers.bus[n]]), 5),
            "taken_kw": round(float(change[n]), 2),
        }
        for n in _order(market, relief).tolist()
        if market.most_kw[n] >= LEAST_KW and (market.each[n] >= least or abs(change[n]) >= LEAST_KW)
    ][:MOST_OFFERS]


def _order(market: _Market, relief: Relief) -> IntArray:
    """Those that are taken first, then those that relieve most for their price."""
    change = relief.change_kw if relief.solved.ok else np.zeros(len(market.each))
    useful = market.each * (market.most_kw >= LEAST_KW) / market.offers.price
    return np.asarray(np.lexsort((-useful, -np.abs(change))), np.int32)


def _sentences(
    network: AssembledNetwork, limits: Limits, market: _Market, relief: Relief, breach: Breach
) -> tuple[str, ...]:
    """The cheapest way out, and each kind of offer by itself; the limit itself may give way at its price."""
    order = _order(market, relief).tolist()
    of_kind = {kind: [n for n in order if market.kind[n] is kind][:MOST_EXPLAINED] for kind in OfferKind}
    every = np.arange(len(limits.high), dtype=np.int32)
    elastics = [
        Elastic(
            kind=str(market.kind[n].label),
            where=network.nodes.name[int(market.node[n])],
            when="",
            unit="kW",
            price=float(market.offers.price[n]),
            rows=every,
            effect=market.towards[n] * PERCENT * limits.rows.by_kw[:, market.offers.bus[n]],
            most=float(market.most_kw[n]),
        )
        for chosen in of_kind.values()
        for n in chosen
        if market.most_kw[n] >= LEAST_KW
    ]
    elastics += [
        Elastic(
            "Beyond the limit",
            limits.names[row],
            "",
            "%",
            LIMIT_EUR_PER_PERCENT,
            np.array([row], np.int32),
            np.array([_sign(breach)]),
        )
        for row in limits.broken.tolist()
    ]
    empty = np.zeros(0)
    program = Program.of(
        cost=empty,
        lower=empty,
        upper=empty,
        matrix=csr_array((len(limits.high), 0)),
        row_lower=PERCENT * limits.low,
        row_upper=PERCENT * limits.high,
    )
    return explain(program, elastics).sentences()
