"""What a microgrid has and what it is offered, as arrays: generators, the horizon in scenarios, and the terms of money.

Batteries are those of `gridops/engine/optimization/storage/battery.py`, with one cell each.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

Values = float | npt.ArrayLike
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Generators:
    """G generators; arrays are (G,), those of segments (G, K).

    A running one makes at least `least_kw`; what it makes is filled from the first segment to the last, whose costs
    ascend. Without any, all arrays have length 0.
    """

    least_kw: FloatArray
    rated_kw: FloatArray
    no_load_cost: FloatArray  # currency per hour of running
    segment_kw: FloatArray  # widths; they add up to rated_kw
    segment_cost: FloatArray  # currency per kWh, ascending
    start_cost: FloatArray  # currency per start
    up_steps: IntArray  # least steps of running after a start
    down_steps: IntArray
    emissions_kg_per_kwh: FloatArray
    fuel_kwh: FloatArray  # electric energy that the fuel is enough for in the horizon; inf: no limit
    runs: BoolArray  # at the begin
    since_steps: IntArray  # for which it has run or stood before the begin

    @property
    def count(self) -> int:
        return len(self.rated_kw)

    @property
    def needs_binary(self) -> BoolArray:
        """(G,) whether running is a decision beside the power."""
        waits = (self.up_steps > 1) | (self.down_steps > 1)
        return np.asarray((self.least_kw > 0) | (self.no_load_cost > 0) | (self.start_cost > 0) | waits)

    @classmethod
    def of(
        cls,
        *,
        rated_kw: Values,
        cost: Values = 0.0,
        curve: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        least_kw: Values = 0.0,
        no_load_cost: Values = 0.0,
        start_cost: Values = 0.0,
        up_steps: Values = 0,
        down_steps: Values = 0,
        emissions_kg_per_kwh: Values = 0.0,
        fuel_kwh: Values = np.inf,
        runs: Values = False,
        since_steps: Values = 10**6,
    ) -> Self:
        """From numbers or arrays of one length. cost: currency per kWh; curve: widths (G, K) and costs (G, K) instead.

        Raises ValueError, which names the field.
        """
        numbers = (least_kw, rated_kw, no_load_cost, start_cost, emissions_kg_per_kwh, fuel_kwh)
        flags = (up_steps, down_steps, runs, since_steps, cost)
        spread = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, np.float64)) for each in (*numbers, *flags)))
        least, rated, idle, start, emitted, fuel, up, down, on, since, flat = (np.array(each) for each in spread)
        if curve is None:
            width, slope = rated[:, None], flat[:, None]
        else:
            width, slope = (np.atleast_2d(np.asarray(each, np.float64)) for each in curve)
        made = cls(
            least_kw=least,
            rated_kw=rated,
            no_load_cost=idle,
            segment_kw=width,
            segment_cost=slope,
            start_cost=start,
            up_steps=up.astype(np.int64),
            down_steps=down.astype(np.int64),
            emissions_kg_per_kwh=emitted,
            fuel_kwh=fuel,
            runs=on > 0,
            since_steps=since.astype(np.int64),
        )
        _check_generators(made)
        return made

    @classmethod
    def none(cls) -> Self:
        return cls.of(rated_kw=np.zeros(0))


def _check_generators(made: Generators) -> None:
    for name in ("least_kw", "rated_kw", "no_load_cost", "start_cost", "emissions_kg_per_kwh", "fuel_kwh"):
        values = getattr(made, name)
        if np.isnan(values).any() or (values < 0).any():
            raise ValueError(f"{name}: a value is missing or below zero.")
    if (made.least_kw > made.rated_kw + _SLACK).any():
        raise ValueError("least_kw: the least load of a generator lies above its rated power.")
    if made.segment_kw.shape != made.segment_cost.shape or len(made.segment_kw) != made.count:
        raise ValueError("curve: it wants a width and a cost for each segment of each generator.")
    if not np.isfinite(made.segment_cost).all() or (np.diff(made.segment_cost, axis=1) < -_SLACK).any():
        raise ValueError("curve: the costs per kWh must ascend; a generator that gets cheaper needs a no-load cost.")
    if (np.abs(made.segment_kw.sum(axis=1) - made.rated_kw) > 1e-6 * (1 + made.rated_kw)).any():
        raise ValueError("curve: the widths of the segments do not add up to the rated power.")


@dataclass(frozen=True, slots=True)
class Outlook:
    """T steps in S scenarios. Limits of the grid are 0 while it is away; inf: no limit."""

    step_h: float
    weight: FloatArray  # (S,) probabilities; they sum to 1
    load_kw: FloatArray  # (S, P, T) by group, the most important first
    renewable_kw: FloatArray  # (S, R, T) available; what is not used is curtailed
    buy: FloatArray  # (S, T) currency per kWh imported
    sell: FloatArray  # (S, T)
    import_kw: FloatArray  # (S, T)
    export_kw: FloatArray  # (S, T)
    grid_kg_per_kwh: FloatArray  # (S, T) emissions of what is imported
    reserve_kwh: FloatArray  # (T,) that all batteries together keep at the end of each step

    @property
    def steps(self) -> int:
        return int(self.buy.shape[1])

    @property
    def scenarios(self) -> int:
        return len(self.weight)

    @property
    def groups(self) -> int:
        return int(self.load_kw.shape[1])

    @classmethod
    def of(
        cls,
        *,
        step_h: float,
        load_kw: npt.ArrayLike,
        renewable_kw: npt.ArrayLike | None = None,
        buy: Values = 0.0,
        sell: Values = 0.0,
        import_kw: Values = 0.0,
        export_kw: Values = 0.0,
        grid_kg_per_kwh: Values = 0.0,
        reserve_kwh: Values = 0.0,
        weight: npt.ArrayLike | None = None,
    ) -> Self:
        """load_kw: (T,), (P, T) or (S, P, T); renewable_kw likewise; the rest is spread over (S, T).

        Raises ValueError, which names the field.
        """
        load = _cube(load_kw)
        steps = load.shape[2]
        sun = np.zeros((1, 0, steps)) if renewable_kw is None else _cube(renewable_kw)
        flat = [_table(each) for each in (buy, sell, import_kw, export_kw, grid_kg_per_kwh)]
        count = max([len(load), len(sun), *(len(each) for each in flat)])
        paid, earned, bought, sold, emitted = (np.array(np.broadcast_to(each, (count, steps))) for each in flat)
        made = cls(
            step_h=step_h,
            weight=np.full(count, 1 / count) if weight is None else np.asarray(weight, np.float64),
            load_kw=np.array(np.broadcast_to(load, (count, *load.shape[1:]))),
            renewable_kw=np.array(np.broadcast_to(sun, (count, *sun.shape[1:]))),
            buy=paid,
            sell=earned,
            import_kw=bought,
            export_kw=sold,
            grid_kg_per_kwh=emitted,
            reserve_kwh=np.array(np.broadcast_to(np.asarray(reserve_kwh, np.float64), (steps,))),
        )
        _check_outlook(made)
        return made


def _cube(values: npt.ArrayLike) -> FloatArray:
    array = np.asarray(values, np.float64)
    return array.reshape((1,) * (3 - array.ndim) + array.shape)


def _table(values: Values) -> FloatArray:
    array = np.asarray(values, np.float64)
    return array.reshape((1,) * (2 - array.ndim) + array.shape)


def _check_outlook(made: Outlook) -> None:
    if not made.step_h > 0 or not made.steps:
        raise ValueError("step_h: a horizon has at least one step, and a step takes time.")
    for name in made.__slots__[1:]:
        if np.isnan(getattr(made, name)).any():
            raise ValueError(f"{name}: a value is missing.")
    for name in ("weight", "load_kw", "renewable_kw", "import_kw", "export_kw", "grid_kg_per_kwh", "reserve_kwh"):
        if (getattr(made, name) < 0).any():
            raise ValueError(f"{name}: a value is below zero.")
    if len(made.weight) != len(made.buy) or abs(made.weight.sum() - 1) > 1e-6:
        raise ValueError("weight: the scenarios' probabilities must sum to 1, one for each.")
    both = (made.sell > made.buy + _SLACK) & (made.import_kw > 0) & (made.export_kw > 0)
    if both.any():
        step = int(np.nonzero(both)[1][0]) + 1
        raise ValueError(f"sell: in step {step} it lies above buy; a plan would sell what it buys in the same moment.")


@dataclass(frozen=True, slots=True)
class Terms:
    """Money beside the tariff."""

    lost_load: FloatArray  # (P,) currency per kWh not served; inf: that group is never cut
    emissions_price: float = 0.0  # currency per kg
    peak_charge: float = 0.0  # currency per kW of the highest import
    peak_kw: float = 0.0  # reached already in the period that is charged
    stored_value: float = 0.0  # currency for each kWh that is left in the stores at the end
    reserve_price: float = 0.0  # currency per kWh and hour by which the stores fall short of the reserve

    @classmethod
    def of(cls, *, lost_load: npt.ArrayLike, **others: float) -> Self:
        """Raises ValueError, which names the field."""
        made = cls(np.atleast_1d(np.asarray(lost_load, np.float64)), **others)
        if np.isnan(made.lost_load).any() or (made.lost_load < 0).any():
            raise ValueError("lost_load: a value is missing or below zero.")
        for name in made.__slots__[1:]:
            if not np.isfinite(getattr(made, name)) or getattr(made, name) < 0:
                raise ValueError(f"{name}: it must be a finite number, 0 or more.")
        return made
