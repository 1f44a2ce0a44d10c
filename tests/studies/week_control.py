"""The arm of GridOps in the seeded week: its own functions on what is known, every ten minutes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork, case_network
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.envelopes import Bounds
from gridops.engine.optimization.least_held import Limits, Units, beyond, least_held
from gridops.engine.optimization.point import Points, Setting
from gridops.engine.optimization.set_points import Chosen, Expected, Offset, set_points
from gridops.simulator.plants import ONE_WAY_EFFICIENCY
from gridops.simulator.state import TrueState
from tests.studies.week_field import InverterField
from tests.studies.week_known import STEP_S, STEPS_A_DAY, Known
from tests.studies.week_storing import Hour, Stores, absorbing
from tests.studies.week_ways import exchanges

STEP_H = STEP_S / 3600.0
HOURS, STEPS_AN_HOUR = 24, STEPS_A_DAY // 24
PLANNED_EVERY = 6 * STEPS_AN_HOUR
SWITCHED_EVERY, WORTH_SWITCHING, TRIED = 2 * STEPS_AN_HOUR, 400.0, 6  # kW held back; exchanges searched to the end
LOW, HIGH, LEFT, WEAR = 0.25, 0.5, 0.35, 0.05  # of the price of a kWh held back: what stored energy is worth
LEVEL = 0.97  # of the surprises known, that a limit is kept in
MOST_SHARE = 0.44  # of the rating, as reactive power: IEEE 1547-2018 category B
CURTAIL, OTHERWISE = 1.0, 0.4  # price of a kW held back, and of a battery beside its plan
NOISE_PU, NOISE_LOADING = 0.001, 0.003  # of what is measured
FOLLOWED = 0.25  # of what the model is found off by, each step
ORDER_KW = 1.0
SPARE_PU = 0.0015  # for what is measured not quite right
MOVES_EVERY = 3  # steps between two looks at other positions of the taps, where no limit asks for one
PUSHED = 0.3  # of what a move of the taps makes, that the target lies beyond: the deadband must not swallow the move
EASED = 0.95  # of the reactive power ordered last, from which the next search begins


class GridOps:
    def __init__(self, field: InverterField, known: Known) -> None:
        self.field, self.known = field, known
        self.here: CaseNetwork = case_network(field.case)  # the records, not the truth
        self.closed = self.here.switch_closed.copy()
        self.bounds = Bounds(self.here.low_pu + SPARE_PU, self.here.high_pu - SPARE_PU)
        every = np.arange(field.truth.n_injections)
        self.batteries = every[field.truth.storages]
        self.noise = np.random.default_rng(7)
        self.offset: Offset | None = None
        self.q = np.zeros(field.truth.n_injections)
        self.step, self.is_short = 0, False
        self.moves: list[tuple[int, int, int]] = []
        self._points: dict[int, Points] = {}
        self.plan = np.zeros((HOURS, len(self.batteries)))
        self.switched = -SWITCHED_EVERY

    def act(self, state: TrueState | None) -> None:
        if state is not None:
            self._compare(state)
        if self.step % PLANNED_EVERY == 0:
            self.plan = self._planned()
        expected = self._expected()
        units = self._units(expected.p_kw, self.plan[self.step % PLANNED_EVERY // STEPS_AN_HOUR])
        tap = int(self.field.tap_position[0])
        lowest, highest = (int(ends[0]) for ends in self._tap_range())
        near = [tap]
        if self.step % MOVES_EVERY == 0 or self.is_short:
            near = [each for each in (tap, tap + 1, tap - 1) if lowest <= each <= highest]
        chosen = set_points({each: self.points(each) for each in near}, units, self.bounds, expected, self.offset)
        if chosen is not None and chosen.held.lost > WORTH_SWITCHING and self.step >= self.switched + SWITCHED_EVERY:
            self.switched = self.step
            if self._switched(chosen, units, expected):
                chosen = set_points({chosen.tap: self.points(chosen.tap)}, units, self.bounds, expected) or chosen
        self._order(chosen, units)
        self.step += 1

    def _switched(self, chosen: Chosen, units: Units, expected: Expected) -> bool:
        """Takes the exchange of switches that saves most now, if it is worth it."""
        p, q = expected.p_kw.copy(), expected.q_kvar.copy()
        q[units.injection] = chosen.held.q_kvar
        here, tried = self.here, []
        for pair in exchanges(here.network, self.closed, here.switch_under_load):
            points = self._after(pair, chosen.tap)
            point = points.at(p, q)
            if point is not None:
                tried.append(
                    (beyond(point, Limits.of(point, self.bounds)), pair, points, Limits.of(point, self.bounds))
                )
        tried.sort(key=lambda each: each[0])
        best, saved = None, WORTH_SWITCHING / 2
        for _, pair, points, limits in tried[:TRIED]:
            found = least_held(points, units, limits, p_kw=p, q_kvar=q)
            gain = chosen.held.whole - found.whole if found else 0.0
            if gain > saved:
                best, saved = pair, gain
        if best is None:
            return False
        for switch, closed in zip(best, (True, False), strict=True):
            self.closed[switch] = closed
            self.field.move_switch(switch, closed, 0)
        self._points, self.offset = {}, None
        self.moves.append((self.step, *best))
        return True

    def _after(self, pair: tuple[int, int], tap: int) -> Points:
        closed = self.closed.copy()
        closed[pair[0]], closed[pair[1]] = True, False
        return self._made(closed, tap)

    def _made(self, closed: np.ndarray, tap: int) -> Points:
        taps = np.full(len(self.here.tap_position), tap, np.int32)
        topology = resolve(self.here.network, closed)
        return Points(Setting(self.here.network, topology, taps, self.here.source_voltage_pu))

    def _planned(self) -> np.ndarray:
        """(hours, batteries) kW: what makes the least held back in the hours ahead, then what they are worth."""
        ahead = self.known.ahead(HOURS * STEPS_AN_HOUR).reshape(HOURS, STEPS_AN_HOUR, -1).mean(axis=1)
        ahead[:, self.batteries] = 0.0
        points, hours = self.points(int(self.field.tap_position[0])), []
        for p in ahead:
            q, units = self._reactive(p), self._units(p, 0.0 * p[self.batteries])
            units = replace(units, low_kw=np.where(units.is_led, 0.0, units.low_kw))
            units = replace(units, high_kw=np.where(units.is_led, 0.0, units.high_kw))
            point = points.at(p, q)
            if point is None:
                return np.zeros((HOURS, len(self.batteries)))
            limits = Limits.of(point, self.bounds)
            held = least_held(points, units, limits, p_kw=p, q_kvar=q)
            assert held is not None
            hours.append(Hour(held, units, limits))
        truth, net = self.field.truth, -ahead.sum(axis=1)
        worth = LOW + (HIGH - LOW) * (net - net.min()) / max(float(np.ptp(net)), 1e-9)
        stores = Stores(
            self.batteries, truth.rated_kva[self.batteries], truth.capacity_kwh[self.batteries],
            self.field.plants.stored_kwh[self.batteries], ONE_WAY_EFFICIENCY, WEAR,
        )  # fmt: skip
        return absorbing(hours, stores, worth=worth, left=LEFT, step_h=1.0)

    def points(self, tap: int) -> Points:
        """The records with all taps at one position; what was made once is kept."""
        if tap not in self._points:
            self._points[tap] = self._made(self.closed, tap)
        return self._points[tap]

    def _tap_range(self) -> Sequence[np.ndarray]:
        transformers = self.here.network.transformers
        return transformers.tap_min, transformers.tap_max

    def _expected(self) -> Expected:
        p = self.known.ahead(1)[0]
        p[self.batteries] = 0.0
        surprise = self.known.surprises(p)
        surprise[:, self.batteries] = 0.0
        return Expected(p, self._reactive(p), surprise, LEVEL)

    def _reactive(self, p: np.ndarray) -> np.ndarray:
        """Loads by their power factors, inverters as they were ordered last."""
        ratio = np.divide(self.here.q_kvar, self.here.p_kw, out=np.zeros_like(p), where=np.abs(self.here.p_kw) > 0)
        q = np.where(np.arange(len(p)) < len(self.here.case.loads), ratio * p, 0.0)
        q[self.field.inverters] = EASED * self.q[self.field.inverters]
        return q

    def _units(self, p: np.ndarray, planned: np.ndarray) -> Units:
        field, plants, truth = self.field, self.field.renewable, self.field.truth
        rated, stored = truth.rated_kva[self.batteries], field.plants.stored_kwh[self.batteries]
        give = np.minimum(rated, stored * ONE_WAY_EFFICIENCY / STEP_H)
        take = np.minimum(rated, (truth.capacity_kwh[self.batteries] - stored) / (ONE_WAY_EFFICIENCY * STEP_H))
        planned = np.clip(planned, -take, give)
        both = field.inverters
        return Units(
            injection=both.astype(np.int32),
            low_kw=np.concatenate([np.zeros(len(plants)), -take]),
            high_kw=np.concatenate([p[plants], give]),
            wanted_kw=np.concatenate([p[plants], planned]),
            price=np.repeat([CURTAIL, OTHERWISE], [len(plants), len(self.batteries)]),
            rated_s_kva=field.inverter_kva,
            most_kvar=MOST_SHARE * field.inverter_kva,
            is_led=np.repeat([False, True], [len(plants), len(self.batteries)]),
        )

    def _order(self, chosen: Chosen | None, units: Units) -> None:
        plants = self.field.plants
        plants.setpoint_kw[self.field.renewable] = np.nan
        if chosen is None:
            plants.setpoint_kvar[:] = np.nan
            return
        self.is_short = chosen.held.beyond > 0
        p, q = chosen.held.p_kw, chosen.held.q_kvar
        is_order = units.is_led | (p < units.wanted_kw - ORDER_KW)
        plants.setpoint_kw[units.injection] = np.where(is_order, p, np.nan)
        plants.setpoint_kvar[units.injection] = self.q[units.injection] = q
        transformers, moved = self.here.network.transformers, chosen.tap - int(self.field.tap_position[0])
        by = np.where(transformers.tap_on_high_side, -moved, moved) * transformers.tap_step_percent / 100.0
        found = chosen.held.point.result.voltage_pu[transformers.low_node]
        self.field.regulators.target_pu[:] = found + PUSHED * by

    def _compare(self, state: TrueState) -> None:
        """What was measured beside what the model says of the same injections."""
        found = self.points(int(state.tap_position[0])).result(state.p_kw, state.q_kvar)
        if not found.converged:
            return
        grid, n = state.grid, self.here.network.n_nodes
        volts = grid.voltage_pu[:n] + NOISE_PU * self.noise.standard_normal(n) - found.voltage_pu
        loads = np.concatenate([grid.line_loading, grid.transformer_loading])
        loads = loads + NOISE_LOADING * self.noise.standard_normal(len(loads))
        loads = loads - np.concatenate([found.line_loading, found.transformer_loading])
        if self.offset is not None:
            volts = self.offset.voltage_pu + FOLLOWED * (volts - self.offset.voltage_pu)
            loads = self.offset.loading + FOLLOWED * (loads - self.offset.loading)
        self.offset = Offset(np.nan_to_num(volts), np.nan_to_num(loads))
