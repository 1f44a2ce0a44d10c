"""What a customer of a tariff pays and gets at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.conf import settings

from apps.markets.adapters.weeks import RASTER_S, course, local_places, month_table
from apps.markets.choices import BOUGHT, TariffKind
from apps.markets.models import Tariff, TariffPart
from apps.markets.selectors.expected import expected

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class NoTariff(Exception):
    """No version of the tariff holds at some time of the span."""


@dataclass(frozen=True, slots=True)
class TariffCourse:
    """Per step, in the tariff's currency: `buy` and `sell` per kWh, `demand` per kW and month of the highest power that
    is drawn where it is not zero. `is_known`: False where the spot price is not out and an expected one stands."""

    currency: str
    buy: FloatArray
    sell: FloatArray
    demand: FloatArray
    is_known: BoolArray
    standing_per_month: float
    versions: Sequence[Tariff]


def tariffs_in_force(*, day: date) -> list[Tariff]:
    """Of each name the newest version that holds."""
    rows = Tariff.objects.filter(valid_from__lte=day).select_related("spot_zone").prefetch_related("parts")
    newest = {one.name: one for one in rows.order_by("name", "valid_from")}
    return [one for one in newest.values() if one.valid_to is None or one.valid_to > day]


def tariff_course(*, name: str, starts_at: datetime, steps: int, step_s: int, as_of: datetime) -> TariffCourse:
    """step_s: a multiple of five minutes. Raises NoTariff, and ValueError for a step that is none."""
    if step_s % RASTER_S or step_s <= 0 or steps < 1:
        raise ValueError("The steps of a tariff are whole multiples of five minutes.")
    begin, clock = starts_at.astimezone(UTC), ZoneInfo(settings.TIME_ZONE)
    days = [(begin + timedelta(seconds=n * step_s)).astimezone(clock).date() for n in range(steps)]
    versions = _versions(name, sorted(set(days)))
    places = local_places(begin, steps, step_s, clock)
    found = TariffCourse(
        versions[days[0]].currency,
        np.zeros(steps),
        np.zeros(steps),
        np.zeros(steps),
        np.ones(steps, np.bool_),
        sum(one.price for one in versions[days[0]].parts.all() if one.kind == TariffKind.STANDING),
        list({one.pk: one for one in versions.values()}.values()),
    )
    for version in found.versions:
        holds = np.array([versions[day].pk == version.pk for day in days])
        _fill(found, holds, list(version.parts.all()), places, steps)
        if version.spot_zone:
            spot = expected(zone=version.spot_zone.code, starts_at=begin, steps=steps, step_s=step_s, as_of=as_of)
            found.buy[holds] += spot.values[holds] / 1000
            found.is_known[holds] = spot.is_known[holds]
    return found


def _versions(name: str, days: Sequence[date]) -> dict[date, Tariff]:
    rows = list(
        Tariff.objects.filter(name=name, valid_from__lte=days[-1])
        .select_related("spot_zone")
        .prefetch_related("parts")
        .order_by("valid_from")
    )
    found = {}
    for day in days:
        newest = next((one for one in reversed(rows) if one.valid_from <= day), None)
        if newest is None or (newest.valid_to is not None and newest.valid_to <= day):
            raise NoTariff(f"No version of the tariff {name} holds on {day}.")
        found[day] = newest
    return found


def _fill(
    found: TariffCourse, holds: BoolArray, parts: list[TariffPart], places: npt.NDArray[np.int64], steps: int
) -> None:
    for kind in TariffKind:
        target = (
            found.buy if kind in BOUGHT else {TariffKind.FEED_IN: found.sell, TariffKind.DEMAND: found.demand}.get(kind)
        )
        if target is not None:
            target[holds] += course(month_table(parts, kind), places, steps)[holds]
