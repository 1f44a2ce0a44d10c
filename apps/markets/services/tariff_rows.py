"""Tariffs -> rows. A version that is there already is replaced as a whole."""

from collections.abc import Sequence

from apps.markets.adapters.csv_tariffs import ParsedTariff
from apps.markets.models import Tariff, TariffPart
from apps.markets.services.storing import zone_of

REPLACED = ["valid_to", "customer_class", "area", "currency", "spot_zone"]
_AT_ONCE = 1000


def store_tariffs(found: Sequence[ParsedTariff]) -> list[Tariff]:
    """Inside the caller's transaction."""
    rows = _stored(found)
    TariffPart.objects.filter(tariff__in=rows).delete()
    TariffPart.objects.bulk_create(_parts(found, rows), batch_size=_AT_ONCE)
    return rows


def _stored(found: Sequence[ParsedTariff]) -> list[Tariff]:
    zones = {code: zone_of(code) for code in sorted({one.spot_zone for one in found if one.spot_zone})}
    fresh = [
        Tariff(
            name=one.name,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            customer_class=one.customer_class,
            area=one.area,
            currency=one.currency,
            spot_zone=zones.get(one.spot_zone),
        )
        for one in found
    ]
    return Tariff.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["name", "valid_from"], update_fields=REPLACED
    )


def _parts(found: Sequence[ParsedTariff], rows: Sequence[Tariff]) -> list[TariffPart]:
    return [
        TariffPart(
            tariff=row,
            kind=part.kind,
            price=part.price,
            from_minute=part.from_minute,
            to_minute=part.to_minute,
            weekdays="".join(map(str, part.weekdays)),
            months=",".join(map(str, part.months)),
        )
        for one, row in zip(found, rows, strict=True)
        for part in one.parts
    ]
