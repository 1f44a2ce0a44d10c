"""Which alarm explains which, and how a long list becomes a short one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apps.alarms.choices import BEFORE_CAUSE_S, CAUSE_RANK, EXPLAINS, Condition, Explanation, Scope
from apps.alarms.models import Alarm

Key = tuple[Scope, UUID | None]
_LAST = max(CAUSE_RANK.values()) + 1
_NEVER = datetime.max.replace(tzinfo=UTC)
_BEFORE = timedelta(seconds=BEFORE_CAUSE_S)


def _order(alarm: Alarm) -> tuple[int, bool, datetime, int]:
    """Causes before consequences, wide before narrow, early before late. An alarm is explained by a lower one only."""
    return (
        CAUSE_RANK.get(Condition(alarm.condition), _LAST),
        alarm.feeder_mrid is not None,
        alarm.raised_at or _NEVER,
        alarm.pk,
    )


def _reach(root: Alarm, scope: Scope) -> Key | None:
    if scope == Scope.NETWORK:
        return Scope.NETWORK, None
    if scope == Scope.FEEDER and root.feeder_mrid:
        return Scope.FEEDER, root.feeder_mrid
    return (Scope.SUBSTATION, root.substation_mrid) if root.substation_mrid else None


def _places(alarm: Alarm) -> list[Key]:
    keys: list[Key] = [(Scope.NETWORK, None)]
    keys += [(Scope.FEEDER, alarm.feeder_mrid)] if alarm.feeder_mrid else []
    keys += [(Scope.SUBSTATION, alarm.substation_mrid)] if alarm.substation_mrid else []
    return keys


def _in_time(root: Alarm, alarm: Alarm, explanation: Explanation) -> bool:
    if root.raised_at is None or alarm.raised_at is None or alarm.raised_at < root.raised_at - _BEFORE:
        return False
    window = explanation.window_s
    return window is None or alarm.raised_at <= root.raised_at + timedelta(seconds=window)


class Roots:
    """Standing alarms that may explain others, found by the places that they reach."""

    def __init__(self, roots: Iterable[Alarm]) -> None:
        self._by_place: dict[Key, list[tuple[Alarm, Explanation]]] = {}
        for root in roots:
            for explanation in EXPLAINS.get(Condition(root.condition), ()):
                if (key := _reach(root, explanation.scope)) is not None:
                    self._by_place.setdefault(key, []).append((root, explanation))

    def of(self, alarm: Alarm) -> Alarm | None:
        """The first cause of all that explain it."""
        own = _order(alarm)
        found = [
            root
            for key in _places(alarm)
            for root, explanation in self._by_place.get(key, ())
            if alarm.condition in explanation.conditions and _order(root) < own and _in_time(root, alarm, explanation)
        ]
        return min(found, key=_order, default=None)


@dataclass(frozen=True, slots=True)
class Member:
    """What the short list needs to know of an alarm."""

    id: int
    parent_id: int | None
    priority: int
    feeder: str
    substation: str
    area: str


@dataclass(frozen=True, slots=True)
class Group:
    """`kind` says what holds it together: an alarm that is the root, or else a place."""

    kind: str
    key: str
    members: tuple[int, ...]


def short_list(members: Sequence[Member], *, most: int) -> list[Group]:
    """Groups by root; while there are more than `most`, they are joined by feeder, then station, area, and the rest.

    The order within a group and of the groups is that of the members.
    """
    keys = {member.id: ("alarm", str(member.parent_id or member.id)) for member in members}
    for level in ("feeder", "substation", "area"):
        if len(set(keys.values())) <= most:
            break
        joined = _joined(members, keys, level)
        keys = joined if len(set(joined.values())) > 1 else keys  # one row of everything would say nothing
    groups: dict[tuple[str, str], list[int]] = {}
    for member in members:
        groups.setdefault(keys[member.id], []).append(member.id)
    return _with_rest([Group(kind, key, tuple(ids)) for (kind, key), ids in groups.items()], most)


def _joined(members: Sequence[Member], keys: dict[int, tuple[str, str]], level: str) -> dict[int, tuple[str, str]]:
    """A whole group goes to the place of its root, or of its first member if the root is over: none is torn apart."""
    leaders: dict[tuple[str, str], Member] = {}
    for member in members:
        key = keys[member.id]
        if key not in leaders or key == ("alarm", str(member.id)):
            leaders[key] = member
    place = {key: str(getattr(leader, level)) for key, leader in leaders.items()}
    return {pk: (level, place[key]) if place[key] else key for pk, key in keys.items()}


def _with_rest(groups: list[Group], most: int) -> list[Group]:
    if len(groups) <= most:
        return groups
    rest = tuple(pk for group in groups[most - 1 :] for pk in group.members)
    return [*groups[: most - 1], Group("rest", "", rest)]
