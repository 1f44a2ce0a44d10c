"""What plants have to offer and are planned to give, told to the books of the market: nothing is bid from here."""

from collections.abc import Sequence
from datetime import date, datetime
from math import ceil, floor

import numpy as np

from apps.markets.choices import Source
from apps.markets.models import TradingPortfolio
from apps.markets.rules import DAY, clock_of, delivery_span
from apps.markets.services.portfolios import Told, record_terms, record_volumes, take_members
from apps.storage.adapters.bounds import meter_most
from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.adapters.planning import window
from apps.storage.choices import STEP, Horizon, PlanOutcome
from apps.storage.models import StoragePlant, StorageSchedule
from apps.storage.selectors.charge import PlantCharge, charges
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.room import own_limits

DAYS_AHEAD = 2


def tell_market(*, as_of: datetime) -> int:
    """How many plants told their terms: those with a price zone in which somebody trades, whose charge is known."""
    home = TradingPortfolio.objects.filter(is_traded=True, takes_all_plants=True).select_related("zone").first()
    if home is None:
        return 0
    rows = StoragePlant.objects.filter(is_planned=True, price_zone=home.zone, site__isnull=True)
    plants = list(rows.prefetch_related("limits", "settings"))
    take_members(portfolio=home, plants=[(Source.STORAGE, one.mrid, one.name) for one in plants])
    known = charges(plants, as_of=as_of)
    heard = [one for one in plants if one.pk in known]
    record_volumes(told=_planned(heard, home, as_of), as_of=as_of)
    own = own_limits(heard)
    return sum(record_terms(mrid=one.mrid, terms=_terms(one, known[one.pk], own[one.pk]), as_of=as_of) for one in heard)


def _terms(plant: StoragePlant, charge: PlantCharge, own: tuple[float, float]) -> dict[str, float | None]:
    """Powers at the meter, within what the connection and the set-points of the field allow; the window in whole per
    cents."""
    limits = limits_of(plant)
    least, most = window(plant, limits, plant.resting_soc, charge.sigma)
    return {
        "charge_kw": min(meter_most(plant, float(limits.charge_kw[0]), "charge"), own[0]),
        "discharge_kw": min(meter_most(plant, float(limits.discharge_kw[0]), "discharge"), own[1]),
        "energy_kwh": plant.energy_kwh,
        "charge_efficiency": plant.charge_efficiency,
        "discharge_efficiency": plant.discharge_efficiency,
        "least_kwh": min(ceil(least * 100) / 100, plant.resting_soc) * plant.energy_kwh,
        "most_kwh": max(floor(most * 100) / 100, plant.resting_soc) * plant.energy_kwh,
        "stored_kwh": charge.soc * plant.energy_kwh,
        "resting_kwh": plant.resting_soc * plant.energy_kwh,
        "wear_per_kwh": plant.wear_per_kwh,
        "cycles_a_day": plant.most_cycles_a_day,
    }


def _planned(plants: Sequence[StoragePlant], home: TradingPortfolio, as_of: datetime) -> list[Told]:
    """What schedules say of today and tomorrow, given positive; the rolling one lies over that of the day ahead."""
    today = as_of.astimezone(clock_of(home.zone)).date()
    found: list[Told] = []
    newest = [_newest(plants, horizon) for horizon in (Horizon.DAY_AHEAD, Horizon.INTRADAY)]
    for day in (today + n * DAY for n in range(DAYS_AHEAD)):
        for plant in plants:
            values = _given(home, day, [rows[plant.pk] for rows in newest if plant.pk in rows])
            if np.isfinite(values).any():
                found.append(Told(plant.mrid, day, (0.5,), values[:, None], "schedule of its desk"))
    return found


def _newest(plants: Sequence[StoragePlant], horizon: Horizon) -> dict[int, StorageSchedule]:
    rows = StorageSchedule.objects.filter(plant__in=plants, horizon=horizon, outcome=PlanOutcome.PLANNED)
    wanted = rows.order_by("plant_id", "-id").distinct("plant_id")
    return {row.plant_id: row for row in wanted.only("plant_id", "starts_at", "steps", "power_kw")}


def _given(home: TradingPortfolio, day: date, schedules: Sequence[StorageSchedule]) -> FloatArray:
    begin, steps = delivery_span(home.zone, day)
    found = np.full(steps, np.nan)
    for row in schedules:
        offset = round((row.starts_at - begin) / STEP)
        low, high = max(offset, 0), min(offset + row.steps, steps)
        if high > low:
            found[low:high] = -np.asarray(unpacked(row.power_kw))[low - offset : high - offset]
    return found
