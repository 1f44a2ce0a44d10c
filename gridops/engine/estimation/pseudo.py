"""Pseudo-measurements: what the nodes without meters take, learnt from those with meters.

Every element follows its class's profile: power = nominal power times the class's factor, which is the same for all
elements of a class at one instant, plus a deviation of its own. A Bayesian fit starts from the factor's yearly mean
and standard deviation and is corrected by the metered nodes (a ridge regression). Huber weights keep a single bad
meter from bending it. Active and reactive power are fitted apart.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from gridops.engine.estimation.measurements import Injections
from gridops.engine.network.model import FloatArray, IntArray

ROUNDS = 3  # each with weights from the last one's residuals
HUBER = 2.5
LEAST_SIGMA_KW = 0.01
LEAST_SIGMA_SHARE = 0.005  # of a node's nominal power
LEAST_FACTOR = 0.02  # deviations are relative to the factor, but not to less than this


@dataclass(frozen=True, slots=True)
class Elements:
    """Loads, generators and storages, positive into the network: a load's nominal power is negative."""

    node: IntArray
    profile_class: IntArray
    nominal_p_kw: FloatArray
    nominal_q_kvar: FloatArray


@dataclass(frozen=True, slots=True)
class ClassPrior:
    """What is known of each class's factor without any meter, and how much its elements differ."""

    mean_p: FloatArray
    sd_p: FloatArray
    mean_q: FloatArray
    sd_q: FloatArray
    spread: FloatArray  # standard deviation of an element's own factor, relative to its class's


@dataclass(frozen=True, slots=True)
class Allocation:
    injections: Injections  # one pseudo-measurement per node that has elements, ascending
    factor_p: FloatArray  # fitted, per class
    factor_q: FloatArray
    sd_p: FloatArray
    sd_q: FloatArray


def allocate(elements: Elements, prior: ClassPrior, metered: Injections) -> Allocation:
    """Pseudo-measurements for all nodes with elements, those with meters too (in case these fail).

    metered: real net injections; pseudo ones and those at nodes without elements are passed over.
    """
    nodes, row = np.unique(elements.node, return_inverse=True)
    real = np.flatnonzero(~metered.is_pseudo & np.isin(metered.node, nodes))
    at = np.searchsorted(nodes, metered.node[real])
    axis = _Axis(len(nodes), len(prior.spread), row, elements.profile_class, prior.spread)
    p = axis.fit(elements.nominal_p_kw, prior.mean_p, prior.sd_p, at, metered.p_kw[real], metered.sigma_p_kw[real])
    q = axis.fit(elements.nominal_q_kvar, prior.mean_q, prior.sd_q, at, metered.q_kvar[real], metered.sigma_q_kvar[real])
    injections = Injections(
        node=nodes.astype(np.int32),
        p_kw=p.value,
        q_kvar=q.value,
        sigma_p_kw=p.sigma,
        sigma_q_kvar=q.sigma,
        is_pseudo=np.ones(len(nodes), np.bool_),
    )
    return Allocation(injections, p.factor, q.factor, p.factor_sd, q.factor_sd)
