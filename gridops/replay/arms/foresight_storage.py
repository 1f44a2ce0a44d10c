"""Schedules of the batteries over the true future: the least cost that any schedule of these prices can have.

Losses of the network are not in it, and the efficiency is a round one: the plant does what its own cells can.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from gridops.engine.impact.figures import YEAR_S
from gridops.engine.impact.rates import Rates
from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.plan import plan
from gridops.engine.optimization.storage.site import Site
from gridops.protocols.sunspec.definitions import definition
from gridops.protocols.sunspec.layout import layout
from gridops.protocols.sunspec.setting import registers_for
from gridops.replay.arms.foresight_future import STEP_S, Future
from gridops.replay.gate import GatedBattery
from gridops.replay.plant import Plant
from gridops.simulator.batteries.image import BASE
from gridops.simulator.devices import Kind

HORIZON_S: Final = 48 * 3600.0
FINE_FOR: Final = 8  # batteries; more are planned by the hour
HOUR_S: Final = 3600
KILO: Final = 1e-3
ONE_WAY: Final = 0.955
WINDOW: Final = (0.08, 0.94)
SOLVER_S: Final = 20.0
INVERTER: Final = 704


@dataclass(frozen=True, slots=True)
class Store:
    """kwh: usable between full and empty; unit: on the line of those that speak for themselves, 0 for others."""

    index: int  # of the injection
    unit: int
    kw: float
    kwh: float
    charge: float  # 0 to 1


def stores_of(plant: Plant) -> list[Store]:
    """Those that can be told what to do now."""
    world = plant.world
    own = {gated.image.plant.design.index: unit for unit, gated in plant.batteries.items()}
    found = []
    for index in range(world.truth.storages.start, world.truth.storages.stop):
        if index in own:
            unit = own[index]
            one = plant.batteries[unit].image.plant
            size = one.design.capacity_kwh * float(one.management.health.mean())
            if one.forming_kw is None and one.is_connected:
                found.append(Store(index, unit, one.design.rated_kw, size, float(one.management.soc.mean())))
        elif plant.devices.has(Kind.SETPOINT, index) and world.truth.capacity_kwh[index] > 0:
            size = float(world.truth.capacity_kwh[index])
            rated = world.plants.rating_kw(index)
            found.append(Store(index, 0, rated, size, float(world.plants.charge[index])))
    return [one for one in found if one.kw > 0]


@dataclass(frozen=True, slots=True)
class Programme:
    """(stores, steps) kW into the network, from an instant on."""

    stores: list[Store]
    begin_s: float
    step_s: float
    kw: FloatArray

    def at(self, since_s: float) -> list[tuple[Store, float]]:
        place = min(max(int((since_s - self.begin_s) // self.step_s), 0), self.kw.shape[1] - 1)
        return list(zip(self.stores, self.kw[:, place].tolist(), strict=True))

    def mean(self, begin_s: float, end_s: float) -> dict[int, float]:
        """kW by injection between two instants."""
        last = self.kw.shape[1] - 1
        first = min(max(int((begin_s - self.begin_s) // self.step_s), 0), last)
        end = max(min(int(np.ceil((end_s - self.begin_s) / self.step_s)), last + 1), first + 1)
        kw = self.kw[:, first:end].mean(axis=1)
        return {store.index: float(each) for store, each in zip(self.stores, kw, strict=True)}


def programme(
    plant: Plant, future: Future, since_s: float, *, first: dict[int, float], rates: Rates
) -> Programme | None:
    """None where there is no battery, or no plan. first: charge of each at the begin, to which it comes back."""
    stores = stores_of(plant)
    if not stores:
        return None
    width = STEP_S if len(stores) <= FINE_FOR else HOUR_S
    steps = max(int(min(HORIZON_S, plant.tape.end_s - since_s) // width), 1)
    begin_s = since_s // STEP_S * STEP_S
    begins: FloatArray = begin_s + width * np.arange(steps, dtype=np.float64)
    price = plant.tape.courses.at("price_eur_per_mwh", np.asarray(begins + width / 2)) * KILO
    others = np.ones(plant.world.truth.n_injections, np.bool_)
    others[[store.index for store in stores]] = False
    net = np.array([future.mean(begin, begin + width).p_kw[others].sum() for begin in begins])
    found = plan(_batteries(stores, first, rates), _site(price, net, width, plant.tape.end_s, rates), seconds=SOLVER_S)
    if found.schedule is None:
        return None
    return Programme(stores, begin_s, float(width), found.schedule.injection_kw)


def _batteries(stores: list[Store], first: dict[int, float], rates: Rates) -> Batteries:
    now = np.array([store.charge for store in stores])
    low, high = np.minimum(WINDOW[0], now), np.maximum(WINDOW[1], now)
    end = np.array([first.get(store.index, store.charge) for store in stores])
    return Batteries.of(
        power_kw=[store.kw for store in stores],
        energy_kwh=[store.kwh for store in stores],
        one_way=ONE_WAY,
        window=(low, high),
        initial=now,
        final=np.clip(end, low, high),
        final_at_least=True,
        wear_discharge=rates.wear_eur_per_kwh,
    )


def _site(price: FloatArray, net_kw: FloatArray, width_s: float, length_s: float, rates: Rates) -> Site:
    """One meter for the whole network: bought and sold at the price of the hour, its peak charged by its share."""
    return Site.of(
        step_h=width_s / HOUR_S,
        buy=price,
        load_kw=np.maximum(-net_kw, 0.0),
        sun_kw=np.maximum(net_kw, 0.0),
        peak_charge=rates.peak_eur_per_kw_year * length_s / YEAR_S,
        curtailable=False,
    )


def set_battery(gated: GatedBattery, kw: float, at_us: int) -> str:
    """By its registers; a text says why it is refused."""
    rated = gated.image.plant.design.rated_kw
    begin = gated.image.address[INVERTER]
    words = gated.words(at_us)[begin - BASE :]
    offset, values = registers_for(
        INVERTER, "WSet", 1000.0 * float(np.clip(kw, -rated, rated)), layout(definition(INVERTER), words), words
    )
    return gated.write(begin + offset, values, at_us)
