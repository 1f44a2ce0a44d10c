"""A field whose inverters act by themselves: volt-var and volt-watt, settled together with the tap changers."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.cases.case import GeneratorKind, NetworkCase
from gridops.simulator.plants import Plants
from gridops.simulator.regulation import NEXT_DELAY_S
from gridops.simulator.truth import TrueNetwork
from gridops.simulator.world import MOST_TAP_ROUNDS, World

FloatArray = np.ndarray
RENEWABLE = frozenset({GeneratorKind.PHOTOVOLTAIC, GeneratorKind.WIND})
ROUNDS, SETTLED, DAMPING = 80, 2e-3, 0.25
NEARLY = 0.02  # of the rating below what is free: the damping has not ended, nothing is held back


@dataclass(frozen=True)
class Curves:
    """Volt-var after IEEE 1547-2018 category B; volt-watt falls from all to nothing between two voltages.

    cap: of the rating, for good.
    """

    var_pu: tuple[float, ...] = (0.92, 0.98, 1.02, 1.08)
    var_share: tuple[float, ...] = (0.44, 0.0, 0.0, -0.44)
    watt_pu: tuple[float, float] = (1.06, 1.10)
    cap: float = 1.0


def grown(case: NetworkCase, factor: float) -> NetworkCase:
    """So many times the sun and wind at the same places."""
    more = [
        replace(unit, p_kw=factor * unit.p_kw, rated_s_kva=factor * unit.rated_s_kva)
        if unit.kind in RENEWABLE
        else unit
        for unit in case.generators
    ]
    return replace(case, generators=type(case.generators)(more))


class _Plants(Plants):
    """Remembers what each plant would give by itself."""

    def __init__(self, truth: TrueNetwork) -> None:
        super().__init__(truth)
        self.free_kw: FloatArray = np.zeros(truth.n_injections)

    def apply(self, free_kw: FloatArray, dt_s: float) -> FloatArray:
        self.free_kw = free_kw.copy()
        return super().apply(free_kw, dt_s)


class InverterField(World):
    """Plants of sun and wind follow both curves; batteries, which are inverters too, the one of reactive power."""

    def __init__(self, case: NetworkCase, seed: int, curves: Curves) -> None:
        super().__init__(case, seed)
        self.curves = curves
        self.plants: _Plants = _Plants(self.truth)
        every, renewable = np.arange(self.truth.n_injections), [unit.kind in RENEWABLE for unit in case.generators]
        self.renewable = every[self.truth.generators][np.array(renewable)]
        self.rating = self.truth.rated_kva[self.renewable]
        self.inverters = np.concatenate([self.renewable, every[self.truth.storages]])
        self.inverter_kva = self.truth.rated_kva[self.inverters]
        self.given_kw: FloatArray = np.zeros(len(self.renewable))
        self.given_kvar: FloatArray = np.zeros(len(self.inverters))

    @property
    def available_kw(self) -> FloatArray:
        return self.plants.free_kw[self.renewable]

    def _regulated(self, p_kw, q_kvar, dt_s):
        """Each inverter by the voltage at its own node, tap changers as long as the step allows, until all are calm."""
        here, both, free = self.renewable, self.inverters, p_kw[self.renewable].copy()
        node = self.truth.network.injection_node[both]
        p, q = p_kw, q_kvar
        p[here], q[both] = np.minimum(free, self.given_kw), self.given_kvar
        self.regulators.wait(self._solve(p, q).voltage_pu, dt_s)
        moves, waited = min(MOST_TAP_ROUNDS, max(1, int(dt_s / NEXT_DELAY_S))), False
        for _ in range(ROUNDS):
            grid = self._solve(p, q)
            wanted_p = self._by_voltage(free, grid.voltage_pu[node[: len(here)]])
            step_p = DAMPING * (wanted_p - p[here])
            step_q = DAMPING * (self.reactive(p[both], grid.voltage_pu[node]) - q[both])
            tap = self.regulators.steps(grid.voltage_pu, self.tap_position) if moves > 0 else self.tap_position
            is_calm = np.array_equal(tap, self.tap_position)
            settled = (np.abs(step_p) <= SETTLED * self.rating).all()
            if is_calm and settled and (np.abs(step_q) <= SETTLED * self.inverter_kva).all():
                if waited:
                    break
                self.regulators.wait(grid.voltage_pu, dt_s)  # what the inverters do now, the tap changers answer to
                waited = True
            moves -= not is_calm
            self.tap_position = tap
            p[here], q[both] = p[here] + step_p, q[both] + step_q
        p[here] = np.where(free - p[here] <= NEARLY * self.rating, np.fmax(p[here], wanted_p), p[here])
        self.given_kw, self.given_kvar = p[here].copy(), q[both].copy()
        return self._solve(p, q)

    def _by_voltage(self, free, voltage):
        """(plants,) kW by the curve of active power, under the cap that the plant's owner has set."""
        c = self.curves
        most = self.rating * np.minimum(np.interp(voltage, c.watt_pu, (1.0, 0.0)), c.cap)
        return np.minimum(free, most)

    def reactive(self, p, voltage):
        """(inverters,) kvar as ordered, else by the curve of reactive power; active power goes first."""
        c, rated = self.curves, self.inverter_kva
        ordered = self.plants.setpoint_kvar[self.inverters]
        wish = np.where(np.isnan(ordered), rated * np.interp(voltage, c.var_pu, c.var_share), ordered)
        room = np.sqrt(np.maximum(rated**2 - p**2, 0.0))
        return np.clip(wish, -room, room)
