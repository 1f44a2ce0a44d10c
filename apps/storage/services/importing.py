"""Plants from a file of datasheets. What is there already keeps what people have set since."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.markets.models import BiddingZone
from apps.storage.adapters.datasheets import FileRefused, SheetPlant, plants_of
from apps.storage.adapters.limits import typical_rows
from apps.storage.models import Rack, SafetyLimit, StorageFleet, StoragePlant
from apps.storage.selectors.readings import readings_that_reach_us


@dataclass(frozen=True, slots=True)
class Imported:
    made: list[str]
    known: list[str]


@transaction.atomic
def import_plants(
    *, content: bytes, fleet: str, price_zone: str = "", wear_per_kwh: float | None = None, as_of: datetime
) -> Imported:
    """All of the file or nothing. Raises FileRefused."""
    sheets = plants_of(content)
    zone = _zone(price_zone)
    _insist_on_equipment(sheets)
    known = {plant.mrid: plant for plant in StoragePlant.objects.filter(mrid__in=[one.mrid for one in sheets])}
    group, _ = StorageFleet.objects.get_or_create(name=fleet)
    usual = {} if wear_per_kwh is None else {"wear_per_kwh": wear_per_kwh}
    made = [
        _made(one, StoragePlant(mrid=one.mrid, fleet=group, price_zone=zone, **(usual | one.values)))
        for one in sheets
        if one.mrid not in known
    ]
    if made:
        detail = {"fleet": fleet, "plants": [plant.name for plant in made]}
        audit.record(actor=None, action="storage.plants-imported", target=f"fleet/{group.pk}", detail=detail, at=as_of)
    return Imported([plant.name for plant in made], [plant.name for plant in known.values()])


def _made(sheet: SheetPlant, plant: StoragePlant) -> StoragePlant:
    try:
        plant.full_clean()
    except ValidationError as fault:
        name, told = next(iter(fault.message_dict.items()))
        raise FileRefused(f"row {sheet.row}: {name}: {' '.join(told)}") from None
    plant.save()
    share = plant.energy_kwh / len(sheet.racks)
    racks = [
        Rack(plant=plant, mrid=mrid, name=f"Rack {number}", energy_kwh=share)
        for number, mrid in enumerate(sheet.racks, 1)
    ]
    Rack.objects.bulk_create(racks)
    SafetyLimit.objects.bulk_create(typical_rows(plant, watched=readings_that_reach_us(plant, racks)))
    return plant


def _zone(code: str) -> BiddingZone | None:
    zone = BiddingZone.objects.filter(code=code).first() if code else None
    if code and zone is None:
        known = ", ".join(BiddingZone.objects.order_by("code").values_list("code", flat=True)[:10]) or "none yet"
        raise FileRefused(f"--price-zone: {code!r} is no zone of this site. There are: {known}")
    return zone


def _insist_on_equipment(sheets: list[SheetPlant]) -> None:
    model = assets.current_model()
    if model is None:
        raise FileRefused("There is no live network yet; import one first.")
    found = assets.elements(model=model, mrids=[str(one.mrid) for one in sheets])
    batteries = {mrid for mrid, one in found.items() if one.class_name == "BatteryUnit"}
    faults = [
        f"row {one.row}: mrid: the live network has no BatteryUnit {one.mrid}"
        for one in sheets
        if str(one.mrid) not in batteries
    ]
    if faults:
        raise FileRefused(*faults)
