"""A horizon linearised: what each control does to each voltage and to the objective, about the power flow.

The Jacobian is factored at a few steps that stand for the others of like load: the voltages themselves always come from
the full power flow, so that only the slopes are shared. The objective's slope is each step's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA, BranchEnds, ComplexArray, branch_ends
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.slopes import Slopes, State, end_powers, power_slope
from gridops.engine.optimization.voltage.flows import Flows, Solution
from gridops.engine.optimization.voltage.grouping import Groups, group_room_kvar
from gridops.engine.optimization.voltage.problem import Objective, SetPoints

STANDING_FOR_ALL = 8  # steps at which the Jacobian is factored, and at most every other one


@dataclass(frozen=True, slots=True)
class Linear:
    """Controls: tap controls (one position), banks (one step), groups (their whole reactive room, as a share)."""

    magnitude: FloatArray  # (T, live buses) of the full power flow
    value: FloatArray  # (T,) of the objective: kW, or squared pu; 0 for the plain VIOLATIONS
    gradient: FloatArray  # (T, controls)
    stands_for: IntArray  # (T,) which of `slope` belongs to a step
    slope: FloatArray  # (standing, live buses, controls) pu per control; groups: per kvar of the group
    curvature: FloatArray  # (standing, controls, controls) of the objective, not negative; groups: per kvar
    room_kvar: FloatArray  # (T, groups)
    factored: tuple[Slopes, ...]  # of the standing steps, where the slopes are from

    def hessian(self, step: int) -> FloatArray:
        """(controls, controls) of the objective at a step, groups as a share."""
        found = self.curvature[self.stands_for[step]].copy()
        n_groups = self.room_kvar.shape[1]
        if n_groups:
            found[:, -n_groups:] *= self.room_kvar[step]
            found[-n_groups:] *= self.room_kvar[step][:, None]
        return np.asarray(found, np.float64)

    def moved(self, step: int, change: FloatArray) -> FloatArray:
        """Voltages of all live buses after this change of the controls."""
        n_groups = self.room_kvar.shape[1]
        if n_groups:
            change = change.copy()
            change[-n_groups:] *= self.room_kvar[step]
        return np.asarray(self.magnitude[step] + self.slope[self.stands_for[step]] @ change, np.float64)

    def rows(self, step: IntArray, bus: IntArray) -> FloatArray:
        """Slopes of the voltage at these buses and steps: (rows, controls), groups as a share."""
        found = self.slope[self.stands_for[step], bus].copy()
        n_groups = self.room_kvar.shape[1]
        if n_groups:
            found[:, -n_groups:] *= self.room_kvar[step]
        return found


def linearised(
    flows: Flows, groups: Groups, chosen: SetPoints, solution: Solution, *, curvature: FloatArray | None = None
) -> Linear:
    """About a solved horizon; with the curvature of an earlier one, which hardly changes, if it is given.

    Raises ValueError where a state has no slope.
    """
    room = flows.problem.reactive_room_kvar
    standing, stands_for = _standing(flows)
    factored, slopes, bends = [], [], []
    for step in standing.tolist():
        point = _Point(flows, groups, chosen, solution.voltage[step], step)
        factored.append(Slopes(flows.compiled, point.state))
        log = factored[-1].forward(point.columns(_weights(groups, room[step])))
        slopes.append(np.abs(point.voltage)[:, None] * log[flows.compiled.n_buses :])
        if curvature is None:
            bends.append(_curvature(flows.problem.objective, point, log, slopes[-1]))
    return Linear(
        magnitude=solution.magnitude,
        value=objective_value(flows, solution),
        gradient=_all_gradients(flows, groups, chosen, solution, stands_for=stands_for, factored=factored),
        stands_for=stands_for,
        slope=np.array(slopes),
        curvature=np.array(bends) if curvature is None else curvature,
        room_kvar=group_room_kvar(groups, room),
        factored=tuple(factored),
    )


def followed(flows: Flows, groups: Groups, chosen: SetPoints, solution: Solution, near: Linear) -> Linear:
    """About a solved horizon that is near another one: voltages and the objective's gradient are its own, what a
    control does to a voltage is taken from there."""
    return replace(
        near,
        magnitude=solution.magnitude,
        value=objective_value(flows, solution),
        gradient=_all_gradients(flows, groups, chosen, solution, stands_for=near.stands_for, factored=near.factored),
    )


def objective_value(flows: Flows, solution: Solution) -> FloatArray:
    """(T,) kW for loss and conservation, mean squared distance in pu² for a flat profile, else nothing."""
    objective = flows.problem.objective
    if objective is Objective.LOSS:
        return solution.loss_kw
    if objective is Objective.CVR:
        return solution.drawn_kw
    if objective is Objective.FLAT:
        return np.asarray(((solution.magnitude - flows.problem.flat_pu) ** 2).mean(axis=1), np.float64)
    return np.where(solution.solved, 0.0, np.nan)


class _Point:
    """One solved step, with its admittances and what its controls inject."""

    def __init__(self, flows: Flows, groups: Groups, chosen: SetPoints, voltage: ComplexArray, step: int) -> None:
        self._flows, self._groups, self.voltage = flows, groups, voltage
        self._positions = flows.tap_positions(chosen.tap[step : step + 1])[0]
        self._chosen = SetPoints(chosen.tap[[step]], chosen.bank[[step]], chosen.q_kvar[[step]])
        self._step = step

    @cached_property
    def ends(self) -> BranchEnds:
        return branch_ends(self._flows.problem.network, self._flows.compiled, self._positions)

    @cached_property
    def state(self) -> State:
        *_, soft_p, soft_q = self._flows.bus_powers(self._chosen, np.array([self._step]))
        soft = self._flows.shunts.copy()
        soft[self._flows.yielding_bus] += (soft_p[0] + 1j * soft_q[0]) / BASE_KVA
        return State(self.ends, self.voltage, soft)

    @cached_property
    def end_slopes(self) -> ComplexArray:
        """(ends,) change of the power into each end by one position of its own transformer's tap; 0 for lines."""
        problem, c = self._flows.problem, self._flows.compiled
        t, live = problem.network.transformers, c.transformers
        up, down = (np.clip(self._positions + way, t.tap_min, t.tap_max) for way in (1, -1))
        change = np.tile(np.concatenate([np.ones(len(c.lines)), np.maximum(up - down, 1)[live]]), 2)
        above, below = (branch_ends(problem.network, c, way) for way in (up, down))
        difference: ComplexArray = (end_powers(above, self.voltage) - end_powers(below, self.voltage)) / change
        return difference

    @cached_property
    def controlled_ends(self) -> tuple[IntArray, IntArray]:
        """Ends of the live controlled transformers, and the control of each."""
        c, taps = self._flows.compiled, self._flows.problem.taps
        place = c.live_transformer[taps.transformer]
        live = place >= 0
        first = len(c.lines) + place[live]
        count = len(c.lines) + len(c.transformers)
        return np.concatenate([first, first + count]), np.tile(taps.control[live], 2)

    def device_columns(self) -> ComplexArray:
        """(live buses, tap controls and banks) power into each bus, pu."""
        problem, n = self._flows.problem, self._flows.compiled.n_buses
        found = np.zeros((n, problem.taps.n_controls + len(problem.banks.node)), np.complex128)
        end, control = self.controlled_ends
        np.add.at(found, (self.ends.bus[end], control), -self.end_slopes[end])
        live = np.flatnonzero(self._flows.bank_bus >= 0)
        bus = self._flows.bank_bus[live]
        square = np.abs(self.voltage[bus]) ** 2
        found[bus, problem.taps.n_controls + live] = 1j * problem.banks.kvar_per_step[live] * square / BASE_KVA
        return found

    def columns(self, weight: FloatArray) -> ComplexArray:
        """All controls; weight: of each inverter within its group."""
        groups = self._groups
        shared = np.zeros((self._flows.compiled.n_buses, groups.n_groups), np.complex128)
        member = np.flatnonzero(groups.group_of_inverter >= 0)
        np.add.at(
            shared,
            (groups.inverter_bus[member], groups.group_of_inverter[member]),
            1j * weight[member] / BASE_KVA,
        )
        return np.hstack([self.device_columns(), shared])


