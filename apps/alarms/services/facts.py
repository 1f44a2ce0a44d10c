from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.alarms.choices import Condition, Priority

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """A condition that has become true."""

    source: str
    condition: Condition
    priority: Priority
    equipment_name: str
    message: str
    at: datetime
    equipment_mrid: UUID | None = None
    path: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    quality_good: bool = True
    is_late: bool = False
    area_id: int | None = None  # of what is in no network

    @property
    def key(self) -> Key:
        return self.source, self.condition.value


@dataclass(frozen=True, slots=True)
class AlarmEnd:
    """A condition that is no longer true. One that rests on a doubtful value ends nothing."""

    source: str
    condition: Condition
    at: datetime
    quality_good: bool = True

    @property
    def key(self) -> Key:
        return self.source, self.condition.value
