"""Suppression by design: what follows from another alarm, or from work on the equipment, is logged and kept quiet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from apps.alarms.choices import (
    DEAD_AREA_QUIETS,
    EXPLAINS,
    PARENT_QUIETS,
    RELEASE_AFTER_S,
    BaseState,
    Condition,
    Happening,
    Priority,
    Rule,
    Suppression,
)
from apps.alarms.models import Alarm, MaintenanceZone
from apps.alarms.rules.grouping import Roots
from apps.alarms.rules.machine import released, suppressed
from apps.alarms.rules.rows import machine_of
from apps.alarms.services.ledger import Ledger

_CAUSES = [condition.value for condition in EXPLAINS]


@dataclass(frozen=True, slots=True)
class Reason:
    rule: str
    parent_id: int | None


class Context:
    """What stands and what is under work, read once for many alarms."""

    def __init__(self, raised: Iterable[Alarm], *, as_of: datetime) -> None:
        fresh = {alarm.pk: alarm for alarm in raised}
        stored = Alarm.objects.standing().filter(condition__in=_CAUSES).exclude(pk__in=fresh)
        causes = [*(alarm for alarm in fresh.values() if alarm.condition in _CAUSES), *stored]
        self.roots = Roots(causes)
        self._cause = {alarm.pk: alarm for alarm in causes}
        self._dead = {a.feeder_mrid or a.substation_mrid for a in causes if a.condition == Condition.LOSS_OF_SUPPLY}
        self._zones = list(MaintenanceZone.objects.filter(starts_at__lte=as_of, ends_at__gt=as_of))

    def root_of(self, alarm: Alarm) -> int | None:
        """Roots are flat: what explains the cause explains the consequence too."""
        root = self.roots.of(alarm)
        return None if root is None else root.parent_id or root.pk

    def reason(self, alarm: Alarm) -> Reason | None:
        """The rule that keeps this alarm quiet now. The first priority is never kept quiet by a rule."""
        if alarm.priority == Priority.CRITICAL:
            return None
        for zone in self._zones:
            if {alarm.equipment_mrid, alarm.feeder_mrid, alarm.substation_mrid} & set(zone.mrids):
                return Reason(f"{Rule.MAINTENANCE.value}/{zone.pk}", None)
        root = self._cause.get(alarm.parent_id) if alarm.parent_id else None
        if root is None or not root.is_active:
            return None
        if alarm.condition in DEAD_AREA_QUIETS and (alarm.feeder_mrid or alarm.substation_mrid) in self._dead:
            return Reason(Rule.DEAD_AREA.value, root.pk)
        quiet = alarm.condition in PARENT_QUIETS.get(Condition(root.condition), frozenset())
        return Reason(Rule.PARENT.value, root.pk) if quiet else None


def keep_quiet(alarm: Alarm, reason: Reason, *, as_of: datetime) -> None:
    alarm.suppressed_rule, alarm.suppressed_by_id, alarm.suppressed_since = reason.rule, reason.parent_id, as_of


def _suppress(ledger: Ledger, alarm: Alarm, reason: Reason, *, as_of: datetime) -> None:
    machine = suppressed(machine_of(alarm))
    if machine is None:
        return
    keep_quiet(alarm, reason, as_of=as_of)
    ledger.note(alarm, Happening.SUPPRESSED, machine)


def explain_earlier(
    ledger: Ledger, causes: Sequence[Alarm], context: Context, *, as_of: datetime, untouched: Sequence[Alarm]
) -> None:
    """A cause may be told after its consequences: they are put under it, and kept quiet if a rule says so."""
    stations = {alarm.substation_mrid for alarm in causes if alarm.substation_mrid}
    feeders = {alarm.feeder_mrid for alarm in causes if alarm.feeder_mrid}
    near = Q(feeder_mrid__in=feeders) | Q(substation_mrid__in=stations)
    if any(alarm.condition == Condition.COMM_FAIL for alarm in causes):
        near |= Q(condition__in=[Condition.POINTS_STALE, Condition.ESTIMATION_FAILED, Condition.BAD_DATA])
    known = {alarm.pk for alarm in untouched}
    for alarm in Alarm.objects.standing().select_for_update().filter(near).exclude(pk__in=known).order_by("id"):
        root = context.root_of(alarm)
        if root is not None and root != alarm.parent_id and alarm.raised_at is not None:
            alarm.parent_id = root
            ledger.note(alarm, Happening.GROUPED)
        reason = context.reason(alarm)
        if reason is not None and not alarm.suppressed_rule:
            _suppress(ledger, alarm, reason, as_of=as_of)


def release(ledger: Ledger, *, as_of: datetime) -> None:
    """Rules that no longer hold let their alarms go; what still stands is told anew."""
    quiet = list(Alarm.objects.select_for_update().exclude(suppressed_rule="").order_by("id"))
    over = _finished(quiet, as_of=as_of)
    for alarm in quiet:
        if alarm.pk in over and (machine := released(machine_of(alarm))) is not None:
            alarm.suppressed_rule, alarm.suppressed_by_id, alarm.suppressed_since = "", None, None
            ledger.note(alarm, Happening.RELEASED, machine)


def _finished(quiet: Sequence[Alarm], *, as_of: datetime) -> set[int]:
    parents = Alarm.objects.in_bulk({alarm.suppressed_by_id for alarm in quiet if alarm.suppressed_by_id})
    zones = {f"{Rule.MAINTENANCE.value}/{zone.pk}" for zone in _open_zones(as_of)}
    patience = timedelta(seconds=RELEASE_AFTER_S)

    def is_over(alarm: Alarm) -> bool:
        if alarm.suppressed_by_id is None:
            return alarm.suppressed_rule not in zones
        parent = parents.get(alarm.suppressed_by_id)
        if parent is None or (not parent.is_active and parent.returned_at is None):
            return True
        return not parent.is_active and parent.returned_at is not None and as_of - parent.returned_at >= patience

    return {alarm.pk for alarm in quiet if is_over(alarm)}


def _open_zones(as_of: datetime) -> Iterable[MaintenanceZone]:
    return MaintenanceZone.objects.filter(starts_at__lte=as_of, ends_at__gt=as_of)


def begin_maintenance(ledger: Ledger, *, as_of: datetime) -> None:
    """What already stands when a zone begins is kept quiet from then on."""
    zones = list(_open_zones(as_of))
    if not zones:
        return
    mrids = {mrid for zone in zones for mrid in zone.mrids}
    inside = Q(equipment_mrid__in=mrids) | Q(feeder_mrid__in=mrids) | Q(substation_mrid__in=mrids)
    loud = Alarm.objects.select_for_update().filter(inside, suppression=Suppression.NONE)
    context = Context([], as_of=as_of)
    for alarm in loud.exclude(base_state=BaseState.NORMAL).order_by("id"):
        if (reason := context.reason(alarm)) is not None:
            _suppress(ledger, alarm, reason, as_of=as_of)
