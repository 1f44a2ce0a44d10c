"""Reserve that people commit plants and fleets to, one by one or as a file, and withdraw again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.held import give_back, hold
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.bounds import meter_most
from apps.storage.adapters.reserve_sheet import FileRefused, SheetReserve, reserves_of_sheet
from apps.storage.choices import DESK
from apps.storage.models import ReserveCommitment, StorageFleet, StoragePlant
from apps.storage.selectors.reserve import hold_of, reference_of

LONGEST = timedelta(days=366)
MOST_BACKING_H = 24.0
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Promise:
    """Powers at the meter, kW; money per kW held for an hour."""

    starts_at: datetime
    ends_at: datetime
    up_kw: float
    down_kw: float
    backing_h: float
    price_per_kw_h: float
    currency: str
    source: str


@transaction.atomic
def commit_reserve(
    *, plant: StoragePlant | None, fleet: StorageFleet | None, promise: Promise, by: User, as_of: datetime
) -> ReserveCommitment:
    """Raises Refused where it names neither or both, lies in the past, or is more than the batteries could ever hold
    beside what they have promised already."""
    if objection := _objection(plant, fleet, promise, as_of):
        raise Refused(objection)
    row = _row(plant, fleet, promise, by, as_of)
    row.save()
    hold(hold_of(row), as_of=as_of)
    _tell(row, "storage.reserve-committed", by, as_of, source=promise.source)
    return row


@transaction.atomic
def withdraw_reserve(*, commitment_id: int, reason: str, by: User, as_of: datetime) -> ReserveCommitment:
    """The next plan no longer holds it. Raises Refused where that was done already, or its time is over."""
    row = ReserveCommitment.objects.select_for_update().get(pk=commitment_id)
    if row.withdrawn_at is not None:
        raise Refused(f"It was withdrawn by {row.withdrawn_by} already.")
    if row.ends_at <= as_of:
        raise Refused("Its time is over; there is nothing to withdraw.")
    row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = as_of, by, reason
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
    give_back(desk=DESK, reference=reference_of(row), as_of=as_of)
    _tell(row, "storage.reserve-withdrawn", by, as_of, reason=reason)
    return row


@transaction.atomic
def import_reserve(*, content: bytes, by: User, as_of: datetime) -> list[ReserveCommitment]:
    """All of the file or nothing. Raises FileRefused with every fault."""
    made, faults = [], []
    for row in reserves_of_sheet(content, zone=ZoneInfo(settings.TIME_ZONE)):
        try:
            made.append(commit_reserve(**_owner(row), promise=_promise(row), by=by, as_of=as_of))
        except Refused as refusal:
            faults.append(f"row {row.row}: {refusal}")
    if faults:
        raise FileRefused(*faults)
    return made


def _promise(row: SheetReserve) -> Promise:
    return Promise(**{name: getattr(row, name) for name in Promise.__slots__})


def _owner(row: SheetReserve) -> dict[str, Any]:
    """Raises Refused."""
    if row.fleet:
        fleet = StorageFleet.objects.filter(name=row.fleet).first()
        if fleet is None:
            raise Refused(f"fleet: there is no fleet {row.fleet[:60]!r}; its name stands on the fleet desk.")
        return {"plant": None, "fleet": fleet}
    found = StoragePlant.objects.filter(**_by(row.plant))[:2]
    if len(found) != 1:
        raise Refused(f"plant: {row.plant[:60]!r} names {'no plant' if not found else 'several'}; write its mRID.")
    return {"plant": found[0], "fleet": None}


def _by(text: str) -> dict[str, Any]:
    try:
        return {"mrid": UUID(text)}
    except ValueError:
        return {"name": text}


def _objection(plant: StoragePlant | None, fleet: StorageFleet | None, promise: Promise, as_of: datetime) -> str:
    if (plant is None) == (fleet is None):
        return "plant: name either a plant or a fleet, not both and not none."
    plain = (
        (promise.ends_at <= promise.starts_at, "ends_at: it is not after starts_at."),
        (promise.ends_at <= as_of, "ends_at: its time is over; give one that is still to come."),
        (promise.ends_at - promise.starts_at > LONGEST, "ends_at: a commitment lasts a year at most; enter the next."),
        (min(promise.up_kw, promise.down_kw, promise.price_per_kw_h) < 0, "A power or a price is below zero."),
        (max(promise.up_kw, promise.down_kw) <= 0, "up_kw: neither up nor down holds anything; give a power above 0."),
        (
            not 0 < promise.backing_h <= MOST_BACKING_H,
            f"backing_h: hours for which it must run, above 0 and at most {MOST_BACKING_H:g}.",
        ),
        (not promise.source, "source: name the contract or who asks for it."),
    )
    told = next((text for holds, text in plain if holds), "")
    return told or _beyond(plant, fleet, promise)


def _beyond(plant: StoragePlant | None, fleet: StorageFleet | None, promise: Promise) -> str:
    """What the batteries can hold is that of full power the other way, and of a full or an empty window."""
    plants = [plant] if plant else list(StoragePlant.objects.filter(fleet=fleet))
    name = str(plant or fleet)
    draw = sum(meter_most(one, one.charge_kw, "charge") for one in plants)
    give = sum(meter_most(one, one.discharge_kw, "discharge") for one in plants)
    room = [(one.most_soc - one.least_soc) * one.energy_kwh for one in plants]
    out = sum(kwh * one.discharge_efficiency for kwh, one in zip(room, plants, strict=True))
    into = sum(kwh / one.charge_efficiency for kwh, one in zip(room, plants, strict=True))
    up, down, backing = _standing(plant, fleet, promise)
    for field, kw, before, energy in (("up_kw", promise.up_kw, up, out), ("down_kw", promise.down_kw, down, into)):
        whole = kw + before
        if not kw:
            continue
        beside = f" beside {before:,.0f} kW promised already" if before else ""
        if whole > draw + give + SLACK:
            return f"{field}: {kw:,.0f} kW{beside} is more than the {draw + give:,.0f} kW that {name} can change by."
        if whole * backing > energy + SLACK:
            return (
                f"{field}: {kw:,.0f} kW{beside} for {backing:g} h needs {whole * backing:,.0f} kWh at the meter; "
                f"{name} has {energy:,.0f} kWh in the window of its charge. Commit less, or for a shorter time."
            )
    return ""


def _standing(plant: StoragePlant | None, fleet: StorageFleet | None, promise: Promise) -> tuple[float, float, float]:
    """What was promised at any time of the new one, and the longest backing of all."""
    rows = ReserveCommitment.objects.in_force().filter(
        plant=plant, fleet=fleet, starts_at__lt=promise.ends_at, ends_at__gt=promise.starts_at
    )
    sums = rows.aggregate(up=Sum("up_kw", default=0.0), down=Sum("down_kw", default=0.0))
    longest = max([promise.backing_h, *rows.values_list("backing_h", flat=True)])
    return sums["up"], sums["down"], longest


def _row(
    plant: StoragePlant | None, fleet: StorageFleet | None, promise: Promise, by: User, as_of: datetime
) -> ReserveCommitment:
    told = {name: getattr(promise, name) for name in Promise.__slots__}
    return ReserveCommitment(plant=plant, fleet=fleet, entered_by=by, entered_at=as_of, **told)


def _tell(row: ReserveCommitment, action: str, by: User, as_of: datetime, **more: str) -> None:
    detail = {
        "of": str(row.plant or row.fleet),
        "up_kw": row.up_kw,
        "down_kw": row.down_kw,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        **more,
    }
    audit.record(actor=by, action=action, target=f"storage-reserve/{row.pk}", detail=detail, at=as_of)
