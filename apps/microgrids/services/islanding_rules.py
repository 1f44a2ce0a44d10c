"""The criteria of a microgrid, judged round after round. What they remember is in their rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction as database

from apps.accounts.models import User
from apps.assets.models import ConnectivityNode, NetworkModel, Switch
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import price_at
from apps.microgrids.adapters.transition_sequence import judged
from apps.microgrids.choices.transition import MICROGRIDS, CriterionKind
from apps.microgrids.models import IslandingRule, Microgrid
from apps.microgrids.rules.situation import Situation
from apps.weather.choices import Variable
from apps.weather.selectors.known import known
from apps.weather.selectors.places import nearest_location

STORM_AHEAD_H = 6
NEAR_KM = 100.0
SLOW_EVERY = timedelta(seconds=60)  # weather and prices move by the hour
DEAD_PU = 0.1
_SLOW = frozenset({CriterionKind.STORM_WARNING, CriterionKind.PRICE})
# The weightiest first; the first that stands is told.
_WEIGHT = list(CriterionKind)
# on at, off at, and for how many seconds each. Grid limits: IEEE 1547-2018, enter service and category II trips.
DEFAULTS: dict[CriterionKind, tuple[float, float, float, float]] = {
    CriterionKind.VOLTAGE_LOW: (0.88, 0.917, 2.0, 300.0),
    CriterionKind.VOLTAGE_HIGH: (1.10, 1.05, 2.0, 300.0),
    CriterionKind.FREQUENCY_LOW: (49.0, 49.58, 1.0, 300.0),
    CriterionKind.FREQUENCY_HIGH: (50.5, 50.08, 1.0, 300.0),
    CriterionKind.RATE_OF_CHANGE: (1.0, 0.5, 1.0, 300.0),
    CriterionKind.UPSTREAM_OUTAGE: (0.5, 0.5, 1.0, 300.0),
    CriterionKind.STORM_WARNING: (28.0, 22.0, 0.0, 3600.0),
    CriterionKind.PRICE: (500.0, 200.0, 300.0, 900.0),
}
_LOW = frozenset({CriterionKind.VOLTAGE_LOW, CriterionKind.FREQUENCY_LOW})
_OFF_AT_FIRST = frozenset({CriterionKind.STORM_WARNING, CriterionKind.PRICE})


def ensure_rules(microgrid: Microgrid) -> None:
    """A microgrid without rules gets the usual ones; storm and price act only once a person has switched them on."""
    if microgrid.islanding_rules.exists():
        return
    for kind, (on_at, off_at, on_s, off_s) in DEFAULTS.items():
        defaults = {"on_at": on_at, "off_at": off_at, "on_delay_s": on_s, "off_delay_s": off_s}
        IslandingRule.objects.get_or_create(
            microgrid=microgrid, criterion=kind, defaults=defaults | {"is_on": kind not in _OFF_AT_FIRST}
        )


@database.atomic
def change(*, rule_id: int, by: User, as_of: datetime, **fields: Any) -> IslandingRule:
    """It begins anew: what it remembers was of other thresholds. Raises Refused where the thresholds contradict it."""
    rule = IslandingRule.objects.select_for_update().select_related("microgrid").get(pk=rule_id)
    is_low = CriterionKind(rule.criterion) in _LOW
    if (fields["on_at"] > fields["off_at"]) == is_low and fields["on_at"] != fields["off_at"]:
        side = "below" if is_low else "above"
        raise Refused(f"on_at must lie {side} off_at: this criterion stands for values {side} on_at.")
    before = {name: getattr(rule, name) for name in fields}
    for name, value in {**fields, "is_standing": False, "turning_since": None}.items():
        setattr(rule, name, value)
    rule.save()
    detail = {"before": before, "after": fields, "criterion": rule.criterion}
    target = f"microgrid/{rule.microgrid.mrid}"
    audit.record(actor=by, action="microgrid.islanding-rule", target=target, detail=detail, at=as_of)
    live.record(
        stream=MICROGRIDS, kind="microgrid.islanding-rule", subject=str(rule.microgrid.mrid), payload=detail["after"]
    )
    return rule


def judge(microgrid: Microgrid, situation: Situation, *, as_of: datetime) -> list[tuple[str, str]]:
    """Name and words of the criteria that stand, the weightiest first."""
    rules = list(microgrid.islanding_rules.filter(is_on=True))
    for rule in rules:
        if not _is_early(rule, as_of):
            _judge(rule, microgrid, situation, as_of)
    standing = [rule for rule in rules if rule.is_standing]
    standing.sort(key=lambda rule: _WEIGHT.index(CriterionKind(rule.criterion)))
    return [(rule.criterion, _words(rule)) for rule in standing]


def _is_early(rule: IslandingRule, as_of: datetime) -> bool:
    is_slow = CriterionKind(rule.criterion) in _SLOW
    return is_slow and rule.judged_at is not None and as_of - rule.judged_at < SLOW_EVERY


def _judge(rule: IslandingRule, microgrid: Microgrid, situation: Situation, as_of: datetime) -> None:
    value, measured = _value(rule, microgrid, situation, as_of)
    found = judged(rule, value, as_of)
    rule.is_standing, rule.turning_since = found.is_standing, found.turning_since
    rule.value, rule.measured, rule.judged_at = value, measured, as_of
    rule.save(update_fields=["is_standing", "turning_since", "value", "measured", "judged_at"])


def _value(
    rule: IslandingRule, microgrid: Microgrid, situation: Situation, as_of: datetime
) -> tuple[float | None, float | None]:
    """The value to be judged, and what it was worked out from."""
    kind = CriterionKind(rule.criterion)
    if kind in (CriterionKind.VOLTAGE_LOW, CriterionKind.VOLTAGE_HIGH):
        return situation.grid_voltage_pu.value, None
    if kind == CriterionKind.UPSTREAM_OUTAGE:
        pu = situation.grid_voltage_pu.value
        return (None, None) if pu is None else (float(pu < DEAD_PU), pu)
    if kind == CriterionKind.STORM_WARNING:
        return _gust_m_s(microgrid, as_of), None
    if kind == CriterionKind.PRICE:
        return _price(as_of), None
    hz = situation.grid_frequency_hz.value
    if kind == CriterionKind.RATE_OF_CHANGE:
        return _rate(rule, hz, as_of), hz
    return (None if _is_dead(situation) else hz), None


def _is_dead(situation: Situation) -> bool:
    """A dead grid has no frequency to be judged; that it is dead is a criterion of its own."""
    return (situation.grid_voltage_pu.value or 0.0) < DEAD_PU


def _rate(rule: IslandingRule, hz: float | None, as_of: datetime) -> float | None:
    if hz is None or not hz or not rule.measured or rule.judged_at is None:
        return None
    passed_s = (as_of - rule.judged_at).total_seconds()
    return abs(hz - rule.measured) / passed_s if 0.0 < passed_s < 10.0 else None


def _gust_m_s(microgrid: Microgrid, as_of: datetime) -> float | None:
    """The highest that is forecast for the next hours."""
    rows = Switch.objects.filter(model__in=NetworkModel.objects.current(), mrid=microgrid.coupling_switch_mrid)
    node = ConnectivityNode.objects.filter(pk__in=rows.values("from_node")).first()
    place = nearest_location(node.latitude, node.longitude, within_km=NEAR_KM) if node else None
    if place is None:
        return None
    begin = as_of.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    told = known(
        location_id=place.pk,
        variables=[Variable.GUST_M_S],
        starts_at=begin,
        steps=STORM_AHEAD_H,
        step_s=3600,
        as_of=as_of,
    )
    return float(np.nanmax(told.values)) if np.isfinite(told.values).any() else None


def _price(as_of: datetime) -> float | None:
    """Per MWh of this hour, in the first zone by code."""
    zone = BiddingZone.objects.order_by("code").first()
    begin = as_of.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return price_at(zone=zone.code, starts_at=begin, ends_at=begin + timedelta(hours=1), as_of=as_of) if zone else None


def _words(rule: IslandingRule) -> str:
    value = "" if rule.value is None else f", {rule.value:.4g}"
    return f"{rule.get_criterion_display()}{value} (limit {rule.on_at:g})."
