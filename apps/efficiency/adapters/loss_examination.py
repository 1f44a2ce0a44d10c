"""Readings of a network's meters through the engine: technical losses, balances by part, suspects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from apps.assets.adapters.case_network import CaseNetwork
from gridops.engine.efficiency.losses import EnergyBalance, FlowCourse, energy_balance, flow_course
from gridops.engine.efficiency.losses_parts import Parts, balance_parts, fed_into, technical_of
from gridops.engine.efficiency.no_load import NoLoad, no_load_of
from gridops.engine.efficiency.suspects import suspects
from gridops.engine.efficiency.suspects_kinds import Panel, Suspect
from gridops.engine.efficiency.suspects_readings import Calendar, filled
from gridops.engine.network.topology import Topology, resolve

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.integer]

MOST_WITH_VOLTAGE = 400  # meters of one part: the sag of each by each is worked out
NO_METER_INTO = "{n} parts of the network have no meter at their way in: they have losses, but no balance."
NOT_METERED = "{n} loads have no readings: what they draw is part of what cannot be explained."
NOT_SOLVED = "The power flow of {n} hours did not converge; they are left out. {reason}"
LEAST_HOURS = 12 * 7 * 24
FEW_HOURS = "With {n} hours too little is known to explain what lacks by single meters: {least} are the least."


@dataclass(frozen=True, slots=True)
class MeterReadings:
    """Hours x elements, kWh in each hour; nan where missing. Loads in the order of the case."""

    load_kwh: FloatArray
    load_metered: BoolArray
    transformer_kwh: FloatArray  # hours x transformers, out of the low side
    transformer_metered: BoolArray
    source_kwh: FloatArray  # hours x sources
    source_metered: BoolArray
    calendar: Calendar
    voltage_pu: FloatArray | None = None  # hours x loads


@dataclass(frozen=True, slots=True)
class PartResult:
    name: str  # of the meter that feeds it
    balance: EnergyBalance | None
    technical_kwh: float
    loads: int
    no_load: NoLoad | None = None  # of its transformers against the records, where both sides have meters


@dataclass(frozen=True, slots=True)
class LoadSuspect:
    load: int
    part: int
    suspect: Suspect


@dataclass(frozen=True, slots=True)
class Examined:
    course: FlowCourse
    parts: tuple[PartResult, ...]
    suspects: tuple[LoadSuspect, ...]
    fed_kwh: float
    metered_kwh: float
    notes: tuple[str, ...]

    @property
    def technical_kwh(self) -> float:
        return float(np.nansum(self.course.losses.total_kw))


def examined(here: CaseNetwork, readings: MeterReadings) -> Examined:
    """Twice through the power flow: with what is metered, and with what lacks where it is likely drawn."""
    topology = resolve(here.network, here.switch_closed)
    parts = balance_parts(
        here.network,
        topology,
        transformer_metered=readings.transformer_metered,
        source_metered=readings.source_metered,
    )
    kwh = np.nan_to_num(filled(readings.load_kwh, readings.calendar))
    first = _course(here, topology, kwh)
    fed = fed_into(
        parts,
        transformer_kwh=readings.transformer_kwh[:, readings.transformer_metered],
        source_kwh=readings.source_kwh,
    )
    found, drawn = _suspected(here, topology, readings, parts=parts, fed=fed, first=first)
    course = _course(here, topology, drawn, held_pu=_held_pu(here, readings, first))
    no_load = _no_load(here, readings, parts, fed=fed, course=course)
    course = _as_measured(course, parts, no_load)
    technical = _technical(parts, course)
    of_load = parts.of_node[here.network.injection_node[here.loads]]
    named = tuple(
        PartResult(
            _name(here, readings, parts, part),
            _balance(part, readings, kwh, fed=fed, technical=technical, of_load=of_load)
            if parts.is_metered[part]
            else None,
            float(np.nansum(technical[:, part])),
            int((of_load == part).sum()),
            no_load.get(part),
        )
        for part in _used_parts(parts)
    )
    told = sorted(found, key=lambda one: (-round(one.suspect.probability, 3), -abs(one.suspect.kwh)))
    notes = _notes(readings, parts, course)
    metered = float(kwh[:, readings.load_metered].sum())
    return Examined(course, named, tuple(told), _whole_fed(readings, parts, fed), metered, notes)


def _no_load(
    here: CaseNetwork, readings: MeterReadings, parts: Parts, *, fed: FloatArray, course: FlowCourse
) -> dict[int, NoLoad]:
    """Of parts that hold transformers between meters and no load, whose thefts would look like them."""
    inhabited = set(parts.of_node[here.network.injection_node].tolist())
    read = np.concatenate([readings.transformer_kwh[:, readings.transformer_metered], readings.source_kwh], axis=1)
    found = {}
    for part in np.flatnonzero(parts.is_metered).tolist():
        units = parts.of_transformer == part
        if part in inhabited or not units.any():
            continue
        left = read[:, parts.fed_by[part] < 0].sum(axis=1)
        lines = course.losses.line_kw[:, parts.of_line == part].sum(axis=1)
        told = no_load_of(
            fed_kwh=fed[:, part] + left,
            left_kwh=left,
            no_load_kwh=course.losses.transformer_no_load_kw[:, units].sum(axis=1),
            load_loss_kwh=course.losses.transformer_load_kw[:, units].sum(axis=1) + lines,
        )
        if told.hours:
            found[part] = told
    return found


def _as_measured(course: FlowCourse, parts: Parts, no_load: dict[int, NoLoad]) -> FlowCourse:
    factor = np.ones(len(parts.of_transformer))
    for part, told in no_load.items():
        factor[parts.of_transformer == part] = told.factor
    losses = course.losses
    return replace(course, losses=replace(losses, transformer_no_load_kw=losses.transformer_no_load_kw * factor))


def _held_pu(here: CaseNetwork, readings: MeterReadings, first: FlowCourse) -> FloatArray:
    """Hours x sources: as recorded, and moved by what all voltmeters have in common against it, where there are any."""
    recorded = np.broadcast_to(here.source_voltage_pu, (len(readings.load_kwh), len(here.source_voltage_pu)))
    if readings.voltage_pu is None:
        return recorded
    gap = readings.voltage_pu - first.voltage_pu[:, here.network.injection_node[here.loads]]
    known = np.isfinite(gap)
    total, count = np.where(known, gap, 0.0).sum(axis=1), known.sum(axis=1)
    usual = float(total.sum() / count.sum()) if count.any() else 0.0
    common = np.where(count > 0, total / np.maximum(count, 1), usual)
    return np.asarray(recorded + common[:, None], np.float64)


def _course(
    here: CaseNetwork, topology: Topology, drawn_kw: FloatArray, *, held_pu: FloatArray | None = None
) -> FlowCourse:
    p, q = np.zeros((len(drawn_kw), len(here.p_kw))), np.zeros((len(drawn_kw), len(here.p_kw)))
    nominal, reactive = here.p_kw[here.loads], here.q_kvar[here.loads]
    ratio = np.divide(reactive, nominal, out=np.zeros_like(nominal), where=nominal != 0)
    p[:, here.loads], q[:, here.loads] = -drawn_kw, -drawn_kw * ratio
    return flow_course(
        here.network,
        topology,
        p_kw=p,
        q_kvar=q,
        tap_position=here.tap_position,
        source_voltage_pu=here.source_voltage_pu if held_pu is None else held_pu,
    )


def _technical(parts: Parts, course: FlowCourse) -> FloatArray:
    losses = course.losses
    return technical_of(parts, line_kwh=losses.line_kw, transformer_kwh=losses.transformer_kw)


def _suspected(
    here: CaseNetwork,
    topology: Topology,
    readings: MeterReadings,
    *,
    parts: Parts,
    fed: FloatArray,
    first: FlowCourse,
) -> tuple[list[LoadSuspect], FloatArray]:
    """The suspects of all parts, and hours x loads what is likely drawn."""
    technical = _technical(parts, first)
    node = here.network.injection_node[here.loads]
    found, drawn = [], np.nan_to_num(filled(readings.load_kwh, readings.calendar))
    for part in np.flatnonzero(parts.is_metered).tolist():
        mine = np.flatnonzero((parts.of_node[node] == part) & readings.load_metered)
        if not len(mine):
            continue
        panel = Panel(
            readings.load_kwh[:, mine],
            fed[:, part],
            technical[:, part],
            readings.calendar,
            *_voltages(here, topology, readings, first, mine),
        )
        told = suspects(panel)
        found += [LoadSuspect(int(mine[one.meter]), part, one) for one in told.suspects]
        drawn[:, mine] = told.filled_kwh + told.lacking_kwh
    return found, drawn


def _voltages(
    here: CaseNetwork, topology: Topology, readings: MeterReadings, first: FlowCourse, mine: IntArray
) -> tuple[FloatArray | None, FloatArray | None, FloatArray | None]:
    if readings.voltage_pu is None or len(mine) > MOST_WITH_VOLTAGE:
        return None, None, None
    node = here.network.injection_node[here.loads][mine]
    modelled = first.voltage_pu[:, node]
    known = np.isfinite(readings.load_kwh)
    drawn = np.nan_to_num(readings.load_kwh).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return readings.voltage_pu[:, mine] - modelled, modelled, _sag(here, topology, drawn, mine)


def _sag(here: CaseNetwork, topology: Topology, mean_kw: FloatArray, mine: IntArray) -> FloatArray:
    """pu per kW: rows where it sags, columns where a kilowatt more is drawn, at the mean load."""
    rows = np.tile(mean_kw, (len(mine) + 1, 1))
    rows[np.arange(len(mine)), mine] += 1.0
    voltage = _course(here, topology, rows).voltage_pu[:, here.network.injection_node[here.loads][mine]]
    return np.asarray((voltage[-1] - voltage[:-1]).T, np.float64)


def _balance(
    part: int,
    readings: MeterReadings,
    kwh: FloatArray,
    *,
    fed: FloatArray,
    technical: FloatArray,
    of_load: IntArray,
) -> EnergyBalance:
    mine = (of_load == part) & readings.load_metered
    gaps = np.where(np.isfinite(readings.load_kwh[:, mine]), 0.0, kwh[:, mine])
    return energy_balance(
        fed_kwh=fed[:, part], metered_kwh=kwh[:, mine], technical_kwh=technical[:, part], filled_kwh=gaps
    )


def _used_parts(parts: Parts) -> Sequence[int]:
    """Those that have anything in them."""
    inside = np.union1d(np.union1d(parts.of_line, parts.of_transformer), np.flatnonzero(parts.is_metered))
    return [int(part) for part in inside]


def _name(here: CaseNetwork, readings: MeterReadings, parts: Parts, part: int) -> str:
    units = [here.case.transformers[n].name for n in np.flatnonzero(readings.transformer_metered).tolist()]
    names = [*units, *(source.name for source in here.case.sources)]
    into = [names[n] for n in np.flatnonzero(parts.fed_by[part] > 0)]
    return ", ".join(into) or "no way in"


def _whole_fed(readings: MeterReadings, parts: Parts, fed: FloatArray) -> float:
    """What came into all parts that have a balance, from outside of them."""
    inside = np.flatnonzero(parts.is_metered)
    return float(np.nansum(fed[:, inside]))


def _notes(readings: MeterReadings, parts: Parts, course: FlowCourse) -> tuple[str, ...]:
    notes = []
    without = sum(1 for part in _used_parts(parts) if not parts.is_metered[part])
    if without:
        notes.append(NO_METER_INTO.format(n=without))
    if (dark := int((~readings.load_metered).sum())) > 0:
        notes.append(NOT_METERED.format(n=dark))
    if len(course.failed):
        notes.append(NOT_SOLVED.format(n=len(course.failed), reason=course.reason))
    if (hours := len(readings.load_kwh)) < (least := max(3 * int(readings.load_metered.sum()), LEAST_HOURS)):
        notes.append(FEW_HOURS.format(n=hours, least=least))
    return tuple(notes)
