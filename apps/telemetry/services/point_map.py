"""A point map as a file: out, looked at before it counts, and in; each import is told in audit and ledger."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.telemetry.choices import Protocol
from apps.telemetry.models import ControlPoint, Gateway, LatestBlock, MeasurementPoint, PointMapImport
from apps.telemetry.services.control_list import COLUMNS as CONTROL_COLUMNS
from apps.telemetry.services.control_list import columns_of
from apps.telemetry.services.points import UPDATED, import_points
from apps.telemetry.services.signal_list import (
    PointMapRefused,
    Problem,
    examine,
    read_listed_controls,
)
from gridops.spreadsheet import SheetWriter

COLUMNS = ("mrid", *UPDATED)


@dataclass(frozen=True, slots=True)
class Row:
    """A point that comes, changes or goes; `line` 0: it is not in the file. `changes`: field, before, after."""

    line: int
    mrid: str
    name: str
    address: str
    changes: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. `config_version` names the points it was held against."""

    config_version: int
    added: list[Row]
    changed: list[Row]
    removed: list[Row]
    unchanged: int
    refused: list[Problem]


class PointsMoved(Exception):
    """The points are others than those that the preview was made with."""


def export(gateway: Gateway) -> Iterator[str]:
    """The map as CSV, a line at a time; imported again it changes nothing."""
    line = io.StringIO()
    writer = SheetWriter(line, lineterminator="\n")
    commanded = CONTROL_COLUMNS if ControlPoint.objects.filter(point__gateway=gateway).exists() else ()
    writer.writerow([*COLUMNS, *commanded])
    for point in gateway.points.order_by("slot").prefetch_related("controls").iterator(chunk_size=2000):
        controls = columns_of(point.controls.all())
        writer.writerow([*(_text(getattr(point, name)) for name in COLUMNS), *(controls[name] for name in commanded)])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def preview(*, gateway: Gateway, text: str) -> Preview:
    """Nothing is written."""
    version = LatestBlock.objects.filter(gateway=gateway).values_list("config_version", flat=True).first()
    points, problems = examine(io.StringIO(text), gateway_name=gateway.name, protocol=Protocol(gateway.protocol))
    known = {point.mrid: point for point in gateway.points.prefetch_related("controls")}
    controls = None if problems else read_listed_controls(io.StringIO(text), protocol=Protocol(gateway.protocol))
    added = [_row(line, point) for line, point in points.items() if point.mrid not in known]
    pairs = [(line, known[point.mrid], point) for line, point in points.items() if point.mrid in known]
    changed = [row for row in (_difference(*pair, controls) for pair in pairs) if row.changes]
    named = {point.mrid for point in points.values()}
    removed = [_row(0, point) for mrid, point in known.items() if mrid not in named]
    if problems:
        removed = []  # what a faulty line was to keep is not known
    return Preview(version or 0, added, changed, removed, len(pairs) - len(changed), problems)


def _row(line: int, point: MeasurementPoint, changes: Sequence[tuple[str, str, str]] = ()) -> Row:
    return Row(line, str(point.mrid), point.name, point.address, changes)


def _difference(
    line: int, before: MeasurementPoint, after: MeasurementPoint, controls: Mapping[UUID, list[ControlPoint]] | None
) -> Row:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in UPDATED]
    if controls is not None:
        known, listed = columns_of(before.controls.all()), columns_of(controls[after.mrid])
        pairs += [(name, known[name], listed[name]) for name in CONTROL_COLUMNS]
    return _row(line, after, [(name, _text(old), _text(new)) for name, old, new in pairs if old != new])


@transaction.atomic
def apply(
    *, gateway: Gateway, text: str, config_version: int, by: User | None, file_name: str, as_of: datetime
) -> PointMapImport:
    """Make it the gateway's map, whole. Raises PointMapRefused, or PointsMoved if the preview is out of date."""
    LatestBlock.objects.get_or_create(gateway=gateway)
    LatestBlock.objects.select_for_update().get(gateway=gateway)
    found = preview(gateway=gateway, text=text)
    if found.refused:
        raise PointMapRefused(found.refused)
    if found.config_version != config_version:
        raise PointsMoved(f"The points of gateway {gateway.name} have changed since the preview; look at it again.")
    if found.added or found.changed or found.removed:
        import_points(
            gateway_name=gateway.name,
            rows=io.StringIO(text),
            protocol=Protocol(gateway.protocol),
            host=gateway.host,
            port=gateway.port,
        )
    counts = {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}
    entry = PointMapImport.objects.create(
        gateway=gateway,
        applied_at=as_of,
        actor_name=by.username if by else "",
        file_name=file_name[:200],
        digest=hashlib.sha256(text.encode()).hexdigest(),
        unchanged=found.unchanged,
        **counts,
    )
    detail = {**counts, "unchanged": found.unchanged, "file": entry.file_name, "digest": entry.digest}
    audit.record(actor=by, action="points.imported", target=f"gateway {gateway.name}", detail=detail, at=as_of)
    return entry


def as_document(found: Preview, *, most: int) -> dict[str, object]:
    """For a page: counts of everything, and at most so many rows of each kind."""
    lists = {name: getattr(found, name) for name in ("added", "changed", "removed", "refused")}
    return {
        "config_version": found.config_version,
        "unchanged": found.unchanged,
        "counts": {name: len(rows) for name, rows in lists.items()},
        **{name: [asdict(row) for row in rows[:most]] for name, rows in lists.items()},
    }


__all__ = ["COLUMNS", "PointsMoved", "Preview", "apply", "as_document", "export", "preview"]
