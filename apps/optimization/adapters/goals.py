"""What a person set as goals, in the prices of offers."""

from apps.dispatch.choices.ahead import OfferKind
from apps.dispatch.choices.objective import Goal
from apps.dispatch.models import ObjectiveVersion
from apps.optimization.adapters.rates import Rates

GOAL_OF = {
    OfferKind.BATTERY: Goal.WEAR,
    OfferKind.CURTAIL: Goal.RENEWABLE,
    OfferKind.LESS_LOAD: Goal.COMFORT,
    OfferKind.SHED: Goal.RELIABILITY,
}


def rates_by_goals(rates: Rates, objectives: ObjectiveVersion) -> Rates:
    """Money per kWh by the weights; what stands in for lost load is the assumed price unless a worth is set."""
    own = dict(rates.eur_per_kwh)
    if objectives.lost_load_eur_per_kwh is not None:
        own[OfferKind.SHED] = objectives.lost_load_eur_per_kwh
    priced = {
        kind: eur * objectives.worth(GOAL_OF[kind]) + rates.kg_per_kwh[kind] * objectives.emissions_eur_per_kg
        for kind, eur in own.items()
    }
    return Rates(priced, rates.kg_per_kwh)
