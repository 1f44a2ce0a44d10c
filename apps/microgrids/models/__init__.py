from apps.microgrids.models.microgrid import Microgrid, MicrogridMember
from apps.microgrids.models.transition import (
    IslandingRule,
    IslandingSettings,
    Transition,
    TransitionStep,
    TransitionVeto,
)

__all__ = [
    "IslandingRule",
    "IslandingSettings",
    "Microgrid",
    "MicrogridMember",
    "Transition",
    "TransitionStep",
    "TransitionVeto",
]
