"""A battery beside a plant that keeps what is delivered near its plan: how often it can, by power and energy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MOST_POWERS, MOST_ENERGIES = 12, 24
HOURS = (0.25, 12.0)  # of the energies that are tried: at full power


@dataclass(frozen=True, slots=True)
class Past:
    """error_kw: (T,) fed in less plan, nan where not known; allowed_kw: (T,) half the width of the band around it."""

    error_kw: FloatArray
    allowed_kw: FloatArray
    step_h: float


@dataclass(frozen=True, slots=True)
class Bank:
    """Batteries tried beside each other: power at the meter, usable energy; `one_way` efficiency of each way."""

    power_kw: FloatArray
    energy_kwh: FloatArray
    one_way: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Per battery: the share of the steps that stayed within, what was discharged in all, and the share without any."""

    share: FloatArray
    discharged_kwh: FloatArray
    without: float


def tried(past: Past, bank: Bank) -> Tried:
    """Play every battery through a past, step by step, without looking ahead; it rests where the past is not known.

    A battery gives or takes the least that brings what is delivered into the band; inside the band it goes back towards
    half full, as far as the band leaves room. It begins half full.
    """
    one_way, power, energy, step_h = bank.one_way, bank.power_kw, bank.energy_kwh, past.step_h
    stored, discharged, inside = 0.5 * energy, np.zeros_like(energy), np.zeros(len(energy))
    known = np.isfinite(past.error_kw) & np.isfinite(past.allowed_kw)
    errors, bands = past.error_kw[known], past.allowed_kw[known]
    for error, allowed in zip(errors.tolist(), bands.tolist(), strict=True):
        most_out = np.minimum(power, stored * one_way / step_h)
        most_in = np.minimum(power, (energy - stored) / one_way / step_h)
        home = (stored - 0.5 * energy) / step_h
        wanted = np.where(home > 0, home * one_way, home / one_way)
        given = np.clip(np.clip(wanted, -allowed - error, allowed - error), -most_in, most_out)
        stored -= step_h * np.where(given > 0, given / one_way, given * one_way)
        discharged += step_h * np.maximum(given, 0.0)
        inside += np.abs(error + given) <= allowed + 1e-6
    count = max(len(errors), 1)
    return Tried(inside / count, discharged, float((np.abs(errors) <= bands + 1e-6).sum()) / count)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of each power the least energy that keeps the share; powers that no energy helps are left out."""

    power_kw: FloatArray
    energy_kwh: FloatArray
    share: FloatArray
    discharged_kwh: FloatArray
    without: float
    best_share: float  # of all that were tried

    def cheapest(self, per_kw: float, per_kwh: float) -> int | None:
        """The row that costs least; None where none keeps the share."""
        cost = per_kw * self.power_kw + per_kwh * self.energy_kwh
        return int(cost.argmin()) if len(cost) else None


def sizes(past: Past, *, share: float, one_way: float) -> Sizes:
    """Powers up to the largest excursion, energies of a quarter of an hour to twelve hours at that power; of each power
    the least energy is looked for again between the two tries around it. Every figure told was played through.

    Raises ValueError for a share or an efficiency that is none, and where nothing is known.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share: {share:g} is no share above 0 and up to 1.")
    if not 0 < one_way <= 1:
        raise ValueError(f"one_way: {one_way:g} is no efficiency above 0 and up to 1.")
    beyond = np.abs(past.error_kw) - past.allowed_kw
    if not np.isfinite(beyond).any():
        raise ValueError("error_kw: there is no step at which both plan and delivery are known.")
    without = float((beyond[np.isfinite(beyond)] <= 0).mean())
    if without >= share:
        nothing = np.zeros(1)
        return Sizes(nothing, nothing, np.array([without]), nothing, without, without)
    largest = float(np.nanmax(beyond))
    return _searched(past, largest * np.linspace(1 / MOST_POWERS, 1.0, MOST_POWERS), share, one_way)


def _searched(past: Past, powers: FloatArray, share: float, one_way: float) -> Sizes:
    hours = np.geomspace(*HOURS, MOST_ENERGIES)
    coarse, told = _grid(past, powers, np.tile(hours, (len(powers), 1)), one_way)
    able = np.flatnonzero((coarse >= share).any(axis=1))
    place = (coarse[able] >= share).argmax(axis=1)
    low = np.where(place > 0, hours[np.maximum(place - 1, 0)], 0.0)
    finer = low[:, None] + (hours[place] - low)[:, None] * np.linspace(1 / MOST_ENERGIES, 1.0, MOST_ENERGIES)
    fine, played = _grid(past, powers[able], finer, one_way)
    pick = (np.arange(len(able)), (fine >= share).argmax(axis=1))
    discharged = played.discharged_kwh.reshape(fine.shape)
    return Sizes(
        powers[able],
        powers[able] * finer[pick],
        fine[pick],
        discharged[pick],
        told.without,
        float(coarse.max()),
    )


def _grid(past: Past, powers: FloatArray, hours: FloatArray, one_way: float) -> tuple[FloatArray, Tried]:
    """hours: (powers, energies). Shares in that shape."""
    power = np.repeat(powers, hours.shape[1])
    found = tried(past, Bank(power, power * hours.ravel(), one_way))
    return found.share.reshape(hours.shape), found
