"""One customer by hand: what an import does for many."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.assets.models import UsagePoint
from apps.audit import services as audit
from apps.demand_response.adapters.customers_sheet import SheetCustomer, SheetPoint
from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import Customer, EnrolledDevice, MeterDay
from apps.demand_response.services.customer_checks import faults_of
from apps.demand_response.services.customer_rows import store_customers
from apps.demand_response.services.enrolment import Actor, pause_critical
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.services.refusal import Refused


@transaction.atomic
def add_customer(
    *,
    reference: str,
    name: str,
    email: str,
    customer_class: str,
    usage_point: str,
    consumer_mrid: UUID | None,
    by: User,
    as_of: datetime,
) -> Customer:
    """With the first usage point. Raises WrongField."""
    if by.demand_customers.filter(reference=reference).exists():
        raise WrongField("reference", "A customer of yours has this reference already; choose another.")
    sheet = SheetCustomer(reference, name, email, customer_class, None, None, rows=[0])
    sheet.points[usage_point] = SheetPoint(usage_point, 0, consumer_mrid, "", None, customer_class)
    for faults in faults_of([sheet], owner=by, program=None).values():
        raise WrongField(faults[0].field, faults[0].problem)
    store_customers([sheet], owner=by, program=None, given_by=by.username, as_of=as_of)
    customer = by.demand_customers.get(reference=reference)
    _note(customer, "demand.customer-added", {}, by=by, as_of=as_of)
    return customer


@transaction.atomic
def change_customer(*, customer: Customer, fields: Mapping[str, Any], by: User, as_of: datetime) -> Customer:
    """Raises ValidationError."""
    for name, value in fields.items():
        setattr(customer, name, value)
    customer.full_clean(exclude=["owner"])
    customer.save(update_fields=list(fields))
    _note(customer, "demand.customer-changed", {"fields": sorted(fields)}, by=by, as_of=as_of)
    return customer


@transaction.atomic
def add_device(
    *, customer: Customer, usage_point: str, name: str, kind: str, rated_kw: float, by: User, as_of: datetime
) -> EnrolledDevice:
    """Raises WrongField."""
    point = _point(customer, usage_point)
    if customer.devices.filter(name=name, is_active=True).exists():
        raise WrongField("name", "This customer has a device of this name; choose another.")
    device, _ = EnrolledDevice.objects.update_or_create(
        customer=customer,
        name=name,
        defaults={"usage_point": point, "kind": kind, "rated_kw": rated_kw, "is_active": True},
    )
    _note(customer, "demand.device-added", {"device": name, "kind": kind}, by=by, as_of=as_of)
    return device


@transaction.atomic
def remove_device(*, device: EnrolledDevice, by: User, as_of: datetime) -> EnrolledDevice:
    """It counts no more; what it did stays in what was settled."""
    device.is_active = False
    device.save(update_fields=["is_active"])
    _note(device.customer, "demand.device-removed", {"device": device.name}, by=by, as_of=as_of)
    return device


@transaction.atomic
def mark_critical(*, customer: Customer, usage_point: str, reason: str, by: User, as_of: datetime) -> UsagePoint:
    """Life support, a hospital: nobody asks it to use less from now on; an empty reason takes the mark away."""
    point = _point(customer, usage_point)
    point.is_critical, point.critical_reason = bool(reason), reason
    point.save(update_fields=["is_critical", "critical_reason"])
    paused = pause_critical(customers=[customer.pk], by=Actor.of(by), as_of=as_of) if reason else 0
    told = {"usage point": usage_point, "reason": reason, "paused": paused}
    _note(customer, "demand.critical-mark", told, by=by, as_of=as_of)
    return point


@transaction.atomic
def forget_customer(*, customer: Customer, by: User | None, as_of: datetime) -> Customer:
    """Name, address and readings go; what was settled stays under the reference. Raises Refused."""
    if customer.enrolments.exclude(status=EnrolmentStatus.LEFT).exists():
        raise Refused("The customer is in a program; let the customer leave first.")
    links = customer.usage_links.filter(until__isnull=True)
    MeterDay.objects.filter(usage_point__in=links.values("usage_point")).delete()
    links.update(until=as_of)
    customer.devices.update(is_active=False)
    customer.name, customer.email, customer.forgotten_at = "", "", as_of
    customer.save(update_fields=["name", "email", "forgotten_at"])
    _note(customer, "demand.customer-forgotten", {}, by=by, as_of=as_of)
    return customer


def _point(customer: Customer, name: str) -> UsagePoint:
    link = customer.usage_links.filter(until__isnull=True, usage_point__name=name).select_related("usage_point").first()
    if link is None:
        raise WrongField("usage_point", f"This customer has no usage point {name[:80]!r}; choose one that is listed.")
    return link.usage_point


def _note(customer: Customer, action: str, detail: dict[str, Any], *, by: User | None, as_of: datetime) -> None:
    audit.record(actor=by, action=action, target=f"demand-customer/{customer.pk}", detail=detail, at=as_of)
