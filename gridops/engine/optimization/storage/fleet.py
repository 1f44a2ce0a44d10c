"""Batteries on many feeders: each feeder by itself, exact, because what couples batteries is its meter.

`plan_feeder` takes and gives what can be pickled, so that whoever has several processors maps it.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.drivers import Driver, drivers
from gridops.engine.optimization.storage.plan import Schedule, plan
from gridops.engine.optimization.storage.site import Site


@dataclass(frozen=True, slots=True)
class Feeder:
    """Batteries behind one meter."""

    name: str
    batteries: Batteries
    site: Site


@dataclass(frozen=True, slots=True)
class FeederPlan:
    """A schedule, or why there is none."""

    name: str
    schedule: Schedule | None
    reason: str
    way_out: tuple[str, ...]
    drivers: tuple[tuple[Driver, ...], ...] = ()  # of each battery; empty unless they were asked for

    @property
    def cost(self) -> float:
        """nan without a schedule."""
        return self.schedule.cost if self.schedule else float("nan")


def plan_feeder(feeder: Feeder, *, seconds: float = 60.0, explained: bool = False) -> FeederPlan:
    """The schedule of least cost of one feeder; explained: with what drives each battery."""
    made = plan(feeder.batteries, feeder.site, seconds=seconds)
    told = range(feeder.batteries.count) if explained and made.schedule else ()
    driven = tuple(drivers(made, battery=number) for number in told)
    return FeederPlan(feeder.name, made.schedule, made.reason, made.way_out, driven)


def plan_feeder_convex(feeder: Feeder) -> FeederPlan:
    """The same where charging and discharging at once is allowed, as a mixture of plans may hold it: never slow."""
    made = plan(feeder.batteries, feeder.site, convex=True)
    return FeederPlan(feeder.name, made.schedule, made.reason, made.way_out)


def without_batteries(site: Site) -> float:
    """What a feeder costs if nothing is stored: sun is used, then sold where that pays; infinite if a limit breaks."""
    net = site.load_kw - site.sun_kw
    if site.curtailable:
        net = np.where(site.sell < 0, np.maximum(net, 0.0), np.maximum(net, -site.export_kw))
    broken = (net > site.import_kw).any() or (-net > site.export_kw).any()
    return float(np.inf) if broken else meter_cost(site, net)


def meter_cost(site: Site, net_kw: FloatArray) -> float:
    """Of energy and peak at the meter; net_kw: (T,), import positive."""
    taken, given = np.maximum(net_kw, 0.0), np.maximum(-net_kw, 0.0)
    energy = site.step_h * float(site.buy @ taken - site.sell @ given)
    return energy + site.peak_charge * site.peak_of(net_kw)
