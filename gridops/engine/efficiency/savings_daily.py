"""The daily model of CalTRACK 2: base load, heating and cooling degree days, balance points found by trying all.

Written from the CalTRACK 2.0 methods (sections 3.2 to 3.4, docs.caltrack.org) and compared with their open reference
implementation (docs/studies/savings.md).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from gridops.engine.efficiency.savings_meter import MeterDays
from gridops.engine.network.model import BoolArray, FloatArray

K_A_F: Final = 1 / 1.8
BALANCE_F: Final = np.arange(30, 91, dtype=float)  # CalTRACK 3.2.2: 30 to 90 degF
BALANCE_C: Final = (BALANCE_F - 32.0) * K_A_F
LEAST_DAYS_WITH: Final = 10  # CalTRACK 3.2.2.2.1: days on which the degree days are not 0
LEAST_DEGREE_DAYS: Final = 20 * K_A_F  # CalTRACK 3.2.2.2.2, told in degF days there
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class DailyModel:
    """kWh a day: base + heating x max(heating_balance - T, 0) + cooling x max(T - cooling_balance, 0).

    base_kwh a day; heating and cooling in kWh per K and day, 0 and a balance point of None where the model has no such
    part; r2_adjusted of the fit (0 of the base load alone); candidates: how many models were tried and may be used.
    """

    base_kwh: float
    heating_kwh_per_k: float
    cooling_kwh_per_k: float
    heating_balance_c: float | None
    cooling_balance_c: float | None
    r2_adjusted: float
    candidates: int

    @property
    def slopes(self) -> int:
        return (self.heating_balance_c is not None) + (self.cooling_balance_c is not None)

    @property
    def kind(self) -> str:
        parts = (("heating", self.heating_balance_c), ("cooling", self.cooling_balance_c))
        return " and ".join(name for name, balance in parts if balance is not None) or "base load only"

    def parts(self, temperature_c: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Base, heating and cooling energy a day, kWh, (d,) each; nan where the temperature is nan."""
        at = np.asarray(temperature_c, float)
        base = np.where(np.isfinite(at), self.base_kwh, np.nan)
        heating = self.heating_kwh_per_k * np.maximum((self.heating_balance_c or 0.0) - at, 0.0)
        cooling = self.cooling_kwh_per_k * np.maximum(at - (self.cooling_balance_c or 0.0), 0.0)
        return base, heating, cooling

    def predict(self, temperature_c: FloatArray) -> FloatArray:
        base, heating, cooling = self.parts(temperature_c)
        return np.asarray(base + heating + cooling)


@dataclass(frozen=True, slots=True)
class _Fits:
    """Candidates of one form: coefficients (m,) each, nan-free; qualified ones have none below 0."""

    base: FloatArray
    heating: FloatArray
    cooling: FloatArray
    r2_adjusted: FloatArray
    qualified: BoolArray


def fit_daily(days: MeterDays) -> DailyModel | str:
    """Of all candidates without a negative coefficient, the one with the greatest adjusted R2; or why there is none.

    A tie goes to the simpler form, then to the lower balance point (the order in which CalTRACK lists them).
    """
    known = days.known
    kwh, at = days.kwh[known], days.temperature_c[known]
    if len(kwh) <= LEAST_DAYS_WITH:
        return f"Only {len(kwh)} days have a reading and a temperature; a model needs more than {LEAST_DAYS_WITH}."
    heat = np.maximum(BALANCE_C[:, None] - at, 0.0)
    cool = np.maximum(at - BALANCE_C[:, None], 0.0)
    heat_ok, cool_ok = _enough(heat), _enough(cool)
    single = (_single(kwh, heat, heat_ok, is_heating=True), _single(kwh, cool, cool_ok, is_heating=False))
    double = _double(kwh, heat, cool, heat_ok[None, :] & cool_ok[:, None])
    forms = (_flat(kwh), *single, double)
    count = int(sum(form.qualified.sum() for form in forms))
    if not count:
        return "Every candidate has a negative base load, heating or cooling: the readings do not follow the weather."
    scores = [np.where(form.qualified, form.r2_adjusted, -np.inf) for form in forms]
    best = max(range(len(forms)), key=lambda form: (float(scores[form].max()), -form))
    place = int(np.argmax(scores[best]))
    return _model(forms[best], place, best, count)


