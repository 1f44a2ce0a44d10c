"""Feeders that share the limits of a substation, or hold a reserve together: coordinated by prices.

A price on each step's import at the substation is told to all feeders, each plans by itself, and the next prices are
the duals of the best mixture of all plans so far (Dantzig and Wolfe, Operations Research 8 (1960) 101). Batteries'
limits are convex, so a mixture of plans is a plan; charging against discharging that it may hold is netted, which keeps
every energy and takes less from the grid. The bound says how far from the least cost the result can be.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, identity, vstack

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, Solved, solve
from gridops.engine.optimization.storage.fleet import Feeder, FeederPlan, meter_cost, plan_feeder_convex
from gridops.engine.optimization.storage.plan import Part, Schedule

Mapped = Callable[[Callable[[Feeder], FeederPlan], Iterable[Feeder]], Iterable[FeederPlan]]
SHORT = 10.0  # currency per kW and step of what the substation or the reserve is short of
_USED = 1e-9


@dataclass(frozen=True, slots=True)
class Substation:
    """(T,) each: of all feeders together."""

    import_kw: FloatArray  # inf: no limit
    export_kw: FloatArray
    up_kw: FloatArray  # reserve
    down_kw: FloatArray


@dataclass(frozen=True, slots=True)
class Prices:
    """(T,) currency per kWh: on the import and on the export of every feeder, and for a kW of reserve for an hour."""

    imported: FloatArray
    exported: FloatArray
    up: FloatArray
    down: FloatArray

    @property
    def energy(self) -> FloatArray:
        """What a kWh more of load costs here beside its market price."""
        return np.asarray(self.imported - self.exported)


@dataclass(frozen=True, slots=True)
class Coordinated:
    """Plans in the order of the feeders; empty if one feeder has none by itself."""

    plans: tuple[FeederPlan, ...]
    prices: Prices
    cost: float
    bound: float  # no plan costs less
    short_kw: FloatArray  # (T,) what the substation's limits and reserves are short of, together
    rounds: int
    reason: str

    @property
    def gap(self) -> float:
        return (self.cost - self.bound) / max(abs(self.cost), 1e-12)


@dataclass(frozen=True, slots=True)
class _Column:
    """A plan of one feeder, at its own prices."""

    feeder: int
    schedule: Schedule
    cost: float
    net_kw: FloatArray
    up_kw: FloatArray
    down_kw: FloatArray


def coordinated(
    feeders: Sequence[Feeder], substation: Substation, *, gap: float = 1e-3, rounds: int = 30, mapped: Mapped = map
) -> Coordinated:
    """The plan of least cost that keeps what feeders share, within the gap or after so many rounds.

    mapped: `map`, or that of a pool of processes.
    """
    steps = len(substation.import_kw)
    prices = Prices(*np.zeros((4, steps)))
    columns: list[_Column] = []
    bound = -np.inf
    for number in range(1, rounds + 1):
        made = list(mapped(plan_feeder_convex, [_priced(each, prices) for each in feeders]))
        without = next((each for each in made if each.schedule is None), None)
        if without is not None:
            why = f"{without.name}: {without.reason} {' '.join(without.way_out)}".strip()
            return Coordinated((), prices, np.nan, bound, np.zeros(steps), number, why)
        columns += [_column(k, feeders[k], each, prices) for k, each in enumerate(made)]
        bound = max(bound, _bound(substation, prices, made, feeders[0].site.step_h))
        master = solve(_mixture(columns, len(feeders), substation))
        if master.objective - bound <= gap * max(abs(master.objective), 1e-12):
            break
        prices = _prices(master, steps, feeders[0].site.step_h)
    plans = _plans(feeders, columns, master.x, [each.schedule for each in made])
    short = _short(substation, [each.schedule for each in plans if each.schedule is not None])
    return Coordinated(plans, prices, sum(each.cost for each in plans), bound, short, number, "")


def _priced(feeder: Feeder, prices: Prices) -> Feeder:
    site, extra = feeder.site, prices.energy
    up, down = site.up_price + prices.up, site.down_price + prices.down
    return replace(
        feeder, site=replace(site, buy=site.buy + extra, sell=site.sell + extra, up_price=up, down_price=down)
    )


def _column(number: int, feeder: Feeder, made: FeederPlan, prices: Prices) -> _Column:
    schedule, h = made.schedule, feeder.site.step_h
    assert schedule is not None  # noqa: S101  looked at before
    net = schedule.import_kw - schedule.export_kw
    up, down = schedule.up_kw.sum(axis=0), schedule.down_kw.sum(axis=0)
    paid = h * float(prices.energy @ net - prices.up @ up - prices.down @ down)
    return _Column(number, schedule, schedule.cost - paid, net, up, down)


def _bound(substation: Substation, prices: Prices, made: Sequence[FeederPlan], step_h: float) -> float:
    """The Lagrangian: what feeders cost at these prices, less what their common limits are worth."""
    worth = 0.0
    for price, limit, sign in (
        (prices.imported, substation.import_kw, 1.0),
        (prices.exported, substation.export_kw, 1.0),
        (prices.up, substation.up_kw, -1.0),
        (prices.down, substation.down_kw, -1.0),
    ):
        worth += sign * step_h * float(price[price > 0] @ limit[price > 0])
    return sum(each.cost for each in made) - worth


def _mixture(columns: Sequence[_Column], feeders: int, substation: Substation) -> Program:
    """Shares of plans, one sum for each feeder; and what each common limit is short of."""
    steps, count = len(substation.import_kw), len(columns)
    net, up, down = (np.array([getattr(each, name) for each in columns]).T for name in ("net_kw", "up_kw", "down_kw"))
    of = np.array([each.feeder for each in columns])
    one = coo_array((np.ones(count), (of, np.arange(count))), shape=(feeders, count))
    common = vstack([csr_array(each) for each in (net, -net, -up, -down)])
    matrix = vstack([hstack([one, csr_array((feeders, 4 * steps))]), hstack([common, -identity(4 * steps)])])
    limits = [substation.import_kw, substation.export_kw, -substation.up_kw, -substation.down_kw]
    return Program.of(
        cost=np.concatenate([[each.cost for each in columns], np.full(4 * steps, SHORT)]),
        lower=np.zeros(count + 4 * steps),
        upper=np.full(count + 4 * steps, np.inf),
        matrix=csr_array(matrix),
        row_lower=np.concatenate([np.ones(feeders), np.full(4 * steps, -np.inf)]),
        row_upper=np.concatenate([np.ones(feeders), *limits]),
    )


def _prices(master: Solved, steps: int, step_h: float) -> Prices:
    return Prices(*np.maximum(-master.row_dual[-4 * steps :] / step_h, 0.0).reshape(4, steps))


def _plans(
    feeders: Sequence[Feeder], columns: Sequence[_Column], share: FloatArray, last: Sequence[Schedule | None]
) -> tuple[FeederPlan, ...]:
    """What a stored kWh is worth is what it was worth at the last prices."""
    plans = []
    for number, feeder in enumerate(feeders):
        mine = [(share[k], each.schedule) for k, each in enumerate(columns) if each.feeder == number]
        made = _mixed(feeder, [(part, schedule) for part, schedule in mine if part > _USED])
        valued = last[number]
        made = replace(made, stored_value=valued.stored_value) if valued is not None else made
        plans.append(FeederPlan(feeder.name, made, "", ()))
    return tuple(plans)


def _short(substation: Substation, schedules: Sequence[Schedule]) -> FloatArray:
    net = sum(each.import_kw - each.export_kw for each in schedules)
    up, down = (sum(getattr(each, name).sum(axis=0) for each in schedules) for name in ("up_kw", "down_kw"))
    s = substation
    over = [net - s.import_kw, -net - s.export_kw, s.up_kw - up, s.down_kw - down]
    return np.asarray(np.maximum(over, 0.0).sum(axis=0))


def _mixed(feeder: Feeder, parts: Sequence[tuple[float, Schedule]]) -> Schedule:
    """The mixture, with charging against discharging netted at the same energy."""
    b, site = feeder.batteries, feeder.site
    whole = sum(part for part, _ in parts)

    def mean(name: str) -> FloatArray:
        return np.asarray(sum(part * getattr(schedule, name) for part, schedule in parts) / whole)

    charge, discharge = mean("charge_kw"), mean("discharge_kw")
    into, out = b.charge_efficiency[:, None], b.discharge_efficiency[:, None]
    gained = charge * into - discharge / out
    netted = np.maximum(gained, 0.0) / into, np.maximum(-gained, 0.0) * out
    spared = (charge - netted[0]).sum(axis=1) * b.wear_charge + (discharge - netted[1]).sum(axis=1) * b.wear_discharge
    net = mean("import_kw") - mean("export_kw") + (netted[0] - charge - netted[1] + discharge).sum(axis=0)
    curtailed = mean("curtailed_kw")
    more = np.clip(-net - site.export_kw, 0.0, (site.sun_kw - curtailed) * site.curtailable)
    net = net + more
    up = np.minimum(mean("up_kw"), b.discharge_kw[:, None] - netted[1] + netted[0])
    down = np.minimum(mean("down_kw"), b.charge_kw[:, None] - netted[0] + netted[1])
    worn = mean("worn") - site.step_h * spared
    peak = site.peak_charge * site.peak_of(net)
    reserve = -site.step_h * float(site.up_price @ up.sum(axis=0) + site.down_price @ down.sum(axis=0))
    bought = {
        Part.ENERGY: meter_cost(site, net) - peak,
        Part.WEAR: float(worn.sum()),
        Part.PEAK: peak,
        Part.RESERVE: reserve,
    }
    return Schedule(
        charge_kw=netted[0],
        discharge_kw=netted[1],
        energy_kwh=mean("energy_kwh"),
        up_kw=up,
        down_kw=down,
        import_kw=np.maximum(net, 0.0),
        export_kw=np.maximum(-net, 0.0),
        curtailed_kw=curtailed + more,
        cost=sum(bought.values()),
        parts=bought,
        stored_value=np.zeros((b.count, 0)),
        worn=worn,
    )