def _all_gradients(
    flows: Flows,
    groups: Groups,
    chosen: SetPoints,
    solution: Solution,
    *,
    stands_for: IntArray,
    factored: Sequence[Slopes],
) -> FloatArray:
    """(T, controls) refined to every step's own state."""
    problem, room = flows.problem, flows.problem.reactive_room_kvar
    found = np.zeros((problem.n_steps, flows.n_devices + groups.n_groups))
    for number, slopes in enumerate(factored):
        members = np.flatnonzero(stands_for == number)
        points = [_Point(flows, groups, chosen, solution.voltage[each], each) for each in members.tolist()]
        found[members] = _gradients(problem.objective, slopes, points, room[members])
    return found


def _gradients(objective: Objective, slopes: Slopes, points: list[_Point], room: FloatArray) -> FloatArray:
    """(points, controls), kW or squared pu per control."""
    first = points[0]
    n_devices = first.device_columns().shape[1]
    if objective is Objective.VIOLATIONS:
        return np.zeros((len(points), n_devices + first._groups.n_groups))
    slope = np.stack([_state_slope(objective, each) for each in points], axis=1)
    worth = slopes.backward(slope, [each.state for each in points])
    rows = []
    for place, point in enumerate(points):
        value = worth[:, place]
        devices = _worth(point.device_columns(), value)
        end, control = point.controlled_ends
        counted = _counted(objective, point)[end] * point.end_slopes[end].real
        devices += np.bincount(control, counted, n_devices)
        rows.append(np.concatenate([devices, _group_worth(point, value, room[place])]))
    scale = 1.0 if objective is Objective.FLAT else BASE_KVA
    return scale * np.array(rows)


