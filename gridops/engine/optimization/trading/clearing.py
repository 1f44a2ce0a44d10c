"""One hour of a market: orders by merit, one price for all, and pro rata at the margin. For a market on paper."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import FloatArray

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Cleared:
    """`price` is nan without a trade; accepted quantities stand in the order of the orders."""

    price: float
    volume: float
    bids: FloatArray
    asks: FloatArray


def cleared(
    bid_price: npt.ArrayLike, bid_quantity: npt.ArrayLike, ask_price: npt.ArrayLike, ask_quantity: npt.ArrayLike
) -> Cleared:
    """Bids buy at their price or below, asks sell at theirs or above; as much as can be is traded.

    Where a range of prices clears the market, its middle is taken. Orders at the price of the last accepted one on
    their side share what is left in proportion to their quantities. Raises ValueError for orders that are no orders.
    """
    buyers, sellers = _orders(bid_price, bid_quantity), _orders(ask_price, ask_quantity)
    volume = _volume(buyers, sellers)
    if volume <= _NOTHING:
        return Cleared(float("nan"), 0.0, np.zeros(len(buyers[0])), np.zeros(len(sellers[0])))
    bids, asks = _accepted(-buyers[0], buyers[1], volume), _accepted(sellers[0], sellers[1], volume)
    return Cleared(_price(buyers, sellers, bids, asks), volume, bids, asks)


def _orders(price: npt.ArrayLike, quantity: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    prices, quantities = np.atleast_1d(np.asarray(price, float)), np.atleast_1d(np.asarray(quantity, float))
    if prices.shape != quantities.shape or not (np.isfinite(prices).all() and np.isfinite(quantities).all()):
        raise ValueError("orders: each has a price and a quantity, both finite.")
    if (quantities < 0).any():
        raise ValueError("orders: a quantity is below zero; what is sold is an ask.")
    return prices, quantities


def _volume(buyers: tuple[FloatArray, FloatArray], sellers: tuple[FloatArray, FloatArray]) -> float:
    """The most of what both sides take at any price of an order."""
    prices = np.concatenate([buyers[0], sellers[0]])
    wanted = np.array([buyers[1][buyers[0] >= price].sum() for price in prices])
    offered = np.array([sellers[1][sellers[0] <= price].sum() for price in prices])
    return float(np.minimum(wanted, offered).max(initial=0.0))


def _accepted(rank: FloatArray, quantity: FloatArray, volume: float) -> FloatArray:
    """Best rank first; equals together."""
    accepted, left = np.zeros(len(rank)), volume
    for level in np.unique(rank):
        here = rank == level
        whole = quantity[here].sum()
        accepted[here] = quantity[here] * min(1.0, left / whole) if whole > 0 else 0.0
        left = max(left - whole, 0.0)
    return accepted


def _price(
    buyers: tuple[FloatArray, FloatArray], sellers: tuple[FloatArray, FloatArray], bids: FloatArray, asks: FloatArray
) -> float:
    """Middle of the prices at which nobody who trades loses and nobody who is left out would have gained."""
    dearest_ask, cheapest_bid = sellers[0][asks > _NOTHING].max(), buyers[0][bids > _NOTHING].min()
    left_bids = buyers[0][(buyers[1] - bids > _NOTHING)]
    left_asks = sellers[0][(sellers[1] - asks > _NOTHING)]
    low = max(dearest_ask, left_bids.max(initial=-np.inf))
    high = min(cheapest_bid, left_asks.min(initial=np.inf))
    return float((low + high) / 2)
