"""Which storages of a case are built in detail, and of what: it follows from the case alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.cases.case import NetworkCase, Storage
from gridops.cases.mrid import mrid
from gridops.engine.storage.cells import LFP, NMC, Curve
from gridops.engine.storage.safety.typical import Chemistry

MOST_PLANTS = 6
SMALLEST_KWH = 150.0
RACK_KWH, FEWEST_RACKS, MOST_RACKS = 1200.0, 2, 6
RATED_RESERVE = 1.15  # what a rack can give beyond its share of the plant
CURVES: dict[Chemistry, Curve] = {Chemistry.LFP: LFP, Chemistry.NMC: NMC}
CELLS_IN_SERIES = {Chemistry.LFP: 384, Chemistry.NMC: 336}
# Drops per cell at 1 C and 25 °C: at once, and after a while.
RESISTANCE_V = {Chemistry.LFP: 0.030, Chemistry.NMC: 0.038}
POLARISATION_V = {Chemistry.LFP: 0.018, Chemistry.NMC: 0.024}
# One of three plants has the cells of an older generation.
CHEMISTRIES = (Chemistry.LFP, Chemistry.LFP, Chemistry.NMC)


@dataclass(frozen=True, slots=True)
class Design:
    """One plant as its datasheet has it. `index` is that of its injection, `unit` its number on the Modbus line."""

    mrid: str
    name: str
    index: int
    unit: int
    chemistry: Chemistry
    rated_kw: float
    capacity_kwh: float
    rack_mrids: tuple[str, ...]

    @property
    def racks(self) -> int:
        return len(self.rack_mrids)

    @property
    def series(self) -> int:
        return CELLS_IN_SERIES[self.chemistry]

    @property
    def curve(self) -> Curve:
        return CURVES[self.chemistry]

    @property
    def rack_ah(self) -> float:
        """Rated capacity of a rack: what holds the plant's energy at the mean open-circuit voltage."""
        volts = self.series * float(self.curve.voltage_v.mean())
        return self.capacity_kwh * 1000.0 / (self.racks * volts)

    @property
    def rack_kw(self) -> float:
        return RATED_RESERVE * self.rated_kw / self.racks

    @property
    def rated_c(self) -> float:
        """Rate of the whole plant at its rated power, in C."""
        return self.rated_kw / self.capacity_kwh


def designs(case: NetworkCase) -> list[Design]:
    """The largest storages, at most so many; units in that order."""
    first = len(case.loads) + len(case.generators)
    fit = [(place, one) for place, one in enumerate(case.storages) if one.capacity_kwh >= SMALLEST_KWH]
    fit.sort(key=lambda pair: (-pair[1].capacity_kwh, pair[0]))
    return [_design(case, one, first + place, unit) for unit, (place, one) in enumerate(fit[:MOST_PLANTS], start=1)]


def _design(case: NetworkCase, storage: Storage, index: int, unit: int) -> Design:
    racks = min(MOST_RACKS, max(FEWEST_RACKS, round(storage.capacity_kwh / RACK_KWH)))
    return Design(
        mrid=storage.mrid,
        name=storage.name,
        index=index,
        unit=unit,
        chemistry=CHEMISTRIES[(unit - 1) % len(CHEMISTRIES)],
        rated_kw=max(storage.rated_s_kva, abs(storage.p_kw)),
        capacity_kwh=storage.capacity_kwh,
        rack_mrids=tuple(mrid(case.source, "BatteryRack", f"{storage.mrid}/{n}") for n in range(1, racks + 1)),
    )


def mrids(plants: Sequence[Design]) -> frozenset[str]:
    return frozenset(plant.mrid for plant in plants)
