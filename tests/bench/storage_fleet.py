"""Batteries on feeders as a city may have them, and the same feeder as bare arrays for HiGHS."""

import highspy
import numpy as np
from scipy.sparse import csr_array

from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.fleet import Feeder
from gridops.engine.optimization.storage.site import Site

STEPS, STEP_H = 96, 0.25
A_FEEDER = 50
RETAIL = 0.12  # on the spot price, for what is bought


def spot(chance: np.random.Generator) -> np.ndarray:
    hour = np.arange(STEPS) * STEP_H
    shape = 0.08 + 0.03 * np.sin((hour - 9) / 24 * 4 * np.pi) - 0.03 * np.exp(-((hour - 13) ** 2) / 8)
    return shape + 0.005 * chance.normal(size=STEPS)


def batteries(count: int, chance: np.random.Generator) -> Batteries:
    energy = chance.uniform(5, 15, count)
    start = chance.uniform(0.3, 0.7, count)
    return Batteries.of(
        power_kw=energy * chance.uniform(0.3, 0.6, count),
        energy_kwh=energy,
        one_way=chance.uniform(0.92, 0.97, count),
        window=(0.1, 1.0),
        initial=start,
        wear_charge=0.01,
        wear_discharge=0.01,
    )


def feeder(number: int, count: int = A_FEEDER) -> Feeder:
    """Of 50 homes with half as many batteries' power of sun; limits and peaks bind."""
    chance = np.random.default_rng(number)
    hour = np.arange(STEPS) * STEP_H
    load = count * (0.6 + 0.5 * np.exp(-((hour - 19) ** 2) / 6) + 0.3 * np.exp(-((hour - 8) ** 2) / 4))
    sun = count * chance.uniform(1.0, 2.0) * np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi)) ** 1.5
    price = spot(np.random.default_rng(99))
    site = Site.of(
        step_h=STEP_H,
        buy=price + RETAIL,
        sell=price,
        load_kw=load * chance.uniform(0.9, 1.1, STEPS),
        sun_kw=sun * chance.uniform(0.8, 1.0, STEPS),
        import_kw=1.6 * count,
        export_kw=0.9 * count,
        peak_charge=0.5,
    )
    return Feeder(f"feeder {number}", batteries(count, chance), site)


def lone(number: int) -> Feeder:
    """One battery at the spot price."""
    chance = np.random.default_rng(number)
    return Feeder(f"battery {number}", batteries(1, chance), Site.of(step_h=STEP_H, buy=spot(chance)))


class Bare:
    """The same linear program, handed to HiGHS as arrays without anything of ours."""

    def __init__(self, one: Feeder) -> None:
        self._b, self._s = one.batteries, one.site

    def solve(self) -> tuple[float, np.ndarray]:
        """Cost and the values of all variables."""
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.passModel(self._lp())
        highs.run()
        return highs.getInfo().objective_function_value, np.asarray(highs.getSolution().col_value)

    def _lp(self) -> highspy.HighsLp:
        b, s, n = self._b, self._s, self._b.count
        size, step = n * STEPS, np.arange(STEPS)
        at = np.arange(size).reshape(n, STEPS)
        charge, discharge, energy = at, size + at, 2 * size + at
        ones = np.ones((n, STEPS))
        row = [at, at, at, at[:, 1:]]
        column = [charge, discharge, energy, energy[:, :-1]]
        value = [
            -STEP_H * b.charge_efficiency[:, None] * ones,
            STEP_H / b.discharge_efficiency[:, None] * ones,
            ones,
            -ones[:, 1:],
        ]
        start, low, high = (
            np.zeros((n, STEPS)),
            *(np.repeat(each[:, None], STEPS, 1) for each in (b.least_kwh, b.most_kwh)),
        )
        start[:, 0], low[:, -1], high[:, -1] = b.initial_kwh, b.final_low_kwh, b.final_high_kwh
        price = np.tile(s.buy * STEP_H, n) if s.is_bare else 0.0
        cost = [np.repeat(b.wear_charge, STEPS) * STEP_H + price, np.repeat(b.wear_discharge, STEPS) * STEP_H - price]
        cost.append(np.zeros(size))
        lower = [np.zeros(2 * size), low.ravel()]
        upper = [np.repeat(b.charge_kw, STEPS), np.repeat(b.discharge_kw, STEPS), high.ravel()]
        row_low, row_high = [start.ravel()], [start.ravel()]
        if not s.is_bare:
            bought, sold, sun, peak = (3 * size + k * STEPS + step for k in range(4))
            meter, highest = size + step, size + STEPS + step
            row += [np.tile(meter, (n, 1)), np.tile(meter, (n, 1)), meter, meter, meter, highest, highest]
            column += [charge, discharge, bought, sold, sun, bought, np.full(STEPS, peak[0])]
            value += [-ones, ones, *(np.full(STEPS, sign) for sign in (1.0, -1.0, 1.0, 1.0, -1.0))]
            cost += [s.buy * STEP_H, -s.sell * STEP_H, np.zeros(STEPS), [s.peak_charge]]
            lower.append(np.zeros(3 * STEPS + 1))
            upper += [s.import_kw, s.export_kw, s.sun_kw, [np.inf]]
            row_low += [s.load_kw, np.full(STEPS, -np.inf)]
            row_high += [s.load_kw, np.zeros(STEPS)]
        entries = [np.concatenate([each.ravel() for each in part]) for part in (value, row, column)]
        flat = [np.concatenate(each) for each in (cost, lower, upper, row_low, row_high)]
        return _passed(flat, csr_array((entries[0], (entries[1], entries[2])), shape=(len(flat[3]), len(flat[0]))))


def _passed(flat: list[np.ndarray], rows: csr_array) -> highspy.HighsLp:
    cost, lower, upper, row_low, row_high = flat
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.col_cost_ = len(cost), len(row_low), cost
    lp.col_lower_, lp.col_upper_, lp.row_lower_, lp.row_upper_ = lower, upper, row_low, row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    return lp
