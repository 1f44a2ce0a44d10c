"""Troubles that are foreseen: opened when they are likely, kept until they clearly are not, ended when they come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.dispatch.adapters.foreseen import Foreseen, foreseen
from apps.dispatch.choices.ahead import AHEAD_FRESH, FORESEEN_OPENS, FORESEEN_STAYS, MOST_MISSED
from apps.dispatch.choices.proposal import TroubleOrigin
from apps.dispatch.models import Trouble
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import tell_troubles
from apps.dispatch.services.troubles import end_trouble, feeders_of
from apps.state.choices import LookAheadOutcome
from apps.state.models import LookAhead

COME, PASSED, GONE = "It has come.", "Its time has passed.", "The look ahead no longer sees it."


def newest_look_ahead(live: Live) -> LookAhead | None:
    """None where there is none of this network, or only one of long ago."""
    rows = LookAhead.objects.filter(network_model=live.model, outcome=LookAheadOutcome.DONE)
    return rows.filter(as_of__gt=live.as_of - AHEAD_FRESH).order_by("-id").first()


@transaction.atomic
def watch_foreseen(live: Live, look_ahead: LookAhead | None) -> list[Trouble]:
    """Those that stand then, the likeliest first."""
    statements = look_ahead.statements if look_ahead else []
    seen = foreseen(live.scene.place.network, live.groups, live.group_of_node, statements)
    standing = Trouble.objects.standing().select_for_update()
    present = {(row.breach, row.source) for row in standing.filter(origin=TroubleOrigin.LIVE) if row.limit is not None}
    rows = {(row.breach, row.source): row for row in standing.filter(origin=TroubleOrigin.FORECAST)}
    likely = {(one.breach.value, one.source): one for one in seen if one.ends_at > live.as_of}
    kept = [row for key, row in rows.items() if _stays(row, likely.get(key), is_present=key in present, live=live)]
    opened = [one for key, one in likely.items() if key not in rows and key not in present and _opens(one)]
    feeders = feeders_of([(one.source, one.elements[0]) for one in [*opened, *likely.values()]])
    for row in kept:
        _renew(row, likely.get((row.breach, row.source)), feeders, live.as_of)
    found = [*kept, *(_opened(one, feeders, live.as_of) for one in opened)]
    if opened or len(kept) < len(rows):
        tell_troubles(list(Trouble.objects.standing()))
    return sorted(found, key=lambda row: (-(row.probability or 0.0), row.begins_at or live.as_of, row.pk))


def note_worst(trouble: Trouble, *, worst_at: datetime | None) -> None:
    """The instant whose state remedies are checked on."""
    trouble.worst_at = worst_at
    trouble.save(update_fields=["worst_at"])


def _opens(one: Foreseen) -> bool:
    return one.probability >= FORESEEN_OPENS


def _stays(row: Trouble, now: Foreseen | None, *, is_present: bool, live: Live) -> bool:
    """False once it is ended: by coming, by passing, or by not being seen for some looks."""
    missed = 0 if now is not None and now.probability >= FORESEEN_STAYS else row.missed + 1
    reasons = (
        (is_present, COME),
        (row.ends_at is not None and row.ends_at <= live.as_of, PASSED),
        (missed >= MOST_MISSED, GONE),
    )
    reason = next((words for holds, words in reasons if holds), "")
    if reason:
        end_trouble(row, as_of=live.as_of, reason=reason)
        return False
    row.missed = missed
    return True


def _renew(row: Trouble, now: Foreseen | None, feeders: dict[str, UUID], as_of: datetime) -> None:
    """What is missed for one look keeps what was last said of it."""
    told = {} if now is None or row.missed else _told(now, feeders) | {"seen_at": as_of}
    for name, value in told.items():
        setattr(row, name, value)
    row.save(update_fields=[*told, "missed"])


def _opened(one: Foreseen, feeders: dict[str, UUID], as_of: datetime) -> Trouble:
    fixed = {"origin": TroubleOrigin.FORECAST, "breach": one.breach, "source": one.source}
    return Trouble.objects.create(**fixed, began_at=as_of, seen_at=as_of, **_told(one, feeders))


def _told(one: Foreseen, feeders: dict[str, UUID]) -> dict[str, Any]:
    worst = one.elements[0]
    return {
        "place": one.place[:300],
        "feeder_mrid": feeders.get(one.source) or feeders.get(worst),
        "element_mrid": UUID(worst),
        "element_name": one.element_name[:200],
        "elements": list(one.elements),
        "value": one.value,
        "limit": one.limit,
        "unit": one.unit,
        "customers": one.customers,
        "probability": one.probability,
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
    }
