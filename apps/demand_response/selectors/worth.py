"""What a kWh less was worth at the time of a call: the market's price, the entered worth of a peak, losses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.demand_response.choices import OpportunityKind
from apps.demand_response.models import ReliefRate, Strategy
from apps.dispatch.choices.call import CallAim
from apps.dispatch.models import Call
from apps.markets.models import BiddingZone
from apps.markets.selectors.known import prices
from apps.state.models import Solution
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Location, WeatherSeries
from apps.weather.selectors.known import known
from apps.weather.selectors.observed import observed

FloatArray = npt.NDArray[np.float64]
KWH_A_MWH = 1000.0
HOUR_S = 3600
STATE_AROUND = timedelta(hours=1)
_RATE_OF_AIM = {CallAim.PEAK: OpportunityKind.SYSTEM, CallAim.CONGESTION: OpportunityKind.CONGESTION}


@dataclass(frozen=True, slots=True)
class Relief:
    eur_per_kwh: float
    source: str


def energy_prices(starts_at: datetime, steps: int, step_s: int, *, as_of: datetime) -> tuple[FloatArray, str]:
    """EUR per kWh by step, NaN where none is known, and of which zone."""
    zone = BiddingZone.objects.order_by("-is_watched", "code").first()
    if zone is None:
        return np.full(steps, np.nan), ""
    found = prices(zone=zone.code, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of)
    is_euro = found.unit.upper().startswith("EUR/MWH")
    return (found.values / KWH_A_MWH if is_euro else np.full(steps, np.nan)), zone.code


def relief(call: Call) -> Relief | None:
    """Beyond the price of energy: as the opportunity was valued, else the entered rate of the call's aim."""
    strategy = Strategy.objects.filter(call=call).select_related("opportunity").first()
    one = strategy.opportunity if strategy else None
    if one is not None and one.kind != OpportunityKind.PRICE:
        return Relief(one.worth_eur_per_kwh, f"As valued when it was found: {one.get_kind_display().lower()}.")
    kind = _RATE_OF_AIM.get(CallAim(call.aim))
    rate = ReliefRate.objects.filter(kind=kind).first() if kind else None
    return Relief(rate.eur_per_kwh, rate.source) if rate else None


def losses_saved_share(at: datetime) -> float | None:
    """kWh of losses that one kWh less saves: twice their mean share, since they grow with the square of the load."""
    rows = Solution.objects.filter(as_of__gt=at - STATE_AROUND, as_of__lte=at + STATE_AROUND).defer("frame")
    one = rows.order_by("-as_of").first()
    figures = one.system if one else {}
    load, losses = figures.get("load_kw"), figures.get("losses_kw")
    return 2 * losses / load if load and losses is not None and load > 0 else None


def expected_c(at: datetime, *, as_of: datetime) -> float:
    """As it was forecast by then for the hour in which it lies; NaN where nobody did. Of the place measured best."""
    place = _place()
    if place is None:
        return float("nan")
    hour = at.replace(minute=0, second=0, microsecond=0)
    wanted = (Variable.TEMPERATURE_C,)
    found = known(location_id=place, variables=wanted, starts_at=hour, steps=1, step_s=HOUR_S, as_of=as_of)
    return float(found.values[0, 0])


def outdoor_c(starts_at: datetime, steps: int, step_s: int, *, as_of: datetime) -> FloatArray:
    """Measured; NaN where nothing was. Of the place that is measured best."""
    place = _place()
    if place is None:
        return np.full(steps, np.nan)
    wanted = (Variable.TEMPERATURE_C,)
    return observed(location_id=place, variables=wanted, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of)[
        :, 0
    ]


def _place() -> int | None:
    rows = WeatherSeries.objects.filter(run__data_kind=DataKind.OBSERVATION, variable=Variable.TEMPERATURE_C)
    newest = rows.order_by("-ends_at").values_list("location_id", flat=True).first()
    return newest or Location.objects.order_by("pk").values_list("pk", flat=True).first()
