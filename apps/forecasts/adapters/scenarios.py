"""The panel of one series under other weather and other holidays than are expected."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.learning import PanelModel, Standing
from apps.forecasts.adapters.panels import LEVEL_ARRAY, Panel
from apps.weather.choices import Variable
from apps.weather.models import Location
from gridops.engine.forecasting.issuing import issue
from gridops.engine.forecasting.physical import Site, sun

TEMPERATURE, SUN, WIND = (str(one) for one in (Variable.TEMPERATURE_C, Variable.GHI_W_M2, Variable.WIND_SPEED_100M_M_S))
_UNSEEN = {TEMPERATURE: ("temperature", "°C"), SUN: ("sun", "W/m²"), WIND: ("wind", "m/s")}
_ROOM = 0.05  # of what was seen: so far beyond it nothing is new
_CLEARER = 1.1  # than the formula of a clear sky: it errs by so much
_CLEAR = "More sun than a clear sky has is not possible: there it is taken as clear."


@dataclass(frozen=True, slots=True)
class Change:
    """`holidays`: which of the days ahead are holidays; None: as in the calendar."""

    temperature_c: float = 0.0
    sun_percent: float = 0.0
    wind_percent: float = 0.0
    holidays: frozenset[date] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the weather that it changes."""
        changed = ((TEMPERATURE, self.temperature_c), (SUN, self.sun_percent), (WIND, self.wind_percent))
        return tuple(name for name, value in changed if value)


@dataclass(frozen=True)
class Altered:
    """`notes`: what of the wish is not possible, or was never seen. `calendar`: the holidays as they are."""

    panel: Panel
    calendar: frozenset[date]
    notes: tuple[str, ...]


def altered(
    panel: Panel, change: Change, place: Location | None, *, at: int, steps: int, days: Sequence[date]
) -> Altered:
    """From the step `at` on. `days`: the local days ahead."""
    ahead, notes, span = panel.ahead.copy(), [], slice(at, at + steps)
    for name in change.columns:
        column = panel.ahead_names.index(name)
        known = panel.ahead[panel.place[0], :, column].astype(np.float64)
        values = _changed(name, known[span], change)
        if name == SUN and place is not None:
            sky = np.fmax(_clear(panel, place, span), known[span])
            notes += [_CLEAR] if (values > sky).any() else []
            values = np.minimum(values, sky)
        notes += _unseen(name, values, known[:at])
        ahead[panel.place[0], span, column] = values
    clock = panel.clock
    if change.holidays is not None:
        clock = replace(clock, holidays=(clock.holidays - frozenset(days)) | change.holidays)
    return Altered(replace(panel, ahead=ahead, clock=clock), panel.clock.holidays, tuple(notes))


def _changed(name: str, values: FloatArray, change: Change) -> FloatArray:
    if name == TEMPERATURE:
        return values + change.temperature_c
    return values * (1 + (change.sun_percent if name == SUN else change.wind_percent) / 100)


def _clear(panel: Panel, place: Location, span: slice) -> FloatArray:
    clock = panel.clock
    middle = clock.start_s + np.arange(span.start, span.stop) * clock.step_s + clock.step_s // 2
    return sun(Site(place.latitude, place.longitude), middle).clear_wm2 * _CLEARER


def _unseen(name: str, values: FloatArray, before: FloatArray) -> list[str]:
    word, unit = _UNSEEN[name]
    seen, now = before[np.isfinite(before)], values[np.isfinite(values)]
    room = _ROOM * float(np.ptp(seen)) if len(seen) else 0.0
    if not (len(seen) and len(now)) or (now.max() <= seen.max() + room and now.min() >= seen.min() - room):
        return []
    return [
        f"With {now.min():.0f} to {now.max():.0f} {unit} the {word} leaves what the last weeks saw "
        f"({seen.min():.0f} to {seen.max():.0f} {unit}): the model may know nothing of that."
    ]


def quantiles_of(panel: Panel, model: PanelModel, standing: Standing | None, *, at: int, steps: int) -> FloatArray:
    """Steps x levels, kW, as an issue has them before it is added up with others."""
    found = issue(panel, model, [standing], at=at, horizon=steps, levels=LEVEL_ARRAY)
    return np.asarray(found.quantiles[0], np.float64)
