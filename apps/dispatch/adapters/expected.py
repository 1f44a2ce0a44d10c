"""What every element takes and gives now and in the quarter hours ahead, from the state and what is expected.

Signs: injections, positive into the network. The forecast of a feeder is its net load, positive out of the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, GENERATOR, AssembledNetwork
from apps.state.adapters.look_ahead import Expected
from apps.studies.adapters.base import Base

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

STEP = timedelta(minutes=15)
STEP_HOURS = STEP.total_seconds() / 3600
LEAST_KW, MOST_FACTOR = 1e-6, 5.0  # a load is not scaled from nothing, nor beyond what can be meant


@dataclass(frozen=True, slots=True)
class Ahead:
    """Rows are steps, columns the injections of the network. The first row is the state of now."""

    p_kw: FloatArray
    q_kvar: FloatArray
    starts_at: Sequence[datetime]
    said_by: str  # whose word the steps ahead are, or why there are none


def only_now(base: Base, as_of: datetime, why: str) -> Ahead:
    return Ahead(base.injection_p_kw[None, :], base.injection_q_kvar[None, :], (as_of,), why)


def ahead_of(base: Base, network: AssembledNetwork, expected: Expected, *, as_of: datetime, first: datetime) -> Ahead:
    """Loads keep their shares and power factors; plants move by their part of what their kind is expected to move by.

    first: begin of the first expected step.
    """
    group, mean = expected.group_of_injection, expected.expectation.mean_kw
    now = np.bincount(group, base.injection_p_kw, len(mean))
    is_load = group == CONSUMER
    factor = np.clip(mean[CONSUMER] / min(now[CONSUMER], -LEAST_KW), 0.0, MOST_FACTOR)
    given = base.injection_p_kw + _shares(network, GENERATOR) * (mean[GENERATOR] - now[GENERATOR])[:, None]
    rated = np.where(network.injection.rated_s_kva > 0, network.injection.rated_s_kva, np.inf)
    plants = np.where(
        group == GENERATOR, np.clip(given, np.minimum(0.0, base.injection_p_kw), rated), _held(base, mean)
    )
    p = np.where(is_load, base.injection_p_kw * factor[:, None], plants)
    q = np.where(is_load, base.injection_q_kvar * factor[:, None], base.injection_q_kvar)
    starts = (as_of, *(first + number * STEP for number in range(len(factor))))
    said_by = f"{expected.said_by}, for the whole network"
    return Ahead(np.vstack([base.injection_p_kw, p]), np.vstack([base.injection_q_kvar, q]), starts, said_by)


def of_feeder(ahead: Ahead, network: AssembledNetwork, members: IntArray, net_load_kw: FloatArray, name: str) -> Ahead:
    """The same with the feeder's own forecast: its loads take what is missing.

    members: injections on the feeder. net_load_kw: per step ahead.
    """
    loads = members[network.injection.kind[members] == CONSUMER]
    taken = -ahead.p_kw[1:, loads].sum(axis=1)
    if not (taken > LEAST_KW).all():
        return ahead
    missing = net_load_kw + ahead.p_kw[1:, members].sum(axis=1)
    factor = np.clip(1.0 + missing / taken, 0.0, MOST_FACTOR)[:, None]
    p, q = ahead.p_kw.copy(), ahead.q_kvar.copy()
    p[1:, loads] *= factor
    q[1:, loads] *= factor
    return replace(ahead, p_kw=p, q_kvar=q, said_by=f"{ahead.said_by}; for {name} its own forecast")


def _shares(network: AssembledNetwork, kind: int) -> FloatArray:
    """Of each element in what is installed of its kind."""
    size = np.where(network.injection.kind == kind, np.abs(network.injection.p_kw), 0.0)
    return np.asarray(size / max(float(size.sum()), LEAST_KW), np.float64)


def _held(base: Base, mean: FloatArray) -> FloatArray:
    return np.tile(base.injection_p_kw, (mean.shape[1], 1))
