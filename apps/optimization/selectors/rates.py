from apps.optimization.adapters.rates import Rates, rates_of
from apps.optimization.models import CostRate


def cost_rates() -> Rates:
    return rates_of(CostRate.objects.all())
