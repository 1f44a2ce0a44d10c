"""Cold-load pickup: what a load takes when it has supply again, as a multiple of what it would take anyway.

While customers are without supply their thermostats lose step: afterwards more of them run at once. The excess grows
with the length of the outage towards `MOST_EXCESS`, and fades after the supply is back. Source: the delayed exponential
model of Lawhead et al., "Cold Load Pickup Issues", IEEE PES Power System Relaying Committee report (2008), and
K. P. Schneider et al., "Evaluating the Magnitude and Duration of Cold Load Pick-up on Residential Distribution Feeders
Using Multi-State Load Models", IEEE Trans. Power Systems 31 (2016), whose houses take about twice their load after an
hour. The three numbers below are ours, in their range: nothing at hand tells them for a given city.
"""

import math

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import FloatArray

MOST_EXCESS = 1.0  # after a long outage: twice the load
GROWS_IN_H = 0.75  # time constant of the loss of diversity
FADES_IN_H = 1.0  # time constant of its return


def pickup_factor(outage_h: float, since_h: npt.ArrayLike) -> FloatArray:
    """Factor, at least 1, so long after the supply is back (hours, any shape) from an outage of that length.

    Raises ValueError for a negative time.
    """
    since = np.asarray(since_h, np.float64)
    if outage_h < 0 or (since < 0).any():
        raise ValueError("A time is negative.")
    excess = MOST_EXCESS * (1.0 - math.exp(-outage_h / GROWS_IN_H))
    return np.asarray(1.0 + excess * np.exp(-since / FADES_IN_H), np.float64)
