"""Portfolios: their limits, what their members are expected to give, what their batteries have to offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from apps.markets.choices import Source
from apps.markets.models import PlannedVolume, PortfolioMember, TradingLimits, TradingPortfolio

FloatArray = npt.NDArray[np.float64]
_STORED = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Volume:
    """`quantiles_kw`: steps x levels, given to the network positive; nan where nothing is said."""

    member: PortfolioMember
    levels: FloatArray
    quantiles_kw: FloatArray
    as_of: datetime
    basis: str

    def at_level(self, level: float) -> FloatArray:
        """Between two levels on the straight line."""
        if (same := np.flatnonzero(np.isclose(self.levels, level))).size:
            return np.asarray(self.quantiles_kw[:, same[0]])
        return np.array([np.interp(level, self.levels, row) for row in self.quantiles_kw])


def traded_portfolios() -> list[TradingPortfolio]:
    rows = TradingPortfolio.objects.filter(is_traded=True).select_related("zone")
    return list(rows.prefetch_related("members"))


def limits_of(portfolio: TradingPortfolio) -> TradingLimits | None:
    return TradingLimits.objects.select_related("set_by").filter(portfolio=portfolio).first()


def volumes(
    portfolio: TradingPortfolio, day: date, *, as_of: datetime, sources: Sequence[Source] = tuple(Source)
) -> list[Volume]:
    """Of each member the newest that was known. One query."""
    rows = (
        PlannedVolume.objects.filter(
            member__portfolio=portfolio, member__source__in=sources, delivery_day=day, as_of__lte=as_of
        )
        .select_related("member")
        .order_by("member_id", "-as_of")
        .distinct("member_id")
    )
    return [opened(row) for row in rows]


def opened(row: PlannedVolume) -> Volume:
    levels = np.asarray(row.levels, np.float64)
    values = np.frombuffer(bytes(row.values_kw), _STORED).astype(np.float64).reshape(row.steps, len(levels))
    return Volume(row.member, levels, values, row.as_of, row.basis)


def packed_volume(values: FloatArray) -> bytes:
    return np.asarray(values, _STORED).tobytes()
