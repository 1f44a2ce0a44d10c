"""Who gives the reserve: least cost over plants and hours, with room, energy and quiet settings."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.solver import Program, solve

SHORTAGE_COST = 1e3  # per kW and hour that nobody gives: dearer than any plant, so that it is the last resort


@dataclass(frozen=True, slots=True)
class Offers:
    """What each plant can do in each hour: (hours, plants), cost and energy as they stand."""

    room_kw: FloatArray  # between what it does then and what it may
    energy_kwh: FloatArray  # that it can give beyond its plan; inf for plants that store nothing
    cost: FloatArray  # (plants,) per kW and hour
    most_kw: FloatArray  # (plants,) that one plant may carry, whatever its room


@dataclass(frozen=True, slots=True)
class Shares:
    kw: FloatArray  # (hours, plants)
    short_kw: FloatArray  # (hours,) that nobody has
    cost: float  # of the shares, without what is short
    price: FloatArray  # (hours,) what one kW more of need would cost
    reason: str  # empty where all is covered


def shared(need_kw: FloatArray, offers: Offers, *, hold_hours: float, change_cost: float) -> Shares:
    """Linear program: cost of shares, plus change_cost per kW by which a setting moves from hour to hour.

    No more is set than is needed. A share must be given for hold_hours from the plant's own energy. Raises ValueError
    where a value is not finite or below 0.
    """
    _check(need_kw, offers, hold_hours)
    hours, plants = offers.room_kw.shape
    can = np.minimum(np.minimum(offers.room_kw, offers.most_kw), offers.energy_kwh / hold_hours)
    n, moved = hours * plants, (hours - 1) * plants
    largest = float(max(need_kw.max(initial=0.0), 1.0))
    program = Program.of(
        cost=np.concatenate(
            [np.tile(offers.cost, hours), np.full(hours, SHORTAGE_COST), np.full(2 * moved, change_cost)]
        ),
        lower=np.zeros(n + hours + 2 * moved),
        upper=np.concatenate([can.ravel(), np.full(hours, largest), np.full(2 * moved, np.inf)]),
        matrix=_rows(hours, plants),
        row_lower=np.concatenate([need_kw, np.zeros(moved)]),
        row_upper=np.concatenate([need_kw, np.zeros(moved)]),
    )
    solved = solve(program)
    if not solved.ok:
        return Shares(np.zeros((hours, plants)), need_kw.copy(), 0.0, np.full(hours, np.nan), solved.reason)
    kw = solved.x[:n].reshape(hours, plants)
    short = solved.x[n : n + hours]
    return Shares(kw, short, float((kw * offers.cost).sum()), solved.row_dual[:hours], _why(short, can, need_kw))


def _check(need_kw: FloatArray, offers: Offers, hold_hours: float) -> None:
    if hold_hours <= 0:
        raise ValueError("hold_hours: give how long a share must last, above 0.")
    for name, values in (("need_kw", need_kw), ("room_kw", offers.room_kw), ("energy_kwh", offers.energy_kwh)):
        if np.isnan(values).any() or (values < 0).any():
            raise ValueError(f"{name}: give numbers that are not below 0.")


def _rows(hours: int, plants: int) -> csr_array:
    """Shares and shortage of an hour make the need; a share is the one before, plus what it rose, less what it fell."""
    n, moved = hours * plants, (hours - 1) * plants
    share, hour = np.arange(n), np.repeat(np.arange(hours), plants)
    later, rise = np.arange(plants, n), n + hours + np.arange(moved)
    step = hours + np.arange(moved)
    row = np.concatenate([hour, np.arange(hours), step, step, step, step])
    column = np.concatenate([share, n + np.arange(hours), later, later - plants, rise, rise + moved])
    signs = ((n, 1.0), (hours, 1.0), (moved, 1.0), (moved, -1.0), (moved, -1.0), (moved, 1.0))
    value = np.concatenate([np.full(count, sign) for count, sign in signs])
    return csr_array(coo_array((value, (row, column)), shape=(hours + moved, n + hours + 2 * moved)))


def _why(short: FloatArray, can: FloatArray, need_kw: FloatArray) -> str:
    worst = int(short.argmax()) if len(short) else 0
    if not len(short) or short[worst] <= 1e-6 * max(need_kw.max(initial=0.0), 1.0):
        return ""
    return (
        f"In {int((short > 1e-6).sum())} hours the plants cannot give what is needed; in the worst, hour {worst + 1}, "
        f"{need_kw[worst]:.0f} kW are needed and {can[worst].sum():.0f} kW can be given."
    )
