"""What is behind the meter of a site: load and sun as they are forecast, its tariff, the peak of this month."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.issues import effective, issue_at, overrides_at
from apps.markets.selectors.tariffs import NoTariff, TariffCourse, tariff_course
from apps.storage.adapters.feeders import Behind
from apps.storage.adapters.packed import FloatArray, unpacked
from apps.storage.choices import STEP
from apps.storage.models import ChargeDay, StoragePlant, StorageSite
from apps.storage.selectors.ahead import STEP_S, NoPrices, PricesAhead, complete, prices_ahead

MIDDLE = 0.5
QUARTERS = 96


class NoForecast(Exception):
    """Load or sun of the site is not forecast for all of the time; the message says what to do."""


def prices_at_meter(
    plant: StoragePlant, *, starts_at: datetime, steps: int, as_of: datetime
) -> tuple[PricesAhead, FloatArray]:
    """Of its site where it stands behind one's meter, with the demand charge: money per kW of the month's highest
    import, 0 in steps that do not count for it. Raises NoPrices."""
    site = plant.site
    if site is None:
        return prices_ahead(plant, starts_at=starts_at, steps=steps, as_of=as_of), np.zeros(steps)
    told = _tariff(site, starts_at, steps, as_of)
    prices = PricesAhead(told.buy, told.sell, told.is_known, told.currency, f"tariff {site.tariff}")
    return complete(prices, starts_at), told.demand


def _tariff(site: StorageSite, starts_at: datetime, steps: int, as_of: datetime) -> TariffCourse:
    try:
        return tariff_course(name=site.tariff, starts_at=starts_at, steps=steps, step_s=STEP_S, as_of=as_of)
    except NoTariff as fault:
        raise NoPrices(f"{site}: {fault}") from fault


def behind_meter(site: StorageSite, *, starts_at: datetime, steps: int, demand: FloatArray, as_of: datetime) -> Behind:
    """demand: money per kW by step; the highest stands for all that count. Raises NoForecast."""
    load = _forecast(site.load, starts_at, steps, as_of)
    sun = np.zeros(steps) if site.sun is None else _forecast(site.sun, starts_at, steps, as_of)
    charge = float(demand.max(initial=0.0))
    reached = reached_peak(site, before=starts_at, as_of=as_of) if charge else 0.0
    counts = (demand > 0).astype(np.float64)
    return Behind(np.maximum(load, 0.0), np.maximum(sun, 0.0), charge, reached, counts, site.is_curtailable)


def _forecast(series: Series, starts_at: datetime, steps: int, as_of: datetime) -> FloatArray:
    """The middle of what the newest issue says, with what people changed of it."""
    issue, first = issue_at(series, as_of=as_of), step_of(starts_at)
    if issue is None or first < issue.first or first + steps > issue.end:
        upto = f"reaches {issue.ends_at:%Y-%m-%d %H:%M} UTC only" if issue else "was never issued"
        raise NoForecast(f"The forecast of '{series}' {upto}; see under Forecasts why.")
    changes = overrides_at([series.pk], as_of=as_of, start=first, end=first + steps)
    place = slice(first - issue.first, first - issue.first + steps)
    held = effective(series, first, issue.quantiles[place], changes)
    level = int(np.argmin(np.abs(np.array(issue.levels) - MIDDLE)))
    if not np.isfinite(held[:, level]).all():
        raise NoForecast(f"The forecast of '{series}' has gaps; see under Forecasts why.")
    return np.asarray(held[:, level], np.float64)


def reached_peak(site: StorageSite, *, before: datetime, as_of: datetime) -> float:
    """kW: the highest import of the month so far in quarter hours that count and are known. 0 in a new month."""
    local = before.astimezone(ZoneInfo(settings.TIME_ZONE))
    begin = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    steps = max((min(before, as_of) - begin) // STEP, 0)
    if not steps:
        return 0.0
    net = measured_net(site, starts_at=begin, steps=steps)["net"]
    counts = _tariff(site, begin, steps, as_of).demand > 0
    return max(float(np.where(counts & np.isfinite(net), net, 0.0).max(initial=0.0)), 0.0)


def measured_net(site: StorageSite, *, starts_at: datetime, steps: int) -> dict[str, FloatArray]:
    """Load, sun, what the batteries drew, and the meter of all; kW by the quarter hour, nan where not known."""
    first = step_of(starts_at)
    keys = [one.pk for one in (site.load, site.sun) if one is not None]
    told = actual(keys, start=first, end=first + steps)
    sun = np.zeros(steps) if site.sun is None else told[site.sun.pk]
    battery = _batteries(site, starts_at, steps)
    load = told[site.load.pk]
    return {"load": load, "sun": sun, "battery": battery, "net": load - sun + battery}


def _batteries(site: StorageSite, starts_at: datetime, steps: int) -> FloatArray:
    """Of all plants of the site together; nan where one of them is not known."""
    whole, ends_at = np.zeros(steps), starts_at + steps * STEP
    for plant in site.plants.all():
        found = np.full(steps, np.nan)
        rows = ChargeDay.objects.filter(plant=plant, day__gte=starts_at.date(), day__lte=ends_at.date())
        for day, raw in rows.values_list("day", "power_kw"):
            at = (datetime(day.year, day.month, day.day, tzinfo=UTC) - starts_at) // STEP
            first, last = max(at, 0), min(at + QUARTERS, steps)
            if first < last:
                found[first:last] = unpacked(raw)[first - at : last - at]
        whole += found
    return whole
