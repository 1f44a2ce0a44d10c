"""What offers cost, for the arrays of those who choose among them."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.dispatch.choices.ahead import OfferKind
from apps.optimization.choices import ASSUMED_RATES
from apps.optimization.models import CostRate


@dataclass(frozen=True, slots=True)
class Rates:
    eur_per_kwh: dict[OfferKind, float]
    kg_per_kwh: dict[OfferKind, float]


def rates_of(rows: Iterable[CostRate]) -> Rates:
    """A kind without a row costs what is assumed of it."""
    stored = {OfferKind(row.kind): (row.eur_per_kwh, row.kg_co2_per_kwh) for row in rows}
    both = ASSUMED_RATES | stored
    return Rates({kind: eur for kind, (eur, _) in both.items()}, {kind: kg for kind, (_, kg) in both.items()})
