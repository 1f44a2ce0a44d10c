"""What the management system sees, as bits of SunSpec's event field."""

import numpy as np
import numpy.typing as npt

from gridops.engine.storage.safety.limits import Level
from gridops.simulator.batteries.management import Management

# By rule: bit of the alarm (it stops or trips), bit of the warning; SunSpec has not every pair.
_BITS = {
    "cell voltage high": (9, 10),
    "cell voltage low": (11, 12),
    "charge temperature high": (1, 2),
    "discharge temperature high": (1, 2),
    "charge temperature low": (3, 4),
    "discharge temperature low": (3, 4),
    "voltage spread": (25, 17),
    "temperature spread": (18, 19),
    "insulation": (22, 26),
}
_OTHER = (25, 26)
FAN_ERROR = 21


def events_of(management: Management) -> npt.NDArray[np.int64]:
    """(racks,) of bit fields."""
    found = np.zeros(management.levels.shape[1], dtype=np.int64)
    for name, levels in zip(management.protection.names, management.levels, strict=True):
        alarm, warning = _BITS.get(name, _OTHER)
        found |= np.where(levels >= int(Level.STOP), 1 << alarm, 0)
        found |= np.where((levels >= int(Level.WARN)) & (levels < int(Level.STOP)), 1 << warning, 0)
    return found | np.where(management.has_cooling, 0, 1 << FAN_ERROR)
