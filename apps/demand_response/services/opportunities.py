"""Where and when flexibility is worth most, how much of it there is and how surely: looked at with every forecast."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.demand_response.adapters.people import Certainty, Member
from apps.demand_response.adapters.staging import STEP, totals
from apps.demand_response.choices import DeviceKind, LookOutcome
from apps.demand_response.models import DemandProgram, Opportunity, OpportunityRun
from apps.demand_response.selectors.certainty import certainties
from apps.demand_response.selectors.members import Members, members
from apps.demand_response.selectors.shortages import Short, short_places

MOST_LISTED = 12
KEPT = timedelta(days=60)
_AVAILABLE_FOR = 4 * STEP


@dataclass(slots=True)
class _Asked:
    """Members by program and time, each worked out once."""

    programs: Sequence[DemandProgram]
    certainty: Mapping[int, Mapping[str, Certainty]]
    known: dict[tuple[int, datetime, datetime], Members] = field(default_factory=dict)

    def at(self, program: DemandProgram, starts_at: datetime, ends_at: datetime) -> Members:
        key = (program.pk, starts_at, ends_at)
        if key not in self.known:
            self.known[key] = members(program, self.certainty[program.pk], starts_at=starts_at, ends_at=ends_at)
        return self.known[key]


def look(*, as_of: datetime) -> OpportunityRun:
    """A run as a row, ranked; also where there is nothing."""
    begun = time.perf_counter()
    programs = list(DemandProgram.objects.filter(is_active=True).order_by("pk"))
    asked = _Asked(programs, {one.pk: certainties(one.pk, as_of=as_of) for one in programs})
    available = _segments(asked, as_of, as_of + _AVAILABLE_FOR, ())
    found = sorted(filter(None, (_opportunity(short, asked) for short in short_places(as_of=as_of))), key=_last_first)
    outcome, reason = _outcome(programs, found)
    with transaction.atomic():
        run = OpportunityRun.objects.create(
            as_of=as_of,
            outcome=outcome,
            reason=reason,
            available=available,
            versions={"programs": {str(one.pk): one.revision for one in programs}},
            duration_ms=1000 * (time.perf_counter() - begun),
        )
        for rank, one in enumerate(found[:MOST_LISTED], 1):
            one.run, one.rank = run, rank
        Opportunity.objects.bulk_create(found[:MOST_LISTED])
    return run


def forget_looks(*, as_of: datetime) -> int:
    """Strategies keep what they were made for in their call; the list of an old hour is of no use."""
    return OpportunityRun.objects.filter(as_of__lt=as_of - KEPT).delete()[0]


def _outcome(programs: Sequence[DemandProgram], found: Sequence[Opportunity]) -> tuple[LookOutcome, str]:
    if not programs:
        return LookOutcome.NOTHING, "No program is active; a program manager activates one."
    if not found:
        return LookOutcome.NOTHING, "In the hours that are forecast no limit, peak or price asks for flexibility."
    return LookOutcome.DONE, ""


def _last_first(one: Opportunity) -> tuple[float, datetime]:
    return -one.value_eur, one.starts_at


def _opportunity(short: Short, asked: _Asked) -> Opportunity | None:
    """None where no program has anybody there. Who is in two programs counts once."""
    people: dict[int, Member] = {}
    for program in asked.programs:
        for one in _here(asked.at(program, short.starts_at, short.ends_at), short.feeders):
            people.setdefault(one.customer_id, one)
    rows = _segments(asked, short.starts_at, short.ends_at, short.feeders)
    low, middle, high = totals(list(people.values()))
    if middle <= 0:
        return None
    hours = (short.ends_at - short.starts_at).total_seconds() / 3600
    cost = sum(row["cost_eur"] for row in rows) / (sum(row["kw_p50"] for row in rows) * hours)
    used = min(middle, short.wanted_kw)
    value = used * hours * (short.eur_per_kwh * short.probability - cost)
    return Opportunity(
        kind=short.kind,
        place=short.place[:200],
        place_mrid=short.mrid,
        feeder_mrids=[str(mrid) for mrid in short.feeders],
        starts_at=short.starts_at,
        ends_at=short.ends_at,
        wanted_kw=used,
        probability=short.probability,
        worth_eur_per_kwh=short.eur_per_kwh,
        cost_eur_per_kwh=cost,
        kw_p10=low,
        kw_p50=middle,
        kw_p90=high,
        value_eur=value,
        segments=rows,
        sentences=[*short.sentences, *_words(short, middle, cost)],
        sources=short.sources,
    )


def _words(short: Short, middle: float, cost: float) -> list[str]:
    found = [f"What is paid to customers comes to {cost:.2f} EUR for a kWh that is expected."]
    if cost >= short.eur_per_kwh * short.probability:
        found.append("That is more than it is worth.")
    if middle < short.wanted_kw < float("inf"):
        found.append(f"{short.wanted_kw:,.0f} kW would be enough; {middle:,.0f} kW are expected to be there.")
    return found


def _here(found: Members, feeders: Sequence[UUID]) -> list[Member]:
    return [one for one in found.callable() if not feeders or one.feeder in feeders]


def _segments(asked: _Asked, starts_at: datetime, ends_at: datetime, feeders: Sequence[UUID]) -> list[dict[str, Any]]:
    """By program and kind; `shared` says what of it a program before it counts as well."""
    rows: list[dict[str, Any]] = []
    first: dict[int, int] = {}
    hours = (ends_at - starts_at).total_seconds() / 3600
    for program in asked.programs:
        groups: dict[str, list[Member]] = defaultdict(list)
        for one in _here(asked.at(program, starts_at, ends_at), feeders):
            groups[one.kind].append(one)
        for kind, people in groups.items():
            row = _segment(program, asked.certainty[program.pk][kind], kind, people, hours)
            rows.append(row | {"shared": _shared(people, first)})
        for people in groups.values():
            for one in people:
                first.setdefault(one.customer_id, program.pk)
    return rows


def _shared(people: Sequence[Member], first: Mapping[int, int]) -> list[dict[str, Any]]:
    groups: dict[int, list[Member]] = defaultdict(list)
    for one in people:
        if one.customer_id in first:
            groups[first[one.customer_id]].append(one)
    return [{"program": program, "customers": len(those), **_kw(those)} for program, those in groups.items()]


def _kw(people: Sequence[Member]) -> dict[str, float]:
    low, middle, high = totals(people)
    return {"kw_p10": round(low, 2), "kw_p50": round(middle, 2), "kw_p90": round(high, 2)}


def _segment(
    program: DemandProgram, certainty: Certainty, kind: str, people: Sequence[Member], hours: float
) -> dict[str, Any]:
    kw = _kw(people)
    pay = len(people) * program.bill_credit_eur_per_event + kw["kw_p50"] * hours * program.energy_eur_per_kwh
    return {
        "program": program.pk,
        "program_title": program.title,
        "kind": kind,
        "kind_label": str(DeviceKind(kind).label),
        "customers": len(people),
        "rated_kw": round(sum(one.rated_kw for one in people), 1),
        **kw,
        "cost_eur": round(pay, 2),
        "events": certainty.events,
        "known_from": certainty.source,
    }
