"""Customers as a file or a form tells them -> rows, in bulk: the same statements for one and for fifty thousand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from apps.accounts.models import User
from apps.assets.models import UsagePoint
from apps.demand_response.adapters.customers_sheet import SheetCustomer, SheetPoint
from apps.demand_response.choices import PRESENT, EnrolmentStatus
from apps.demand_response.models import (
    Consent,
    Customer,
    CustomerUsagePoint,
    DemandProgram,
    EnrolledDevice,
    Enrolment,
)
from apps.demand_response.selectors.identities import standing_targets, vens_by_customer
from apps.openadr.services import enrolment as openadr

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Stored:
    customers: int
    usage_points: int
    devices: int
    enrolled: int
    invited: int


def store_customers(
    found: Sequence[SheetCustomer], *, owner: User, program: DemandProgram | None, given_by: str, as_of: datetime
) -> Stored:
    """Inside the caller's transaction; everything was checked before."""
    points, new_points = _usage_points([point for one in found for point in one.points.values()])
    customers = _customers(found, owner, as_of)
    _links(found, customers, points, as_of)
    devices = _devices(found, customers, points)
    enrolled, invited = _enrolments(found, customers, program, given_by, as_of) if program else (0, 0)
    return Stored(len(customers), new_points, devices, enrolled, invited)


def _usage_points(told: Sequence[SheetPoint]) -> tuple[dict[str, UsagePoint], int]:
    classes = {point.name: point for point in told}
    known = {one.name: one for one in UsagePoint.objects.filter(name__in=list(classes))}
    new = [_new_point(point) for name, point in classes.items() if name not in known]
    UsagePoint.objects.bulk_create(new, batch_size=BATCH)
    changed = [one for name, one in known.items() if _learns(one, classes[name])]
    UsagePoint.objects.bulk_update(
        changed, ["consumer_mrid", "is_critical", "critical_reason", "rated_kw"], batch_size=BATCH
    )
    return known | {one.name: one for one in new}, len(new)


def _new_point(point: SheetPoint) -> UsagePoint:
    return UsagePoint(
        mrid=uuid4(),
        name=point.name,
        consumer_mrid=point.consumer,
        customer_class=point.customer_class,
        is_critical=bool(point.critical_reason),
        critical_reason=point.critical_reason,
        rated_kw=point.rated_kw,
    )


def _learns(one: UsagePoint, point: SheetPoint) -> bool:
    """A file adds what was not known, and never takes a mark of life support away."""
    before = (one.consumer_mrid, one.is_critical, one.rated_kw)
    one.consumer_mrid = one.consumer_mrid or point.consumer
    one.rated_kw = point.rated_kw if one.rated_kw is None else one.rated_kw
    if point.critical_reason and not one.is_critical:
        one.is_critical, one.critical_reason = True, point.critical_reason
    return before != (one.consumer_mrid, one.is_critical, one.rated_kw)


def _customers(found: Sequence[SheetCustomer], owner: User, as_of: datetime) -> dict[str, Customer]:
    known = {one.reference: one for one in owner.demand_customers.filter(reference__in=[c.reference for c in found])}
    rows = [
        Customer(
            owner=owner,
            reference=one.reference,
            name=one.name or (known[one.reference].name if one.reference in known else ""),
            email=one.email or (known[one.reference].email if one.reference in known else ""),
            customer_class=one.customer_class,
            made_at=as_of,
        )
        for one in found
    ]
    Customer.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["owner", "reference"],
        update_fields=["name", "email", "customer_class"],
    )
    return {one.reference: one for one in rows}


def _links(
    found: Iterable[SheetCustomer], customers: dict[str, Customer], points: dict[str, UsagePoint], as_of: datetime
) -> None:
    keys = [point.pk for point in points.values()]
    linked = set(
        CustomerUsagePoint.objects.filter(usage_point__in=keys, until__isnull=True).values_list(
            "usage_point_id", flat=True
        )
    )
    rows = [
        CustomerUsagePoint(customer=customers[one.reference], usage_point=points[name], since=as_of)
        for one in found
        for name in one.points
        if points[name].pk not in linked
    ]
    CustomerUsagePoint.objects.bulk_create(rows, batch_size=BATCH)


def _devices(found: Iterable[SheetCustomer], customers: dict[str, Customer], points: dict[str, UsagePoint]) -> int:
    rows = [
        EnrolledDevice(
            customer=customers[one.reference],
            usage_point=points[device.usage_point],
            name=device.name,
            kind=device.kind,
            rated_kw=device.rated_kw,
        )
        for one in found
        for device in one.devices.values()
    ]
    EnrolledDevice.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["customer", "name"],
        update_fields=["usage_point", "kind", "rated_kw", "is_active"],
    )
    return len(rows)


def _enrolments(
    found: Sequence[SheetCustomer],
    customers: dict[str, Customer],
    program: DemandProgram,
    given_by: str,
    as_of: datetime,
) -> tuple[int, int]:
    """Who has consented is enrolled, who has not is invited; who is in it already stays as he is."""
    keys = [one.pk for one in customers.values()]
    known = dict(Enrolment.objects.filter(program=program, customer__in=keys).values_list("customer_id", "status"))
    vens = vens_by_customer(keys)
    coming = [one for one in found if _comes(known.get(customers[one.reference].pk), one)]
    rows = [_enrolment(one, customers[one.reference], program, vens, as_of) for one in coming]
    Enrolment.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["program", "customer"],
        update_fields=["status", "status_since", "status_reason", "most_events_a_month", "ven"],
    )
    consents = [
        Consent(enrolment=row, wording=program.wording, given_at=one.consent_at, given_by=given_by)
        for one, row in zip(coming, rows, strict=True)
        if one.consent_at is not None
    ]
    Consent.objects.bulk_create(consents, batch_size=BATCH)
    _tell_field({row.ven_id for row in rows if row.ven_id is not None}, as_of)
    return len(consents), len(rows) - len(consents)


def _comes(status: str | None, one: SheetCustomer) -> bool:
    if status is None:
        return True
    return EnrolmentStatus(status) not in PRESENT and one.consent_at is not None


def _enrolment(
    one: SheetCustomer, customer: Customer, program: DemandProgram, vens: dict[int, int], as_of: datetime
) -> Enrolment:
    status = EnrolmentStatus.INVITED if one.consent_at is None else EnrolmentStatus.ENROLLED
    return Enrolment(
        program=program,
        customer=customer,
        status=status,
        status_since=as_of,
        most_events_a_month=one.most_events_a_month,
        ven_id=vens.get(customer.pk) if status is EnrolmentStatus.ENROLLED else None,
    )


def _tell_field(vens: Collection[int], as_of: datetime) -> None:
    if vens:
        openadr.retarget_vens(targets_by_ven=standing_targets(vens), as_of=as_of)
