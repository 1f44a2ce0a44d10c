"""Forecasts of prices as they were issued, and how good they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.markets import rules
from apps.markets.adapters.blocks import averaged
from apps.markets.choices import PriceMethod, Product
from apps.markets.models import BiddingZone, PriceForecast, PriceScore
from apps.markets.selectors.known import Span

FloatArray = npt.NDArray[np.float64]
SKILL_DAYS = 28
STORED = np.dtype("<f8")


@dataclass(frozen=True, slots=True)
class Foretold:
    """On a span: `quantiles` steps x levels, nan where nothing was issued. `issued`: the forecasts that were used."""

    span: Span
    levels: tuple[float, ...]
    quantiles: FloatArray
    issued: Sequence[PriceForecast]

    @property
    def median(self) -> FloatArray:
        return np.asarray(self.quantiles[:, self.levels.index(0.5)])


def quantiles_of(forecast: PriceForecast) -> FloatArray:
    """Steps x levels."""
    return np.frombuffer(bytes(forecast.quantiles), STORED).reshape(-1, len(forecast.levels))


def price_forecast(
    *, zone: str, starts_at: datetime, steps: int, step_s: int, as_of: datetime, product: Product = Product.DAY_AHEAD
) -> Foretold:
    """Of each day the newest that was there at that instant; without a band its median at every level. One query."""
    span = Span(starts_at.astimezone(UTC), steps, step_s)
    rows = PriceForecast.objects.filter(
        zone__code=zone, product=product, issued_at__lte=as_of, starts_at__lt=span.ends_at, ends_at__gt=span.starts_at
    ).exclude(method=PriceMethod.NOTHING)
    issued = list(rows.order_by("day", "-as_of", "-issued_at").distinct("day"))
    levels = max((tuple(one.levels) for one in issued), key=len, default=(0.5,))
    found = np.full((steps, len(levels)), np.nan)
    for one in issued:
        own = quantiles_of(one)
        wide = own if own.shape[1] == len(levels) else np.repeat(own[:, :1], len(levels), axis=1)
        offset_s = (span.starts_at - one.starts_at).total_seconds()
        for column, values in enumerate(wide.T):
            fresh = averaged(values, step_s=one.step_s, offset_s=offset_s, to_step_s=step_s, steps=steps)
            found[:, column] = np.where(np.isfinite(fresh), fresh, found[:, column])
    return Foretold(span, levels, found, issued)


def standing_before_gate(
    *, zone: BiddingZone, first: date, until: date, as_of: datetime, product: Product = Product.DAY_AHEAD
) -> dict[date, PriceForecast]:
    """Of each day the newest forecast of what was known when its gate closed, issued then or worked out again."""
    rows = PriceForecast.objects.filter(
        zone=zone, product=product, day__gte=first, day__lt=until, issued_at__lte=as_of
    ).exclude(method=PriceMethod.NOTHING)
    found: dict[date, PriceForecast] = {}
    for one in rows.order_by("day", "as_of", "-issued_at"):
        if one.as_of <= rules.gate_closes(zone, one.day):
            found[one.day] = one
    return found


@dataclass(frozen=True, slots=True)
class PriceSkill:
    """Means over the days that were scored, by their steps; None: it cannot be told."""

    days: int
    worked_out_again: int  # of the days
    by_model: int
    mae: float | None
    naive_mae: float | None  # of the same weekday a week before, over the days on which both are known
    mae_ratio: float | None
    pinball: float | None
    coverage_80: float | None
    coverage_90: float | None
    unit: str
    rows: Sequence[PriceScore]


def price_skill(
    *, zone: BiddingZone, until: date, days: int = SKILL_DAYS, product: Product = Product.DAY_AHEAD
) -> PriceSkill:
    """Of the days before `until`."""
    rows = list(
        PriceScore.objects.filter(zone=zone, product=product, day__lt=until, day__gte=until - timedelta(days))
        .select_related("forecast")
        .defer("forecast__quantiles")
        .order_by("day")
    )
    both = [row for row in rows if row.naive_mae is not None]
    own, naive = _mean(both, "mae"), _mean(both, "naive_mae")
    return PriceSkill(
        days=len(rows),
        worked_out_again=sum(not row.forecast.was_there for row in rows),
        by_model=sum(row.forecast.method == PriceMethod.MODEL for row in rows),
        mae=_mean(rows, "mae"),
        naive_mae=naive,
        mae_ratio=own / naive if own is not None and naive else None,
        pinball=_mean([row for row in rows if row.pinball is not None], "pinball"),
        coverage_80=_share(rows, "inside_80"),
        coverage_90=_share(rows, "inside_90"),
        unit=rows[-1].forecast.unit if rows else "",
        rows=rows,
    )


def _mean(rows: Sequence[PriceScore], figure: str) -> float | None:
    steps = sum(row.steps for row in rows)
    return sum(getattr(row, figure) * row.steps for row in rows) / steps if steps else None


def _share(rows: Sequence[PriceScore], figure: str) -> float | None:
    told = [row for row in rows if getattr(row, figure) is not None]
    steps = sum(row.steps for row in told)
    return sum(getattr(row, figure) for row in told) / steps if steps else None
