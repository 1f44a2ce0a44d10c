"""Batteries of one connection point as arrays: what they can do and what it costs them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import FloatArray

Values = float | npt.ArrayLike
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Batteries:
    """N batteries, each array (N,). Powers are those of the meter, energies those in the store.

    Charging at p kW for a step of h hours puts p h charge_efficiency into the store, discharging takes
    p h / discharge_efficiency out of it.
    """

    charge_kw: FloatArray
    discharge_kw: FloatArray
    energy_kwh: FloatArray  # nominal
    charge_efficiency: FloatArray  # one way, 0 to 1
    discharge_efficiency: FloatArray
    least_kwh: FloatArray  # the window of the state of charge
    most_kwh: FloatArray
    initial_kwh: FloatArray
    final_low_kwh: FloatArray  # at the end of the horizon
    final_high_kwh: FloatArray
    wear_charge: FloatArray  # currency per kWh at the meter
    wear_discharge: FloatArray
    cycles: FloatArray  # most energy drawn from the store in the horizon, in nominal energies; inf: no limit
    depth_share: FloatArray  # (J,) of the window, from the shallowest cycles to the deepest; sums to 1
    depth_wear: FloatArray  # (J,) currency per kWh discharged from that part, beside wear_discharge; ascending

    @property
    def count(self) -> int:
        return len(self.energy_kwh)

    @classmethod
    def of(
        cls,
        *,
        power_kw: Values,
        energy_kwh: Values,
        round_trip: Values | None = None,
        one_way: Values | None = None,
        discharge_kw: Values | None = None,
        window: tuple[Values, Values] = (0.0, 1.0),
        initial: Values = 0.0,
        final: Values | None = None,
        final_at_least: bool = False,
        wear_charge: Values = 0.0,
        wear_discharge: Values = 0.0,
        cycles: Values = np.inf,
        depth: tuple[npt.ArrayLike, npt.ArrayLike] = ((1.0,), (0.0,)),
    ) -> Self:
        """From numbers or arrays of the same length.

        Exactly one of `round_trip` (its root is taken each way) and `one_way`. window, initial, final: fractions of
        the nominal energy; final: None asks for the initial one again. Raises ValueError, which names the field.
        """
        way = _one_way(round_trip, one_way)
        energy, low, high = np.asarray(energy_kwh, float), np.asarray(window[0], float), np.asarray(window[1], float)
        start = np.asarray(initial, float)
        end = start if final is None else np.asarray(final, float)
        given = (
            power_kw,
            power_kw if discharge_kw is None else discharge_kw,
            energy,
            way,
            way,
            low * energy,
            high * energy,
            start * energy,
            end * energy,
            (high if final_at_least else end) * energy,
            wear_charge,
            wear_discharge,
            cycles,
        )
        spread = np.broadcast_arrays(*(np.atleast_1d(np.asarray(each, np.float64)) for each in given))
        share, wear = (np.atleast_1d(np.asarray(each, np.float64)) for each in depth)
        named = dict(zip(cls.__slots__, (np.array(each) for each in spread), strict=False))
        made = cls(**named, depth_share=share, depth_wear=wear)
        _check(made)
        return made

    def room_kwh(self) -> FloatArray:
        return self.most_kwh - self.least_kwh


def _one_way(round_trip: Values | None, one_way: Values | None) -> FloatArray:
    if (round_trip is None) == (one_way is None):
        raise ValueError("efficiency: give it either for the round trip or one way.")
    given = np.asarray(round_trip if one_way is None else one_way, np.float64)
    if not ((given > 0) & (given <= 1)).all():
        raise ValueError("efficiency: it lies above 0 and is at most 1; write 0.9 for 90 %.")
    return np.sqrt(given) if one_way is None else given


def _check(batteries: Batteries) -> None:
    for name in batteries.__slots__:
        values = getattr(batteries, name)
        if np.isnan(values).any() or (name != "cycles" and np.isinf(values).any()):
            raise ValueError(f"{name}: a value is missing or not finite.")
        if (values < 0).any():
            raise ValueError(f"{name}: a value is below zero.")
    if not (batteries.energy_kwh > 0).all():
        raise ValueError("energy: it must be above zero.")
    _check_window(batteries)
    share, wear = batteries.depth_share, batteries.depth_wear
    if len(share) != len(wear) or abs(share.sum() - 1) > _SLACK or (np.diff(wear) < 0).any():
        raise ValueError("depth: the shares sum to 1, and deeper parts do not wear less than shallow ones.")


def _check_window(batteries: Batteries) -> None:
    slack = _SLACK * batteries.energy_kwh
    if ((batteries.least_kwh > batteries.most_kwh) | (batteries.most_kwh > batteries.energy_kwh + slack)).any():
        raise ValueError("window: the least state of charge lies below the most, and both between 0 and 1.")
    for name, values in (("initial", batteries.initial_kwh), ("final", batteries.final_low_kwh)):
        if ((values < batteries.least_kwh - slack) | (values > batteries.most_kwh + slack)).any():
            raise ValueError(f"{name}: the state of charge lies outside the window.")
    if (batteries.final_low_kwh > batteries.final_high_kwh + slack).any():
        raise ValueError("final: the least state of charge at the end lies above the most.")
