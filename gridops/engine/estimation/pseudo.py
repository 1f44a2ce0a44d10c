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


@dataclass(frozen=True, slots=True)
class _Fit:
    value: FloatArray  # per node
    sigma: FloatArray
    factor: FloatArray  # per class
    factor_sd: FloatArray


def allocate(elements: Elements, prior: ClassPrior, metered: Injections) -> Allocation:
    """Pseudo-measurements for all nodes with elements, those with meters too (in case these fail).

    metered: real net injections; pseudo ones and those at nodes without elements are passed over.
    """
    nodes, row = np.unique(elements.node, return_inverse=True)
    real = np.flatnonzero(~metered.is_pseudo & np.isin(metered.node, nodes))
    meter = csr_matrix(
        (np.ones(len(real)), (np.arange(len(real)), np.searchsorted(nodes, metered.node[real]))),
        shape=(len(real), len(nodes)),
    )
    place, shape = (row, elements.profile_class), (len(nodes), len(prior.spread))
    p = _fit(
        csr_matrix((elements.nominal_p_kw, place), shape),
        csr_matrix((elements.nominal_p_kw**2, place), shape),
        _Prior(prior.mean_p, prior.sd_p, prior.spread),
        _Meters(meter, metered.p_kw[real], metered.sigma_p_kw[real]),
    )
    q = _fit(
        csr_matrix((elements.nominal_q_kvar, place), shape),
        csr_matrix((elements.nominal_q_kvar**2, place), shape),
        _Prior(prior.mean_q, prior.sd_q, prior.spread),
        _Meters(meter, metered.q_kvar[real], metered.sigma_q_kvar[real]),
    )
    pseudo = np.ones(len(nodes), np.bool_)
    injections = Injections(nodes.astype(np.int32), p.value, q.value, p.sigma, q.sigma, pseudo)
    return Allocation(injections, p.factor, q.factor, p.factor_sd, q.factor_sd)


@dataclass(frozen=True, slots=True)
class _Prior:
    mean: FloatArray
    sd: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class _Meters:
    at: csr_matrix  # meters by nodes
    value: FloatArray
    sigma: FloatArray


def _fit(nominal: csr_matrix, squares: csr_matrix, prior: _Prior, meters: _Meters) -> _Fit:
    """nominal: nodes by classes, sums of nominal powers; squares: sums of their squares."""
    precision = 1.0 / np.maximum(prior.sd, LEAST_FACTOR * LEAST_FACTOR) ** 2
    factor, covariance = prior.mean, np.diag(1.0 / precision)
    rows = csr_matrix(meters.at @ nominal)
    trust = np.ones(len(meters.value))
    for _ in range(ROUNDS):
        own = squares @ (prior.spread * np.maximum(np.abs(factor), LEAST_FACTOR)) ** 2
        variance = meters.sigma**2 + meters.at @ own
        weighted = rows.multiply((trust / variance)[:, None]).tocsr()
        covariance = np.linalg.inv(np.diag(precision) + (rows.T @ weighted).toarray())
        factor = covariance @ (precision * prior.mean + weighted.T @ meters.value)
        misfit = np.abs(meters.value - rows @ factor) / np.sqrt(variance)
        trust = np.minimum(1.0, HUBER / np.maximum(misfit, HUBER))
    own = squares @ (prior.spread * np.maximum(np.abs(factor), LEAST_FACTOR)) ** 2
    shared = nominal.multiply(nominal @ covariance).sum(axis=1)
    size = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    floor = np.maximum(LEAST_SIGMA_KW, LEAST_SIGMA_SHARE * size)
    sigma = np.sqrt(np.asarray(shared).ravel() + own + floor**2)
    return _Fit(nominal @ factor, sigma, factor, np.sqrt(np.diag(covariance)))
