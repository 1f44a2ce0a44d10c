from apps.microgrids.models.microgrid import Microgrid, MicrogridMember
from apps.microgrids.models.readiness import ReadinessRun, ReadinessTerms
from apps.microgrids.models.reserve import ReserveWish
from apps.microgrids.models.schedule import ScheduleRun, ScheduleTerms
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
    "ReadinessRun",
    "ReadinessTerms",
    "ReserveWish",
    "ScheduleRun",
    "ScheduleTerms",
    "Transition",
    "TransitionStep",
    "TransitionVeto",
]
