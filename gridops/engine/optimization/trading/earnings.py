"""Profit and loss of a day, and what the errors of its forecast cost: from perfect foresight to what was realised."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.arbitrage import DailyTrader, Day


@dataclass(frozen=True, slots=True)
class Earnings:
    """(T,) currency by step; sums are the day's. Without the wear of deep cycles."""

    perfect: FloatArray  # the best plan at the prices that came
    expected: FloatArray  # the plan at the forecast
    planned: FloatArray  # the plan at the prices that came
    realised: FloatArray  # what was delivered, with the settlement of imbalance
    blame: FloatArray  # of the error of each step's forecast; sums to what the forecast cost

    @property
    def forecast_cost(self) -> float:
        """What was lost for not knowing the prices."""
        return float((self.perfect - self.planned).sum())

    @property
    def surprise(self) -> float:
        """What the plan earned beyond what it was expected to."""
        return float((self.planned - self.expected).sum())

    @property
    def delivery_cost(self) -> float:
        """What was lost for not delivering the plan."""
        return float((self.planned - self.realised).sum())


def earnings(
    trader: DailyTrader,
    planned: Day,
    *,
    forecast: FloatArray,
    price: FloatArray,
    delivered: Day | None = None,
    imbalance_price: FloatArray | None = None,
) -> Earnings:
    """forecast, price: (T,) currency per kWh.

    delivered: what the battery did, if it was not the plan. imbalance_price: at which the difference is settled, by
    step; the market's price unless given. What is sold and not delivered is bought back at it.
    """
    perfect = trader.planned(price)
    done = planned if delivered is None else delivered
    settle = price if imbalance_price is None else imbalance_price
    short = (planned.discharge_kw - planned.charge_kw) - (done.discharge_kw - done.charge_kw)
    worn = trader.hourly(done, price) - trader.step_h * price * (done.discharge_kw - done.charge_kw)
    sold = trader.step_h * price * (planned.discharge_kw - planned.charge_kw)
    best, kept = trader.hourly(perfect, price), trader.hourly(planned, price)
    return Earnings(
        perfect=best,
        expected=trader.hourly(planned, forecast),
        planned=kept,
        realised=sold - trader.step_h * settle * short + worn,
        blame=_blame(planned, perfect, forecast, price, float((best - kept).sum())),
    )


def _blame(planned: Day, perfect: Day, forecast: FloatArray, price: FloatArray, cost: float) -> FloatArray:
    """Each step's error, where it turned the plan away from the best one, in proportion to what it moved there.

    The plan was the best at the forecast, so the cost is at most the sum of errors times what would have been done
    otherwise; it is shared out among those that count.
    """
    otherwise = (perfect.discharge_kw - perfect.charge_kw) - (planned.discharge_kw - planned.charge_kw)
    guilt = np.maximum(otherwise * (price - forecast), 0.0)
    total = guilt.sum()
    return np.asarray(cost * guilt / total if total > 0 else np.full(len(price), cost / len(price)))
