"""What is watched on a solved state, in one fixed order, and how each finding is put into words."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.alarms.choices import Condition, Priority
from apps.assets.adapters import AssembledNetwork, Named
from apps.state.adapters import Solved, Watch
from apps.state.choices import Supply
from apps.state.selectors.places import Places
from apps.state.services.judgement import Finding, Subject

FloatArray = npt.NDArray[np.float64]

STALE_SHARE_LIMIT = 0.05


@dataclass(frozen=True, slots=True)
class _Rule:
    condition: Condition
    priority: Priority
    deadband: float
    on_delay_s: float
    off_delay_s: float


_LOW = _Rule(Condition.VOLTAGE_LOW, Priority.HIGH, 0.003, 4, 10)
_HIGH = _Rule(Condition.VOLTAGE_HIGH, Priority.HIGH, 0.003, 4, 10)
_OVERLOAD = _Rule(Condition.OVERLOAD, Priority.HIGH, 0.03, 6, 15)
_NO_SUPPLY = _Rule(Condition.LOSS_OF_SUPPLY, Priority.CRITICAL, 0, 0, 0)
# A start and an interrogation take a while; that is no news.
_STALE = _Rule(Condition.POINTS_STALE, Priority.MEDIUM, 0.01, 30, 10)
_FAILED = _Rule(Condition.ESTIMATION_FAILED, Priority.HIGH, 0, 10, 4)


class Subjects:
    """Order: voltage low, voltage high and supply of every group; lines; transformers; stale points; estimation."""

    def __init__(self, network: AssembledNetwork, places: Places) -> None:
        self._network = network
        self._groups = groups = places.groups
        self._group_of_node = places.group_of_node
        self._places = places
        self._low_pu, self._high_pu = (
            pu[: network.n_display_nodes] for pu in (network.node.low_pu, network.node.high_pu)
        )
        self._customers = network.node.customers[: network.n_display_nodes]
        blocks = [
            *((rule, [group.source for group in groups]) for rule in (_LOW, _HIGH, _NO_SUPPLY)),
            (_OVERLOAD, list(network.lines.mrid)),
            (_OVERLOAD, list(network.transformers.mrid)),
            (_STALE, ["telemetry"]),
            (_FAILED, ["estimation"]),
        ]
        self.all = [Subject(source, rule.condition, rule.priority) for rule, sources in blocks for source in sources]
        self._starts = np.cumsum([0, *(len(sources) for _, sources in blocks)])
        counts = [len(sources) for _, sources in blocks]
        self.watch = Watch(
            *(
                np.repeat([float(getattr(rule, name)) for rule, _ in blocks], counts)
                for name in ("deadband", "on_delay_s", "off_delay_s")
            )
        )

    def excess(self, solved: Solved, *, stale_share: float) -> FloatArray:
        """How far each subject is beyond its limit; nan where that is not known now."""
        voltage = solved.node_voltage_pu
        low, high = self._worst(self._low_pu - voltage), self._worst(voltage - self._high_pu)
        known = (
            low,
            high,
            self._customers_dead(solved) - 0.5,
            solved.line_loading - 1.0,
            solved.transformer_loading - 1.0,
        )
        parts = [
            *(values if solved.is_solved else np.full(len(values), np.nan) for values in known),
            np.array([stale_share - STALE_SHARE_LIMIT]),
            np.array([-1.0 if solved.is_solved else 1.0]),
        ]
        return np.concatenate(parts)

    def _worst(self, excess: FloatArray) -> FloatArray:
        worst = np.full(len(self._groups), np.nan)
        known = np.isfinite(excess)
        np.fmax.at(worst, self._group_of_node[known], excess[known])
        return worst

    def _customers_dead(self, solved: Solved) -> FloatArray:
        dead = np.where(solved.node_is_dead, self._customers, 0)
        count = np.bincount(self._group_of_node, dead, len(self._groups)).astype(np.float64)
        count[self._group_of_node[solved.node_supply == Supply.UNKNOWN]] = np.nan
        return count

    def finding(self, which: int, solved: Solved, *, stale_share: float) -> Finding:
        block = int(np.searchsorted(self._starts, which, side="right")) - 1
        place = which - int(self._starts[block])
        lines, transformers = self._network.lines, self._network.transformers
        words: list[Callable[[], Finding]] = [
            lambda: self._voltage(place, solved, self._low_pu, is_low=True),
            lambda: self._voltage(place, solved, self._high_pu, is_low=False),
            lambda: self._no_supply(place, solved),
            lambda: _overload(lines, place, solved.line_loading, self._places.line_path[place]),
            lambda: _overload(transformers, place, solved.transformer_loading, self._places.transformer_path[place]),
            lambda: _stale(stale_share),
            lambda: _failed(solved.reason),
        ]
        return words[block]()

    def _voltage(self, group: int, solved: Solved, limit_pu: FloatArray, *, is_low: bool) -> Finding:
        sign = -1.0 if is_low else 1.0
        excess = np.where(self._group_of_node == group, sign * (solved.node_voltage_pu - limit_pu), np.nan)
        worst, count = int(np.nanargmax(excess)), int((excess > 0).sum())
        value, limit = float(solved.node_voltage_pu[worst]), float(limit_pu[worst])
        name, place = self._network.nodes.name[worst], self._groups[group]
        word = "low" if is_low else "high"
        message = f"Voltage {word} at {count} nodes of {place.name}, worst {value:.3f} pu at {name}"
        return Finding(value, limit, "pu", UUID(self._network.nodes.mrid[worst]), name, place.path, message)

    def _no_supply(self, group: int, solved: Solved) -> Finding:
        dead = np.flatnonzero((self._group_of_node == group) & solved.node_is_dead)
        customers = int(self._customers[dead].sum())
        place = self._groups[group]
        message = f"{customers} customers at {len(dead)} nodes of {place.name} are without supply"
        return Finding(
            customers, 0, "customers", UUID(self._network.nodes.mrid[dead[0]]), place.name, place.path, message
        )


def _overload(elements: Named, place: int, loading: FloatArray, path: str) -> Finding:
    percent, name = 100 * float(loading[place]), elements.name[place]
    message = f"{name} carries {percent:.0f} % of its rating"
    return Finding(percent, 100.0, "%", UUID(elements.mrid[place]), name, path, message)


def _stale(share: float) -> Finding:
    message = f"{share:.0%} of the measurements are stale; the state leans on what is left"
    return Finding(100 * share, 100 * STALE_SHARE_LIMIT, "%", None, "Telemetry", "", message)


def _failed(reason: str) -> Finding:
    return Finding(0, 0, "", None, "State estimation", "", f"The grid's state is not known: {reason}")
