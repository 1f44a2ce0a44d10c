"""Prices as they were known at an instant: nothing that came later is ever read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.markets.adapters.blocks import Piece, averaged, overlaid
from apps.markets.choices import Product
from apps.markets.models import MarketBlock, MarketSeries

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    starts_at: datetime
    steps: int
    step_s: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.steps * self.step_s)


@dataclass(frozen=True, slots=True)
class Prices:
    """`values` per step, in `unit`, nan where nothing was known; `series`: those that gave at least one, first believed
    first; `known_at`: since when the newest of what was used was known."""

    span: Span
    values: FloatArray
    unit: str
    series: Sequence[MarketSeries]
    known_at: datetime | None


def prices(
    *,
    zone: str,
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
    product: Product = Product.DAY_AHEAD,
    auction: str | None = None,
) -> Prices:
    """Means over the steps asked for. Two queries, whatever the span.

    auction: None takes every auction, the lowest rank first, and fills from the next what it does not say.
    """
    span = Span(starts_at.astimezone(UTC), steps, step_s)  # local clocks add otherwise
    told = MarketSeries.objects.filter(zone__code=zone, product=product).order_by("rank", "step_s", "pk")
    rows = list(told if auction is None else told.filter(auction=auction))
    pieces, known = _pieces(rows, span, as_of)
    values = np.full(steps, np.nan)
    used, newest = [], list[datetime]()
    for row in rows:
        fresh = _on_span(row, pieces.get(row.pk, []), span)
        is_new = np.isnan(values) & np.isfinite(fresh)
        if is_new.any():
            values[is_new] = fresh[is_new]
            used.append(row)
            newest.append(known[row.pk])
    return Prices(span, values, _unit(used or rows), used, max(newest, default=None))


def price_at(
    *,
    zone: str,
    starts_at: datetime,
    ends_at: datetime,
    as_of: datetime,
    product: Product = Product.DAY_AHEAD,
) -> float | None:
    """The mean over an interval; None where a part of it was not known."""
    step_s = int(ends_at.timestamp() - starts_at.timestamp())
    if step_s <= 0:
        raise ValueError("The interval of a price must end after it begins.")
    found = prices(zone=zone, starts_at=starts_at, steps=1, step_s=step_s, as_of=as_of, product=product).values[0]
    return float(found) if np.isfinite(found) else None


def values_known(series: MarketSeries, *, starts_at: datetime, steps: int, as_of: datetime) -> FloatArray:
    """On the series's own steps."""
    span = Span(starts_at, steps, series.step_s)
    return overlaid(
        _pieces([series], span, as_of)[0].get(series.pk, []), step_s=series.step_s, starts_at=starts_at, steps=steps
    )


def _pieces(
    rows: Sequence[MarketSeries], span: Span, as_of: datetime
) -> tuple[dict[int, list[Piece]], dict[int, datetime]]:
    """Blocks by series, oldest knowledge first, and when the newest of them was known."""
    blocks = MarketBlock.objects.filter(
        series__in=[row.pk for row in rows], starts_at__lt=span.ends_at, ends_at__gt=span.starts_at, known_at__lte=as_of
    ).order_by("known_at", "pk")
    found: dict[int, list[Piece]] = {}
    known: dict[int, datetime] = {}
    for key, begin, values, at in blocks.values_list("series_id", "starts_at", "values", "known_at"):
        found.setdefault(key, []).append((begin, bytes(values)))
        known[key] = at
    return found, known


def _on_span(row: MarketSeries, pieces: Sequence[Piece], span: Span) -> FloatArray:
    """Laid on the series's own steps, which may begin at any second of them, then told on those of the span."""
    if not pieces:
        return np.full(span.steps, np.nan)
    begin = _own_begin(row.step_s, pieces[0][0], span.starts_at)
    count = int(np.ceil((span.ends_at - begin).total_seconds() / row.step_s))
    own = overlaid(pieces, step_s=row.step_s, starts_at=begin, steps=count)
    offset_s = (span.starts_at - begin).total_seconds()
    return averaged(own, step_s=row.step_s, offset_s=offset_s, to_step_s=span.step_s, steps=span.steps)


def _own_begin(step_s: int, one_of_them: datetime, at: datetime) -> datetime:
    """The last step of the series that begins at that instant or before."""
    phase = one_of_them.timestamp() % step_s
    return datetime.fromtimestamp((at.timestamp() - phase) // step_s * step_s + phase, UTC)


def _unit(rows: Sequence[MarketSeries]) -> str:
    return rows[0].unit if rows else ""