def _model(form: _Fits, place: int, kind: int, count: int) -> DailyModel:
    cooling_at, heating_at = divmod(place, len(BALANCE_C)) if kind == 3 else (place, place)
    return DailyModel(
        base_kwh=float(form.base[place]),
        heating_kwh_per_k=float(form.heating[place]),
        cooling_kwh_per_k=float(form.cooling[place]),
        heating_balance_c=float(BALANCE_C[heating_at]) if kind in (1, 3) else None,
        cooling_balance_c=float(BALANCE_C[cooling_at]) if kind in (2, 3) else None,
        r2_adjusted=float(form.r2_adjusted[place]),
        candidates=count,
    )


def _enough(degree_days: FloatArray) -> BoolArray:
    some = (degree_days > 0).sum(axis=1) >= LEAST_DAYS_WITH
    return np.asarray(some & (degree_days.sum(axis=1) >= LEAST_DEGREE_DAYS))


def _flat(kwh: FloatArray) -> _Fits:
    zero = np.zeros(1)
    return _Fits(np.array([kwh.mean()]), zero, zero, zero, np.array([kwh.mean() >= 0]))


def _single(kwh: FloatArray, x: FloatArray, enough: BoolArray, *, is_heating: bool) -> _Fits:
    """Simple regressions, one a row of x (m, d)."""
    n, dx, dy = len(kwh), x - x.mean(axis=1, keepdims=True), kwh - kwh.mean()
    sxx = (dx**2).sum(axis=1)
    slope = np.where(sxx > _TINY, dx @ dy / np.maximum(sxx, _TINY), 0.0)
    base = kwh.mean() - slope * x.mean(axis=1)
    r2 = _adjusted(slope * (dx @ dy), dy, n, 1)
    zero = np.zeros_like(slope)
    heating, cooling = (slope, zero) if is_heating else (zero, slope)
    return _Fits(base, heating, cooling, r2, enough & (base >= 0) & (slope >= 0))


def _double(kwh: FloatArray, heat: FloatArray, cool: FloatArray, enough: BoolArray) -> _Fits:
    """All pairs with the heating balance point at or below that of cooling; cooling in the outer order, flat arrays."""
    n, dy = len(kwh), kwh - kwh.mean()
    dh, dc = heat - heat.mean(axis=1, keepdims=True), cool - cool.mean(axis=1, keepdims=True)
    hh, cc, ch = (dh**2).sum(axis=1)[None, :], (dc**2).sum(axis=1)[:, None], dc @ dh.T
    hy, cy = (dh @ dy)[None, :], (dc @ dy)[:, None]
    det = hh * cc - ch**2
    solvable = det > _TINY * np.maximum(hh * cc, _TINY)
    safe = np.where(solvable, det, 1.0)
    heating, cooling = (hy * cc - cy * ch) / safe, (cy * hh - hy * ch) / safe
    base = kwh.mean() - heating * heat.mean(axis=1)[None, :] - cooling * cool.mean(axis=1)[:, None]
    r2 = _adjusted(heating * hy + cooling * cy, dy, n, 2)
    ordered = np.arange(len(BALANCE_C))[None, :] <= np.arange(len(BALANCE_C))[:, None]
    qualified = enough & ordered & solvable & (base >= 0) & (heating >= 0) & (cooling >= 0)
    return _Fits(base.ravel(), heating.ravel(), cooling.ravel(), r2.ravel(), qualified.ravel())


def _adjusted(explained: FloatArray, dy: FloatArray, n: int, slopes: int) -> FloatArray:
    total = float((dy**2).sum())
    if total <= _TINY:
        return np.zeros_like(explained)
    return np.asarray(1 - (1 - explained / total) * (n - 1) / (n - slopes - 1))
