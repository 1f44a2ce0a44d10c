"""What only the database knows of a sheet of customers: whose meters they are, who left, whom the program takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.assets.models import UsagePoint
from apps.demand_response.adapters.customers_sheet import SheetCustomer
from apps.demand_response.adapters.faults import Fault
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import Customer, CustomerUsagePoint, DemandProgram, EnrolledDevice, Enrolment
from apps.demand_response.rules import Candidate, why_not
from apps.demand_response.selectors.places import Place, places

TAKEN = "this usage point belongs to another customer; end that first, or correct the number"
RETURNS = "this customer left the program on {left:%Y-%m-%d}; only a consent given after that day brings it back"


@dataclass(frozen=True, slots=True)
class _Known:
    customers: dict[str, Customer]
    points: dict[str, UsagePoint]
    holders: dict[str, tuple[int, str]]  # usage point -> owner and reference of its customer
    places: dict[UUID, Place]
    kinds: dict[int, set[str]]
    left: dict[int, datetime]


def faults_of(found: Sequence[SheetCustomer], *, owner: User, program: DemandProgram | None) -> dict[str, list[Fault]]:
    """By reference, those with a fault only."""
    known = _known(found, owner, program)
    checked = {one.reference: list(_faults(one, known, owner, program)) for one in found}
    return {reference: faults for reference, faults in checked.items() if faults}


def _known(found: Sequence[SheetCustomer], owner: User, program: DemandProgram | None) -> _Known:
    names = [name for one in found for name in one.points]
    customers = {
        one.reference: one for one in owner.demand_customers.filter(reference__in=[one.reference for one in found])
    }
    keys = [one.pk for one in customers.values()]
    points = {one.name: one for one in UsagePoint.objects.filter(name__in=names)}
    links = CustomerUsagePoint.objects.filter(until__isnull=True, usage_point__name__in=names)
    holders = {
        name: (holder, reference)
        for name, holder, reference in links.values_list(
            "usage_point__name", "customer__owner_id", "customer__reference"
        )
    }
    kinds: dict[int, set[str]] = {}
    for key, kind in EnrolledDevice.objects.filter(customer__in=keys, is_active=True).values_list("customer", "kind"):
        kinds.setdefault(key, set()).add(kind)
    left = Enrolment.objects.filter(program=program, customer__in=keys, status=EnrolmentStatus.LEFT)
    told = {point.consumer for one in found for point in one.points.values()}
    where = places(told | {one.consumer_mrid for one in points.values()})
    return _Known(customers, points, holders, where, kinds, dict(left.values_list("customer_id", "status_since")))


def _faults(one: SheetCustomer, known: _Known, owner: User, program: DemandProgram | None) -> Iterator[Fault]:
    for name, point in one.points.items():
        if known.holders.get(name, (owner.pk, one.reference)) != (owner.pk, one.reference):
            yield Fault(point.row, "usage_point", TAKEN)
    customer = known.customers.get(one.reference)
    left = known.left.get(customer.pk) if customer else None
    if left is not None and one.consent_at is not None and one.consent_at <= left:
        yield Fault(one.rows[0], "consent_date", RETURNS.format(left=left))
    if program is not None:
        for reason in why_not(program, _candidate(one, customer, known)):
            yield Fault(one.rows[0], "", reason)


def _candidate(one: SheetCustomer, customer: Customer | None, known: _Known) -> Candidate:
    rows = [(point, known.points.get(name)) for name, point in one.points.items()]
    consumers = {point.consumer if row is None else row.consumer_mrid or point.consumer for point, row in rows}
    found = [known.places[mrid].feeder_mrid for mrid in consumers if mrid in known.places]
    kinds = {device.kind for device in one.devices.values()} | (
        known.kinds.get(customer.pk, set()) if customer else set()
    )
    return Candidate(
        customer_class=one.customer_class,
        feeders=frozenset(mrid for mrid in found if mrid is not None),
        kinds=frozenset(kinds),
        is_critical=any(point.critical_reason or (row and row.is_critical) for point, row in rows),
    )
