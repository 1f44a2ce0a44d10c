"""Which devices have which known weakness, the gravest first."""

from collections import defaultdict
from typing import Any

from apps.resilience.choices.vulnerability import Certainty, Zone
from apps.resilience.models import Advisory, FieldDevice
from apps.resilience.rules.vulnerabilities import certainty, plain, rank
from apps.resilience.selectors.threat_places import asset_rows, load_share

MOST = 500


def vulnerability_documents() -> list[dict[str, Any]]:
    """A row for each device and advisory that speaks of it, at most MOST."""
    by_product: dict[str, list[FieldDevice]] = defaultdict(list)
    for device in FieldDevice.objects.all():
        by_product[plain(device.product)].append(device)
    shares: dict[str, float | None] = {}
    found = [
        _row(device, advisory, how, shares)
        for advisory in Advisory.objects.all()
        for device, how in _touched(advisory, by_product)
    ]
    found.sort(key=lambda row: (-row["rank"], row["device"], row["identifier"]))
    return _with_assets(found[:MOST])


def device_documents() -> list[dict[str, Any]]:
    return [
        {
            "id": device.pk,
            "name": device.name,
            "vendor": device.vendor,
            "product": device.product,
            "version": device.version or None,
            "zone": device.zone,
            "zone_label": device.get_zone_display(),
            "equipment_mrid": device.equipment_mrid,
            "link": device.link,
            "source": device.source,
            "told_at": device.told_at,
        }
        for device in FieldDevice.objects.all()
    ]


def _touched(advisory: Advisory, by_product: dict[str, list[FieldDevice]]) -> list[tuple[FieldDevice, Certainty]]:
    """Each device once; affected outdoes possible."""
    found: dict[int, tuple[FieldDevice, Certainty]] = {}
    for affected in advisory.affects:
        for device in by_product.get(plain(affected.get("product") or ""), ()):
            how = certainty(device.vendor, device.product, device.version, affected)
            before = found.get(device.pk)
            if how is not None and (before is None or before[1] is not Certainty.AFFECTED):
                found[device.pk] = (device, how)
    return list(found.values())


def _row(device: FieldDevice, advisory: Advisory, how: Certainty, shares: dict[str, float | None]) -> dict[str, Any]:
    key = str(device.equipment_mrid or "")
    if key not in shares:
        shares[key] = load_share([key]) if key else None
    return {
        "identifier": advisory.identifier,
        "title": advisory.title,
        "cvss": advisory.cvss,
        "is_exploited": advisory.is_exploited,
        "published_at": advisory.published_at,
        "remedy": advisory.remedy,
        "reference": advisory.reference,
        "device_id": device.pk,
        "device": device.name,
        "vendor": device.vendor,
        "product": device.product,
        "version": device.version or None,
        "zone": device.zone,
        "zone_label": device.get_zone_display(),
        "certainty": how.value,
        "certainty_label": how.label,
        "load_share": shares[key],
        "rank": rank(
            cvss=advisory.cvss, zone=Zone(device.zone), is_exploited=advisory.is_exploited, load_share=shares[key]
        ),
        "equipment_mrid": device.equipment_mrid,
    }


def _with_assets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {one["mrid"]: one for one in asset_rows(row["equipment_mrid"] for row in rows if row["equipment_mrid"])}
    return [row | {"equipment_name": known.get(str(row["equipment_mrid"]), {}).get("name", "")} for row in rows]
