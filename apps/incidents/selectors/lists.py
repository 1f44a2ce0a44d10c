from collections.abc import Collection
from uuid import UUID

from apps.incidents.choices.incident import OPEN_INCIDENTS
from apps.incidents.models import Incident, IncidentQuerySet

MOST_LISTED = 100


def incidents(
    *,
    status: Collection[str] = (),
    open: bool | None = None,
    feeder: UUID | None = None,
    before: int | None = None,
) -> IncidentQuerySet:
    found = Incident.objects.select_related("parent").order_by("-id")
    if status:
        found = found.filter(status__in=status)
    if open is not None:
        found = found.filter(status__in=OPEN_INCIDENTS) if open else found.exclude(status__in=OPEN_INCIDENTS)
    if feeder is not None:
        found = found.filter(feeder_mrid=feeder)
    return (found.filter(pk__lt=before) if before else found)[:MOST_LISTED]
