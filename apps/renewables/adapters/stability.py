"""From the area's paper, forecasts and batteries to the engine, and back to documents.

The frequency rises after a loss of load as it falls after one of generation: the engine is asked for its mirror image.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.renewables.adapters.stability_parts import Answerer, Losable
from apps.renewables.choices import STABILITY_HOURS
from apps.renewables.models import StabilityArea
from gridops.engine.stability.area import Area, Fast, droop_of
from gridops.engine.stability.need import Answering, Need, needed
from gridops.engine.stability.shares import Offers, Shares, shared
from gridops.engine.stability.strength import Inertia, Tie, inertia
from gridops.engine.stability.swing import Response, after_loss, first_rocof, settled_hz

FloatArray = npt.NDArray[np.float64]
PERCENT = 100.0
SHOWN_EVERY = 10  # steps of the simulation
TO_NINE_TENTHS = math.log(10.0)
RUNS_FROM = 0.01  # of its rating
LEAST_SHARE = 0.005  # of the rating: less is no setting


@dataclass(frozen=True, slots=True)
class Outlook:
    hours: list[dict[str, Any]]
    response: dict[str, Any]
    shares: list[dict[str, Any]]
    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Rising:
    """After the largest loss of load in each hour."""

    columns: dict[str, Any]
    given: Shares
    holds: bool


def outlook(
    row: StabilityArea,
    plants: Sequence[Losable],
    loads: Sequence[Losable],
    answerers: Sequence[Answerer],
    starts_at: datetime,
) -> Outlook:
    """plants: at least one; loads: those that may be lost."""
    loss = np.array([plant.kw for plant in plants]).max(axis=0)
    turning = _inertia(row, plants, loss)
    area, answering = _area(row, turning), _answering(row)
    need = needed(area, loss, limit_hz=row.limit_hz, answering=answering)
    given = _shared(row, need, answerers, room="room_kw", energy="energy_kwh")
    rising = _rising(row, area, loads, answerers)
    with_it = after_loss(area, loss, answering.of(given.kw)) if answerers else need.without
    now = after_loss(area, loss, _set_now(row, answerers))
    rests = settled_hz(area, loss, answering.of(given.kw))
    columns = {
        **_plant_columns(plants),
        "synchronous_kws": turning.synchronous_kws,
        "needed_kws": turning.needed_kws,
        "rocof_hz_s": first_rocof(area, loss),
        "nadir_without_hz": need.without.nadir_hz,
        "nadir_now_hz": now.nadir_hz,
        "nadir_hz": with_it.nadir_hz,
        "settling_hz": rests,
        "need_kw": need.kw,
        "given_kw": given.kw.sum(axis=1),
        "short_kw": given.short_kw,
        "is_enough": need.is_enough,
        **rising.columns,
    }
    hours = _hours(columns, starts_at)
    response = _response(int(need.without.nadir_hz.argmin()), starts_at, need.without, now, with_it)
    holds = bool((with_it.nadir_hz >= row.limit_hz).all()) and rising.holds
    shares = _share_documents(row, answerers, given, rising.given)
    return Outlook(hours, response, shares, holds, _words(row, hours, [given.reason, rising.given.reason]))


def _rising(row: StabilityArea, area: Area, loads: Sequence[Losable], answerers: Sequence[Answerer]) -> _Rising:
    """Machines around are taken to give as much less as their paper says that they can give more."""
    by_load = np.array([load.kw for load in loads]) if loads else np.zeros((1, STABILITY_HOURS))
    lost, answering = by_load.max(axis=0), _answering(row)
    need = needed(area, lost, limit_hz=2 * row.nominal_hz - row.high_limit_hz, answering=answering)
    given = _shared(row, need, answerers, room="room_down_kw", energy="energy_down_kwh")
    with_it = after_loss(area, lost, answering.of(given.kw)) if answerers else need.without
    highest = 2 * row.nominal_hz - with_it.nadir_hz
    names = [loads[n].name if loads else "" for n in by_load.argmax(axis=0).tolist()]
    columns = {
        "rise_kw": lost,
        "rise_name": np.array(names),
        "zenith_without_hz": 2 * row.nominal_hz - need.without.nadir_hz,
        "zenith_hz": highest,
        "need_down_kw": need.kw,
        "given_down_kw": given.kw.sum(axis=1),
        "short_down_kw": given.short_kw,
    }
    return _Rising(columns, given, bool((highest <= row.high_limit_hz).all()))


def _plant_columns(plants: Sequence[Losable]) -> dict[str, Any]:
    """Of the plant that gives most in each hour."""
    by_plant = np.array([plant.kw for plant in plants])
    worst = [plants[n] for n in by_plant.argmax(axis=0).tolist()]
    follows = np.array([not plant.turns for plant in plants])
    return {
        "loss_kw": by_plant.max(axis=0),
        "loss_mrid": np.array([str(plant.mrid) for plant in worst]),
        "loss_name": np.array([plant.name for plant in worst]),
        "loss_basis": np.array([plant.basis for plant in worst]),
        "inverter_kw": by_plant[follows].sum(axis=0),
    }


def _hours(columns: dict[str, Any], starts_at: datetime) -> list[dict[str, Any]]:
    told = {name: column.tolist() for name, column in columns.items()}
    return [
        {"at": (starts_at + timedelta(hours=n)).isoformat(), **{name: values[n] for name, values in told.items()}}
        for n in range(STABILITY_HOURS)
    ]


def _inertia(row: StabilityArea, plants: Sequence[Losable], loss_kw: FloatArray) -> Inertia:
    """The area around counts as one machine of one second; own plants while they are foreseen to give something."""
    gives = np.array([plant.kw > RUNS_FROM * plant.rated_kw for plant in plants]).T
    return inertia(
        np.array([1.0, *(row.own_inertia_s for _ in plants)]),
        np.array([row.kinetic_kws, *(plant.rated_kw for plant in plants)]),
        [Tie.SYNCHRONOUS, *(Tie.SYNCHRONOUS if plant.turns else Tie.FOLLOWING for plant in plants)],
        np.hstack([np.ones((len(loss_kw), 1)), gives]),
        loss_kw,
        nominal_hz=row.nominal_hz,
        rocof_limit_hz_s=row.rocof_limit_hz_s,
    )


def _area(row: StabilityArea, turning: Inertia) -> Area:
    ones = np.ones(len(turning.total_kws))
    return Area(
        kinetic_kws=turning.total_kws,
        load_kw=row.load_kw * ones,
        damping=row.damping * ones,
        governor_kw=row.governor_kw * ones,
        governor_droop=row.governor_droop_percent / PERCENT * ones,
        governor_lag_s=row.governor_lag_s * ones,
        governor_room_kw=row.governor_room_kw * ones,
        nominal_hz=row.nominal_hz,
    )


def _answering(row: StabilityArea) -> Answering:
    return Answering(row.full_hz, row.deadband_hz, row.delay_s, row.response_s / TO_NINE_TENTHS)


def _shared(row: StabilityArea, need: Need, answerers: Sequence[Answerer], *, room: str, energy: str) -> Shares:
    """A plant may carry what the least droop of its makes at the full deviation."""
    if not answerers:
        nothing = np.zeros((len(need.kw), 0))
        return Shares(nothing, need.kw, 0.0, np.full(len(need.kw), np.nan), "No plant here takes a droop setting.")
    rated, least = (np.array([getattr(one, name) for one in answerers]) for name in ("rated_kw", "low_percent"))
    most = (row.full_hz - row.deadband_hz) / row.nominal_hz * rated / np.maximum(least / PERCENT, 1e-6)
    offers = Offers(
        room_kw=np.array([getattr(one, room) for one in answerers]).T,
        energy_kwh=np.array([getattr(one, energy) for one in answerers]).T,
        cost=np.full(len(answerers), row.price_per_kw_h),
        most_kw=most,
    )
    return shared(need.kw, offers, hold_hours=row.hold_minutes / 60, change_cost=row.change_price_per_kw)


def _set_now(row: StabilityArea, answerers: Sequence[Answerer]) -> Fast:
    """As their droop is told now; what is not told, or stands at its highest, gives nothing."""
    slopes = [_slope(one, row.nominal_hz) for one in answerers] or [0.0]
    nothing = np.zeros((STABILITY_HOURS, 1))
    room = np.array([one.room_kw for one in answerers]).T if answerers else nothing
    energy = np.array([one.energy_kwh for one in answerers]).T if answerers else nothing
    ones = np.ones(len(slopes))
    return Fast(
        kw_per_hz=np.broadcast_to(np.array(slopes), room.shape),
        room_kw=room,
        energy_kwh=energy,
        deadband_hz=row.deadband_hz * ones,
        delay_s=row.delay_s * ones,
        lag_s=row.response_s / TO_NINE_TENTHS * ones,
    )


def _slope(one: Answerer, nominal_hz: float) -> float:
    droop = one.droop_percent
    if droop is None or droop <= 0 or droop >= one.high_percent:
        return 0.0
    return one.rated_kw / (droop / PERCENT * nominal_hz)


def _share_documents(
    row: StabilityArea, answerers: Sequence[Answerer], given: Shares, down: Shares
) -> list[dict[str, Any]]:
    """One droop answers both ways: that of the larger share."""
    return [
        {
            "mrid": str(one.mrid),
            "name": one.name,
            "rated_kw": one.rated_kw,
            "kw": given.kw[:, n].round(1).tolist(),
            "room_kw": one.room_kw.round(1).tolist(),
            "energy_kwh": one.energy_kwh.round(1).tolist(),
            "down_kw": down.kw[:, n].round(1).tolist(),
            "room_down_kw": one.room_down_kw.round(1).tolist(),
            "held_up_kw": one.held_kw[0],
            "held_down_kw": one.held_kw[1],
            "droop_percent": _droops(row, one, np.maximum(given.kw[:, n], down.kw[:, n])),
            "droop_now_percent": one.droop_percent,
            "off_percent": one.high_percent,
            "words": one.words,
        }
        for n, one in enumerate(answerers)
    ]


def _droops(row: StabilityArea, one: Answerer, kw: FloatArray) -> list[float]:
    """To a hundredth, towards the steeper; off where there is next to nothing."""
    rated = np.full(len(kw), one.rated_kw)
    droop = droop_of(kw, rated, full_hz=row.full_hz, deadband_hz=row.deadband_hz, nominal_hz=row.nominal_hz)
    percent = np.floor(np.minimum(PERCENT * droop, 1e6) * PERCENT) / PERCENT
    wanted = np.where(kw < LEAST_SHARE * one.rated_kw, one.high_percent, percent)
    return [float(value) for value in np.clip(wanted, one.low_percent, one.high_percent)]


def _response(at: int, starts_at: datetime, without: Response, now: Response, with_it: Response) -> dict[str, Any]:
    """Courses of the hour in which the frequency would fall lowest."""
    return {
        "at": (starts_at + timedelta(hours=at)).isoformat(),
        "hour": at,
        "time_s": _thinned(with_it.time_s),
        "without_hz": _like(with_it, without, at),
        "now_hz": _like(with_it, now, at),
        "with_hz": _thinned(with_it.frequency_hz[at]),
        "fast_kw": _thinned(with_it.fast_kw[at]),
        "governor_kw": _thinned(with_it.governor_kw[at]),
    }


def _like(measure: Response, other: Response, at: int) -> list[float]:
    return [round(float(v), 4) for v in np.interp(measure.time_s, other.time_s, other.frequency_hz[at])[::SHOWN_EVERY]]


def _thinned(values: FloatArray) -> list[float]:
    return [round(float(value), 4) for value in values[::SHOWN_EVERY]]


def _words(row: StabilityArea, hours: Sequence[dict[str, Any]], shortages: Sequence[str]) -> str:
    lowest = min(hours, key=lambda hour: hour["nadir_hz"])
    alone = min(hour["nadir_without_hz"] for hour in hours)
    told = (
        f"The loss of {lowest['loss_name']} takes the frequency to {lowest['nadir_hz']:.2f} Hz with the scheduled "
        f"reserve, {alone:.2f} Hz without; {row.limit_hz:.2f} Hz is the limit."
    )
    high = max(hours, key=lambda hour: hour["zenith_hz"])
    rising = f"That of {high['rise_name']} lifts it to {high['zenith_hz']:.2f} of {row.high_limit_hz:.2f} Hz."
    missing = [one for one in dict.fromkeys(shortages) if one]
    return " ".join([told, *missing, *([rising] if high["rise_kw"] > 0 else [])])
