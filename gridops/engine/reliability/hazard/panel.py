"""Outages by day and area, and what the past of a day says about it: nothing later is ever read."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

OWN_SPANS = (1, 3, 7, 30, 90)
NEAR_SPANS = (1, 7)
ALL_SPANS = (1, 7, 30)
PRIOR_DAYS = 20.0  # of the common rate: what an area without records is held to
YEAR_DAYS = 365.25
_WEEKDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class OutageDays:
    """What the records say. A day whose records are not complete is no day without outage."""

    counts: FloatArray  # days x areas: outages that are to be foreseen
    lesser: FloatArray  # days x areas: all outages, also those too small to be foreseen
    complete: BoolArray  # per day
    first_day: int  # days since 1970-01-01
    near: IntArray  # areas x neighbours, -1 for none

    @property
    def happened(self) -> BoolArray:
        return np.asarray(self.counts > 0, np.bool_)


def names_of_features() -> tuple[str, ...]:
    """Of the columns, in their order; spans in days."""
    return (
        *(f"own_{span}d" for span in OWN_SPANS),
        *(f"all_sizes_{span}d" for span in OWN_SPANS),
        *(f"near_{span}d" for span in NEAR_SPANS),
        *(f"everywhere_{span}d" for span in ALL_SPANS),
        "share_so_far",
        "year_sin",
        "year_cos",
        "weekend",
    )


def neighbours(longitude: FloatArray, latitude: FloatArray, most: int = 5) -> IntArray:
    """Areas x most: the nearest others by great circle; -1 where the place is unknown or there are no more."""
    count = len(longitude)
    found = np.full((count, most), -1, np.int64)
    x, y = np.radians(longitude), np.radians(latitude)
    for area in np.flatnonzero(np.isfinite(x) & np.isfinite(y)):
        half = np.sin((y - y[area]) / 2) ** 2 + np.cos(y) * np.cos(y[area]) * np.sin((x - x[area]) / 2) ** 2
        half[area] = np.nan
        order = np.argsort(half)
        order = order[np.isfinite(half[order])][:most]
        found[area, : len(order)] = order
    return found


def history_features(days: OutageDays, lead_days: int) -> FloatArray:
    """Days x areas x features: row d reads days up to d - lead_days only. nan while nothing is known."""
    before = [_means(days.counts, days.complete, span, lead_days) for span in OWN_SPANS]
    lesser = [_means(days.lesser, days.complete, span, lead_days) for span in OWN_SPANS]
    near = [_near(_means(days.lesser, days.complete, span, lead_days), days.near) for span in NEAR_SPANS]
    everywhere = [
        np.broadcast_to(
            _means(days.lesser.mean(axis=1, keepdims=True), days.complete, span, lead_days), days.counts.shape
        )
        for span in ALL_SPANS
    ]
    logs = [np.log(0.02 + one) for one in (*before, *lesser, *near, *everywhere)]
    share = shares_so_far(days, lead_days)
    return np.stack([*logs, np.log(share / (1 - share)), *_calendar(days)], axis=-1)


def shares_so_far(days: OutageDays, lead_days: int) -> FloatArray:
    """Days x areas: share of complete days up to d - lead_days with an outage, held to the share of all areas."""
    happened = days.happened * days.complete[:, None]
    count = _shifted(np.cumsum(days.complete.astype(np.float64))[:, None], lead_days, 0.0)
    own = _shifted(np.cumsum(happened.astype(np.float64), axis=0), lead_days, 0.0)
    areas = days.counts.shape[1]
    common = (own.sum(axis=1, keepdims=True) + 0.5) / (count * areas + 1.0)
    return np.asarray((own + PRIOR_DAYS * common) / (count + PRIOR_DAYS), np.float64)


def _means(values: FloatArray, complete: BoolArray, span: int, lead_days: int) -> FloatArray:
    """Mean of the complete ones of the `span` days that end lead_days before; nan where none is complete."""
    used = values * complete[:, None]
    total = _window(used, span)
    count = _window(complete.astype(np.float64)[:, None], span)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _shifted(np.where(count > 0, total / count, np.nan), lead_days, np.nan)


def _window(values: FloatArray, span: int) -> FloatArray:
    summed = np.cumsum(values, axis=0)
    summed[span:] -= summed[:-span].copy()
    return summed


def _shifted(values: FloatArray, days: int, fill: float) -> FloatArray:
    moved = np.full(values.shape, fill)
    moved[days:] = values[:-days]
    return moved


def _near(values: FloatArray, near: IntArray) -> FloatArray:
    """Mean over an area's neighbours; nan where it has none."""
    if not near.shape[1]:
        return np.full(values.shape, np.nan)
    taken = np.where(near >= 0, values[:, np.maximum(near, 0)], np.nan)
    known = np.isfinite(taken)
    count = known.sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, np.where(known, taken, 0.0).sum(axis=2) / count, np.nan), np.float64)


def _calendar(days: OutageDays) -> list[FloatArray]:
    number = days.first_day + np.arange(len(days.counts))
    turn = 2 * np.pi * number / YEAR_DAYS
    weekend = ((number + _WEEKDAY_OF_EPOCH) % 7 >= 5).astype(np.float64)
    shape = days.counts.shape
    # less than a year of records cannot tell a season from a trend
    is_young = np.arange(len(number)) < YEAR_DAYS
    season = [np.where(is_young, np.nan, one) for one in (np.sin(turn), np.cos(turn))]
    return [np.broadcast_to(one[:, None], shape) for one in (*season, weekend)]
