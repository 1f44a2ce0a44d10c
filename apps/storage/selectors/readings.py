"""The newest readings of racks, by the engine's names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from apps.storage.adapters.bounds import SOC_HIGH, SOC_LOW, Readings
from apps.storage.choices import READING_OF
from apps.storage.models import ChargeState, Rack, SafetyState, StoragePlant
from apps.storage.selectors.charge import FRESH
from apps.telemetry import selectors as telemetry
from apps.telemetry.adapters import VALIDITY_MASK, Quality
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

NAN = float("nan")
TEMPERATURE_SPREAD = "temperature_spread_c"
_SPREADS = {
    "voltage_spread_v": ("cell_voltage_max_v", "cell_voltage_min_v"),
    TEMPERATURE_SPREAD: ("temperature_max_c", "temperature_min_c"),
}
CHARGE, AGE = "soc", "comms_age_s"
Values = dict[str, float]


def readings_of(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[int, Readings]:
    """By plant. Four queries, however many there are."""
    racks = list(Rack.objects.filter(plant__in=[plant.pk for plant in plants]).order_by("plant", "name"))
    heard = _heard([*(rack.mrid for rack in racks), *(plant.mrid for plant in plants)], as_of)
    states = {row.rack_id: row for row in ChargeState.objects.filter(rack__in=racks).defer("filter")}
    mrid_of = {plant.pk: plant.mrid for plant in plants}
    found: dict[int, list[tuple[str, Values]]] = {plant.pk: [] for plant in plants}
    for rack in racks:
        values = heard.get(mrid_of[rack.plant_id], {}) | heard.get(rack.mrid, {})
        found[rack.plant_id].append((rack.name, _derived(values, states.get(rack.pk), as_of)))
    return {key: _columns(rows) for key, rows in found.items() if rows}


def meters_kw(plants: Sequence[StoragePlant], *, as_of: datetime) -> dict[UUID, float]:
    """By mRID of the plant: what its meter reads, positive while it charges. Those not known now are missing."""
    told = {one.point.equipment_mrid: _value(one) for one in telemetry.point_values(meters_of(plants), as_of=as_of)}
    return {mrid: value for mrid, value in told.items() if np.isfinite(value)}


def meters_of(plants: Sequence[StoragePlant]) -> list[MeasurementPoint]:
    mrids = [plant.mrid for plant in plants]
    return list(MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity=Quantity.ACTIVE_POWER))


def tripped_plants(plants: Sequence[StoragePlant]) -> frozenset[int]:
    rows = SafetyState.objects.filter(plant__in=[plant.pk for plant in plants], tripped_at__isnull=False)
    return frozenset(rows.values_list("plant_id", flat=True))


def readings_that_reach_us(plant: StoragePlant, racks: Sequence[Rack]) -> frozenset[str]:
    """Which readings have measurement points, or can be worked out from those that have.

    Not the spread of voltages: near full and empty sound cells lie far apart, which only their own management tells
    from sick ones. Not the age of what was heard: what is silent for too long is unknown, and that stops it as well.
    """
    mrids = [plant.mrid, *(rack.mrid for rack in racks)]
    told = MeasurementPoint.objects.filter(equipment_mrid__in=mrids).values_list("quantity", flat=True)
    found = {READING_OF[quantity][0] for quantity in told if quantity in READING_OF}
    found |= {CHARGE} if found & {"told_soc", "cell_voltage_v"} else set()
    return frozenset(found | ({TEMPERATURE_SPREAD} if found.issuperset(_SPREADS[TEMPERATURE_SPREAD]) else set()))


def _heard(mrids: Sequence[UUID], as_of: datetime) -> Mapping[UUID, Values]:
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=mrids, quantity__in=list(READING_OF))
    found: dict[UUID, Values] = {}
    for told in telemetry.point_values(list(rows), as_of=as_of):
        values = found.setdefault(told.point.equipment_mrid, {})
        name, scale = READING_OF[told.point.quantity]
        values[name] = scale * _value(told)
        if told.at is not None:
            values[AGE] = min(values.get(AGE, np.inf), max((as_of - told.at).total_seconds(), 0.0))
    return found


def _value(told: telemetry.PointValue) -> float:
    is_bad = told.is_stale or (told.quality & VALIDITY_MASK) == Quality.INVALID
    return NAN if told.value is None or is_bad else float(told.value)


def _derived(values: Values, state: ChargeState | None, as_of: datetime) -> Values:
    """Our own estimate of the charge goes before what the battery tells; the sum of both doubts is on either side."""
    spreads = {name: values.get(high, NAN) - values.get(low, NAN) for name, (high, low) in _SPREADS.items()}
    is_known = state is not None and as_of - state.as_of <= FRESH
    soc, sigma = (state.soc, state.sigma) if state is not None and is_known else (NAN, NAN)
    return values | spreads | {CHARGE: soc, SOC_HIGH: min(soc + sigma, 1.0), SOC_LOW: max(soc - sigma, 0.0)}


def _columns(rows: Sequence[tuple[str, Values]]) -> Readings:
    names = sorted({name for _, values in rows for name in values})
    columns = {name: np.array([values.get(name, NAN) for _, values in rows]) for name in names}
    return Readings([name for name, _ in rows], columns)
