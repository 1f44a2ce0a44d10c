from apps.incidents.models.crew import Crew, CrewAssignment, CrewAssignmentQuerySet
from apps.incidents.models.evidence import IncidentFact, IncidentSection, SupplyReport
from apps.incidents.models.incident import Incident, IncidentEstimate, IncidentQuerySet
from apps.incidents.models.restoring import LostLoad, RestorationRun, WayBack

__all__ = [
    "Crew",
    "CrewAssignment",
    "CrewAssignmentQuerySet",
    "Incident",
    "IncidentEstimate",
    "IncidentFact",
    "IncidentQuerySet",
    "IncidentSection",
    "LostLoad",
    "RestorationRun",
    "SupplyReport",
    "WayBack",
]
