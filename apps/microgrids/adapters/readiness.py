"""A situation, its terms and the courses ahead, to the engine's island; what came of it, to plain rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from apps.microgrids.adapters.readiness_courses import LEVELS, STEP_H, FloatArray, how_long_errors_last
from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.choices.readiness import CURVE_H, SCENARIOS, STEPS
from apps.microgrids.models import MicrogridMember, ReadinessTerms
from apps.microgrids.rules.situation import MemberNow, Situation
from gridops.engine.microgrids.outage_trial import Island, Policy, Store, Units
from gridops.engine.microgrids.readiness import (
    LEVELS as TOLD_LEVELS,
)
from gridops.engine.microgrids.readiness import (
    Change,
    Charge,
    Gain,
    Outlook,
    Readiness,
    Scenarios,
    assess,
    draw,
    gains,
)
from gridops.engine.microgrids.readiness_paths import Band, scores_of

FUEL_SIGMA = 0.03  # of what a gauge of a tank tells: an assumption
CUT_AT_ONCE = 2.0  # a level that no charge reaches
MORE_KWH, MORE_SUN = 100.0, 0.25


@dataclass(frozen=True, slots=True)
class Ahead:
    """Courses by class (T, Q), kW, and what ties them to the present; None: not known."""

    load: Mapping[LoadPriority, FloatArray]
    renewable: FloatArray
    load_now_kw: float | None
    renewable_now_kw: float | None
    rated_renewable_kw: float
    load_history_kw: FloatArray
    renewable_history_kw: FloatArray


@dataclass(frozen=True, slots=True)
class Setting:
    """The island and its draws; what else is played is played on these."""

    island: Island
    scenarios: Scenarios
    soc_kwh: float
    full_fuel_kwh: float


def energy_lacking(situation: Situation) -> str:
    """Why nothing can be said, or nothing."""
    stores = situation.of(MemberKind.STORAGE)
    silent = [one.name for one in stores if one.soc.value is None]
    if silent:
        return f"The state of charge of {_names(silent)} is not known: see the gateway of its readings."
    if not stores and not situation.of(MemberKind.GENERATOR):
        return "It has neither a storage nor a generator: define its members."
    silent = [one.name for one in situation.of(MemberKind.LOAD) if one.p_kw.value is None and not one.is_cut]
    if silent and len(silent) == len(situation.of(MemberKind.LOAD)):
        return "Of no load the power is known: see the meters of its members."
    return ""


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def setting_of(
    situation: Situation,
    terms: ReadinessTerms,
    ahead: Ahead,
    members: Mapping[UUID, MicrogridMember],
    rng: np.random.Generator,
) -> Setting:
    """members: by the mRID of their equipment."""
    store = _store(situation, terms)
    generators = [(one, members[one.element_mrid]) for one in situation.of(MemberKind.GENERATOR)]
    units = _units(generators, terms)
    policy = Policy(shed_below=(0.0, terms.shed_important_below, terms.shed_deferrable_below))
    soc_kwh = situation.soc_kwh or 0.0
    charge = Charge(soc_kwh, terms.soc_sigma * store.capacity_kwh, FUEL_SIGMA)
    drawn = draw(_outlook(ahead), charge, units=len(units), scenarios=SCENARIOS, steps=STEPS, rng=rng)
    full = sum(one.fuel_kwh or 0.0 for _, one in generators)
    return Setting(Island(store, units, policy), drawn, soc_kwh, full)


def _store(situation: Situation, terms: ReadinessTerms) -> Store:
    stores = situation.of(MemberKind.STORAGE)
    capacity, power = situation.capacity_kwh, sum(one.rated_kw for one in stores)
    return Store(capacity, terms.least_soc * capacity, power, power, terms.one_way_efficiency, terms.one_way_efficiency)


def _units(generators: Sequence[tuple[MemberNow, MicrogridMember]], terms: ReadinessTerms) -> Units:
    """A tank whose level nobody tells counts as empty; one that never runs out has none."""
    fuel = [np.inf if row.fuel_kwh is None else (now.fuel_kwh.value or 0.0) for now, row in generators]
    count = len(generators)
    return Units(
        np.array([row.rated_kw for _, row in generators]),
        np.array([row.least_kw for _, row in generators]),
        np.array(fuel, np.float64),
        np.array([bool(now.running) for now, _ in generators], np.bool_),
        np.full(count, terms.start_failure),
        np.full(count, 1.0 / terms.hours_between_failures),
    )


def _outlook(ahead: Ahead) -> Outlook:
    bands = [Band(LEVELS, ahead.load[priority]) for priority in LoadPriority]
    sun = Band(LEVELS, ahead.renewable, 0.0, max(ahead.rated_renewable_kw, float(ahead.renewable.max(initial=0.0))))
    whole = Band(LEVELS, np.sum([band.kw for band in bands], axis=0))
    return Outlook(
        (bands[0], bands[1], bands[2]),
        sun,
        STEP_H,
        load_errors=how_long_errors_last(ahead.load_history_kw),
        renewable_errors=how_long_errors_last(ahead.renewable_history_kw),
        load_score=_score(whole, ahead.load_now_kw),
        renewable_score=_score(sun, ahead.renewable_now_kw),
    )


def _score(band: Band, now_kw: float | None) -> float | None:
    if now_kw is None:
        return None
    found = float(scores_of(Band(band.levels, band.kw[:1]), np.array([now_kw]))[0])
    return found if np.isfinite(found) else None


@dataclass(frozen=True, slots=True)
class Worked:
    hours: dict[str, dict[str, float]]
    curve: dict[str, list[float]]
    gains: list[dict[str, Any]]
    unserved_kwh: dict[str, float]
    p10_critical_h: float


def worked_out(setting: Setting, situation: Situation) -> Worked:
    base = assess(setting.island, setting.scenarios)
    found = gains(base, setting.scenarios, _changes(setting, situation))
    return Worked(
        {str(int(one)): _hours(base, one) for one in LoadPriority},
        _curve(base),
        [_gain(one, base) for one in found if one.mean_h > 0.01],
        {str(int(one)): round(float(base.unserved_kwh[one - 1]), 3) for one in LoadPriority},
        base.band()[0],
    )


def _hours(found: Readiness, classes: int) -> dict[str, float]:
    band = zip(TOLD_LEVELS, found.band(classes), strict=True)
    told = {f"p{round(100 * level)}": round(hours, 2) for level, hours in band}
    return {**told, "beyond": round(found.beyond(classes), 3)}


def _curve(found: Readiness) -> dict[str, list[float]]:
    hours = np.array([one for one in CURVE_H if one <= found.horizon_h + 1e-9], np.float64)
    by_class = {str(int(one)): np.round(found.survives(hours, one), 3).tolist() for one in LoadPriority}
    return {"h": hours.tolist(), **by_class}


def _changes(setting: Setting, situation: Situation) -> list[Change]:
    island = setting.island
    store, policy = island.store, island.policy
    loads = {one: situation.load_kw(one) for one in LoadPriority}
    found = []
    room = store.capacity_kwh - setting.soc_kwh
    if room > 1.0:
        found.append(Change(f"Charge the storage to full now ({room:,.0f} kWh more)", island, more_kwh=room))
    bigger = replace(store, capacity_kwh=store.capacity_kwh + MORE_KWH)
    found.append(Change(f"{MORE_KWH:g} kWh more of storage, full", replace(island, store=bigger), more_kwh=MORE_KWH))
    if loads[LoadPriority.DEFERRABLE] != 0.0:
        cut = replace(policy, shed_below=(0.0, policy.shed_below[1], CUT_AT_ONCE))
        found.append(Change("Cut the loads of priority 3 at once", replace(island, policy=cut)))
    if loads[LoadPriority.IMPORTANT] != 0.0:
        cut = replace(policy, shed_below=(0.0, CUT_AT_ONCE, CUT_AT_ONCE))
        found.append(Change("Cut all but the critical loads at once", replace(island, policy=cut)))
    if (found_fuel := _refilled(setting)) is not None:
        found.append(found_fuel)
    if setting.scenarios.courses.renewable_kw.max(initial=0.0) > 0:
        name = f"{MORE_SUN:.0%} more of sun and wind plants"
        found.append(Change(name, island, renewable_factor=1.0 + MORE_SUN))
    return found


def _refilled(setting: Setting) -> Change | None:
    """Tanks that end, full; None where none does, or all are."""
    units = setting.island.units
    now = float(units.fuel_kwh[np.isfinite(units.fuel_kwh)].sum())
    more = setting.full_fuel_kwh - now
    if more <= 1.0:
        return None
    share = np.where(np.isfinite(units.fuel_kwh), units.rated_kw, 0.0)
    fuel = units.fuel_kwh + more * share / max(float(share.sum()), 1e-9)
    island = replace(setting.island, units=replace(units, fuel_kwh=fuel))
    return Change(f"Fill the tanks ({more:,.0f} kWh more)", island)


def _gain(gain: Gain, base: Readiness) -> dict[str, Any]:
    return {
        "what": gain.name,
        "p10_h": round(gain.p10_h, 2),
        "p50_h": round(gain.p50_h, 2),
        "mean_h": round(gain.mean_h, 2),
        "is_bound": gain.is_bound,
        "words": _words(gain, base.horizon_h),
    }


def _words(gain: Gain, horizon_h: float) -> str:
    if gain.is_bound and gain.p10_h < 0.05:
        return f"{gain.name}: the critical loads are served beyond {horizon_h:.0f} h in nine of ten cases already."
    least = "at least " if gain.is_bound else ""
    how = f"{least}{gain.p10_h:.1f} h more that are nearly sure, {gain.mean_h:.1f} h in the mean"
    return f"{gain.name}: {how}, for the critical loads."
