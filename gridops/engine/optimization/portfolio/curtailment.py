"""Energy that a plant could have given and did not, beyond what the estimate of its potential leaves open."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Standard deviations by which a plant must stay below what it could give. A plant that is known to be held back, and
# does what it is told, needs less proof than one of which nothing is known: with normal errors such a one is wronged in
# one quarter hour of 31,000.
BEYOND_UNEXPLAINED, BEYOND_EXPLAINED = 4.0, 1.0
LEAST_SHARE = 0.02  # of the rating: less is no curtailment


def curtailed_kw(
    available_kw: FloatArray,
    sigma_kw: FloatArray,
    produced_kw: FloatArray,
    rated_kw: FloatArray,
    is_explained: BoolArray,
) -> FloatArray:
    """kW held back, (N, T), not negative: 0 where the difference is within the uncertainty, nan where not known.

    available_kw with sigma_kw (one standard deviation) and produced_kw: (N, T); rated_kw: (N,); is_explained: (N, T),
    true where a recorded fact explains why the plant gives less.
    """
    missing = available_kw - produced_kw
    beyond = np.where(is_explained, BEYOND_EXPLAINED, BEYOND_UNEXPLAINED) * sigma_kw
    least = np.maximum(beyond, LEAST_SHARE * rated_kw[:, None])
    found = np.where(missing > least, missing, 0.0)
    return np.where(np.isfinite(missing) & np.isfinite(sigma_kw), found, np.nan)
