"""The sequence of events: what moved in the field, what was told of alarms, what people did, in one order of time.

Three sources, each with an index on its time. A page begins after a key, not after a number of rows: the thousandth
page costs what the first does, and what comes in meanwhile moves no row to another page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from apps.alarms.choices import STREAM, Happening
from apps.alarms.models import Alarm
from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.audit.models import AuditEvent
from apps.live.models import JournalEntry
from apps.logbook.selectors.places import equipment_in
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint, StateChange

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSITIONS = ("open", "closed", "intermediate", "unknown")
_NOT_ACTS = ("note.", "hand-over.")


class Kind(StrEnum):
    STATE = "state"
    ALARM = "alarm"
    ACT = "act"


# Of one instant: first what moved, then what was told of it, then what was done. The newest comes first.
_RANK = {Kind.STATE: 0, Kind.ALARM: 1, Kind.ACT: 2}


class BadKey(ValueError):
    """A text that is no place in the sequence."""


class Key(NamedTuple):
    """A place in the sequence, to the microsecond; as text `microseconds.rank.id`."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.rank}.{self.pk}"

    @classmethod
    def of(cls, text: str) -> "Key":
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            raise BadKey("This is no place in the sequence; give 'next' of an earlier answer.")
        at_us, rank, pk = map(int, parts)
        try:
            return cls(_EPOCH + timedelta(microseconds=at_us), rank, pk)
        except OverflowError as error:
            raise BadKey("This place lies outside of time; give 'next' of an earlier answer.") from error


@dataclass(frozen=True, slots=True)
class Asked:
    kinds: frozenset[Kind]
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    place: UUID | None = None  # a device, or a feeder or substation with all that is in it


def page(asked: Asked, *, after: Key | None, most: int) -> tuple[list[dict[str, Any]], str | None]:
    """The newest `most` events that come after the key, and the key from which to go on."""
    found = list(islice(merge(*_sources(asked, after, most + 1), key=lambda row: row[0], reverse=True), most + 1))
    more = str(found[most - 1][0]) if len(found) > most else None
    return [{"key": str(key), **document} for key, document in found[:most]], more


_Row = tuple[Key, dict[str, Any]]


def _sources(asked: Asked, after: Key | None, most: int) -> Iterator[list[_Row]]:
    if Kind.STATE in asked.kinds:
        rows = _after(state_changes(asked), "at", _RANK[Kind.STATE], after)[:most]
        yield [(Key(row.at, 0, row.pk), _state(row)) for row in rows]
    if Kind.ALARM in asked.kinds:
        entries = _after(alarm_entries(asked), "recorded_at", _RANK[Kind.ALARM], after)[:most]
        yield [(Key(row.recorded_at, 1, row.pk), _alarm(row)) for row in entries]
    if Kind.ACT in asked.kinds:
        acts = _after(_acts(asked), "at", _RANK[Kind.ACT], after)[:most]
        yield [(Key(row.at, 2, row.pk), _act(row)) for row in acts]


def _after(rows: QuerySet[Any], column: str, rank: int, key: Key | None) -> QuerySet[Any]:
    ordered = rows.order_by(F(column).desc(), F("pk").desc())
    if key is None:
        return ordered
    if rank > key.rank:
        return ordered.filter(**{f"{column}__lt": key.at})
    found = ordered.filter(**{f"{column}__lte": key.at})  # a bound of the index; the next line takes ties away
    return found.filter(Q(**{f"{column}__lt": key.at}) | Q(pk__lt=key.pk)) if rank == key.rank else found


def _within(rows: QuerySet[Any], column: str, asked: Asked) -> QuerySet[Any]:
    if asked.start is not None:
        rows = rows.filter(**{f"{column}__gte": asked.start})
    if asked.end is not None:
        rows = rows.filter(**{f"{column}__lt": asked.end})
    return rows


