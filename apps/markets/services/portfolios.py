"""What desks above write into the books: what members are expected to give, what batteries have to offer. Limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.accounts import acts
from apps.markets.choices import Source
from apps.markets.models import PlannedVolume, PortfolioMember, StoreTerms, TradingLimits, TradingPortfolio
from apps.markets.rules import delivery_span
from apps.markets.rules.trading import Problem
from apps.markets.selectors.portfolios import packed_volume
from apps.markets.services.refusal import By, TradeRefused, insist

FloatArray = npt.NDArray[np.float64]
KEPT, THINNED = timedelta(days=400), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Told:
    """Of one member for a day of delivery. `quantiles_kw`: steps x levels."""

    mrid: UUID
    day: date
    levels: Sequence[float]
    quantiles_kw: FloatArray
    basis: str = ""


@transaction.atomic
def record_volumes(told: Sequence[Told], *, as_of: datetime) -> int:
    """What belongs to no portfolio is left out. How many rows were made. Raises TradeRefused for a day that has other
    steps."""
    members = {one.mrid: one for one in PortfolioMember.objects.select_related("portfolio__zone")}
    rows = [_volume(members[one.mrid], one, as_of) for one in told if one.mrid in members]
    return len(PlannedVolume.objects.bulk_create(rows, ignore_conflicts=True))


def _volume(member: PortfolioMember, told: Told, as_of: datetime) -> PlannedVolume:
    begin, steps = delivery_span(member.portfolio.zone, told.day)
    if told.quantiles_kw.shape != (steps, len(told.levels)):
        reason = f"{told.day} has {steps} quarter hours and {len(told.levels)} levels; give a row for each."
        raise TradeRefused(Problem("quantiles_kw", reason))
    return PlannedVolume(
        member=member,
        delivery_day=told.day,
        starts_at=begin,
        steps=steps,
        as_of=as_of,
        levels=list(told.levels),
        values_kw=packed_volume(told.quantiles_kw),
        basis=told.basis[:200],
    )


def record_terms(*, mrid: UUID, terms: dict[str, float | None], as_of: datetime) -> bool:
    """False where the battery belongs to no portfolio."""
    member = PortfolioMember.objects.filter(mrid=mrid, source=Source.STORAGE).first()
    if member is None:
        return False
    StoreTerms.objects.update_or_create(member=member, defaults={**terms, "told_at": as_of})
    return True


def take_members(*, portfolio: TradingPortfolio, plants: Sequence[tuple[Source, UUID, str]]) -> int:
    """What no portfolio has becomes a part of it. How many."""
    taken = set(PortfolioMember.objects.values_list("mrid", flat=True))
    fresh = [
        PortfolioMember(portfolio=portfolio, source=source, mrid=mrid, name=name[:200])
        for source, mrid, name in plants
        if mrid not in taken
    ]
    return len(PortfolioMember.objects.bulk_create(fresh, ignore_conflicts=True))


@dataclass(frozen=True, slots=True)
class LimitsWanted:
    most_sell_kw: float
    most_buy_kw: float
    most_loss: float
    least_price: float
    most_price: float
    most_order_kw: float
    least_order_kw: float
    is_automatic: bool
    reason: str = field(default="")


@transaction.atomic
def set_limits(*, portfolio: TradingPortfolio, wanted: LimitsWanted, by: By, as_of: datetime) -> TradingLimits:
    """In the name of who sets them; with `is_automatic` intraday orders within them are approved in it too. Raises
    TradeRefused."""
    values: dict[str, Any] = {name: getattr(wanted, name) for name in LimitsWanted.__slots__}
    insist([] if wanted.reason else [Problem("reason", "Say why the limits are these.")])
    wrong = wanted.least_price >= wanted.most_price
    insist([Problem("least_price", "The least price lies below the most price.")] if wrong else [])
    before = TradingLimits.objects.filter(portfolio=portfolio).values(*LimitsWanted.__slots__).first()
    limits, _ = TradingLimits.objects.update_or_create(
        portfolio=portfolio, defaults={**values, "set_by": by.user, "set_at": as_of}
    )
    acts.record(
        actor=by.user,
        action="markets.limits.set",
        target=f"limits of {portfolio}"[:200],
        detail={"before": before, "after": values},
        at=as_of,
        source_ip=by.source_ip,
    )
    return limits


def forget_volumes(*, as_of: datetime) -> int:
    """Of days before yesterday what was said last stays; in the end nothing."""
    later = PlannedVolume.objects.filter(
        member=OuterRef("member"), delivery_day=OuterRef("delivery_day"), as_of__gt=OuterRef("as_of")
    )
    passed = PlannedVolume.objects.filter(delivery_day__lt=(as_of - THINNED).date())
    thinned = passed.filter(Exists(later)).delete()[0]
    return thinned + PlannedVolume.objects.filter(as_of__lt=as_of - KEPT).delete()[0]
