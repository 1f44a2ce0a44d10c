from apps.state.models.area import AreaEstimate
from apps.state.models.look_ahead import LookAhead
from apps.state.models.outage import Outage, OutageQuerySet, OutageStep
from apps.state.models.security import SecurityRun
from apps.state.models.solution import Solution, SolutionQuerySet

__all__ = [
    "AreaEstimate",
    "LookAhead",
    "Outage",
    "OutageQuerySet",
    "OutageStep",
    "SecurityRun",
    "Solution",
    "SolutionQuerySet",
]
