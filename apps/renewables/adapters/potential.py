"""What plants could have given, from arrays of series and meters. Powers in kW, fed in positive; plants x steps."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.forecasts.models import LEVELS
from apps.renewables.choices import Basis, PlantKind
from gridops.engine.optimization.portfolio.available import (
    Estimate,
    alike,
    joined,
    likeness,
    peers,
    standing_still,
    told_by_peers,
    told_by_quantiles,
    widened,
)
from gridops.engine.optimization.portfolio.curtailment import curtailed_kw

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TOLD_SIGMA = 0.02  # of the rating: of the plant's own account


@dataclass(frozen=True, slots=True)
class Fleet:
    """`kind`: of each plant; peers are looked for within one."""

    kind: list[PlantKind]
    rated_kw: FloatArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of the quarter hours that are looked at. quantiles: plants x steps x levels of the last forecast that could not
    know of the restriction; told: by the plant itself; nan where there is none."""

    produced: FloatArray
    is_free: BoolArray
    quantiles: FloatArray
    told: FloatArray


@dataclass(frozen=True, slots=True)
class Potential:
    kw: FloatArray
    sigma_kw: FloatArray
    basis: list[Basis]  # of the last step
    by_peers: FloatArray  # share of the rating that plants like it give, nan where there are too few


def potential(fleet: Fleet, past: FloatArray, past_free: BoolArray, now: Evidence) -> Potential:
    """`past`: produced on the days before, with where nothing held the plants back."""
    by_peers, shares = _by_peers(fleet, past, past_free, now)
    by_forecast = told_by_quantiles(now.quantiles, np.array(LEVELS), fleet.rated_kw)
    size = fleet.rated_kw[:, None]
    told = Estimate(np.clip(now.told, 0.0, size), np.broadcast_to(TOLD_SIGMA * size, now.told.shape))
    found = _widened(fleet, joined([by_peers, by_forecast, told], fleet.rated_kw), now)
    basis = [
        _basis(*(bool(np.isfinite(one.kw[n, -1])) for one in (told, by_peers, by_forecast))) for n in range(len(size))
    ]
    could = np.fmax(found.kw, np.where(np.isfinite(found.kw), now.produced, np.nan))  # what it gave, it could give
    return Potential(could, found.sigma_kw, basis, shares)


def _widened(fleet: Fleet, found: Estimate, now: Evidence) -> Estimate:
    sigma = found.sigma_kw.copy()
    for rows in _kinds(fleet):
        part = Estimate(found.kw[rows], found.sigma_kw[rows])
        sigma[rows] = widened(part, now.produced[rows], now.is_free[rows]).sigma_kw
    return Estimate(found.kw, sigma)


def _kinds(fleet: Fleet) -> list[npt.NDArray[np.int64]]:
    rows = (np.flatnonzero([one is kind for one in fleet.kind]) for kind in PlantKind)
    return [one for one in rows if len(one)]


def _by_peers(fleet: Fleet, past: FloatArray, past_free: BoolArray, now: Evidence) -> tuple[Estimate, FloatArray]:
    kw, sigma, shares = (np.full(now.produced.shape, np.nan) for _ in range(3))
    size = fleet.rated_kw[:, None]
    for rows in _kinds(fleet):
        before, free = past[rows] / size[rows], past_free[rows]
        near = alike(before, free)
        found = likeness(before, peers(before, free, near), free)
        given = now.produced[rows] / size[rows]
        shares[rows] = peers(given, now.is_free[rows] & ~standing_still(given), near)
        said = told_by_peers(shares[rows], found, fleet.rated_kw[rows])
        kw[rows], sigma[rows] = said.kw, said.sigma_kw
    return Estimate(kw, sigma), shares


def _basis(by_plant: bool, by_peers: bool, by_forecast: bool) -> Basis:
    if by_plant:
        return Basis.METER
    if by_peers and by_forecast:
        return Basis.BOTH
    if by_peers:
        return Basis.PEERS
    return Basis.FORECAST if by_forecast else Basis.NOTHING


def missing_kw(fleet: Fleet, found: Potential, produced: FloatArray, is_explained: BoolArray) -> FloatArray:
    return curtailed_kw(found.kw, found.sigma_kw, produced, fleet.rated_kw, is_explained)
