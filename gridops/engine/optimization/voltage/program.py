"""The whole positions of a horizon as one mixed-integer program for the solver port.

Columns: tap positions and bank steps, and one shift of reactive power for each zone, of every step; the objective of
every step, from below by the tangents of all states that were solved (it is nearly convex) and by what the tuning of
single steps said; how far each watched voltage is beyond its limit; how many operations each device makes. Costs are in
units of the objective of a mean step, so that a price means the same in every network.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Program
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.linear import Linear
from gridops.engine.units import PERCENT

Index = npt.NDArray[np.signedinteger]
BEYOND = 1e3  # price of a pu beyond a limit for one step, in mean steps' objective: 0.001 pu outweighs all of it
OPERATION = 2e-4  # price of an operation: it must save as much
SMALL_PU = 3e-4  # effects of a position, or of all reactive power of a zone, below are left out here
MARGIN_PU = 2e-4  # kept from the limits, for what the slopes miss


@dataclass(frozen=True, slots=True)
class Tangent:
    """The objective of every step seen from one solved horizon."""

    at: FloatArray  # (T, controls)
    value: FloatArray  # (T,)
    gradient: FloatArray  # (T, controls)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tuning of single steps said of given positions: the least value, and how it goes with the positions."""

    at: FloatArray  # (T, devices)
    value: FloatArray  # (T,) in mean steps
    slope: FloatArray  # (T, devices)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the controls may go: (T, controls) each."""

    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a program are."""

    n_steps: int
    n_controls: int  # devices and shifts
    n_devices: int  # tap controls and banks: those with whole positions
    n_watched: int

    @property
    def controls(self) -> slice:
        return slice(0, self.n_steps * self.n_controls)

    @property
    def objective(self) -> slice:
        return slice(self.controls.stop, self.controls.stop + self.n_steps)

    @property
    def above(self) -> slice:
        return slice(self.objective.stop, self.objective.stop + self.n_watched)

    @property
    def below(self) -> slice:
        return slice(self.above.stop, self.above.stop + self.n_watched)

    @property
    def moves(self) -> slice:
        return slice(self.below.stop, self.below.stop + self.n_steps * self.n_devices)

    @property
    def count(self) -> int:
        return int(self.moves.stop)

    def control(self, step: Index, control: Index) -> Index:
        return np.asarray(step * self.n_controls + control, np.int32)


class _Rows:
    """Blocks of rows, put together at the end."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._parts: list[tuple[Index, Index, FloatArray]] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self.count = 0

    def add(self, low: FloatArray, high: FloatArray, *entries: tuple[Index, Index, FloatArray]) -> None:
        """Entries: row within the block, column, value."""
        self._parts += [(self.count + row, column, value) for row, column, value in entries]
        self._low.append(low)
        self._high.append(high)
        self.count += len(low)

    def matrix(self) -> csr_array:
        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return csr_array(coo_array((value, (row, column)), shape=(self.count, self._width)))

    def limits(self) -> tuple[FloatArray, FloatArray]:
        return np.concatenate(self._low), np.concatenate(self._high)


def assembled(
    flows: Flows,
    *,
    linear: Linear,
    at: FloatArray,
    watched: BoolArray,
    zone_of_group: Index,
    tangents: list[Tangent],
    answers: list[Answer],
    reach: Reach,
    scale: float,
) -> tuple[Program, Layout]:
    """The program about the controls `at`: (T, controls).

    watched: (T, live buses) whose voltage is kept. zone_of_group: numbers from 0, each a shift of its own.
    reach: bounds of devices and shifts. scale: the objective of a mean step.
    """
    problem = flows.problem
    n_devices = flows.n_devices
    spread = _spread(n_devices, zone_of_group)
    kept = _kept(flows, linear, at=at, spread=spread, reach=reach, watched=watched)
    layout = Layout(problem.n_steps, spread.shape[1], n_devices, len(kept.low))
    rows = _Rows(layout.count)
    _voltages(rows, layout, kept)
    _tangents(rows, layout, tangents, at=at, spread=spread, scale=scale)
    _answers(rows, layout, answers)
    _operations(rows, layout, flows)
    low, high = _bounds(layout, reach)
    whole = np.zeros(layout.count, np.bool_)
    whole[layout.controls] = np.tile(np.arange(layout.n_controls) < n_devices, layout.n_steps)
    row_low, row_high = rows.limits()
    return (
        Program.of(
            cost=_cost(layout),
            lower=low,
            upper=high,
            matrix=rows.matrix(),
            row_lower=row_low,
            row_upper=row_high,
            integer=whole,
        ),
        layout,
    )


def _spread(n_devices: int, zone_of_group: Index) -> FloatArray:
    """(controls, devices and shifts): a shift moves all groups of its zone alike."""
    n_groups, n_zones = len(zone_of_group), int(zone_of_group.max(initial=-1)) + 1
    found = np.zeros((n_devices + n_groups, n_devices + n_zones))
    found[:n_devices, :n_devices] = np.eye(n_devices)
    found[n_devices + np.arange(n_groups), n_devices + zone_of_group] = 1.0
    return found


