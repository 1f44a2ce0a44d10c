"""The energised network cut at its sources, whose voltages are fixed: what happens in one zone leaves the others alone.

In each zone the power flow is solved for many cases at once by current iteration: the currents of constant powers at
the last voltages, then the voltages of these currents by one factorised admittance matrix. Source: the implicit Z-bus
method, T.-H. Chen et al., IEEE Transactions on Power Delivery 6 (1991).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import SuperLU, splu

from gridops.engine.estimation.admittance import BASE_KVA, BranchEnds, ComplexArray, branch_ends
from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology, components
from gridops.engine.powerflow.compile import Compiled, compile_network
from gridops.engine.security.bridges import Tree, spanning_tree
from gridops.engine.units import ROOT_3

TOLERANCE_PU = 3e-8  # of the last step; what is left is smaller by the rate of contraction
MAX_ITERATIONS = 40
# Beyond it the iteration is lost, and going on would only overflow.
LEAST_VOLTAGE_PU = 0.05


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One state of the network: what is switched how, and what goes in where. Injections are positive into it."""

    network: Network
    topology: Topology
    node_p_kw: FloatArray  # one per node, nan counts as none
    node_q_kvar: FloatArray
    tap_position: IntArray
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray


@dataclass(frozen=True, slots=True)
class Branches:
    """Live lines, then live transformers: their pi models on 1 MVA, and what they may carry."""

    near: IntArray  # live buses
    far: IntArray
    y_near: ComplexArray
    y_near_far: ComplexArray
    y_far: ComplexArray
    y_far_near: ComplexArray
    near_per_rating: FloatArray  # current in pu to loading as a fraction; 0 without a rating
    far_per_rating: FloatArray

    def of(self, which: npt.NDArray) -> "Branches":
        return Branches(*(getattr(self, name)[which] for name in self.__slots__))

    @property
    def count(self) -> int:
        return len(self.near)


@dataclass(frozen=True, slots=True)
class Zone:
    """What hangs together without a source in between. Positions: its buses in the order of the tree (the root, which
    stands for all its sources, left out), then its source buses, whose voltages are fixed.
    """

    bus: IntArray  # live bus of each position
    n_free: int
    fixed: ComplexArray  # voltages of the source buses
    power: ComplexArray  # injections at the free buses, pu
    branch: IntArray  # live branches of the zone, by the deeper one of their ends: what hangs together stands together
    branches: Branches  # the same, their ends being positions
    deeper: IntArray  # that end
    hangs: npt.NDArray[np.intp]  # branches x 2: first and behind last position of what it alone feeds; equal if nothing
    factors: SuperLU
    drive: ComplexArray  # currents that the sources drive into the free buses, pu

    def solve(
        self,
        power: ComplexArray,
        start: ComplexArray,
        *,
        extra: Callable[[ComplexArray, ComplexArray], None] | None = None,
        correct: Callable[[ComplexArray], None] | None = None,
    ) -> tuple[ComplexArray, BoolArray]:
        """Voltages of many cases, and which of them settled.

        power: cases x free buses, pu; start: cases x positions.
        extra: adds to the currents (cases x free buses) what the last voltages (cases x positions) drive.
        correct: turns the voltages that the unchanged network would have into those of the changed one.
        Beyond what the network can carry nothing settles; the voltages are then of no use.
        """
        voltage = np.array(start, np.complex128)
        settled = np.zeros(len(power), np.bool_)
        conjugate = power.conj()
        with np.errstate(all="ignore"):
            for _ in range(MAX_ITERATIONS):
                last = voltage[:, : self.n_free]
                current = conjugate / last.conj() + self.drive
                if extra is not None:
                    extra(voltage, current)
                following = self._voltages(current)
                if correct is not None:
                    correct(following)
                change = following[:, : self.n_free] - last
                step = np.max(np.square(change.real) + np.square(change.imag), axis=1)
                voltage = following
                settled = step < TOLERANCE_PU**2
                if np.all(settled | ~np.isfinite(step)):
                    break
        return voltage, settled & self._is_sound(voltage)

    def _voltages(self, current: ComplexArray) -> ComplexArray:
        voltage = np.empty((len(current), len(self.bus)), np.complex128)
        voltage[:, : self.n_free] = self.factors.solve(current.T).T
        voltage[:, self.n_free :] = self.fixed
        return voltage

    def _is_sound(self, voltage: ComplexArray) -> BoolArray:
        return np.asarray(np.min(np.abs(voltage), axis=1, initial=1.0) > LEAST_VOLTAGE_PU)

    def loading(self, voltage: ComplexArray) -> FloatArray:
        """Cases x branches of the zone: the larger current of both ends over the rating, 0 without one."""
        b = self.branches
        near, far = voltage[:, b.near], voltage[:, b.far]
        at_near = b.y_near * near + b.y_near_far * far
        at_far = b.y_far * far + b.y_far_near * near
        square_near = (np.square(at_near.real) + np.square(at_near.imag)) * b.near_per_rating**2
        square_far = (np.square(at_far.real) + np.square(at_far.imag)) * b.far_per_rating**2
        return np.asarray(np.sqrt(np.maximum(square_near, square_far)), np.float64)


