"""The connection point that batteries share: prices, load, sun, limits, and what is asked of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import FloatArray

Values = float | npt.ArrayLike


@dataclass(frozen=True, slots=True)
class Site:
    """T steps of step_h hours; arrays are (T,). Import is from the grid, export into it; both are positive."""

    step_h: float
    buy: FloatArray  # currency per kWh imported
    sell: FloatArray  # currency per kWh exported
    load_kw: FloatArray
    sun_kw: FloatArray  # available of PV or wind; what is not used is curtailed
    import_kw: FloatArray  # limits, as of an operating envelope; inf: none
    export_kw: FloatArray
    peak_charge: float  # currency per kW of the highest import of the horizon
    peak_kw: float  # already reached: below it import is free of that charge
    peak_at: FloatArray  # 1 in steps that count for it, else 0
    up_kw: FloatArray  # reserve that must be held: more injection than planned
    down_kw: FloatArray  # less injection than planned
    up_price: FloatArray  # paid per kW held for one hour
    down_price: FloatArray
    backing_h: float  # for how long held reserve must be able to run
    curtailable: bool  # whether sun may be left unused

    @property
    def steps(self) -> int:
        return len(self.buy)

    @property
    def is_bare(self) -> bool:
        """Nothing but prices: no meter that is shared."""
        free = np.isinf(self.import_kw).all() and np.isinf(self.export_kw).all()
        return bool(free and not self.load_kw.any() and not self.sun_kw.any() and not self.peak_charge)

    @property
    def has_reserve(self) -> bool:
        return bool(any(each.any() for each in (self.up_kw, self.down_kw, self.up_price, self.down_price)))

    def peak_of(self, net_kw: FloatArray) -> float:
        """kW that are charged for an import of the meter (T,)."""
        return max(self.peak_kw, float((self.peak_at * net_kw).max()), 0.0)

    @classmethod
    def of(
        cls,
        *,
        step_h: float,
        buy: npt.ArrayLike,
        sell: npt.ArrayLike | None = None,
        load_kw: Values = 0.0,
        sun_kw: Values = 0.0,
        import_kw: Values = np.inf,
        export_kw: Values = np.inf,
        peak_charge: float = 0.0,
        peak_kw: float = 0.0,
        peak_at: Values = 1.0,
        up_kw: Values = 0.0,
        down_kw: Values = 0.0,
        up_price: Values = 0.0,
        down_price: Values = 0.0,
        backing_h: float = 1.0,
        curtailable: bool = True,
    ) -> Self:
        """From numbers or series of the length of `buy`; `sell` is `buy` unless given.

        Raises ValueError, which names the field.
        """
        series = {
            "buy": buy,
            "sell": buy if sell is None else sell,
            "load_kw": load_kw,
            "sun_kw": sun_kw,
            "peak_at": peak_at,
            "import_kw": import_kw,
            "export_kw": export_kw,
            "up_kw": up_kw,
            "down_kw": down_kw,
            "up_price": up_price,
            "down_price": down_price,
        }
        steps = np.asarray(buy, np.float64).shape
        wide = {name: np.broadcast_to(np.asarray(each, np.float64), steps) for name, each in series.items()}
        made = cls(
            step_h=step_h,
            peak_charge=peak_charge,
            peak_kw=peak_kw,
            backing_h=backing_h,
            curtailable=curtailable,
            **wide,
        )
        _check(made)
        return made


def _check(site: Site) -> None:
    if site.step_h <= 0 or not site.steps:
        raise ValueError("step: the horizon has no step, or steps without a length.")
    for name in ("buy", "sell", "load_kw", "sun_kw", "peak_at", "up_kw", "down_kw", "up_price", "down_price"):
        bad = ~np.isfinite(getattr(site, name))
        if bad.any():
            raise ValueError(f"{name}: step {int(bad.argmax())} has no number.")
    for name in (
        "load_kw",
        "sun_kw",
        "peak_at",
        "import_kw",
        "export_kw",
        "up_kw",
        "down_kw",
        "up_price",
        "down_price",
    ):
        wrong = ~(getattr(site, name) >= 0)
        if wrong.any():
            raise ValueError(f"{name}: step {int(wrong.argmax())} is below zero or no number.")
    if min(site.peak_charge, site.peak_kw, site.backing_h) < 0:
        raise ValueError("peak or backing: a value is below zero.")
    pays = site.sell > site.buy
    if not site.is_bare and pays.any():
        raise ValueError(
            f"sell: at step {int(pays.argmax())} it is above the price of buying; a meter that is paid for taking and "
            "giving the same energy has no plan"
        )
