"""The weak area of a scenario: an island, or a part of a network cut off, whose machines are few."""

from datetime import UTC, datetime

import numpy as np

from gridops.simulator.frequency import WeakArea

# The area's load over the plant that is lost, its machines as seconds and ratings on that load: chosen so that the
# loss of a tenth of the generation brings load shedding near (49.0 Hz in Continental Europe).
LOAD_OF_LOSS, INERTIA_S, DAMPING = 10.0, 3.0, 1.0
GOVERNOR_DROOP, GOVERNOR_LAG_S, GOVERNOR_ROOM = 0.05, 6.0, 0.2
SECONDARY_S = 120.0
SPREAD = 0.05  # of what it is against what is written about it: standard deviation of the logarithm


def noon(year: int) -> datetime:
    return datetime(year, 6, 15, 12, tzinfo=UTC)


def around(lost_kw: float, generator: np.random.Generator) -> WeakArea:
    load = LOAD_OF_LOSS * lost_kw
    kinetic, damping, lag = np.exp(SPREAD * generator.standard_normal(3))
    return WeakArea(
        kinetic_kws=float(kinetic) * INERTIA_S * load,
        load_kw=load,
        damping=float(damping) * DAMPING,
        governor_kw=load,
        governor_droop=GOVERNOR_DROOP,
        governor_lag_s=float(lag) * GOVERNOR_LAG_S,
        governor_room_kw=GOVERNOR_ROOM * load,
        secondary_s=SECONDARY_S,
    )
