"""Pseudo-measurements: what the nodes without meters take, learnt from those with meters.

Every element follows its class's profile: power = nominal power times the class's factor, which is the same for all
elements of a class at one instant, plus a deviation of its own. A Bayesian fit starts from the factor's yearly mean
and standard deviation and is corrected by the metered nodes (a ridge regression). Active and reactive power are fitted
apart.

No meter is its own witness: each is judged by what the year and all other nodes say of its node, and a node's
pseudo-measurement rests on those alone. Far from that a meter counts less (Huber), and from some distance on it
teaches nobody: in a class of few meters a wrong one would lead the rest.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.estimation.measurements import Injections
from gridops.engine.network.model import FloatArray, IntArray

IndexArray = npt.NDArray[np.intp]

ROUNDS = 5  # at most, each with weights from the last one's residuals
SETTLED = 0.01  # of a factor's standard deviation: another round would change less than anybody can know
HUBER = 2.5
DEAF_SIGMAS = 8.0  # from what all others say: no teacher
LEAST_SIGMA_KW = 0.2  # nobody knows a house without a meter better; far below it the equations are singular in 64 bits
LEAST_SIGMA_SHARE = 0.005  # of a node's nominal power
LEAST_REST = 1e-9  # of what a node's classes would be known by without its own meters
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


@dataclass(frozen=True, slots=True)
class _Prior:
    mean: FloatArray
    sd: FloatArray
    spread: FloatArray


@dataclass(frozen=True, slots=True)
class _Meters:
    place: IndexArray  # of each meter's node
    value: FloatArray
    sigma: FloatArray


@dataclass(frozen=True, slots=True)
class _Fitted:
    factor: FloatArray
    covariance: FloatArray
    power: FloatArray  # per node


@dataclass(frozen=True, slots=True)
class _Witness:
    """What the year and all other nodes say of each node, and how uncertain its classes' factors leave that."""

    power: FloatArray
    variance: FloatArray


class Allocator:
    """The fit for one set of elements, whose structure is worked out once and used scan after scan."""

    def __init__(self, elements: Elements, prior: ClassPrior) -> None:
        self._nodes, place = np.unique(elements.node, return_inverse=True)
        shape = len(self._nodes), len(prior.spread)
        self._p = _Design.of(place, elements.profile_class, elements.nominal_p_kw, shape)
        self._q = _Design.of(place, elements.profile_class, elements.nominal_q_kvar, shape)
        self._prior_p = _Prior(prior.mean_p, prior.sd_p, prior.spread)
        self._prior_q = _Prior(prior.mean_q, prior.sd_q, prior.spread)

    def allocate(self, metered: Injections) -> Allocation:
        """Pseudo-measurements for all nodes with elements, those with meters too (in case these fail).

        metered: real net injections; pseudo ones and those at nodes without elements are passed over.
        """
        real = np.flatnonzero(~metered.is_pseudo & np.isin(metered.node, self._nodes))
        place = np.searchsorted(self._nodes, metered.node[real])
        p = _fit(self._p, self._prior_p, _Meters(place, metered.p_kw[real], metered.sigma_p_kw[real]))
        q = _fit(self._q, self._prior_q, _Meters(place, metered.q_kvar[real], metered.sigma_q_kvar[real]))
        pseudo = np.ones(len(self._nodes), np.bool_)
        injections = Injections(self._nodes.astype(np.int32), p.value, q.value, p.sigma, q.sigma, pseudo)
        return Allocation(injections, p.factor, q.factor, p.factor_sd, q.factor_sd)


