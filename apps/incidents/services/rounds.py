"""One round of the watch over incidents. It rests on rows alone: a new process goes on where one ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from apps.incidents.adapters.ground import Ground
from apps.incidents.choices.incident import IncidentStatus
from apps.incidents.models import Incident
from apps.incidents.selectors.ground import current_ground
from apps.incidents.selectors.positions import Positions, positions
from apps.incidents.services.customers_told import assign_reports, open_by_reports
from apps.incidents.services.detection import Watch, detect, take_dead, without_reason
from apps.incidents.services.estimating import estimate
from apps.incidents.services.following import close_momentary, follow, follow_planned
from apps.incidents.services.inferring import Inferences, infer_incident
from apps.incidents.services.outage_rows import consumers_without
from apps.state.islands import living_islands


@dataclass(slots=True)
class Rounds:
    watch: Watch = field(default_factory=Watch)
    inferences: Inferences = field(default_factory=Inferences)

    def advance(self, *, clock: Callable[[], datetime]) -> int:
        """How many incidents are open."""
        as_of, ground = clock(), current_ground()
        if ground is None:
            return 0
        ground = ground.with_living(living_islands(as_of=as_of))
        detect(self.watch, ground, as_of=as_of)
        now = positions(ground, as_of=as_of)
        follow_planned(ground, now)
        take_dead(without_reason(self.watch, ground, now, consumers_without()), ground, now, as_of=as_of)
        assign_reports(ground, as_of=as_of)
        open_by_reports(ground, now, as_of=as_of)
        rows = list(Incident.objects.open().order_by("began_at"))
        failures = [error for one in rows if (error := self._tried(one, ground, now, as_of=as_of))]
        close_momentary(as_of=as_of)
        if failures:
            raise failures[0]
        return len(rows)

    def _tried(self, incident: Incident, ground: Ground, now: Positions, *, as_of: datetime) -> Exception | None:
        """What is wrong with one incident keeps nobody from following the others."""
        try:
            self._follow(incident, ground, now, as_of=as_of)
        except Exception as error:  # noqa: BLE001  it is raised after the round
            return error
        return None

    def _follow(self, incident: Incident, ground: Ground, now: Positions, *, as_of: datetime) -> None:
        if incident.status not in (IncidentStatus.REPAIRED, IncidentStatus.RESTORED) or incident.inferred_at is None:
            infer_incident(self.inferences, incident, ground, now, as_of=as_of)
        if not incident.estimates.exists():
            estimate(incident, as_of=as_of)
        follow(incident, ground, now, as_of=as_of)