def _cost(layout: Layout) -> FloatArray:
    cost = np.zeros(layout.count)
    cost[layout.objective] = 1.0
    cost[layout.above] = cost[layout.below] = BEYOND * PERCENT
    cost[layout.moves] = OPERATION
    return cost


def _bounds(layout: Layout, reach: Reach) -> tuple[FloatArray, FloatArray]:
    low, high = np.zeros(layout.count), np.full(layout.count, np.inf)
    low[layout.controls], high[layout.controls] = reach.low.ravel(), reach.high.ravel()
    low[layout.objective] = -np.inf
    return low, high


@dataclass(frozen=True, slots=True)
class _Kept:
    """Voltages that the controls can bring to a limit: low <= slope * controls <= high."""

    step: Index
    slope: FloatArray  # (rows, devices and shifts)
    low: FloatArray
    high: FloatArray


def _kept(
    flows: Flows, linear: Linear, *, at: FloatArray, spread: FloatArray, reach: Reach, watched: BoolArray
) -> _Kept:
    step, bus = (each.astype(np.int32) for each in np.nonzero(watched))
    slope = linear.rows(step, bus) @ spread
    slope[np.abs(slope) < SMALL_PU] = 0.0
    n = flows.n_devices
    base = linear.magnitude[step, bus] - (slope[:, :n] * at[step, :n]).sum(axis=1)
    low, high = flows.low_pu[bus] + MARGIN_PU - base, flows.high_pu[bus] - MARGIN_PU - base
    middle = (slope * (0.5 * (reach.low + reach.high))[step]).sum(axis=1)
    half = (np.abs(slope) * (0.5 * (reach.high - reach.low))[step]).sum(axis=1)
    binding = (middle + half > high) | (middle - half < low)
    return _Kept(step[binding], slope[binding], low[binding], high[binding])


def _voltages(rows: _Rows, layout: Layout, kept: _Kept) -> None:
    """low <= slope * controls - above + below <= high, in percent."""
    row, control = np.nonzero(kept.slope)
    each, one = np.arange(len(kept.low)), np.ones(len(kept.low))
    rows.add(
        kept.low / PERCENT,
        kept.high / PERCENT,
        (row, layout.control(kept.step[row], control), kept.slope[row, control] / PERCENT),
        (each, layout.above.start + each, -one),
        (each, layout.below.start + each, one),
    )


def _tangents(
    rows: _Rows, layout: Layout, tangents: list[Tangent], *, at: FloatArray, spread: FloatArray, scale: float
) -> None:
    """objective - gradient * (controls - where the tangent touches) >= value there, in mean steps."""
    shares = at.copy()
    shares[:, : layout.n_devices] = 0.0
    for each in tangents:
        gradient = each.gradient / scale
        value = each.value / scale + (gradient * (shares - each.at)).sum(axis=1)
        _from_below(rows, layout, value, gradient @ spread)


def _answers(rows: _Rows, layout: Layout, answers: list[Answer]) -> None:
    for each in answers:
        known = np.isfinite(each.value)
        slope = np.where(known[:, None], each.slope, 0.0)
        value = np.where(known, each.value, -np.inf) - (slope * each.at).sum(axis=1)
        _from_below(rows, layout, value, np.pad(slope, ((0, 0), (0, layout.n_controls - layout.n_devices))))


def _from_below(rows: _Rows, layout: Layout, value: FloatArray, gradient: FloatArray) -> None:
    every = np.arange(layout.n_steps)
    row, control = np.nonzero(np.abs(gradient) > 1e-9)
    rows.add(
        value,
        np.full(layout.n_steps, np.inf),
        (every, layout.objective.start + every, np.ones(layout.n_steps)),
        (row, layout.control(row, control), -gradient[row, control]),
    )


def _operations(rows: _Rows, layout: Layout, flows: Flows) -> None:
    """Each move is at least the change of position, and all moves of a device are within its number."""
    steps, devices = layout.n_steps, layout.n_devices
    step, device = (each.ravel() for each in np.indices((steps, devices)))
    here = layout.control(step, device)
    move = layout.moves.start + step * devices + device
    later = np.flatnonzero(step > 0)
    initial = np.concatenate([flows.problem.taps.initial, flows.problem.banks.initial]).astype(np.float64)
    begin = np.where(step == 0, initial[device], 0.0)
    each, one = np.arange(len(step)), np.ones(len(step))
    for way in (1.0, -1.0):  # move - way * (position - position before) >= 0
        rows.add(
            -way * begin,
            np.full(len(step), np.inf),
            (each, move, one),
            (each, here, -way * one),
            (later, here[later] - layout.n_controls, way * one[later]),
        )
    most = np.concatenate([flows.problem.taps.most_operations, flows.problem.banks.most_operations])
    rows.add(np.full(devices, -np.inf), most.astype(np.float64), (device, move, one))
