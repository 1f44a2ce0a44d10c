"""Generators that can be held back, and batteries that can be told what to do."""

import numpy as np

from gridops.simulator.points import BoolArray, FloatArray
from gridops.simulator.truth import TrueNetwork

FIRST_CHARGE = 0.5  # of the capacity
ONE_WAY_EFFICIENCY = 0.95
SECONDS_PER_HOUR = 3600.0


class Plants:
    """Set-points are injections in kW and kvar (into the network positive), one per injection; nan: left alone."""

    def __init__(self, truth: TrueNetwork) -> None:
        self._truth = truth
        self.network = truth.network
        self.setpoint_kw: FloatArray = np.full(truth.n_injections, np.nan)
        self.setpoint_kvar: FloatArray = np.full(truth.n_injections, np.nan)
        self.stored_kwh: FloatArray = FIRST_CHARGE * truth.capacity_kwh
        self.is_tripped: BoolArray = np.zeros(truth.n_injections, dtype=np.bool_)
        self.keeps_charge: BoolArray | None = None  # where no storage runs on what it has not: who has supply
        self._is_storage: BoolArray = np.zeros(truth.n_injections, dtype=np.bool_)
        self._is_storage[truth.storages] = True
        self._is_generator: BoolArray = np.zeros(truth.n_injections, dtype=np.bool_)
        self._is_generator[truth.generators] = True

    @property
    def charge(self) -> FloatArray:
        """What is stored over what can be, 0 where nothing can."""
        capacity = self._truth.capacity_kwh
        return np.asarray(self.stored_kwh / np.where(capacity > 0, capacity, 1.0))

    def within_rating(self, factor: FloatArray) -> FloatArray:
        """No sun and no wind makes a generator give more than all it has."""
        factor[self._truth.generators] = np.minimum(factor[self._truth.generators], 1.0)
        return factor

    def accepts(self, index: int) -> bool:
        return bool(self._is_storage[index] or self._is_generator[index])

    def rating_kw(self, index: int) -> float:
        return float(max(self._truth.rated_kva[index], abs(self._truth.p_kw[index])))

    def refusal(self, index: int, injection_kw: float) -> str:
        """Why the plant cannot follow the set-point; empty if it can."""
        rating = self.rating_kw(index)
        if self._is_generator[index] and not 0 <= injection_kw <= rating:
            return f"a generator of {rating:.0f} kW cannot be limited to {injection_kw:.0f} kW"
        if self._is_storage[index] and abs(injection_kw) > rating:
            return f"a storage of {rating:.0f} kW cannot give {injection_kw:.0f} kW"
        return "" if self.accepts(index) else "it takes no set-point"

    def reactive_refusal(self, index: int, injection_kvar: float) -> str:
        """Why the plant cannot give that reactive power; empty if it can."""
        rating = self.rating_kw(index)
        if not self.accepts(index):
            return "it takes no set-point"
        return "" if abs(injection_kvar) <= rating else f"a plant of {rating:.0f} kVA cannot give {injection_kvar:.0f}"

    def reactive(self, p_kw: FloatArray, free_kvar: FloatArray) -> FloatArray:
        """What they give beside the active power: that goes first, up to the rating of the inverter."""
        rating = np.maximum(self._truth.rated_kva, np.abs(p_kw))
        room = np.sqrt(np.maximum(rating**2 - p_kw**2, 0.0))
        given = np.where(np.isnan(self.setpoint_kvar), free_kvar, np.clip(self.setpoint_kvar, -room, room))
        return np.where(self.is_tripped, 0.0, given)

    def apply(self, free_kw: FloatArray, dt_s: float) -> FloatArray:
        """What the plants do of what they would do by themselves, over the next dt_s."""
        free_kw = np.where(self.is_tripped, 0.0, free_kw)
        held = ~np.isnan(self.setpoint_kw) & ~self.is_tripped
        limited = np.where(held & self._is_generator, np.fmin(free_kw, self.setpoint_kw), free_kw)
        commanded = np.where(held & self._is_storage, self._within_charge(self.setpoint_kw, dt_s), limited)
        commanded = self._honest(commanded, dt_s)
        self._keep_account(commanded, dt_s)
        return commanded

    def _honest(self, p_kw: FloatArray, dt_s: float) -> FloatArray:
        if self.keeps_charge is None:
            return p_kw
        able = np.where(self.keeps_charge, self._within_charge(p_kw, dt_s), 0.0)
        return np.where(self._is_storage, able, p_kw)

    def _within_charge(self, wanted_kw: FloatArray, dt_s: float) -> FloatArray:
        hours = max(dt_s, 1.0) / SECONDS_PER_HOUR
        most_discharge = self.stored_kwh * ONE_WAY_EFFICIENCY / hours
        most_charge = (self._truth.capacity_kwh - self.stored_kwh) / (ONE_WAY_EFFICIENCY * hours)
        return np.clip(wanted_kw, -most_charge, most_discharge)

    def _keep_account(self, p_kw: FloatArray, dt_s: float) -> None:
        hours = dt_s / SECONDS_PER_HOUR
        drawn = np.where(p_kw > 0, p_kw / ONE_WAY_EFFICIENCY, p_kw * ONE_WAY_EFFICIENCY) * hours
        self.stored_kwh = np.clip(
            self.stored_kwh - np.where(self._is_storage, drawn, 0.0), 0.0, self._truth.capacity_kwh
        )
