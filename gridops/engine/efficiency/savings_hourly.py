"""The hourly model of CalTRACK 2: time of the week and temperature, by month and by whether the building is occupied.

Written from the CalTRACK 2.0 hourly methods (section 3, hourly) and Mathieu et al., IEEE Trans. Smart Grid 2 (2011);
compared with the open reference implementation (docs/studies/savings.md).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from gridops.engine.efficiency.savings_meter import HOURS_A_WEEK, MeterHours, WholeArray
from gridops.engine.network.model import BoolArray, FloatArray

K_A_F: Final = 1 / 1.8
EDGES_C: Final = tuple((edge - 32.0) * K_A_F for edge in (30.0, 45.0, 55.0, 65.0, 75.0, 90.0))
HEATING_BELOW_C, COOLING_ABOVE_C = (50.0 - 32.0) * K_A_F, (65.0 - 32.0) * K_A_F  # of the model of occupancy alone
OCCUPIED_SHARE: Final = 0.65  # more of an hour's residuals above 0 than this: occupied
LEAST_IN_BIN: Final = 20
NEIGHBOUR_WEIGHT: Final = 0.5  # of the months before and after
MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class MonthModel:
    """One month's model. level_kwh: (168,), nan at hours of the week never seen; occupied: (168,).

    edges_c and slopes (kWh per K, one more than edges) of the occupied and of the unoccupied hours.
    """

    level_kwh: FloatArray
    occupied: BoolArray
    occupied_edges_c: tuple[float, ...]
    occupied_slopes: FloatArray
    empty_edges_c: tuple[float, ...]
    empty_slopes: FloatArray

    def predict(self, hour_of_week: WholeArray, temperature_c: FloatArray) -> FloatArray:
        warm = bins(temperature_c, self.occupied_edges_c) @ self.occupied_slopes
        idle = bins(temperature_c, self.empty_edges_c) @ self.empty_slopes
        return np.asarray(self.level_kwh[hour_of_week] + np.where(self.occupied[hour_of_week], warm, idle))


@dataclass(frozen=True, slots=True)
class HourlyModel:
    """months: by month - 1, None where no reading of it is known. left_out_kwh: (h,), the residual (reading less model)
    of each hour of the baseline by a model that does not know this hour; nan where there is none."""

    months: tuple[MonthModel | None, ...]
    left_out_kwh: FloatArray

    def predict(self, hours: MeterHours) -> FloatArray:
        """kWh of each hour, (h,); nan where the temperature, the month or the hour of the week is unknown."""
        found = np.full(len(hours.kwh), np.nan)
        for month, model in enumerate(self.months, start=1):
            rows = hours.month == month
            if model is not None and rows.any():
                found[rows] = model.predict(hours.hour_of_week[rows], hours.temperature_c[rows])
        return found


def fit_hourly(hours: MeterHours) -> HourlyModel | str:
    """Twelve weighted regressions, each of a month with its neighbours at half weight; or why there is none."""
    known = np.isfinite(hours.kwh) & np.isfinite(hours.temperature_c)
    if not known.any():
        return "No hour has a reading and a temperature; give both for the baseline."
    left_out = np.full(len(hours.kwh), np.nan)
    months: list[MonthModel | None] = []
    for month in range(1, MONTHS + 1):
        weight = _weights(hours.month, month) * known
        rows = np.flatnonzero(weight > 0)
        if not (rows.size and (weight == 1).any()):
            months.append(None)
            continue
        model, residual = _fit_month(hours, rows, weight[rows])
        own = weight[rows] == 1
        left_out[rows[own]] = residual[own]
        months.append(model)
    return HourlyModel(tuple(months), left_out)


def _weights(months: WholeArray, month: int) -> FloatArray:
    apart = (months - month) % MONTHS
    return np.where(apart == 0, 1.0, np.where((apart == 1) | (apart == MONTHS - 1), NEIGHBOUR_WEIGHT, 0.0))


def _fit_month(hours: MeterHours, rows: WholeArray, weight: FloatArray) -> tuple[MonthModel, FloatArray]:
    kwh, at, slot = hours.kwh[rows], hours.temperature_c[rows], hours.hour_of_week[rows]
    occupied = _occupancy(kwh, at, slot, weight)
    is_occupied = occupied[slot]
    warm_edges, idle_edges = fit_edges(at[is_occupied]), fit_edges(at[~is_occupied])
    warm = bins(at, warm_edges) * is_occupied[:, None]
    idle = bins(at, idle_edges) * ~is_occupied[:, None]
    seen = np.unique(slot)
    level = (slot[:, None] == seen).astype(float)
    found, residual = _solve(np.hstack((level, warm, idle)), kwh, weight)
    levels = np.full(HOURS_A_WEEK, np.nan)
    levels[seen] = found[: len(seen)]
    slopes = found[len(seen) :]
    parts = (slopes[: warm.shape[1]], slopes[warm.shape[1] :])
    return MonthModel(levels, occupied, warm_edges, parts[0], idle_edges, parts[1]), residual


def _solve(x: FloatArray, y: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares of the least norm; residuals as if each row were left out (by its leverage)."""
    weighted = x * weight[:, None]
    size, ways = np.linalg.eigh(
        weighted.T @ x
    )  # columns of 0 and 1 and of kelvins: the square of their condition is harmless
    kept = size > size[-1] * 1e-12
    inverse = (ways[:, kept] / size[kept]) @ ways[:, kept].T
    found = inverse @ (weighted.T @ y)
    leverage = ((x @ inverse) * weighted).sum(axis=1)
    return found, (y - x @ found) / np.maximum(1 - leverage, 1e-6)


def _occupancy(kwh: FloatArray, at: FloatArray, slot: WholeArray, weight: FloatArray) -> BoolArray:
    """(168,): hours of the week in which most readings lie above a plain model of the weather. Never seen: occupied."""
    x = np.column_stack((np.ones_like(at), np.maximum(at - COOLING_ABOVE_C, 0), np.maximum(HEATING_BELOW_C - at, 0)))
    root = np.sqrt(weight)
    found = np.linalg.lstsq(x * root[:, None], kwh * root, rcond=None)[0]
    count = np.bincount(slot, minlength=HOURS_A_WEEK)
    above = np.bincount(slot, weights=(kwh - x @ found) > 0, minlength=HOURS_A_WEEK)
    return np.asarray((count == 0) | (above > OCCUPIED_SHARE * count))


def fit_edges(temperature_c: FloatArray) -> tuple[float, ...]:
    """Edges of temperature bins of which each holds at least 20 hours; removed from outside to inside."""
    edges = list(EDGES_C)
    while edges:
        count = np.bincount(np.searchsorted(edges, temperature_c, side="left"), minlength=len(edges) + 1)
        few = count < LEAST_IN_BIN
        gone = {edges[0]} if few[0] else set()
        gone |= {edges[-1]} if few[-1] else set()
        gone = gone or {edges[place] for place in np.flatnonzero(few)}
        if not gone:
            break
        edges = [edge for edge in edges if edge not in gone]
    return tuple(edges)


def bins(temperature_c: FloatArray, edges: tuple[float, ...]) -> FloatArray:
    """(h, edges + 1): how much of a temperature lies in each bin; the sum over a row is the temperature."""
    at = np.asarray(temperature_c, float)[:, None]
    if not edges:
        return at
    low = np.array(edges)
    width = np.append(np.diff(low), np.inf)
    return np.hstack((np.minimum(at, low[0]), np.clip(at - low, 0.0, width)))
