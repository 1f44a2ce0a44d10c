"""Which measurements do the others contradict? Largest normalised residuals, taken away one after another.

The test is triggered by the chi-square sum or by one large weighted residual: in a big network the sum hides a
single error. Sensors are candidates if their weighted residual could make a normalised one above the limit with a
share of at least LEAST_SHARE checked by others; an error that is checked by less than that cannot be told from its
neighbours'. Where two hypotheses 'this row is wrong' are about equally likely, the rows are tied and none is accused.
Covariances are exact for all candidates, at the linearised estimate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

FALSE_ALARM = 1e-3  # chance that a scan without bad data accuses a meter
LEAST_SHARE = 0.01
MOST_CANDIDATES = 60
MOST_SUSPECTS = 50
LIKELIHOOD_MARGIN = 4.0  # twice the logarithm of the likelihood ratio below which two rows are tied
LIKELIHOOD_SHARE = 0.02  # or this share of the greater one: models are not exact to the last percent
TIED_CORRELATION = 0.5


@dataclass(frozen=True, slots=True)
class Suspect:
    row: int
    normalised: float  # signed, in standard deviations
    error_sigmas: float  # measured less what the others say, in sigmas of the measurement
    tied: tuple[int, ...]  # rows that explain the misfit about as well; empty: there is no doubt


def limit_for(n_rows: int, false_alarm: float = FALSE_ALARM) -> float:
    """Normalised residual that a scan without bad data exceeds once in 1/false_alarm."""
    return float(-ndtri(false_alarm / (2 * max(n_rows, 1))))


def candidates(weighted: FloatArray, partner: IntArray) -> IntArray:
    """Rows worth a closer look: those with the largest weighted residuals, with the other row of the same meter.

    weighted: residual over sigma. partner: per row, the row of the same meter's other quantity, or itself.
    """
    size = np.maximum(np.abs(weighted), np.abs(weighted[partner]))
    large = np.flatnonzero(size > limit_for(len(weighted)) * LEAST_SHARE**0.5)
    if len(large) > MOST_CANDIDATES:
        large = large[np.argsort(-size[large], kind="stable")[:MOST_CANDIDATES]]
    return np.union1d(large, partner[large]).astype(np.int32)


def identify(weighted: FloatArray, covariance: FloatArray, partner: IntArray, limit: float) -> list[Suspect]:
    """Take away the worst row, let the rest settle, and again, until none is above the limit.

    weighted: residuals over sigma; covariance: theirs (both of the candidates alone); partner: position of the same
    meter's other quantity among them, which goes with it.
    """
    residual, omega = weighted.copy(), covariance.copy()
    left = np.ones(len(residual), np.bool_)
    suspects: list[Suspect] = []
    while len(suspects) < MOST_SUSPECTS:
        normalised = _normalised(residual, omega, left)
        worst = int(np.argmax(np.abs(normalised)))
        if not left.any() or abs(normalised[worst]) <= limit:
            break
        tied = _tied(normalised, omega, worst, int(partner[worst]))
        error = float(residual[worst] / omega[worst, worst])
        suspects.append(Suspect(worst, float(normalised[worst]), error, tied))
        for row in {worst, int(partner[worst])}:
            _take_away(residual, omega, row)
            left[row] = False
    return suspects


def _normalised(residual: FloatArray, omega: FloatArray, left: BoolArray) -> FloatArray:
    share = np.diag(omega)
    checked = left & (share > LEAST_SHARE)
    normalised = np.zeros(len(residual))
    normalised[checked] = residual[checked] / np.sqrt(share[checked])
    return normalised


def _tied(normalised: FloatArray, omega: FloatArray, worst: int, partner: int) -> tuple[int, ...]:
    share = np.maximum(np.diag(omega), LEAST_SHARE)
    correlation = omega[worst] / np.sqrt(share * share[worst])
    likelihood = normalised**2
    as_likely = likelihood[worst] - likelihood < max(LIKELIHOOD_MARGIN, LIKELIHOOD_SHARE * likelihood[worst])
    tied = np.flatnonzero(as_likely & (np.abs(correlation) > TIED_CORRELATION))
    return tuple(int(row) for row in tied if row not in {worst, partner})


def _take_away(residual: FloatArray, omega: FloatArray, row: int) -> None:
    """Residuals and their covariance, had the row never been measured (in place)."""
    if omega[row, row] <= 0:
        return
    gain = omega[:, row] / omega[row, row]
    residual -= gain * residual[row]
    omega -= np.outer(gain, omega[row])
