"""From a solved state to alarms: what is beyond its limits, held there for its delay, and told once.

Voltages are told once a feeder and direction (the worst node leads), overloads once a branch, loss of supply once a
feeder: a fault that touches a hundred nodes is one row, not a hundred.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import transaction

from apps.alarms import selectors as alarm_selectors
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.state.adapters import ThresholdState, Watch, advance, starting

WATCHED = (
    Condition.VOLTAGE_LOW,
    Condition.VOLTAGE_HIGH,
    Condition.OVERLOAD,
    Condition.LOSS_OF_SUPPLY,
    Condition.POINTS_STALE,
    Condition.ESTIMATION_FAILED,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The present value of one watched condition, and how it would be told if it were an alarm."""

    value: float
    limit: float
    unit: str
    equipment_mrid: UUID | None
    equipment_name: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One watched condition; its key is that of the alarm."""

    source: str
    condition: Condition
    priority: Priority


class Judge:
    """Keeps which conditions are on; a new process starts from the alarms that stand."""

    def __init__(self, subjects: Sequence[Subject], watch: Watch) -> None:
        self._subjects = subjects
        self._watch = watch
        standing = alarm_selectors.standing_sources(WATCHED)
        keys = [(subject.source, subject.condition.value) for subject in subjects]
        self._state = starting(np.array([key in standing for key in keys], bool))
        # Of equipment that is no longer in the network: nobody else would ever end these.
        self._orphans = standing.difference(keys)

    @transaction.atomic(savepoint=False)
    def judge(
        self, *, excess: npt.NDArray[np.float64], tell: Callable[[int], Finding], as_of: datetime
    ) -> tuple[int, int]:
        """Excess is in the unit of the watch, above 0 beyond the limit, nan where unknown. Returns raised, ended."""
        state, raised, cleared = advance(self._watch, self._state, excess, as_of)
        facts = [self._fact(self._subjects[which], tell(which), as_of) for which in raised]
        ends = [alarms.AlarmEnd(self._subjects[i].source, self._subjects[i].condition, as_of) for i in cleared]
        ends += [alarms.AlarmEnd(source, Condition(condition), as_of) for source, condition in self._orphans]
        alarms.raise_alarms(facts=facts)
        alarms.end_alarms(ends=ends)
        transaction.on_commit(lambda: self._keep(state))
        return len(facts), len(ends)

    def _keep(self, state: ThresholdState) -> None:
        self._state, self._orphans = state, set()

    def _fact(self, subject: Subject, finding: Finding, as_of: datetime) -> alarms.AlarmFact:
        return alarms.AlarmFact(
            source=subject.source,
            condition=subject.condition,
            priority=subject.priority,
            equipment_mrid=finding.equipment_mrid,
            equipment_name=finding.equipment_name,
            path=finding.path,
            message=finding.message,
            value=finding.value,
            limit=finding.limit,
            unit=finding.unit,
            at=as_of,
        )
