"""People in the field: sent, on their way, there, done."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.incidents.choices.crew import OPEN_ASSIGNMENTS, AssignmentStatus, CrewStatus
from apps.incidents.choices.incident import FactKind
from apps.incidents.models import Crew, CrewAssignment, Incident
from apps.incidents.services.estimating import estimate
from apps.incidents.services.telling import IncidentRefused, Told, locked, note_fact, one_writer, tell

_REACHED = {
    AssignmentStatus.EN_ROUTE: "en_route_at",
    AssignmentStatus.ON_SITE: "on_site_at",
    AssignmentStatus.DONE: "ended_at",
    AssignmentStatus.RELEASED: "ended_at",
}
DEMO_CREWS = (
    ("Crew North", "North", ["switching", "overhead", "patrol"]),
    ("Crew South", "South", ["switching", "overhead", "patrol"]),
    ("Cable crew", "Whole city", ["cable", "switching"]),
    ("Transformer crew", "Whole city", ["transformer", "switching"]),
)


@one_writer()
def assign_crew(*, number: str, crew_id: int, task: str, by: User, as_of: datetime) -> CrewAssignment:
    incident = locked(number)
    crew = Crew.objects.select_for_update().get(pk=crew_id)
    if not incident.is_open:
        raise IncidentRefused(f"{incident.number} is {incident.get_status_display().lower()}; nobody is needed there.")
    if crew.status != CrewStatus.AVAILABLE:
        raise IncidentRefused(f"{crew.name} is {crew.get_status_display().lower()}. Choose a crew that is available.")
    made = CrewAssignment.objects.create(crew=crew, incident=incident, task=task, assigned_at=as_of, assigned_by=by)
    crew.status = CrewStatus.BUSY
    crew.save(update_fields=["status"])
    _tell(made, f"{crew.name} is assigned{': ' + task if task else '.'}", by=by, as_of=as_of)
    return made


@one_writer()
def move_assignment(
    *, assignment: CrewAssignment, to: AssignmentStatus, by: User, as_of: datetime, note: str = ""
) -> CrewAssignment:
    before = AssignmentStatus(assignment.status)
    if to not in _REACHED:
        raise IncidentRefused(f"A crew that is {before.label.lower()} is not {to.label.lower()} again: assign it anew.")
    try:
        is_moved = CrewAssignment.objects.move(assignment.pk, before, to, **{_REACHED[to]: as_of})
    except ValueError:
        text = f"{assignment.crew.name} is {before.label.lower()}: it cannot become {to.label.lower()}."
        raise IncidentRefused(text) from None
    if not is_moved:
        raise IncidentRefused(f"{assignment.crew.name} has been moved meanwhile: look again.")
    assignment.refresh_from_db()
    if to not in OPEN_ASSIGNMENTS:
        Crew.objects.filter(pk=assignment.crew_id, status=CrewStatus.BUSY).update(status=CrewStatus.AVAILABLE)
    text = f"{assignment.crew.name}: {to.label.lower()}.{' ' + note if note else ''}"
    _tell(assignment, text, by=by, as_of=as_of)
    if assignment.incident.is_open:
        estimate(assignment.incident, as_of=as_of)
    return assignment


@transaction.atomic
def set_duty(*, crew: Crew, is_on_duty: bool, by: User, as_of: datetime) -> Crew:
    """Off duty only whom nobody waits for."""
    crew = Crew.objects.select_for_update().get(pk=crew.pk)
    if crew.assignments.open().exists():
        raise IncidentRefused(f"{crew.name} is on a job. Release it there first.")
    crew.status = CrewStatus.AVAILABLE if is_on_duty else CrewStatus.OFF_DUTY
    crew.save(update_fields=["status"])
    return crew


def _tell(assignment: CrewAssignment, text: str, *, by: User, as_of: datetime) -> None:
    incident: Incident = assignment.incident
    key = f"{assignment.pk} {assignment.status}"
    note_fact(incident, Told(FactKind.CREW, key, as_of, text), as_of=as_of, by=by)
    detail = {"crew": assignment.crew.name, "status": assignment.status, "task": assignment.task}
    tell(incident, "crew", by=by, as_of=as_of, detail=detail)


@transaction.atomic
def prepare_demo_crews() -> int:
    """For a demo that has none; what a person has made is kept."""
    if Crew.objects.exists():
        return 0
    Crew.objects.bulk_create(Crew(name=name, area=area, skills=skills) for name, area, skills in DEMO_CREWS)
    return len(DEMO_CREWS)
