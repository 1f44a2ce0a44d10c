"""The one form in which an alarm leaves this app: in the journal, the API and the socket alike."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from apps.alarms.choices import TIME_TO_RESPOND_S, Condition, Priority
from apps.alarms.models import Alarm, AlarmDefinition
from apps.alarms.procedures import PROCEDURES

# Everything that is stored is told, so that the journal alone can rebuild the rows.
_TOLD = {field.attname: field.attname for field in Alarm._meta.concrete_fields} | {"base_state": "state"}
_INSTANTS = frozenset(f.attname for f in Alarm._meta.concrete_fields if f.get_internal_type() == "DateTimeField")
_UUIDS = frozenset(f.attname for f in Alarm._meta.concrete_fields if f.get_internal_type() == "UUIDField")
_FLOATS = frozenset(f.attname for f in Alarm._meta.concrete_fields if f.get_internal_type() == "FloatField")
_LABELS = dict(Condition.choices)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [_plain(one) for one in value] if isinstance(value, list) else value


def document(alarm: Alarm) -> dict[str, Any]:
    told = {name: _plain(getattr(alarm, attribute)) for attribute, name in _TOLD.items()}
    return told | {"condition_label": _LABELS.get(alarm.condition, alarm.condition)}


def alarm_of(told: dict[str, Any]) -> Alarm:
    """The row that a document tells of; not stored."""
    alarm = Alarm()
    for attribute, name in _TOLD.items():
        if name in told:
            setattr(alarm, attribute, _stored(attribute, told[name]))
    return alarm


def _stored(attribute: str, value: Any) -> Any:
    if value is None:
        return None
    if attribute in _INSTANTS:
        return datetime.fromisoformat(value)
    if attribute in _UUIDS:
        return UUID(value)
    if attribute in _FLOATS:
        return float(value)
    return [datetime.fromisoformat(one) for one in value] if attribute == "raises" else value


class Response(NamedTuple):
    """What an operator should know and do, and how long there is to do it."""

    cause: str
    consequence: str
    action: str
    time_to_respond_s: int


class Definitions:
    """The settings as they are now: the narrowest row wins, and what no row says is the default."""

    def __init__(self, rows: Iterable[AlarmDefinition]) -> None:
        self._rows = {(row.condition, row.equipment_class, row.equipment_mrid): row for row in rows}

    def of(self, condition: str, equipment_class: str, equipment_mrid: UUID | None) -> AlarmDefinition | None:
        places: list[tuple[str, UUID | None]] = [(equipment_class, None), ("", None)]
        if equipment_mrid is not None:
            places = [(equipment_class, equipment_mrid), ("", equipment_mrid), *places]
        return next((row for place in places if (row := self._rows.get((condition, *place)))), None)

    def response(self, told: dict[str, Any]) -> Response:
        mrid = told.get("equipment_mrid")
        row = self.of(told["condition"], told.get("equipment_class", ""), UUID(mrid) if mrid else None)
        if row is not None:
            return Response(row.cause, row.consequence, row.action, row.time_to_respond_s)
        default = PROCEDURES[Condition(told["condition"])]
        seconds = TIME_TO_RESPOND_S[Priority(told["priority"])]
        return Response(default.cause, default.consequence, default.action, seconds)


def definitions() -> Definitions:
    return Definitions(AlarmDefinition.objects.all())


def with_response(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to do is not part of what happened: it is looked up when it is read."""
    settings = definitions()
    return [told | {"procedure": settings.response(told)._asdict()} for told in documents]