def _worth(columns: ComplexArray, value: ComplexArray) -> FloatArray:
    return np.asarray(value.real @ columns.real + value.imag @ columns.imag, np.float64)


def _group_worth(point: _Point, value: ComplexArray, room_kvar: FloatArray) -> FloatArray:
    groups = point._groups
    member = np.flatnonzero(groups.group_of_inverter >= 0)
    each = value.imag[groups.inverter_bus[member]] * room_kvar[member] / BASE_KVA
    return np.bincount(groups.group_of_inverter[member], each, groups.n_groups).astype(np.float64)


def _counted(objective: Objective, point: _Point) -> FloatArray:
    """Which ends' active power the objective adds up: all for the loss, those at sources for what is drawn."""
    if objective is Objective.FLAT:
        return np.zeros(len(point.ends.bus))
    if objective is Objective.CVR:
        return np.isin(point.ends.bus, point._flows.compiled.source_bus).astype(np.float64)
    return np.ones(len(point.ends.bus))


def _state_slope(objective: Objective, point: _Point) -> FloatArray:
    """(2 n,) derivative of the objective by angles and logarithms of magnitude, pu."""
    ends, voltage = point.ends, point.voltage
    n = len(voltage)
    if objective is Objective.FLAT:
        size = np.abs(voltage)
        return np.concatenate([np.zeros(n), 2 * (size - point._flows.problem.flat_pu) * size / n])
    return power_slope(ends, voltage, _counted(objective, point))


def _curvature(objective: Objective, point: _Point, log: FloatArray, slope: FloatArray) -> FloatArray:
    """(controls, controls), kW or squared pu: what the squares of the changes of current, or of voltage, cost."""
    if objective is Objective.VIOLATIONS:
        return np.zeros((log.shape[1], log.shape[1]))
    if objective is Objective.FLAT:
        return 2.0 * slope.T @ slope / len(slope)
    n, ends = len(slope), point.ends
    change = point.voltage[:, None] * (log[n:] + 1j * log[:n])
    current = ends.y_self[:, None] * change[ends.bus] + ends.y_mutual[:, None] * change[ends.other]
    end, control = point.controlled_ends
    current[end, control] += np.conj(point.end_slopes[end] / point.voltage[ends.bus[end]])
    half = BASE_KVA * (change[ends.bus].T @ np.conj(current)).real
    value, vector = np.linalg.eigh(half + half.T)
    return np.asarray((vector * np.maximum(value, 0.0)) @ vector.T, np.float64)


def _standing(flows: Flows) -> tuple[IntArray, IntArray]:
    """The steps that stand for all, and which of them stands for each: quantiles of the network's total power."""
    total = flows.problem.p_kw.sum(axis=1)
    order = np.argsort(total, kind="stable")
    parts = np.array_split(order, min(STANDING_FOR_ALL, (len(order) + 1) // 2))
    stands_for = np.zeros(len(total), np.int32)
    for number, part in enumerate(parts):
        stands_for[part] = number
    return np.array([part[len(part) // 2] for part in parts], np.int32), stands_for


def _weights(groups: Groups, room_kvar: FloatArray) -> FloatArray:
    """Share of each inverter in its group's room; equal shares where there is none."""
    member = groups.group_of_inverter >= 0
    group = groups.group_of_inverter[member]
    room = room_kvar[member] + 1e-9
    total = np.bincount(group, room, groups.n_groups)
    weight = np.zeros(len(member))
    weight[member] = room / total[group]
    return weight