@dataclass(frozen=True, slots=True)
class ZonedNetwork:
    point: OperatingPoint
    compiled: Compiled
    branches: Branches
    zones: list[Zone]
    zone_of_bus: IntArray  # -1 for the buses of sources
    zone_of_branch: IntArray  # -1 for a branch between sources


def cut_into_zones(point: OperatingPoint) -> ZonedNetwork:
    """Compile, cut at the sources and factorise. Dead parts are left out; without any source there is no zone."""
    compiled = compile_network(point.network, point.topology)
    ends = branch_ends(point.network, compiled, point.tap_position)
    branches = _branches(point.network, compiled, ends)
    voltage = np.zeros(compiled.n_buses, np.complex128)
    angle = np.radians(point.source_angle_deg[compiled.sources])
    voltage[compiled.source_bus] = point.source_voltage_pu[compiled.sources] * np.exp(1j * angle)
    is_free = np.ones(compiled.n_buses, np.bool_)
    is_free[compiled.source_bus] = False
    inner = is_free[branches.near] & is_free[branches.far]
    _, label = components(compiled.n_buses, branches.near[inner], branches.far[inner])
    numbers, zone_of_free = np.unique(label[is_free], return_inverse=True)
    zone_of_bus = np.full(compiled.n_buses, -1, np.int32)
    zone_of_bus[is_free] = zone_of_free
    zone_of_branch = np.maximum(zone_of_bus[branches.near], zone_of_bus[branches.far])
    power, shunt = _bus_power(point, compiled), _bus_shunt(point.network, compiled)
    zones = [
        _zone(np.flatnonzero(zone_of_branch == n), branches, voltage=voltage, is_free=is_free, power=power, shunt=shunt)
        for n in range(len(numbers))
    ]
    return ZonedNetwork(point, compiled, branches, zones, zone_of_bus, zone_of_branch.astype(np.int32))


def _branches(network: Network, compiled: Compiled, ends: BranchEnds) -> Branches:
    count = len(ends.bus) // 2
    lines, t = network.lines, network.transformers
    live_t = compiled.transformers
    rated_s = t.rated_s_kva[live_t]
    line_a = lines.rated_a[compiled.lines]
    return Branches(
        near=ends.bus[:count],
        far=ends.bus[count:],
        y_near=ends.y_self[:count],
        y_near_far=ends.y_mutual[:count],
        y_far=ends.y_self[count:],
        y_far_near=ends.y_mutual[count:],
        near_per_rating=_per_rating(
            np.concatenate([line_a, rated_s / (ROOT_3 * t.high_kv[live_t])]), compiled.bus_kv[ends.bus[:count]]
        ),
        far_per_rating=_per_rating(
            np.concatenate([line_a, rated_s / (ROOT_3 * t.low_kv[live_t])]), compiled.bus_kv[ends.bus[count:]]
        ),
    )


