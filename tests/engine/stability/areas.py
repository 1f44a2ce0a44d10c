"""An area of 100 MVA."""

import numpy as np

from gridops.engine.stability.area import Area


def area(**changed: float) -> Area:
    values = {
        "kinetic_kws": 500_000.0,  # 5 s on 100 MVA
        "load_kw": 80_000.0,
        "damping": 1.0,
        "governor_kw": 100_000.0,
        "governor_droop": 0.05,
        "governor_lag_s": 8.0,
        "governor_room_kw": 1e9,
    } | changed
    return Area(**{name: np.array([value]) for name, value in values.items()})
