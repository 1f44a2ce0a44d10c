"""Which plants there are: the metered ones of sun and wind whose series are forecast."""

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.assets import selectors as assets
from apps.assets.models import GeneratingUnit
from apps.forecasts.choices import Subject
from apps.forecasts.models import Series
from apps.markets.models import BiddingZone
from apps.renewables.choices import PlantKind
from apps.renewables.models import Portfolio, RenewablePlant

EVERYTHING = "All plants"


@transaction.atomic
def sync_plants() -> int:
    """What the network and the forecasts say of them is renewed, what people entered stays. How many are active."""
    wanted = _wanted()
    known = {plant.mrid: plant for plant in RenewablePlant.objects.select_for_update()}
    home = _home() if wanted.keys() - known.keys() else None
    fresh = [RenewablePlant(mrid=mrid, portfolio=home, **told) for mrid, told in wanted.items() if mrid not in known]
    RenewablePlant.objects.bulk_create(fresh)
    changed = [plant for mrid, plant in known.items() if _renewed(plant, wanted.get(mrid))]
    RenewablePlant.objects.bulk_update(changed, [*_FIELDS, "is_active"])
    return len(wanted)


_FIELDS = ("name", "kind", "series", "rated_kw", "node_mrid", "node_kv", "feeder_mrid", "feeder_name")


def _wanted() -> dict[UUID, dict[str, Any]]:
    rows = Series.objects.in_use().filter(subject=Subject.PLANT, quantity__in=PlantKind.values, rated_kw__gt=0)
    series = {UUID(one.subject_mrid): one for one in rows}
    places = _places(series.keys())
    nowhere = {"node_mrid": None, "node_kv": None, "feeder_mrid": None, "feeder_name": ""}
    return {
        mrid: {"name": one.name, "kind": one.quantity, "series": one, "rated_kw": one.rated_kw}
        | places.get(mrid, nowhere)
        for mrid, one in series.items()
    }


def _places(mrids: Any) -> dict[UUID, dict[str, Any]]:
    model = assets.current_model()
    rows = GeneratingUnit.objects.filter(model=model, mrid__in=list(mrids))
    told = rows.values_list("mrid", "node__mrid", "node__nominal_kv", "node__feeder__mrid", "node__feeder__name")
    return {
        mrid: {"node_mrid": node, "node_kv": kv, "feeder_mrid": feeder, "feeder_name": name or ""}
        for mrid, node, kv, feeder, name in told
    }


def _home() -> Portfolio:
    """Of plants that nobody has put elsewhere; with the market of the place where there is only one."""
    zones = list(BiddingZone.objects.all()[:2])
    zone = zones[0] if len(zones) == 1 else None
    return Portfolio.objects.get_or_create(name=EVERYTHING, defaults={"zone": zone})[0]


def _renewed(plant: RenewablePlant, told: dict[str, Any] | None) -> bool:
    before = (*(getattr(plant, name) for name in _ATTRIBUTES), plant.is_active)
    plant.is_active = told is not None
    for name, value in (told or {}).items():
        setattr(plant, name, value)
    return before != (*(getattr(plant, name) for name in _ATTRIBUTES), plant.is_active)


_ATTRIBUTES = tuple("series_id" if name == "series" else name for name in _FIELDS)