@dataclass(frozen=True, slots=True)
class _Design:
    """The sparse matrix of nominal powers, nodes by classes, as its cells, and its pairs of cells in one row."""

    shape: tuple[int, int]
    place: IndexArray  # per cell: its node
    profile_class: IndexArray
    nominal: FloatArray  # sums over the elements of the cell
    square: FloatArray
    floor: FloatArray  # per node: the least standard deviation
    pair_place: IndexArray  # per pair of cells of one node, each with itself too
    pair_key: IndexArray  # in the flattened matrix of classes by classes
    pair_product: FloatArray

    @classmethod
    def of(cls, place: IndexArray, profile_class: IntArray, nominal: FloatArray, shape: tuple[int, int]) -> "_Design":
        some = nominal != 0
        cells, cell = np.unique((place * shape[1] + profile_class)[some], return_inverse=True)
        rows, columns = np.divmod(cells, shape[1])
        sums, squares = (_sums(cell, values, len(cells)) for values in (nominal[some], nominal[some] ** 2))
        first, second = _pairs(np.bincount(rows, minlength=shape[0]))
        key = columns[first] * shape[1] + columns[second]
        floor = np.maximum(LEAST_SIGMA_KW, LEAST_SIGMA_SHARE * np.sqrt(_sums(rows, squares, shape[0])))
        return cls(shape, rows, columns, sums, squares, floor, rows[first], key, sums[first] * sums[second])

    def power(self, factor: FloatArray) -> FloatArray:
        """Per node, from one factor a class."""
        return _sums(self.place, self.nominal * factor[self.profile_class], self.shape[0])

    def own_variance(self, deviation: FloatArray) -> FloatArray:
        """Per node, of elements that deviate from their class's factor independently."""
        return _sums(self.place, self.square * (deviation**2)[self.profile_class], self.shape[0])

    def shared_variance(self, covariance: FloatArray) -> FloatArray:
        """Per node, from the uncertainty of the factors."""
        return _sums(self.pair_place, self.pair_product * covariance.ravel()[self.pair_key], self.shape[0])

    def information(self, weight: FloatArray) -> FloatArray:
        """Classes by classes, from one weight a node."""
        size = self.shape[1]
        flat = _sums(self.pair_key, self.pair_product * weight[self.pair_place], size * size)
        return flat.reshape(size, size)

    def projection(self, weighted: FloatArray) -> FloatArray:
        """Per class, from one weighted value a node."""
        return _sums(self.profile_class, self.nominal * weighted[self.place], self.shape[1])


def _sums(place: IndexArray, values: FloatArray, size: int) -> FloatArray:
    return np.asarray(np.bincount(place, values, size), np.float64)


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _pairs(cells: IndexArray) -> tuple[IndexArray, IndexArray]:
    """All pairs of cells of the same node, from the number of cells of each node."""
    own = np.repeat(cells, cells)
    first = np.repeat(np.arange(len(own)), own)
    start = np.repeat(np.cumsum(cells) - cells, cells)
    within = np.arange(len(first)) - np.repeat(np.cumsum(own) - own, own)
    return first, start[first] + within


def _fit(design: _Design, prior: _Prior, meters: _Meters) -> _Fit:
    precision = 1.0 / np.maximum(prior.sd, LEAST_FACTOR * LEAST_FACTOR) ** 2
    own = design.own_variance(prior.spread * np.maximum(np.abs(prior.mean), LEAST_FACTOR))
    witness = _Witness(design.power(prior.mean), design.shared_variance(np.diag(1.0 / precision)))
    before = np.full(len(precision), np.inf)
    for _ in range(ROUNDS):
        variance = meters.sigma**2 + own[meters.place]
        weight = _trust(meters, variance, witness) / variance
        fitted = _weighed(design, precision, prior.mean, meters, weight)
        own = design.own_variance(prior.spread * np.maximum(np.abs(fitted.factor), LEAST_FACTOR))
        witness = _without_own(design, fitted, meters, weight)
        if (np.abs(fitted.factor - before) <= SETTLED * np.sqrt(np.diag(fitted.covariance))).all():
            break
        before = fitted.factor
    sigma = np.sqrt(witness.variance + own + design.floor**2)
    return _Fit(witness.power, sigma, fitted.factor, np.sqrt(np.diag(fitted.covariance)))


def _trust(meters: _Meters, variance: FloatArray, witness: _Witness) -> FloatArray:
    """Per meter, from 1 to 0."""
    expected = np.sqrt(variance + witness.variance[meters.place])
    misfit = np.abs(meters.value - witness.power[meters.place]) / expected
    return np.where(misfit > DEAF_SIGMAS, 0.0, HUBER / np.maximum(misfit, HUBER))


def _weighed(design: _Design, precision: FloatArray, mean: FloatArray, meters: _Meters, weight: FloatArray) -> _Fitted:
    by_node, weighted = (_sums(meters.place, each, design.shape[0]) for each in (weight, weight * meters.value))
    covariance = _inverse(np.diag(precision) + design.information(by_node))
    factor = covariance @ (precision * mean + design.projection(weighted))
    return _Fitted(factor, covariance, design.power(factor))


def _without_own(design: _Design, fitted: _Fitted, meters: _Meters, weight: FloatArray) -> _Witness:
    """The fit had a node's own meters not been there: they add one row of equations, so one division tells."""
    shared = design.shared_variance(fitted.covariance)
    misfit = weight * (meters.value - fitted.power[meters.place])
    by_node, weighted = (_sums(meters.place, each, design.shape[0]) for each in (weight, misfit))
    rest = np.maximum(1.0 - by_node * shared, LEAST_REST)
    return _Witness(fitted.power - shared * weighted / rest, shared / rest)
