"""Where relief is worth something in the hours ahead: limits that will be broken, peaks, dear hours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from apps.assets import selectors as assets
from apps.assets.models import Feeder, PowerTransformer
from apps.assets.selectors.areas import whereabouts
from apps.demand_response.adapters.peaks import Block, dear_block, peak_block
from apps.demand_response.adapters.staging import STEP
from apps.demand_response.choices import OpportunityKind
from apps.demand_response.models import ReliefRate
from apps.dispatch.choices.proposal import Breach
from apps.dispatch.selectors.ahead import congestion_documents
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import LEVELS, Series
from apps.forecasts.selectors.issues import issue_at, said_ahead
from apps.markets import selectors as markets
from apps.markets.models import BiddingZone

FloatArray = npt.NDArray[np.float64]
STEPS = 96
PER_MWH = 1000.0
_HELPED = frozenset({Breach.OVERLOAD, Breach.VOLTAGE_LOW})  # by drawing less


@dataclass(frozen=True, slots=True)
class Short:
    """`wanted_kw`: what would be enough there; inf: whatever there is."""

    kind: OpportunityKind
    place: str
    mrid: UUID | None
    feeders: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    wanted_kw: float
    probability: float
    eur_per_kwh: float
    sentences: tuple[str, ...]
    sources: dict[str, Any]


def short_places(*, as_of: datetime) -> list[Short]:
    rates = {rate.kind: rate for rate in ReliefRate.objects.all()}
    first = _next_quarter(as_of)
    found = [*_congested(rates, as_of), *_peaks(rates, first), *_dear(first, as_of)]
    return [one for one in found if one.ends_at > first]


def _congested(rates: dict[str, ReliefRate], as_of: datetime) -> Iterator[Short]:
    rows = congestion_documents(as_of=as_of)["congestion"]
    helped = [row for row in rows if Breach(row["breach"]) in _HELPED and (row["relief_kw"] or 0) > 0]
    where = whereabouts([UUID(row["element_mrid"]) for row in helped])
    rate = rates[OpportunityKind.CONGESTION]
    for row in helped:
        mrid = UUID(row["element_mrid"])
        place = where.get(mrid)
        feeders = (place.feeder,) if place and place.feeder else _feeders_at(place.substation if place else None)
        begins = datetime.fromisoformat(row["begins_at"]) if row["begins_at"] else as_of
        ends = datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else begins + timedelta(hours=1)
        priced = row["cost_eur_per_h"] is not None
        eur = row["cost_eur_per_h"] / row["relief_kw"] if priced else rate.eur_per_kwh
        yield Short(
            kind=OpportunityKind.CONGESTION,
            place=row["element_name"],
            mrid=mrid,
            feeders=feeders,
            starts_at=_next_quarter(max(begins, as_of)),
            ends_at=_next_quarter(ends),
            wanted_kw=row["relief_kw"],
            probability=row["probability"],
            eur_per_kwh=eur,
            sentences=(
                f"{row['breach_label']} at {row['element_name']}: {row['value']:.3g} {row['unit']} against a limit of "
                f"{row['limit']:.3g}, with a probability of {100 * row['probability']:.0f} %.",
                "A kWh is worth what the cheapest other relief costs." if priced else f"A kWh: {rate.source}",
            ),
            sources={"congestion": row["id"], "trouble": row["trouble"]},
        )


def _peaks(rates: dict[str, ReliefRate], first: datetime) -> Iterator[Short]:
    subjects = {
        Subject.FEEDER: OpportunityKind.FEEDER,
        Subject.TRANSFORMER: OpportunityKind.TRANSFORMER,
        Subject.SYSTEM: OpportunityKind.SYSTEM,
    }
    series = list(Series.objects.in_use().filter(subject__in=subjects, quantity=Quantity.NET_LOAD).order_by("name"))
    units = [one for one in series if Subject(one.subject) == Subject.TRANSFORMER]
    rated = _rated([one.subject_mrid for one in units])
    for one in series:
        kind = subjects[Subject(one.subject)]
        said = said_ahead(one, first, STEPS)
        if said is None:
            continue
        rate = rates[kind]
        base = rated.get(one.subject_mrid) if kind == OpportunityKind.TRANSFORMER else float(said[:, _MIDDLE].max())
        block = (
            peak_block(said, LEVELS, rate.above_share * base) if base and base > 0 else None
        )  # who feeds out has no peak
        if block is not None and base:
            yield _peak(one, block, rate, base, first)


_MIDDLE = LEVELS.index(0.5)


def _peak(series: Series, block: Block, rate: ReliefRate, base: float, first: datetime) -> Short:
    kind, issue = OpportunityKind(rate.kind), issue_at(series, as_of=first)
    of = "its rating" if kind == OpportunityKind.TRANSFORMER else "the highest of the next 24 hours"
    share = f"{100 * rate.above_share:.0f} % of {of} ({base:,.0f})"
    mrid = None if kind == OpportunityKind.SYSTEM else UUID(series.subject_mrid)
    return Short(
        kind=kind,
        place=series.name,
        mrid=mrid,
        feeders=() if mrid is None else _feeders_of(kind, mrid),
        starts_at=first + block.first * STEP,
        ends_at=first + block.behind * STEP,
        wanted_kw=block.excess,
        probability=block.probability,
        eur_per_kwh=rate.eur_per_kwh,
        sentences=(
            f"{block.highest:,.0f} kW are expected, {block.excess:,.0f} kW above {share}.",
            f"A kWh: {rate.source}",
        ),
        sources={"forecast_run": issue.run.pk if issue else None, "rate": rate.pk, "series": series.pk},
    )


def _dear(first: datetime, as_of: datetime) -> Iterator[Short]:
    for zone in BiddingZone.objects.filter(is_watched=True).order_by("pk"):
        told = markets.expected(zone=zone.code, starts_at=first, steps=STEPS, step_s=900, as_of=as_of)
        block = dear_block(told.values)
        if block is None:
            continue
        begin = timezone.localtime(first + block.first * STEP)
        basis = told.basis or "the published day-ahead prices"
        yield Short(
            kind=OpportunityKind.PRICE,
            place=str(zone),
            mrid=None,
            feeders=(),
            starts_at=first + block.first * STEP,
            ends_at=first + block.behind * STEP,
            wanted_kw=float("inf"),
            probability=1.0,
            eur_per_kwh=block.highest / PER_MWH,
            sentences=(
                f"From {begin:%H:%M} the price is {block.highest:,.0f} EUR/MWh, {block.excess:,.0f} above the mean of "
                f"the next 24 hours, by {basis}.",
            ),
            sources={"zone": zone.code, "basis": basis},
        )


def _feeders_of(kind: OpportunityKind, mrid: UUID) -> tuple[UUID, ...]:
    if kind == OpportunityKind.FEEDER:
        return (mrid,)
    place = whereabouts([mrid]).get(mrid)
    if place is None:
        return ()
    return (place.feeder,) if place.feeder else _feeders_at(place.substation)


def _feeders_at(substation: UUID | None) -> tuple[UUID, ...]:
    if substation is None:
        return ()
    rows = Feeder.objects.filter(model=assets.current_model_id(), substation__mrid=substation)
    return tuple(rows.order_by("name").values_list("mrid", flat=True))


def _rated(mrids: Sequence[str]) -> dict[str, float]:
    rows = PowerTransformer.objects.filter(model=assets.current_model_id(), mrid__in=mrids)
    return {str(mrid): kva for mrid, kva in rows.values_list("mrid", "rated_s_kva")}


def _next_quarter(at: datetime) -> datetime:
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-at.timestamp() // step) * step, UTC)
