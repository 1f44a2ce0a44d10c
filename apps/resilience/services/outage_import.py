"""Records of outages that a person hands over: seen before anything is changed, stored when confirmed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from apps.accounts.models import User
from apps.assets.models import Feeder, NetworkModel
from apps.audit import services as audit
from apps.state.adapters.outage_file import Fault, Line, parsed
from apps.state.choices import OutageSource
from apps.state.models import Outage, OutageStep

MOST_FAULTS = 200
_NAMES = ("feeder_mrid", "feeder", "equipment_mrid", "equipment", "cause", "planned", "outage_began_at", "reference")
_LENGTHS = {"reference": 120, "feeder": 200, "equipment": 200}


class NotThePreviewed(Exception):
    """What is confirmed is another file than was looked at."""


class RecordsRefused(Exception):
    """The file has faults; nothing is stored."""


@dataclass(frozen=True, slots=True)
class Seen:
    """With faults nothing can be imported."""

    sha256: str
    outages: int
    repeated: int  # known already by their key: not stored again
    steps: int
    customers: int
    first_at: datetime | None
    last_at: datetime | None
    faults: Sequence[Fault]
    faults_in_all: int


def preview_outages(*, content: bytes) -> Seen:
    """Changes nothing."""
    outages, faults = _read(content)
    lines = [line for one in outages.values() for line in one]
    known = Outage.objects.filter(mrid__in=[key_of(name) for name in outages]).count()
    began = [line.record.began_at for line in lines]
    return Seen(
        sha256=digest(content),
        outages=len(outages),
        repeated=known,
        steps=len(lines),
        customers=sum(line.record.customers for line in lines),
        first_at=min(began, default=None),
        last_at=max(began, default=None),
        faults=faults[:MOST_FAULTS],
        faults_in_all=len(faults),
    )


@transaction.atomic
def import_outages(*, content: bytes, sha256: str, actor: User, as_of: datetime, source_ip: str | None = None) -> int:
    """How many were stored; an outage that is known already is left as it is.

    Raises NotThePreviewed or RecordsRefused.
    """
    if digest(content) != sha256:
        raise NotThePreviewed("The file is another than the previewed one; look at its preview first.")
    outages, faults = _read(content)
    if faults:
        first = faults[0]
        raise RecordsRefused(
            f"Line {first.line}, column '{first.column}' {first.text}. Mend the file; nothing is stored."
        )
    known = set(Outage.objects.filter(mrid__in=[key_of(one) for one in outages]).values_list("mrid", flat=True))
    feeders = _feeders()
    new = {name: lines for name, lines in outages.items() if key_of(name) not in known}
    rows = Outage.objects.bulk_create([_outage(name, lines, feeders) for name, lines in new.items()], batch_size=1000)
    steps = [_step(row, line) for row, lines in zip(rows, new.values(), strict=True) for line in lines]
    OutageStep.objects.bulk_create(steps, batch_size=2000)
    detail = {"outages": len(rows), "steps": len(steps), "known": len(known), "sha256": sha256}
    audit.record(actor=actor, action="outages.imported", target="outages", detail=detail, at=as_of, source_ip=source_ip)
    return len(rows)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def key_of(name: str) -> UUID:
    """An outage of an export keeps its mRID; another name gets one that it always gets."""
    try:
        return UUID(name)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"outage-record:{name}")


def _read(content: bytes) -> tuple[dict[str, list[Line]], list[Fault]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return {}, [Fault(1, "", f"is no UTF-8 text (byte {error.start}); save the file as UTF-8")]
    lines, faults = parsed(text.replace("\x00", ""))
    outages: dict[str, list[Line]] = {}
    for line in lines:
        outages.setdefault(line.record.outage, []).append(line)
        faults += _of_a_line(line, outages[line.record.outage][0])
    if not lines and not faults:
        faults.append(Fault(1, "", "has no line below the header; there is nothing to import"))
    return outages, faults


def _of_a_line(line: Line, first: Line) -> list[Fault]:
    faults = [
        Fault(line.number, name, f"differs from line {first.number} of the same outage; they must agree")
        for name in _NAMES
        if line.cells.get(name, "") != first.cells.get(name, "")
    ]
    faults += [
        Fault(line.number, name, f"'{line.cells[name][:40]}' is no mRID; leave it empty where none is known")
        for name in ("feeder_mrid", "equipment_mrid")
        if line.cells.get(name) and _uuid(line.cells[name]) is None
    ]
    faults += [
        Fault(line.number, name, f"is longer than {most} letters; shorten it")
        for name, most in _LENGTHS.items()
        if len(line.cells.get(name, "")) > most
    ]
    return faults


def _feeders() -> dict[str, tuple[UUID, str]]:
    """By name, of today's network: a file that names a feeder as we do is about that feeder."""
    model = NetworkModel.objects.current().first()
    rows = Feeder.objects.filter(model=model).values_list("name", "mrid") if model else ()
    return {name: (mrid, name) for name, mrid in rows}


def _outage(name: str, lines: Sequence[Line], feeders: dict[str, tuple[UUID, str]]) -> Outage:
    cells, record = lines[0].cells, lines[0].record
    named = feeders.get(cells.get("feeder", ""))
    restored = [line.record.restored_at for line in lines]
    over = [at for at in restored if at is not None]
    return Outage(
        mrid=key_of(name),
        source=OutageSource.FILE,
        reference=cells.get("reference", "") or name[:120],
        feeder_mrid=_uuid(cells.get("feeder_mrid", "")) or (named[0] if named else None),
        feeder_name=cells.get("feeder", ""),
        equipment_mrid=_uuid(cells.get("equipment_mrid", "")),
        equipment_name=cells.get("equipment", ""),
        cause=record.cause,
        is_planned=record.is_planned,
        began_at=min(record.outage_began_at, *(line.record.began_at for line in lines)),
        ended_at=max(over) if len(over) == len(restored) else None,
    )


def _step(outage: Outage, line: Line) -> OutageStep:
    record = line.record
    return OutageStep(
        outage=outage,
        began_at=record.began_at,
        restored_at=record.restored_at,
        customers=record.customers,
        critical_customers=line.critical_customers,
        lost_kw=record.lost_kw,
        consumers=dict(record.consumers),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
