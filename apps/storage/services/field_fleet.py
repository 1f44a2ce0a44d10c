"""What the demo's people have entered of the field's batteries: their cost, a customer's meter, a reserve."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import User
from apps.assets.models import EnergyConsumer
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import Series
from apps.storage.models import BatteryCost, ReserveCommitment, StoragePlant, StorageSite
from apps.storage.services.reserving import Promise, commit_reserve

SITE, TARIFF = "Works behind the meter", "Business"
COST = {
    "per_kwh": 210.0,
    "currency": "EUR",
    "discount_rate": 0.07,
    "source": "Assumption of the demo, nobody's offer: enter the price of your maker here.",
}
RESERVE_SHARE, RESERVE_LASTS = 0.02, timedelta(days=90)  # of the largest plant's power
RESERVE_SOURCE = "Assumption of the demo: an agreement of the city with its transmission operator."


def prepare_field_fleet(*, by: User, as_of: datetime) -> list[str]:
    """Once, of what was made; what somebody entered or took away stays as it is. The largest plant holds reserve, the
    smallest stands behind the meter of the largest customer that is forecast."""
    plants = list(StoragePlant.objects.order_by("energy_kwh"))
    if len(plants) < 2 or BatteryCost.objects.exists():
        return []
    BatteryCost.objects.bulk_create(BatteryCost(plant=one, entered_by=by, entered_at=as_of, **COST) for one in plants)
    made = ["cost of batteries"]
    if not ReserveCommitment.objects.exists():
        commit_reserve(plant=plants[-1], fleet=None, promise=_promise(plants[-1], as_of), by=by, as_of=as_of)
        made.append("reserve")
    if not StorageSite.objects.exists() and _behind_a_meter(plants[0]):
        made.append("site")
    return made


def _promise(plant: StoragePlant, as_of: datetime) -> Promise:
    kw = round(RESERVE_SHARE * min(plant.charge_kw, plant.discharge_kw))
    begin = as_of.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Promise(begin, begin + RESERVE_LASTS, kw, kw, 0.5, 0.012, "EUR", RESERVE_SOURCE)


def _behind_a_meter(plant: StoragePlant) -> bool:
    """Whether a customer is forecast."""
    rows = Series.objects.in_use().filter(subject=Subject.CUSTOMER, quantity=Quantity.LOAD)
    series = {UUID(one.subject_mrid): one for one in rows}
    largest = EnergyConsumer.objects.filter(mrid__in=list(series)).order_by("-p_kw", "mrid").first()
    if largest is None:
        return False
    plant.site = StorageSite.objects.create(name=SITE, load=series[largest.mrid], tariff=TARIFF)
    plant.save(update_fields=["site"])
    return True
