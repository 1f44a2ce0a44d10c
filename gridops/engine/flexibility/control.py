"""What customers who were not called did on the same day, as a baseline for those who were."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from gridops.engine.flexibility.days import FloatArray, IntArray, Loads, Window
from gridops.engine.flexibility.methods import Baseline
from gridops.engine.flexibility.selection import Choice, eligible, highest_days, mean_day

NEIGHBOURS = 5
PAST = Choice(10, 10, 3, 4, 4, 2)


@dataclass(frozen=True)
class Matched:
    """baseline of the called (M, S); neighbours: (M, K) their positions among the others, -1 where there is none."""

    baseline: Baseline
    neighbours: IntArray


@dataclass(frozen=True)
class Control:
    """Those who were not called, for events in one window; what is usual for them is kept by day."""

    loads: Loads
    window: Window
    _usual: dict[int, tuple[FloatArray, IntArray]] = field(default_factory=dict)

    def usual(self, day: int) -> tuple[FloatArray, IntArray]:
        if day not in self._usual:
            self._usual[day] = _usual(self.loads, day, self.window)
        return self._usual[day]


def matched(called: Loads, control: Control, day: int, *, neighbours: int = NEIGHBOURS) -> Matched:
    """Each customer's usual day, moved by how far its nearest others strayed from theirs (difference in differences).

    Nearest: by the usual course of the day, hour by hour, and by the same day's hours until one before the event, both
    in kW, so that large customers are compared with large ones. What others save or add by themselves counts as
    weather. NaN for a customer without a past and where nobody is left to compare with.
    """
    others, window = control.loads, control.window
    own, own_days = _usual(called, day, window)
    theirs, their_days = control.usual(day)
    event = others.known[:, day, window.slots] | ~(others.hours[day, window.slots] > 0)
    fit = np.flatnonzero((their_days > 0) & event.all(axis=1) & ~others.called[:, day])
    usable = np.flatnonzero(own_days > 0)
    found = np.full((len(own), neighbours), -1, np.int64)
    if len(fit) < neighbours or not len(usable):
        return Matched(Baseline(np.full_like(own, np.nan), np.zeros(len(own), np.int64)), found)
    tree = cKDTree(_features(others, theirs, day, window)[fit])
    _, nearest = tree.query(_features(called, own, day, window)[usable], k=range(1, neighbours + 1))
    found[usable] = fit[nearest]
    strayed = (others.kw[:, day] - theirs)[found].mean(axis=1)
    kw = np.where((own_days > 0)[:, None], own + strayed, np.nan)
    return Matched(Baseline(np.maximum(kw, np.minimum(own, 0)), own_days), found)


def _usual(loads: Loads, day: int, window: Window) -> tuple[FloatArray, IntArray]:
    taken = highest_days(loads, day, window, PAST, eligible(loads, day, window.slots))
    return mean_day(loads, taken), taken.sum(axis=1)


def _features(loads: Loads, usual: FloatArray, day: int, window: Window) -> FloatArray:
    hour = loads.per_hour
    today = np.where(loads.known[:, day], loads.kw[:, day], usual)[:, window.before(4 * hour, hour)]
    hourly = np.nan_to_num(usual).reshape(len(usual), -1, hour).mean(axis=2)
    pre = np.nan_to_num(today[:, : today.shape[1] // hour * hour]).reshape(len(usual), -1, hour).mean(axis=2)
    return np.concatenate((hourly / np.sqrt(hourly.shape[1]), pre / np.sqrt(max(pre.shape[1], 1))), axis=1)