def state_changes(asked: Asked) -> QuerySet[StateChange]:
    rows = _within(StateChange.objects.all(), "at", asked)
    if asked.place is not None:
        rows = rows.filter(equipment_mrid__in=equipment_in(asked.place))
    if asked.text:
        # Points are few and their moves are many: names are looked up among the points.
        named = MeasurementPoint.objects.filter(name__icontains=asked.text)
        rows = rows.filter(point_id__in=list(named.values_list("pk", flat=True)))
    return rows


def alarm_entries(asked: Asked) -> QuerySet[JournalEntry]:
    rows = _within(JournalEntry.objects.filter(stream=STREAM), "recorded_at", asked).exclude(kind=Happening.CANARY)
    about = Alarm.objects.all()
    if asked.place is not None:
        at_place = Q(substation_mrid=asked.place) | Q(feeder_mrid=asked.place) | Q(equipment_mrid=asked.place)
        about = about.filter(at_place)
    if asked.text:
        text = asked.text
        about = about.filter(Q(equipment_name__icontains=text) | Q(path__icontains=text) | Q(message__icontains=text))
    if asked.place is None and not asked.text:
        return rows
    return rows.filter(subject__in=[str(pk) for pk in about.values_list("pk", flat=True)])


def _acts(asked: Asked) -> QuerySet[AuditEvent]:
    rows = _within(AuditEvent.objects.exclude(actor_name=""), "at", asked)
    for prefix in _NOT_ACTS:
        rows = rows.exclude(action__startswith=prefix)
    if asked.text:
        text = asked.text
        rows = rows.filter(Q(target__icontains=text) | Q(action__icontains=text) | Q(actor_name__icontains=text))
    if asked.place is not None:
        name = _name_of(asked.place)
        rows = rows.filter(Q(detail__equipment_mrid=str(asked.place)) | Q(detail__equipment=name))
    return rows


def _name_of(mrid: UUID) -> str:
    model: NetworkModel | None = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    return found.name if found else str(mrid)


def _state(row: StateChange) -> dict[str, Any]:
    is_switch = row.quantity == Quantity.SWITCH_STATE
    return {
        "kind": Kind.STATE.value,
        "at": row.at,
        "received_at": row.received_at,
        "equipment_mrid": row.equipment_mrid,
        "equipment_name": row.point_name,
        "what": _position(row.value) if is_switch else f"{row.get_quantity_display()} {row.value:g}",
        "before": "" if row.previous is None else _position(row.previous) if is_switch else f"{row.previous:g}",
        "priority": None,
        "state": "",
        "who": "",
        "quality": row.quality,
    }


def _position(value: float) -> str:
    return _POSITIONS[int(value)] if 0 <= value < len(_POSITIONS) else f"{value:g}"


def _alarm(row: JournalEntry) -> dict[str, Any]:
    told = row.payload
    source_time = {Happening.RAISED: "raised_at", Happening.RETURNED: "returned_at"}.get(Happening(row.kind))
    by = {Happening.ACKNOWLEDGED: "acknowledged_by", Happening.SHELVED: "shelved_by"}.get(Happening(row.kind))
    return {
        "kind": Kind.ALARM.value,
        "at": row.recorded_at,
        "received_at": row.recorded_at,
        "source_at": told.get(source_time) if source_time else None,
        "equipment_mrid": told["equipment_mrid"],
        "equipment_name": told["equipment_name"],
        "what": f"{Happening(row.kind).label}: {told['message']}",
        "before": "",
        "priority": told["priority"],
        "state": told["state"],
        "who": told.get(by, "") if by else "",
        "quality": None,
    }


def _act(row: AuditEvent) -> dict[str, Any]:
    mrid = row.detail.get("equipment_mrid") if isinstance(row.detail, dict) else None
    name = row.detail.get("equipment") if isinstance(row.detail, dict) else None
    return {
        "kind": Kind.ACT.value,
        "at": row.at,
        "received_at": row.at,
        "equipment_mrid": mrid,
        "equipment_name": name or "",
        "what": row.action.replace(".", " ").replace("-", " ") + ("" if name else f": {row.target}"),
        "before": "",
        "priority": None,
        "state": "",
        "who": row.actor_name,
        "quality": None,
    }
