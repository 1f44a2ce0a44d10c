"""The search behind a plan: rounds of slopes, whole positions, reactive powers, and the full power flow as judge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Solved, solve
from gridops.engine.optimization.voltage.flows import Flows, Solution
from gridops.engine.optimization.voltage.grouping import group_room_kvar, grouped
from gridops.engine.optimization.voltage.linear import Linear, followed, linearised, objective_value
from gridops.engine.optimization.voltage.problem import Objective, SetPoints, VoltageProblem
from gridops.engine.optimization.voltage.program import (
    BEYOND,
    MARGIN_PU,
    OPERATION,
    Answer,
    Layout,
    Reach,
    Tangent,
    assembled,
)
from gridops.engine.optimization.voltage.tracks import track
from gridops.engine.optimization.voltage.tuning import EASE, NO_LIMITS, Limits, Model, Tuned, tuned

MOST_ROUNDS = 10
WATCHED_EACH = 2  # highest and lowest buses of each zone and step that the program of all positions has in any case
WATCHED_MORE = 5  # most that it gets more of a step and zone because they are beyond a limit
ENOUGH = 1e-3  # gain of a round, in parts of the objective, below which the search ends
MIP_GAP = 2e-3
MOST_TOGETHER = 150
TRACKED_IN = (1, 2, 4, 6)  # rounds in which many devices get new positions; in the others they are tuned around
LAST_KEPT = 4  # tangents and answers
STALE_PU = 1e-3  # by which slopes may miss a voltage before they are taken anew
FIRST_REACH = 0.5
LEAST_REACH = 0.05
MOST_CLEARED, WIDE_MARGIN_PU, EACH = 4, 1e-3, 0.05  # rounds, margin and price of each voltage, in mean steps
SHORT, FEW, MOST_POLISHED = 2, 3, 8  # steps and devices that are polished, and rounds of it


@dataclass(frozen=True, slots=True)
class Best:
    at: FloatArray  # (T, controls)
    chosen: SetPoints
    solution: Solution
    merit: float


class Planner:
    """The search for one problem. `plan` is the way in."""

    def __init__(self, problem: VoltageProblem, *, most_groups: int, seconds: float) -> None:
        self.problem, self.flows = problem, Flows(problem)
        self.groups = grouped(self.flows, most=most_groups)
        self.room = problem.reactive_room_kvar
        self.n_devices = self.flows.n_devices
        self.seconds, self.solver_seconds, self.rounds = seconds, 0.0, 0
        self.scale, self.margin_pu, self.count_price = 1.0, MARGIN_PU, 0.0
        self.tangents: list[Tangent] = []
        self.answers: list[Answer] = []
        self.limits: tuple[Limits, ...] = (NO_LIMITS,) * problem.n_steps  # that bound when last looked at
        self.watched = np.zeros((problem.n_steps, self.flows.compiled.n_buses), np.bool_)
        self.low, self.high = self._range()
        nothing_else = not self.groups.n_groups or problem.objective is Objective.VIOLATIONS
        self.together = nothing_else and self.n_devices * problem.n_steps <= MOST_TOGETHER

    def controls(self, chosen: SetPoints) -> FloatArray:
        """(T, controls) nearest to these set-points."""
        room = group_room_kvar(self.groups, self.room)
        given = group_room_kvar(self.groups, chosen.q_kvar)
        share = np.divide(given, room, out=np.zeros_like(room), where=room > 1e-6)
        return np.asarray(np.clip(np.hstack([chosen.tap, chosen.bank, share]), self.low, self.high), np.float64)

    def set_points(self, at: FloatArray) -> SetPoints:
        taps = self.problem.taps.n_controls
        group = self.groups.group_of_inverter
        share = np.where(group >= 0, at[:, self.n_devices + np.maximum(group, 0)], 0.0) if len(group) else self.room
        return SetPoints(
            tap=np.rint(at[:, :taps]).astype(np.int32),
            bank=np.rint(at[:, taps : self.n_devices]).astype(np.int32),
            q_kvar=share * self.room,
        )

    def best_of(self, at: FloatArray) -> Best:
        chosen = self.set_points(at)
        solution = self.flows.solve(chosen)
        return Best(at, chosen, solution, self.merit(chosen, solution))

    def begun(self, untouched: SetPoints) -> Best:
        """Where the search starts: the controls as they stand, or without reactive power if that has no solution."""
        best = self.best_of(self.controls(untouched))
        if np.isfinite(best.merit):
            return best
        return self.best_of(self.controls(replace(untouched, q_kvar=np.zeros_like(untouched.q_kvar))))

    def improved(self, best: Best) -> tuple[Best, Linear]:
        """The best confirmed horizon that the rounds lead to, and the slopes about it."""
        linear, reach = self.linear(best), FIRST_REACH
        while self.rounds < MOST_ROUNDS and reach >= LEAST_REACH:
            self.rounds += 1
            trial = self.best_of(self.tuned(best, linear, self.moved(best, linear, reach), reach))
            if not np.isfinite(trial.merit):
                reach /= 4
                continue
            gain = best.merit - trial.merit
            if gain > 0 or self.together:  # a program of all positions learns from what was worse, too
                at_trial = self.linear(trial, linear, best)
            if gain > 0:
                best, linear = trial, at_trial
            if gain < ENOUGH * self.problem.n_steps:
                reach /= 2
        return best, linear

    def cleared(self, best: Best, linear: Linear) -> tuple[Best, Linear]:
        """Voltages that are left just beyond a limit are brought inside: with more margin, and each one counted."""
        self.margin_pu, self.count_price = WIDE_MARGIN_PU, EACH
        best = replace(best, merit=self.merit(best.chosen, best.solution))
        for number in range(MOST_CLEARED):
            reach = FIRST_REACH / 2**number
            at = best.at if number % 2 else self.moved(best, linear, reach)
            trial = self.best_of(self.tuned(best, linear, at, reach))
            self.rounds += 1
            if not np.isfinite(trial.merit):
                continue
            if trial.merit < best.merit:
                best, linear = trial, self.linear(trial, linear, best)
            if not self.flows.excess_pu(best.solution).any():
                break
        return best, linear

    def polished(self, best: Best) -> Best:
        """Of a short horizon: single positions moved by one, as long as that is better."""
        if len(best.at) > SHORT:
            return best
        for _ in range(MOST_POLISHED):
            tried = [self.best_of(at) for at in self._neighbours(best.at)]
            leader = min(tried, key=lambda each: each.merit, default=best)
            if leader.merit >= best.merit:
                break
            best = leader
        return best

    def _neighbours(self, at: FloatArray) -> Iterator[FloatArray]:
        """Every mixture of moves by one where there are few devices, else one device at a time."""
        n = self.n_devices
        most = np.concatenate([self.problem.taps.most_operations, self.problem.banks.most_operations])
        ways = np.array(list(product((-1, 0, 1), repeat=n))) if n <= FEW else np.vstack([np.eye(n), -np.eye(n)])
        for step, way in product(range(len(at)), ways):
            near = at.copy()
            near[step, :n] = np.clip(near[step, :n] + way, self.low[:n], self.high[:n])
            moves = np.concatenate(self.set_points(near).operations(self.problem))
            if (moves <= most).all() and (near != at).any():
                yield near

    def moved(self, best: Best, linear: Linear, reach: float) -> FloatArray:
        """Controls with new whole positions: near the relaxed ones, or by the program of the whole horizon."""
        if not self.n_devices:
            return best.at
        if not self.together and self.rounds not in TRACKED_IN:
            return best.at
        if not self.together or self.rounds == 1:
            return self._tracked(best, linear, reach)
        program, layout = assembled(
            self.flows,
            linear=linear,
            at=best.at,
            watched=self.watched,
            zone_of_group=self.groups.zone_of_group,
            tangents=self.tangents[-LAST_KEPT:],
            answers=self.answers[-LAST_KEPT:],
            reach=self._device_reach(best.at, reach),
            scale=self.scale,
        )
        solved = solve(program, seconds=self.seconds, gap=MIP_GAP)
        self.solver_seconds += solved.seconds
        if not solved.ok:
            return self._tracked(best, linear, reach)
        return self._controls_of(best.at, solved, layout)

    def _tracked(self, best: Best, linear: Linear, reach: float) -> FloatArray:
        """Every device near what single steps would like if positions were not whole and operations cost nothing."""
        bounds = self.anywhere if self.rounds == 1 else self.within(best.at, reach)
        found = self.relaxed(best, linear, self.margin_pu, reach=bounds)
        at, problem = best.at.copy(), self.problem
        initial = np.concatenate([problem.taps.initial, problem.banks.initial])
        most = np.concatenate([problem.taps.most_operations, problem.banks.most_operations])
        for device in range(self.n_devices):
            at[:, device] = track(
                found.at[:, device],
                initial=int(initial[device]),
                most_operations=int(most[device]),
                low=self.low[device],
                high=self.high[device],
            )
        return at

    def relaxed(
        self, best: Best, linear: Linear, margin_pu: float, *, reach: Reach, eases: Sequence[float | None] = EASE
    ) -> Tuned:
        """All controls of every step free within reach, without whole positions."""
        found = tuned(self._model(best, linear, margin_pu), at=best.at, reach=reach, known=self.limits, eases=eases)
        self.solver_seconds += found.seconds
        return found

    def tuned(self, best: Best, linear: Linear, at: FloatArray, reach: float) -> FloatArray:
        """The best reactive powers for these positions."""
        if not self.groups.n_groups:
            return at
        bounds, devices = self.within(best.at, min(1.0, 2 * reach)), slice(0, self.n_devices)
        bounds.low[:, devices] = bounds.high[:, devices] = at[:, devices]
        found = tuned(self._model(best, linear, self.margin_pu), at=at, reach=bounds, known=self.limits)
        self.solver_seconds += found.seconds
        self.limits = found.limits
        self.answers.append(Answer(at[:, devices], found.value, found.slope[:, devices]))
        return found.at

    def _model(self, best: Best, linear: Linear, margin_pu: float) -> Model:
        return Model(self.flows, linear, self.groups.zone_of_bus, best.at, self.scale, margin_pu)

    def _controls_of(self, at: FloatArray, solved: Solved, layout: Layout) -> FloatArray:
        found, n = at.copy(), self.n_devices
        values = solved.x[layout.controls].reshape(layout.n_steps, layout.n_controls)
        found[:, :n] = np.rint(values[:, :n])
        if self.groups.n_groups:
            found[:, n:] += values[:, n:][:, self.groups.zone_of_group]
        return np.clip(found, self.low, self.high)

    def merit(self, chosen: SetPoints, solution: Solution) -> float:
        """Small is good: what is beyond limits, the objective, the operations; in mean steps' objective."""
        if not solution.solved.all():
            return float("inf")
        excess = self.flows.excess_pu(solution)
        beyond = float(excess.sum()) + self.count_price / BEYOND * float((excess > 0).sum())
        moves = sum(int(each.sum()) for each in chosen.operations(self.problem))
        return BEYOND * beyond + float(objective_value(self.flows, solution).sum()) / self.scale + OPERATION * moves

    def _watch(self, solution: Solution) -> None:
        """The extreme buses of each zone at each step and those beyond a limit, beside all that were watched before."""
        magnitude = solution.magnitude
        rooms = (self.flows.high_pu - magnitude, magnitude - self.flows.low_pu)
        for zone in range(self.groups.n_zones):
            buses = np.flatnonzero(self.groups.zone_of_bus == zone)
            for room in rooms:
                near = np.argsort(room[:, buses], axis=1)[:, :WATCHED_MORE]
                worst = np.take_along_axis(room[:, buses], near, axis=1)
                keep = (worst < self.margin_pu) | (np.arange(near.shape[1]) < WATCHED_EACH)
                row, column = np.nonzero(keep)
                self.watched[row, buses[near[row, column]]] = True

    def linear(self, best: Best, near: Linear | None = None, about: Best | None = None) -> Linear:
        """About a horizon; with the slopes of one near it as long as they tell its voltages."""
        if near is not None and about is not None and self._misses_pu(best, near, about) <= STALE_PU:
            linear = followed(self.flows, self.groups, best.chosen, best.solution, near)
        else:
            bends = None if near is None else near.curvature
            linear = linearised(self.flows, self.groups, best.chosen, best.solution, curvature=bends)
        if self.together:
            self.tangents.append(Tangent(best.at, linear.value, linear.gradient))
            self._watch(best.solution)
        return linear

    def _misses_pu(self, best: Best, near: Linear, about: Best) -> float:
        told = [near.moved(step, best.at[step] - about.at[step]) for step in range(len(best.at))]
        return float(np.abs(best.solution.magnitude - told).max())

    @property
    def anywhere(self) -> Reach:
        steps = self.problem.n_steps
        return Reach(np.tile(self.low, (steps, 1)), np.tile(self.high, (steps, 1)))

    def within(self, at: FloatArray, share: float) -> Reach:
        far = np.maximum(share * (self.high - self.low), np.where(np.arange(at.shape[1]) < self.n_devices, 1.0, 0.0))
        return Reach(np.maximum(self.low, at - far), np.minimum(self.high, at + far))

    def _device_reach(self, at: FloatArray, share: float) -> Reach:
        """Of devices and of the zones' shifts."""
        bounds, n = self.within(at, share), self.n_devices
        shifts = np.full((len(at), int(self.groups.zone_of_group.max(initial=-1)) + 1), share)
        return Reach(np.hstack([bounds.low[:, :n], -shifts]), np.hstack([bounds.high[:, :n], shifts]))

    def _range(self) -> tuple[FloatArray, FloatArray]:
        low, high = self.problem.tap_range()
        banks, groups = self.problem.banks.most_steps, np.ones(self.groups.n_groups)
        return (
            np.concatenate([low, np.zeros(len(banks)), -groups]).astype(np.float64),
            np.concatenate([high, banks, groups]).astype(np.float64),
        )
