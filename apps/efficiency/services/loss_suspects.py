"""Suspicions are noted, seen again, and moved by people; who reads names of customers is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.efficiency.adapters.loss_balance import day_calendar, live_suspects, meter_scene
from apps.efficiency.choices.loss import (
    EFFICIENCY,
    LONGEST_LOSS_TEXT,
    LOOKED_BACK_DAYS,
    OPEN_SUSPECTS,
    SuspectState,
)
from apps.efficiency.models import LossSuspect
from apps.efficiency.rules.loss import suspect_objection
from apps.efficiency.selectors.loss_meters import hours_of, switches_closed, technical_history
from apps.efficiency.selectors.losses import day_bounds
from apps.forecasts.selectors.measured import point_keys
from apps.live import services as live

DECISION_HOLDS = timedelta(days=84)  # after so long new readings alone can carry a suspicion
CLEARLY_MORE = 0.25  # of likelihood


class SuspectRefused(Exception):
    """The act does not fit how the suspicion stands; the text says why."""


@dataclass(frozen=True, slots=True)
class SuspectFound:
    """A meter that is suspected, by its place in the network."""

    mrid: UUID | str
    name: str
    place: str
    kind: str
    probability: float
    energy_kwh: float
    since_day: date | None
    evidence: Sequence[dict[str, Any]]


@transaction.atomic
def note_suspects(*, found: Sequence[SuspectFound], looked: tuple[date, date], as_of: datetime) -> list[LossSuspect]:
    """New ones, and open ones seen again; what was decided stands. Returns the new ones."""
    open_ones = {str(one.mrid): one for one in LossSuspect.objects.open().select_for_update()}
    decided = _decided(as_of)
    new = []
    for one in found:
        known = open_ones.get(str(one.mrid))
        fields = _fields(one, looked) | {"seen_at": as_of}
        if known is not None:
            LossSuspect.objects.filter(pk=known.pk, state__in=OPEN_SUSPECTS).update(**fields)
            continue
        if (judged := decided.get(str(one.mrid))) is not None and _rests_on_the_same(one, judged):
            continue
        suspect = LossSuspect.objects.create(mrid=one.mrid, found_at=as_of, **fields)
        _tell(suspect, "found")
        new.append(suspect)
    return new


def _decided(as_of: datetime) -> dict[str, LossSuspect]:
    """The newest decision by meter, as far as it is not too old to hold."""
    rows = LossSuspect.objects.exclude(state__in=OPEN_SUSPECTS).filter(decided_at__gt=as_of - DECISION_HOLDS)
    return {str(one.mrid): one for one in rows.order_by("decided_at")}


def _rests_on_the_same(found: SuspectFound, judged: LossSuspect) -> bool:
    """Readings of before a field check say the same in the night after it, and that was looked at."""
    begins_later = (
        found.since_day is not None and judged.decided_at is not None and found.since_day > judged.decided_at.date()
    )
    return not begins_later and found.probability < judged.probability + CLEARLY_MORE


@transaction.atomic
def decide_suspect(*, suspect_id: int, state: SuspectState, reason: str, by: User, as_of: datetime) -> LossSuspect:
    """Order a field check, confirm or clear. Raises SuspectRefused, and LossSuspect.DoesNotExist."""
    suspect = LossSuspect.objects.get(pk=suspect_id)
    old = SuspectState(suspect.state)
    if objection := suspect_objection(old, state, reason):
        raise SuspectRefused(objection)
    fields = {"decided_by": by.get_username(), "decided_at": as_of, "reason": reason[:LONGEST_LOSS_TEXT]}
    if not LossSuspect.objects.move(suspect.pk, old, state, **fields):
        raise SuspectRefused("Somebody else has decided on it meanwhile: look again.")
    suspect.refresh_from_db()
    _tell(suspect, state.value)
    told = {"mrid": str(suspect.mrid), "from": old.value, "to": state.value, "reason": reason[:LONGEST_LOSS_TEXT]}
    audit.record(actor=by, action="loss.suspect-decided", target=f"losssuspect/{suspect.pk}", detail=told, at=as_of)
    return suspect


def note_reading(*, count: int, by: User, as_of: datetime) -> None:
    """Names of customers beside a suspicion were read."""
    audit.record(actor=by, action="loss.suspects-read", target="losssuspect", detail={"rows": count}, at=as_of)


def look_for_suspects(*, as_of: datetime) -> list[LossSuspect]:
    """Over the last whole days, in parts of the network that are metered enough. Nothing where none is."""
    model = assets.model_at(as_of)
    if model is None:
        return []
    last = as_of.astimezone(UTC).date() - timedelta(days=1)
    first = last - timedelta(days=LOOKED_BACK_DAYS - 1)
    technical = technical_history(model.pk, first=first, last=last)
    if not technical:
        return []
    network, points = assets.assembled(model), point_keys()
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    scene = meter_scene(network, points, switches_closed(network, until=end))
    read = hours_of([points[key] for key in scene.keys], start=start, end=end)
    found = live_suspects(scene, read, technical, day_calendar(first, LOOKED_BACK_DAYS))
    rows = [
        SuspectFound(
            mrid=network.nodes.mrid[one.node],
            name=network.nodes.name[one.node],
            place=one.place,
            kind=one.suspect.kind.value,
            probability=one.suspect.probability,
            energy_kwh=one.suspect.kwh,
            since_day=None if one.suspect.since_day is None else first + timedelta(days=one.suspect.since_day),
            evidence=[{"sign": sign.sign, "text": sign.text} for sign in one.suspect.evidence],
        )
        for one in found
    ]
    return note_suspects(found=rows, looked=(first, last), as_of=as_of)


def _fields(one: SuspectFound, looked: tuple[date, date]) -> dict[str, Any]:
    return {
        "name": one.name[:200],
        "place": one.place[:200],
        "kind": one.kind,
        "probability": one.probability,
        "energy_kwh": one.energy_kwh,
        "since_day": one.since_day,
        "looked_from": looked[0],
        "looked_until": looked[1],
        "evidence": list(one.evidence),
    }


def _tell(suspect: LossSuspect, what: str) -> None:
    """No name: the topic is heard by everyone who sees the grid."""
    payload = {"id": suspect.pk, "state": suspect.state}
    live.record(stream=EFFICIENCY, kind=f"loss-suspect.{what}", subject=str(suspect.pk), payload=payload)
