"""The schedule of the batteries of one site: solved, cleared of charging against discharging, and told in words.

The linear program is exact while charging and discharging at once does not pay, which is while the price lies above
-wear (1 + e^2) / (1 - e^2) with wear per kWh each way and e the efficiency one way. Where it pays, the batteries that
did it get a binary for those steps, and only they, until none does it anywhere.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Program, Solved, Status, solve
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Layout, assembled
from gridops.engine.optimization.storage.relaxing import relaxation
from gridops.engine.optimization.storage.site import Site

BOTH_KW = 1e-6  # of charging and of discharging, beyond which they are at once


class Part(StrEnum):
    ENERGY = "energy"  # bought less sold
    WEAR = "wear"
    PEAK = "peak"
    RESERVE = "reserve"  # earned, so negative


@dataclass(frozen=True, slots=True)
class Schedule:
    """N batteries, T steps. Powers at the meter, energies in the store at the end of each step."""

    charge_kw: FloatArray  # (N, T)
    discharge_kw: FloatArray
    energy_kwh: FloatArray
    up_kw: FloatArray  # (N, T) reserve held
    down_kw: FloatArray
    import_kw: FloatArray  # (T,) of the whole site; of a bare one what the batteries take
    export_kw: FloatArray
    curtailed_kw: FloatArray  # of sun
    cost: float  # currency of the horizon; below zero it earns
    parts: dict[Part, float]
    stored_value: FloatArray  # (N, T) what one kWh more in the store would save after each step; marginal, the dual
    worn: FloatArray  # (N,) currency: the wear of each

    @property
    def injection_kw(self) -> FloatArray:
        """(N, T) into the network positive."""
        return np.asarray(self.discharge_kw - self.charge_kw)

    @property
    def peak_kw(self) -> float:
        return float(self.import_kw.max())

    def cycles(self, batteries: Batteries, step_h: float) -> FloatArray:
        """(N,) energy drawn from the store in nominal energies."""
        drawn = self.discharge_kw.sum(axis=1) * step_h / batteries.discharge_efficiency
        return np.asarray(drawn / batteries.energy_kwh)


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule with the program it solves, or the reason why there is none and what would have to give."""

    status: Status
    reason: str  # empty if optimal
    schedule: Schedule | None
    way_out: tuple[str, ...]  # sentences; empty with a schedule
    offenders: int  # batteries that got binaries
    seconds: float  # of the solver
    program: Program
    layout: Layout
    solved: Solved


def plan(
    batteries: Batteries, site: Site, *, seconds: float = 60.0, gap: float = 1e-6, convex: bool = False
) -> Planned:
    """The schedule of least cost. Infeasible and out of time are results with a reason.

    seconds: limit of each solution. gap: relative, of programs with binaries. convex: without binaries, so that
    batteries may charge and discharge at once.
    """
    exclusive = np.zeros((batteries.count, site.steps), np.bool_)
    spent = 0.0
    while True:
        program, layout = assembled(batteries, site, exclusive=exclusive)
        solved = solve(program, seconds=seconds, gap=gap)
        spent += solved.seconds
        if convex or not solved.ok:
            break
        at_once = offenders(layout, solved) & ~exclusive
        if not at_once.any():
            break
        exclusive |= at_once
    count = int(exclusive.any(axis=1).sum())
    if not solved.ok:
        way_out = relaxation(batteries, site, exclusive) if solved.status is Status.INFEASIBLE else ()
        return Planned(solved.status, solved.reason, None, way_out, count, spent, program, layout, solved)
    told = solved.status, solved.reason
    program, solved = _priced(program, solved)
    schedule = read(batteries, site, layout, solved)
    return Planned(*told, schedule, (), count, spent + solved.seconds * (count > 0), program, layout, solved)


def offenders(layout: Layout, solved: Solved) -> BoolArray:
    """(N, T) where a battery charges and discharges at once."""
    return np.minimum(layout.values(solved.x, "charge"), layout.values(solved.x, "discharge")) > BOTH_KW


def _priced(program: Program, solved: Solved) -> tuple[Program, Solved]:
    """A program with binaries has no prices: with its choices held it is linear and has them."""
    if not program.has_integers:
        return program, solved
    whole = program.integer
    held = np.round(solved.x[whole])
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[whole], upper[whole] = held, held
    fixed = replace(program, lower=lower, upper=upper, integer=np.zeros(0, np.bool_))
    again = solve(fixed)
    return (fixed, again) if again.ok else (program, solved)


def read(batteries: Batteries, site: Site, layout: Layout, solved: Solved) -> Schedule:
    """The schedule that a solution says."""
    charge, discharge, energy, up, down = (
        layout.values(solved.x, name) for name in ("charge", "discharge", "energy", "up", "down")
    )
    net = charge.sum(axis=0) - discharge.sum(axis=0)
    if not site.is_bare:
        net = layout.values(solved.x, "import") - layout.values(solved.x, "export")
    used = layout.values(solved.x, "sun")
    worn = _worn(batteries, site, layout, solved)
    parts = _parts(site, layout, solved, net) | {Part.WEAR: float(worn.sum())}
    return Schedule(
        charge_kw=charge,
        discharge_kw=discharge,
        energy_kwh=energy + batteries.least_kwh[:, None],
        up_kw=up,
        down_kw=down,
        import_kw=np.maximum(net, 0.0),
        export_kw=np.maximum(-net, 0.0),
        curtailed_kw=np.maximum(site.sun_kw - used, 0.0),
        cost=sum(parts.values()),
        parts=parts,
        stored_value=_stored_value(layout, solved),
        worn=worn,
    )


def _worn(batteries: Batteries, site: Site, layout: Layout, solved: Solved) -> FloatArray:
    drawn, taken = (
        solved.x[layout.columns[name]].reshape(layout.cells, layout.steps).sum(axis=1)
        for name in ("discharge", "charge")
    )
    wear = np.tile(batteries.depth_wear, layout.batteries) + batteries.wear_discharge[layout.owner]
    money = site.step_h * (drawn * wear + taken * batteries.wear_charge[layout.owner])
    return np.asarray(np.bincount(layout.owner, money, layout.batteries))


def _parts(site: Site, layout: Layout, solved: Solved, net: FloatArray) -> dict[Part, float]:
    """All but wear."""
    h, x = site.step_h, solved.x
    up, down = layout.values(x, "up").sum(axis=0), layout.values(x, "down").sum(axis=0)
    if site.is_bare:
        charge, discharge = layout.values(x, "charge").sum(axis=0), layout.values(x, "discharge").sum(axis=0)
        energy = site.buy @ charge - site.sell @ discharge
    else:
        energy = site.buy @ np.maximum(net, 0.0) - site.sell @ np.maximum(-net, 0.0)
    return {
        Part.ENERGY: float(h * energy),
        Part.WEAR: 0.0,
        Part.PEAK: site.peak_charge * float(x[layout.of("peak")].sum()),
        Part.RESERVE: -float(h * (site.up_price @ up + site.down_price @ down)),
    }


def _stored_value(layout: Layout, solved: Solved) -> FloatArray:
    """Of the cell that is worth most; empty without duals."""
    if not len(solved.row_dual):
        return np.zeros((layout.batteries, 0))
    value = -solved.row_dual[layout.rows["energy"]].reshape(layout.cells, layout.steps)
    return np.asarray(value.reshape(layout.batteries, -1, layout.steps).max(axis=1))
