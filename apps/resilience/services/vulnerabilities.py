"""Devices with their programs, and advisories about them, handed in as files."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.resilience.adapters.vulnerability_files import NotReadable, read_advisories
from apps.resilience.choices.vulnerability import Zone
from apps.resilience.models import Advisory, FieldDevice

REQUIRED = ("name", "vendor", "product")
COLUMNS = (*REQUIRED, "version", "zone", "equipment_mrid", "link")
MOST_ROWS = 20_000
_LENGTHS = {"name": 200, "vendor": 120, "product": 120, "version": 60, "link": 200}


class FileRefused(ValueError):
    """Nothing of the file was taken; the text names line, column and remedy."""


@dataclass(frozen=True, slots=True)
class Taken:
    added: int
    changed: int


@transaction.atomic
def import_devices(*, raw: bytes, by: User | None, as_of: datetime, source: str = "") -> Taken:
    """All rows or none. A name that is known is changed, none is removed. Raises FileRefused."""
    rows = _device_rows(raw)
    known = set(FieldDevice.objects.values_list("name", flat=True))
    for row in rows:
        row.source, row.told_at = source[:200], as_of
    FieldDevice.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["equipment_mrid", "vendor", "product", "version", "zone", "link", "source", "told_at"],
    )
    added = sum(row.name not in known for row in rows)
    taken = Taken(added, len(rows) - added)
    told = {"added": taken.added, "changed": taken.changed, "source": source[:200]}
    audit.record(actor=by, action="devices.imported", target="devices", detail=told, at=as_of)
    return taken


@transaction.atomic
def import_advisories(*, raw: bytes, by: User | None, as_of: datetime, source: str = "") -> Taken:
    """The newest text of an identifier counts. Raises FileRefused."""
    try:
        read = read_advisories(raw)
    except NotReadable as broken:
        raise FileRefused(str(broken)) from broken
    newest = {one.identifier: one for one in read}
    added = 0
    for one in newest.values():
        told = {name: getattr(one, name) for name in one.__slots__ if name != "identifier"} | {"imported_at": as_of}
        _, is_new = Advisory.objects.update_or_create(identifier=one.identifier, defaults=told)
        added += is_new
    taken = Taken(added, len(newest) - added)
    detail = {"advisories": sorted(newest)[:50], "added": added, "source": source[:200]}
    audit.record(actor=by, action="advisories.imported", target="advisories", detail=detail, at=as_of)
    return taken


def _device_rows(raw: bytes) -> list[FieldDevice]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise FileRefused("file: it is not UTF-8. Save the table as CSV in UTF-8.") from broken
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise FileRefused(f"Line 1: column {missing[0]} is missing. Columns are {', '.join(COLUMNS)}.")
    found: dict[str, FieldDevice] = {}
    for number, row in enumerate(reader, 2):
        device = _device({name: (row.get(name) or "").strip() for name in COLUMNS}, number)
        if device.name in found:
            raise FileRefused(f"Line {number}: name {device.name} stands twice. Give each device a name of its own.")
        found[device.name] = device
        if len(found) > MOST_ROWS:
            raise FileRefused(f"file: more than {MOST_ROWS} devices. Split it.")
    if not found:
        raise FileRefused("file: it holds no device below its line of columns.")
    return list(found.values())


def _device(row: dict[str, str], number: int) -> FieldDevice:
    for name in REQUIRED:
        if not row[name]:
            raise FileRefused(f"Line {number}: {name} is empty. Each device has {', '.join(REQUIRED)}.")
    for name, most in _LENGTHS.items():
        if len(row[name]) > most or "\x00" in row[name]:
            raise FileRefused(f"Line {number}: {name} is longer than {most} characters, or holds a zero character.")
    zone = row["zone"] or Zone.CONTROL.value
    if zone not in Zone.values:
        raise FileRefused(f"Line {number}: zone {zone[:40]!r} is none of {', '.join(Zone.values)}.")
    try:
        mrid = UUID(row["equipment_mrid"]) if row["equipment_mrid"] else None
    except ValueError as broken:
        raise FileRefused(f"Line {number}: equipment_mrid is no UUID. Copy it from the equipment's page.") from broken
    given = {name: row[name] for name in _LENGTHS}
    return FieldDevice(**given, zone=zone, equipment_mrid=mrid)
