"""What wear costs plants, from a law of ageing and what new batteries cost: by the depth of cycles, once a day."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from apps.storage.adapters.wearing import DepthCost, depth_cost
from apps.storage.choices import LifespanOutcome
from apps.storage.models import LifespanRun, StoragePlant, WearPrice

OLD = timedelta(hours=20)
KEPT = timedelta(days=400)
MOST_A_ROUND = 2000


def price_wear(*, as_of: datetime) -> int:
    """Of plants whose batteries have a cost, where the newest price is of yesterday or of before the cost was entered.

    Plants that are alike share one calculation.
    """
    newer = Q(wear_prices__as_of__gt=as_of - OLD, wear_prices__as_of__gte=F("battery_cost__entered_at"))
    priced = StoragePlant.objects.filter(newer).values("pk")
    due = StoragePlant.objects.filter(battery_cost__isnull=False).exclude(pk__in=priced)
    plants = list(due.select_related("battery_cost").order_by("pk")[:MOST_A_ROUND])
    known = _lifespans(plants)
    found: dict[tuple[object, ...], DepthCost] = {}
    rows = []
    for plant in plants:
        key = (plant.ageing_law, plant.least_soc, plant.most_soc, plant.battery_cost.per_kwh)
        if key not in found:
            found[key] = depth_cost(plant, plant.battery_cost.per_kwh)
        rows.append(_row(plant, found[key], known.get(plant.pk), as_of))
    WearPrice.objects.filter(as_of__lt=as_of - KEPT).delete()
    return len(WearPrice.objects.bulk_create(rows))


def _lifespans(plants: list[StoragePlant]) -> dict[int, LifespanRun]:
    rows = LifespanRun.objects.filter(plant__in=plants, outcome=LifespanOutcome.KNOWN, wear_per_kwh__isnull=False)
    newest = rows.order_by("plant_id", "-as_of").distinct("plant_id")
    return {row.plant_id: row for row in newest.only("plant_id", "wear_per_kwh", "calendar_share", "years", "as_of")}


def _row(plant: StoragePlant, cost: DepthCost, life: LifespanRun | None, as_of: datetime) -> WearPrice:
    """The mean is that of its own life where one was worked out; a kWh at the meter takes more out of the cells."""
    mean = cost.flat if life is None or life.wear_per_kwh is None else life.wear_per_kwh
    of = "a usual day" if life is None else f"its life of {life.as_of:%Y-%m-%d}"
    battery = plant.battery_cost
    return WearPrice(
        plant=plant,
        as_of=as_of,
        per_kwh=mean / plant.discharge_efficiency,
        depth_share=cost.share,
        depth_per_kwh=[price / plant.discharge_efficiency for price in cost.per_kwh],
        replacement_cost=battery.per_kwh * plant.energy_kwh,
        basis=(
            f"{plant.get_ageing_law_display()}, by {of}, with new batteries at {battery.per_kwh:g} {battery.currency} "
            f"a kWh ({battery.source})"
        )[:300],
    )
