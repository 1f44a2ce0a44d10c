"""What plants near a trouble have to hold back at least, once taps, reactive power and batteries do what they can.

Signs: the engine's powers are injections, positive into the network; a step's are positive from the node into the
equipment.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import BATTERY, GENERATOR, AssembledNetwork
from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.adapters.candidates import Target, nearest_plants
from apps.optimization.adapters.live_plans import injected
from apps.optimization.adapters.rates import Rates
from apps.optimization.adapters.tree import Tree
from apps.optimization.adapters.voltage_devices import tap_changers
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.envelopes import Bounds
from gridops.engine.optimization.least_held import Units
from gridops.engine.optimization.point import Points, Setting
from gridops.engine.optimization.set_points import Chosen, Expected, set_points
from gridops.engine.optimization.voltage.problem import ganged

MOST_UNITS = 8  # set by one proposal, each by both of its powers
MOST_SHARE = 0.44  # of a rating as reactive power: IEEE 1547-2018 category B
LEAST_KW, LEAST_KVAR = 1.0, 5.0  # of a step
SPARE_PU, SPARE_LOADING = 2e-4, 2e-3  # within the limits, so that what the rows themselves miss breaks none
TAPS = (0, 1, -1)  # positions beside the one that stands

May = Callable[[str, StepQuantity], bool]


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    steps: tuple[Wanted, ...]
    held_kw: float  # by plants
    stored_kw: float  # more into batteries
    reactive_kvar: float  # that is moved
    cost_eur_per_h: float
    kept: bool  # all limits of the whole network are kept
    units: int


def least_held_near(scene: Scene, target: Target, *, may: May, rates: Rates) -> HeldAnswer | None:
    """None where nothing near may be set, or the state has no power flow."""
    network, base = scene.place.network, scene.base
    topology = scene.before.studied.point.topology
    tree = Tree.of(network.network, topology.switch_closed)
    at = _near(network, target, tree, may)
    if not len(at):
        return None
    arrays, p, q = injected(scene)
    units = _units(network, at, p[at], may, rates)
    gang = _gang(scene, tree.above(target.nodes), may)
    settings = {
        by: Points(Setting(arrays, topology, taps, base.source_voltage_pu)) for by, taps in _positions(scene, gang)
    }
    expected = Expected(p, q, np.zeros((0, len(p))), 1.0)
    bounds = Bounds(network.node.low_pu + SPARE_PU, network.node.high_pu - SPARE_PU, 1.0 - SPARE_LOADING)
    chosen = set_points(settings, units, bounds, expected)
    return None if chosen is None else _answer(scene, units, chosen, gang, q[at])


def _near(network: AssembledNetwork, target: Target, tree: Tree, may: May) -> IntArray:
    mrids = network.injections.mrid
    near = nearest_plants(network, target.nodes, tree)
    led = [one for one in near if may(mrids[one], StepQuantity.ACTIVE_POWER)]
    return np.array(led[:MOST_UNITS], np.int32)


def _units(network: AssembledNetwork, at: IntArray, now_kw: FloatArray, may: May, rates: Rates) -> Units:
    """Plants give what they give now, or less; batteries anything up to their rating, as a person may still undo."""
    rated, is_battery = network.injection.rated_s_kva[at], network.injection.kind[at] == BATTERY
    reacts = np.array([may(network.injections.mrid[one], StepQuantity.REACTIVE_POWER) for one in at.tolist()])
    own = np.where(is_battery, rates.eur_per_kwh[OfferKind.BATTERY], rates.eur_per_kwh[OfferKind.CURTAIL])
    price = own / max(rates.eur_per_kwh[OfferKind.CURTAIL], 1e-6)
    return Units(
        injection=at,
        low_kw=np.where(is_battery, np.minimum(-rated, now_kw), np.minimum(now_kw, 0.0)),
        high_kw=np.where(is_battery, np.maximum(rated, now_kw), now_kw),
        wanted_kw=now_kw,
        price=price,
        rated_s_kva=np.maximum(rated, np.abs(now_kw)),
        most_kvar=np.where(reacts, MOST_SHARE * rated, 0.0),
        is_led=is_battery,
    )


def _gang(scene: Scene, above: Collection[int], may: May) -> IntArray:
    """Transformers that feed the trouble and move together, all of which take orders; none where they do not."""
    network, topology = scene.place.network, scene.before.studied.point.topology
    units = tap_changers(network, topology, above)
    if not len(units):
        return units
    control = ganged(topology, network.network, units)
    first = units[control == control[0]]
    mrids = network.transformers.mrid
    can = all(may(mrids[unit], StepQuantity.TAP_POSITION) for unit in first.tolist())
    return first if can else np.zeros(0, np.int32)


def _positions(scene: Scene, gang: IntArray) -> list[tuple[int, IntArray]]:
    """Where taps may stand, as they do now first."""
    units, stands = scene.place.network.network.transformers, scene.base.tap_position
    found = []
    for by in TAPS if len(gang) else TAPS[:1]:
        taps = stands.copy()
        taps[gang] += by
        if ((units.tap_min[gang] <= taps[gang]) & (taps[gang] <= units.tap_max[gang])).all():
            found.append((by, taps))
    return found


def _answer(scene: Scene, units: Units, chosen: Chosen, gang: IntArray, q_now: FloatArray) -> HeldAnswer:
    network, held, at = scene.place.network, chosen.held, units.injection
    less, kvar = units.wanted_kw - held.p_kw, held.q_kvar - q_now
    is_plant = network.injection.kind[at] == GENERATOR
    mrids, transformers = network.injections.mrid, network.transformers.mrid
    taps = [
        Wanted(transformers[unit], StepQuantity.TAP_POSITION, float(scene.base.tap_position[unit] + chosen.tap))
        for unit in (gang.tolist() if chosen.tap else [])
    ]
    reactive = [
        Wanted(mrids[one], StepQuantity.REACTIVE_POWER, -float(held.q_kvar[place]))
        for place, one in enumerate(at.tolist())
        if abs(kvar[place]) >= LEAST_KVAR and units.most_kvar[place] > 0
    ]
    active = [
        Wanted(mrids[one], StepQuantity.ACTIVE_POWER, -float(held.p_kw[place]))
        for place, one in enumerate(at.tolist())
        if abs(less[place]) >= LEAST_KW
    ]
    return HeldAnswer(
        steps=(*taps, *reactive, *active),
        held_kw=float(less[is_plant].sum()),
        stored_kw=float(less[~is_plant].sum()),
        reactive_kvar=float(np.abs(kvar[units.most_kvar > 0]).sum()),
        cost_eur_per_h=float(units.price @ np.abs(less)),
        kept=held.beyond == 0,
        units=len(at),
    )
