"""Words that all modules of storage share.

Signs: power and current are injections into the network, so discharge is positive and charge is negative. A current in
C is the share of the rated capacity that flows in an hour. SoC, depth, capacity and efficiencies are fractions.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

KELVIN = 273.15
GAS_CONSTANT = 8.314462618  # J/(mol K)
DAYS_A_YEAR = 365.25
DAY_S = 86_400.0
HOUR_S = 3_600.0