def _per_rating(rated_a: FloatArray, bus_kv: FloatArray) -> FloatArray:
    base_a = BASE_KVA / (ROOT_3 * bus_kv)
    share = np.zeros(len(rated_a))
    np.divide(base_a, rated_a, out=share, where=rated_a > 0)
    return share


def _bus_power(point: OperatingPoint, compiled: Compiled) -> ComplexArray:
    """Net injection at each live bus, pu."""
    bus = compiled.live_bus_of_node[compiled.nodes]
    p, q = (np.nan_to_num(values[compiled.nodes]) for values in (point.node_p_kw, point.node_q_kvar))
    power = np.bincount(bus, p, compiled.n_buses) + 1j * np.bincount(bus, q, compiled.n_buses)
    return np.asarray(power / BASE_KVA, np.complex128)


def _bus_shunt(network: Network, compiled: Compiled) -> ComplexArray:
    bus = compiled.live_bus_of_node[network.shunts.node]
    live = bus >= 0
    p, q = network.shunts.p_kw[live], network.shunts.q_kvar[live]
    admittance = -np.bincount(bus[live], p, compiled.n_buses) + 1j * np.bincount(bus[live], q, compiled.n_buses)
    return np.asarray(admittance / BASE_KVA, np.complex128)


def _zone(
    which: npt.NDArray[np.intp],
    branches: Branches,
    *,
    voltage: ComplexArray,
    is_free: BoolArray,
    power: ComplexArray,
    shunt: ComplexArray,
) -> Zone:
    own = branches.of(which)
    buses = np.unique(np.concatenate([own.near, own.far]))
    free, sources = buses[is_free[buses]], buses[~is_free[buses]]
    point = np.zeros(len(is_free), np.int32)
    point[free] = np.arange(1, len(free) + 1)  # all sources together are the root
    tree = spanning_tree(len(free) + 1, point[own.near], point[own.far])
    bus = np.concatenate([free[np.argsort(tree.place[1:])], sources]).astype(np.int32)
    position = np.zeros(len(is_free), np.int32)
    position[bus] = np.arange(len(bus))
    n_free, fixed = len(free), voltage[sources]
    deeper = np.max([_free_position(position[end], n_free) for end in (own.near, own.far)], axis=0)
    order = np.argsort(deeper, kind="stable")
    placed = replace(own.of(order), near=position[own.near[order]], far=position[own.far[order]])
    matrix = _admittance(placed, shunt[bus])
    factors = splu(
        matrix[:n_free, :n_free].tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    drive = -(matrix[:n_free, n_free:] @ fixed)
    return Zone(
        bus=bus,
        n_free=n_free,
        fixed=fixed,
        power=power[bus[:n_free]],
        branch=which[order].astype(np.int32),
        branches=placed,
        deeper=deeper[order],
        hangs=_hanging(tree, order),
        factors=factors,
        drive=drive,
    )


def _free_position(position: IntArray, n_free: int) -> IntArray:
    return np.where(position < n_free, position, -1)


def _hanging(tree: Tree, order: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """First and behind last position of what each branch alone feeds; two zeros for a branch in a ring."""
    below, is_bridge = tree.branch_below[order], tree.branch_is_bridge[order]
    first = np.where(is_bridge, below - 1, 0)
    return np.stack([first, np.where(is_bridge, first + tree.size[below], 0)], axis=1)


def _admittance(b: Branches, shunt: ComplexArray) -> csc_matrix:
    diagonal = np.arange(len(shunt))
    values = np.concatenate([b.y_near, b.y_near_far, b.y_far, b.y_far_near, shunt])
    rows = np.concatenate([b.near, b.near, b.far, b.far, diagonal])
    columns = np.concatenate([b.near, b.far, b.far, b.near, diagonal])
    return csc_matrix((values, (rows, columns)), shape=(len(shunt), len(shunt)))
