"""Rows of a batch that was planned: what a program says of each plant, with what it stands on and its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.dispatch.models import ObjectiveVersion
from apps.state.adapters import ENGINE_VERSION
from apps.storage.adapters.feeders import Behind, Course, Reserve, Sold
from apps.storage.adapters.grouping import Case, Single
from apps.storage.adapters.packed import packed
from apps.storage.adapters.sites import saved_by_plants, site_figures, site_words
from apps.storage.adapters.solving import Solved
from apps.storage.adapters.words import words_of
from apps.storage.choices import STEP, Horizon, PlanOutcome
from apps.storage.models import SitePlan, StoragePlant, StorageSchedule
from apps.storage.selectors.ahead import PricesAhead
from apps.storage.selectors.facts import Facts
from apps.storage.selectors.room import Room


@dataclass(frozen=True, slots=True)
class Span:
    horizon: Horizon
    starts_at: datetime
    steps: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.steps * STEP


@dataclass(frozen=True, slots=True)
class Known:
    """By plant, of those whose charge is known."""

    facts: Mapping[int, Facts]
    rooms: Mapping[int, Room]
    starts: Mapping[int, float]
    ends: Mapping[int, float]
    reserves: Mapping[int, Reserve]
    sold: Mapping[int, Sold]
    objectives: ObjectiveVersion


@dataclass(frozen=True, slots=True)
class Meter:
    prices: PricesAhead
    behind: Behind | None


@dataclass(frozen=True, slots=True)
class Run:
    span: Span
    as_of: datetime
    known: Known
    meters: Mapping[int, Meter]  # by plant
    each_ms: float  # of solving, by plant


def rows_of(case: Case, solved: Solved, run: Run) -> list[StorageSchedule]:
    more, parts = _of_site(case, solved, run)
    rows = []
    for number, (single, course) in enumerate(zip(case.singles, solved.courses, strict=True)):
        plant = single.member.plant
        currency = run.meters[plant.pk].prices.currency
        fields = _fields(course, single, run)
        fields["words"] = words_of(case.unit, single.member, course, currency, [*more, *solved.words])
        if parts and course.outcome == PlanOutcome.PLANNED:
            fields |= {"parts": parts[number], "cost": sum(parts[number].values())}
        rows.append(row_of(plant, run.span, run.as_of, **fields))
    return rows


def _of_site(case: Case, solved: Solved, run: Run) -> tuple[list[str], list[dict[str, float]]]:
    """Stores what the plan saves a site. Sentences, and of each plant its part of it."""
    single, made = case.singles[0], solved.made
    if single.site is None:
        return [], []
    prices = run.meters[single.member.plant.pk].prices
    is_planned = all(one.outcome == PlanOutcome.PLANNED for one in solved.courses)
    figures = site_figures(case.unit, made) if made is not None and is_planned else {}
    first = solved.courses[0]
    SitePlan.objects.create(
        site=single.site,
        horizon=run.span.horizon,
        as_of=run.as_of,
        starts_at=run.span.starts_at,
        steps=run.span.steps,
        currency=prices.currency[:3],
        inputs={"prices": prices.basis, "room": list(single.words)},
        outcome=PlanOutcome.PLANNED if figures else first.outcome,
        reason="" if figures else first.reason or first.outcome.label,
        **figures,
    )
    if not figures or made is None or made.schedule is None or solved.feeder is None:
        return [], []
    return site_words(figures, prices.currency), saved_by_plants(case.unit, solved.feeder, made.schedule)


def _fields(course: Course, single: Single, run: Run) -> dict[str, Any]:
    plant = single.member.plant
    prices = run.meters[plant.pk].prices
    return {
        "outcome": course.outcome,
        "reason": course.reason,
        "way_out": list(course.way_out),
        "currency": prices.currency[:3],
        "cost": course.cost,
        "parts": dict(course.parts or {}),
        "cycles": course.cycles,
        "start_soc": single.member.soc,
        "start_sigma": single.member.sigma,
        "known_prices": float(prices.is_known.mean()),
        "drivers": list(course.drivers),
        "method": course.method,
        "together_with": course.together_with,
        "duration_ms": run.each_ms,
        "price": packed(prices.buy),
        **{name: packed(getattr(course, name)) for name in ("power_kw", "soc", "stored_value", "up_kw", "down_kw")},
        "inputs": _inputs(single, prices, run.known),
    }


def _inputs(single: Single, prices: PricesAhead, known: Known) -> dict[str, Any]:
    plant = single.member.plant
    facts, room = known.facts[plant.pk], known.rooms[plant.pk]
    return {
        "prices": prices.basis,
        "room": list(room.words),
        "envelopes": room.run,
        "final_soc": single.member.final_soc,
        "charge_as_of": facts.charge.as_of.isoformat(),
        "charge_by": facts.now.charge_by,
        "discharge_by": facts.now.discharge_by,
        "follows_sold": plant.pk in known.sold,
        "wear_per_kwh": single.member.wear.per_kwh,
        "wear_basis": single.member.wear.basis,
        "objectives": known.objectives.version,
    }


def row_of(plant: StoragePlant, span: Span, as_of: datetime, **fields: Any) -> StorageSchedule:
    return StorageSchedule(
        plant=plant,
        horizon=span.horizon,
        as_of=as_of,
        starts_at=span.starts_at,
        steps=span.steps,
        engine_version=ENGINE_VERSION,
        **fields,
    )
