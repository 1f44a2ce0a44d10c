"""What is known of a day -> scenarios -> curves, and what they are expected to earn.

Prices are money per kWh in the engine and per MWh in the books; kW sold and given to the network are positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.markets.choices import StorageOffer
from apps.markets.models import StoreTerms
from apps.markets.selectors.portfolios import Volume
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.trading.bids import Curves, bid_curves
from gridops.engine.optimization.trading.copula import APART, Together, going_together, ranks_beside
from gridops.engine.optimization.trading.offers import Futures, at_price, offer_curves, summed
from gridops.engine.optimization.trading.risk import risk_plan, worst_mean
from gridops.engine.optimization.trading.scenarios import LEAST_DAYS, scenarios
from gridops.engine.optimization.trading.volumes import drawn, ranks, reordered

__all__ = ["APART", "Together"]
FloatArray = npt.NDArray[np.float64]
STEP_H = 0.25
WEEK = 7
KWH_A_MWH = 1000.0
MOST_POINTS = 12  # of a quarter hour's curve
SIZED = (
    "charge_kw",
    "discharge_kw",
    "energy_kwh",
    "least_kwh",
    "most_kwh",
    "initial_kwh",
    "final_low_kwh",
    "final_high_kwh",
)
UNSIZED = ("charge_efficiency", "discharge_efficiency", "wear_charge", "wear_discharge", "cycles")
VOLUMES = 5  # courses of volume and of imbalance for each course of prices


class TooLittleKnown(Exception):
    """The message says of what."""


def together_of(price_error: FloatArray, plants_error: FloatArray) -> Together:
    """From days x steps, and plants x days x steps; plants of which nothing is known are left out of their sum."""
    known = np.isfinite(plants_error)
    volume = np.where(known.any(axis=0), np.where(known, plants_error, 0.0).sum(axis=0), np.nan)
    return going_together(price_error, volume)


@dataclass(frozen=True, slots=True)
class Scenes:
    """S courses of prices over T quarter hours; in `futures` each VOLUMES times, with other volumes and imbalances."""

    price: FloatArray
    futures: Futures
    stores: Sequence[Batteries]
    has_plants: bool


@dataclass(frozen=True, slots=True)
class Risk:
    weight: float
    level: float


@dataclass(frozen=True, slots=True)
class Offer:
    """Money; `plants`: the curve of sun, wind and load; `stores`: one of each battery."""

    plants: Curves | None
    stores: Sequence[Curves]
    expected: float
    worst: float


def scenes_of(
    *,
    past_price: FloatArray,
    past_imbalance: FloatArray,
    levels: FloatArray,
    quantiles: FloatArray | None,
    volumes: Sequence[Volume],
    stores: Sequence[StoreTerms],
    assumed_spread: float,
    together: Together,
    count: int,
    seed: int,
) -> Scenes:
    """assumed_spread: money per MWh, where the past knows fewer than ten days of imbalance; together: how prices and
    volumes go with each other. Raises TooLittleKnown."""
    generator = np.random.default_rng(seed)
    price = _prices(past_price, levels, quantiles, count, generator)
    many = VOLUMES * count
    short, long = _spreads(past_price, past_imbalance, assumed_spread / KWH_A_MWH, many, generator)
    volume = _volumes(volumes, price, together, generator)
    futures = Futures(volume, np.repeat(price, VOLUMES, axis=0), short, long)
    return Scenes(price, futures, [batteries_of([one]) for one in stores], bool(volumes))


def offered(scenes: Scenes, risk: Risk, how: StorageOffer) -> Offer:
    """Raises ValueError for a battery that cannot keep its limits."""
    told: dict[str, float] = {"step_h": STEP_H, "aversion": risk.weight, "level": risk.level}
    plants = offer_curves(scenes.futures, **told) if scenes.has_plants else None  # type: ignore[arg-type]
    stores = _store_curves(scenes.stores, scenes.price, how, told)
    profit = np.zeros(len(scenes.futures.price))
    if plants is not None:
        profit += scenes.futures.profits(_at_prices(plants, scenes.futures.price), STEP_H)
    for battery, curve in zip(scenes.stores, stores, strict=True):
        profit += np.repeat(_store_profit(battery, _at_prices(curve, scenes.price), scenes.price), VOLUMES)
    return Offer(plants, stores, float(profit.mean()), worst_mean(profit, risk.level))


def booked(offer: Offer, *, least_price: float) -> dict[str, Any]:
    """As a bid keeps it: per MWh, each quarter hour from the least price on."""
    every = [one for one in (offer.plants, *offer.stores) if one is not None]
    found: dict[str, Any] = {"price": [], "kw": [], "storage_kw": []}
    for step in range(len(every[0].price) if every else 0):
        price, kw = summed(every, step, most_points=MOST_POINTS)
        storage = np.sum([at_price(one, step, price) for one in offer.stores], axis=0) + np.zeros(len(price))
        told = np.round(price * KWH_A_MWH, 2)
        told[0] = least_price
        found["price"].append(told.tolist())
        found["kw"].append(np.round(kw, 1).tolist())
        found["storage_kw"].append(np.round(storage, 1).tolist())
    return found


def booked_store(curve: Curves) -> dict[str, Any]:
    points = [summed([curve], step, most_points=MOST_POINTS) for step in range(len(curve.price))]
    return {
        "price": [np.round(price * KWH_A_MWH, 2).tolist() for price, _ in points],
        "kw": [np.round(kw, 1).tolist() for _, kw in points],
    }


def batteries_of(terms: Sequence[StoreTerms], *, stored: bool = False) -> Batteries:
    """stored: from what they hold now, else from what a day begins with."""

    def column(name: str) -> FloatArray:
        return np.array([getattr(one, name) for one in terms], np.float64)

    begin = column("stored_kwh" if stored else "resting_kwh")
    least, most, rest = column("least_kwh"), column("most_kwh"), column("resting_kwh")
    limits = [np.inf if one.cycles_a_day is None else one.cycles_a_day for one in terms]
    return Batteries(
        charge_kw=column("charge_kw"),
        discharge_kw=column("discharge_kw"),
        energy_kwh=column("energy_kwh"),
        charge_efficiency=column("charge_efficiency"),
        discharge_efficiency=column("discharge_efficiency"),
        least_kwh=np.minimum(least, begin),
        most_kwh=np.maximum(most, begin),
        initial_kwh=begin,
        final_low_kwh=rest,
        final_high_kwh=most if stored else rest,
        wear_charge=np.full(len(terms), 1e-5),
        wear_discharge=column("wear_per_kwh"),
        cycles=np.array(limits, np.float64),
        depth_share=np.ones(1),
        depth_wear=np.zeros(1),
    )


def _prices(
    past: FloatArray, levels: FloatArray, quantiles: FloatArray | None, count: int, generator: np.random.Generator
) -> FloatArray:
    """Days as the mean of seven with the errors of past days; where a forecast was issued, reordered to its bands."""
    known = past[np.isfinite(past).all(axis=1)]
    if len(known) < WEEK + LEAST_DAYS:
        raise TooLittleKnown(
            f"Prices of {len(known)} whole days are known, {WEEK + LEAST_DAYS} are needed: import prices of the zone."
        )
    means = np.array([known[end - WEEK : end].mean(axis=0) for end in range(WEEK, len(known) + 1)])
    actual = np.concatenate([known[WEEK:], np.full((1, known.shape[1]), np.nan)])
    found = scenarios(means, actual, len(means) - 1, count, generator)
    return found if quantiles is None else reordered(found, quantiles, levels)


def _spreads(
    past_price: FloatArray, past_imbalance: FloatArray, assumed: float, count: int, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """What being short and being long cost on past days, whole days at a time."""
    apart = past_imbalance - past_price
    known = apart[np.isfinite(apart).all(axis=1)]
    if len(known) < LEAST_DAYS:
        flat = np.full((count, past_price.shape[1]), assumed)
        return flat, flat
    chosen = known[generator.integers(0, len(known), count)]
    return np.maximum(chosen, 0.0), np.maximum(-chosen, 0.0)


def _volumes(
    volumes: Sequence[Volume], price: FloatArray, together: Together, generator: np.random.Generator
) -> FloatArray:
    """Members share the weather of the place: one course of ranks for all of them, which goes with the prices."""
    count, steps = VOLUMES * len(price), price.shape[1]
    own = ranks(steps=steps, step_h=STEP_H, count=count, generator=generator)
    at = ranks_beside(price, own, together)
    found = np.zeros((count, steps))
    for one in volumes:
        quantiles = np.sort(one.quantiles_kw, axis=1)
        found += np.clip(drawn(quantiles, one.levels, at), np.minimum(quantiles[:, 0], 0.0), None)
    return found


def _store_curves(
    stores: Sequence[Batteries], price: FloatArray, how: StorageOffer, told: dict[str, float]
) -> list[Curves]:
    """Batteries that are alike but for their size are worked out once, for one kWh: the best grows with the size."""
    made: dict[tuple[float, ...], Curves] = {}
    found = []
    for battery in stores:
        one = _of_one_kwh(battery)
        key = tuple(round(float(getattr(one, name)[0]), 4) for name in (*SIZED, *UNSIZED))
        if key not in made:
            made[key] = _store_curve(one, price, how, told)
        found.append(Curves(made[key].price, made[key].quantity_kw * float(battery.energy_kwh[0])))
    return found


def _of_one_kwh(battery: Batteries) -> Batteries:
    return replace(battery, **{name: getattr(battery, name) / battery.energy_kwh for name in SIZED})


def _store_curve(battery: Batteries, price: FloatArray, how: StorageOffer, told: dict[str, float]) -> Curves:
    if how is StorageOffer.CURVE:
        return bid_curves(battery, price, **told)
    day = risk_plan(battery, price, **told).day
    return Curves(price.min(axis=0)[:, None], (day.discharge_kw - day.charge_kw)[:, None])


def _at_prices(curves: Curves, price: FloatArray) -> FloatArray:
    """(S, T)"""
    return np.column_stack([at_price(curves, step, price[:, step]) for step in range(price.shape[1])])


def _store_profit(battery: Batteries, sold: FloatArray, price: FloatArray) -> FloatArray:
    wear = battery.wear_discharge[0] * np.maximum(sold, 0.0) + battery.wear_charge[0] * np.maximum(-sold, 0.0)
    return np.asarray(STEP_H * (price * sold - wear).sum(axis=1))
