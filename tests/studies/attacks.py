"""Forged readings of the simulated field, seeded: who attacks knows the network, not what looks for him.

Each kind takes a strength from 0 (the least that is counted) to 1, so that sizes are drawn evenly, or below 0 for what
is smaller. A stealth attack adds a = h(x + c) - h(x): the readings are those of another, possible state, so that no
test of physics can find anything. Load redistribution is the same with loads that are only moved, not changed in sum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from gridops.simulator.points import Column
from tests.studies.attack_world import FloatArray, IntArray, OtherState, Recording

LEAST_KW = 30.0  # meters of less are not worth an attack


class Kind(StrEnum):
    ONE_SCALED = "one power meter scaled"
    COORDINATED = "several power meters scaled"
    FREEZE = "frozen values"
    STEALTH = "stealth, a = h(x + c) - h(x)"
    REPLAY = "replay"
    DRIFT = "slow drift"
    VOLTAGE_BIAS = "voltage bias"
    REDISTRIBUTION = "load redistribution"


@dataclass(frozen=True)
class Attack:
    kind: Kind
    begin: int  # minute
    end: int
    points: IntArray  # positions among the recorded points
    size: float
    words: str


@dataclass(frozen=True)
class Wanted:
    kind: Kind
    begin: int
    minutes: int
    size: float


def forge(recording: Recording, values: FloatArray, wanted: Wanted, rng: np.random.Generator) -> Attack:
    """Changes `values` in place."""
    begin, end = wanted.begin, wanted.begin + wanted.minutes
    points, words = _KINDS[wanted.kind](_Place(recording, values, begin, end, rng), wanted.size)
    window = values[begin:end]
    step = recording.table.resolution[recording.points]
    window[:] = np.round(window / step) * step
    return Attack(wanted.kind, begin, end, np.asarray(points, np.int64), wanted.size, words)


@dataclass(frozen=True)
class _Place:
    recording: Recording
    values: FloatArray
    begin: int
    end: int
    rng: np.random.Generator

    @property
    def window(self) -> FloatArray:
        return self.values[self.begin : self.end]

    def powers(self, count: int) -> IntArray:
        """Meters of nodes that carry something, drawn."""
        of_nodes = self.recording.of(Column.NODE_P)
        load = np.nanmean(np.abs(self.window[:, of_nodes]), axis=0)
        good = of_nodes[np.isfinite(self.window[:, of_nodes]).all(axis=0) & (load > LEAST_KW)]
        return np.asarray(self.rng.choice(good, size=min(count, len(good)), replace=False))

    def sign(self) -> float:
        return float(self.rng.choice([-1.0, 1.0]))

    def reactive_of(self, points: IntArray) -> IntArray:
        table, here = self.recording.table, self.recording.points
        wanted = table.index[here[points]]
        return self.recording.of(Column.NODE_Q)[np.isin(table.index[here[self.recording.of(Column.NODE_Q)]], wanted)]


def _scaled(place: _Place, count: int, share: float) -> tuple[IntArray, str]:
    points = place.powers(count)
    both = np.concatenate([points, place.reactive_of(points)])
    place.window[:, both] *= 1 + share
    return both, f"{len(points)} meters {share:+.0%}"


def _one_scaled(place: _Place, size: float) -> tuple[IntArray, str]:
    return _scaled(place, 1, place.sign() * (0.2 + 0.4 * size))


def _coordinated(place: _Place, size: float) -> tuple[IntArray, str]:
    return _scaled(place, int(place.rng.integers(3, 9)), place.sign() * (0.15 + 0.25 * size))


def _frozen(place: _Place, size: float) -> tuple[IntArray, str]:
    points = place.powers(max(1, round(1 + 9 * size)))
    both = np.concatenate([points, place.reactive_of(points)])
    place.window[:] = np.where(np.isin(np.arange(place.values.shape[1]), both), place.window[0], place.window)
    return both, f"{len(points)} meters stand still"


def _drift(place: _Place, size: float) -> tuple[IntArray, str]:
    points = place.powers(int(place.rng.integers(1, 4)))
    share = place.sign() * (0.3 + 0.4 * size)
    place.window[:, points] *= 1 + share * np.linspace(0, 1, place.end - place.begin)[:, None]
    return points, f"{len(points)} meters, to {share:+.0%} at the end"


def _voltage_bias(place: _Place, size: float) -> tuple[IntArray, str]:
    of_nodes = place.recording.of(Column.NODE_VOLTAGE)
    good = of_nodes[np.isfinite(place.window[:, of_nodes]).all(axis=0)]
    points = np.asarray(place.rng.choice(good, size=int(place.rng.integers(1, 5)), replace=False))
    share = place.sign() * (0.008 + 0.022 * size)
    place.window[:, points] *= 1 + share
    return points, f"{len(points)} meters {share:+.1%}"


def _replay(place: _Place, size: float) -> tuple[IntArray, str]:
    """A part of the network shows what it showed some time ago: 6 to 48 h back."""
    table, here = place.recording.table, place.recording.points
    count = max(3, round((0.05 + 0.45 * size) * len(here)))
    first = int(place.rng.integers(0, len(here)))
    points = (first + np.arange(count)) % len(here)
    back = int(place.rng.integers(6 * 60, 48 * 60))
    place.window[:, points] = place.values[place.begin - back : place.end - back, points]
    return points, f"{count} of {len(here)} meters of {len(table)} points, {back / 60:.1f} h old"


def _other_state(place: _Place, changed: Callable[[int], tuple[FloatArray, FloatArray]]) -> IntArray:
    other = OtherState(place.recording)
    added = np.array([other.added(minute, *changed(minute)) for minute in range(place.begin, place.end)])
    place.window[:] += added
    return np.flatnonzero(np.abs(added).max(axis=0) > place.recording.table.sigma[place.recording.points])


def _injections_at(place: _Place, points: IntArray) -> npt.NDArray[np.bool_]:
    nodes = place.recording.table.index[place.recording.points[points]]
    return np.isin(place.recording.field.world.truth.network.injection_node, nodes)


def _stealth(place: _Place, size: float) -> tuple[IntArray, str]:
    chosen = place.powers(int(place.rng.integers(2, 7)))
    share = place.sign() * (0.2 + 0.4 * size)
    factor = np.where(_injections_at(place, chosen), 1 + share, 1.0)
    here = place.recording
    points = _other_state(place, lambda minute: (here.p_kw[minute] * factor, here.q_kvar[minute] * factor))
    return points, f"loads of {len(chosen)} nodes {share:+.0%} in all meters"


def _redistribution(place: _Place, size: float) -> tuple[IntArray, str]:
    chosen = place.powers(int(place.rng.integers(4, 11)))
    share = 0.2 + 0.3 * size
    half = len(chosen) // 2
    down, up = _injections_at(place, chosen[:half]), _injections_at(place, chosen[half:])
    here = place.recording

    def moved(minute: int) -> tuple[FloatArray, FloatArray]:
        p = here.p_kw[minute].astype(float)
        taken = share * p[down].sum()
        p[down] *= 1 - share
        p[up] += taken * np.abs(p[up]) / max(np.abs(p[up]).sum(), 1e-9)
        return p, here.q_kvar[minute].astype(float)

    points = _other_state(place, moved)
    return points, f"{share:.0%} of {half} nodes' load moved to {len(chosen) - half} others"


_KINDS: dict[Kind, Callable[[_Place, float], tuple[IntArray, str]]] = {
    Kind.ONE_SCALED: _one_scaled,
    Kind.COORDINATED: _coordinated,
    Kind.FREEZE: _frozen,
    Kind.STEALTH: _stealth,
    Kind.REPLAY: _replay,
    Kind.DRIFT: _drift,
    Kind.VOLTAGE_BIAS: _voltage_bias,
    Kind.REDISTRIBUTION: _redistribution,
}
