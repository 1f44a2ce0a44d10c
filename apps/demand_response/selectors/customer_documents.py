"""Customers as their program manager sees them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from apps.accounts.models import User
from apps.demand_response.models import (
    Consent,
    Customer,
    CustomerUsagePoint,
    EnrolledDevice,
    Enrolment,
    MeterDay,
    SelfServiceLink,
)
from apps.demand_response.selectors.places import places

COLUMNS = ("reference", "name", "email", "class", "usage_points", "devices", "rated_kw", "programs")


def found_customers(
    user: User, *, search: str = "", program: int | None = None, status: str = ""
) -> QuerySet[Customer]:
    """The caller pages. Words are looked for in reference, name, address and the numbers of usage points."""
    rows = Customer.objects.visible_to(user)
    if program is not None or status:
        mine = Enrolment.objects.visible_to(user)
        mine = mine.filter(program=program) if program is not None else mine
        rows = rows.filter(pk__in=(mine.filter(status=status) if status else mine).values("customer"))
    if text := search.strip().replace("\x00", ""):
        points = CustomerUsagePoint.objects.filter(usage_point__name__istartswith=text, until__isnull=True)
        named = Q(reference__icontains=text) | Q(name__icontains=text) | Q(email__icontains=text)
        rows = rows.filter(named | Q(pk__in=points.values("customer")))
    return rows


def customer_rows(customers: QuerySet[Customer], *, user: User) -> list[dict[str, Any]]:
    """A row each, for tables."""
    return [_row(one) for one in _with_parts(customers, user)]


def export_line(row: dict[str, Any]) -> list[Any]:
    """In the order of COLUMNS."""
    plain = [row[name] for name in ("reference", "name", "email", "customer_class")]
    devices = ", ".join(f"{count} {kind}" for kind, count in row["kinds"].items())
    standing = ", ".join(f"{one['title']}: {one['status']}" for one in row["standing"])
    return [*plain, " ".join(row["usage_points"]), devices, round(row["rated_kw"], 3), standing]


def customer_document(customer: Customer, *, user: User) -> dict[str, Any]:
    (one,) = _with_parts(Customer.objects.filter(pk=customer.pk), user)
    links = list(one.usage_links.all())
    where = places(link.usage_point.consumer_mrid for link in links)
    return _row(one) | {
        "made_at": one.made_at,
        "forgotten_at": one.forgotten_at,
        "is_own": one.owner_id == user.pk,
        "connections": [_connection(link, where) for link in links],
        "equipment": [_device(device) for device in one.devices.all()],
        "enrolments": [_enrolment(each) for each in one.enrolments.all()],
    }


def meter_days(customer: Customer, *, first: date, last: date) -> list[dict[str, Any]]:
    points = customer.usage_links.filter(until__isnull=True).values("usage_point")
    rows = MeterDay.objects.filter(usage_point__in=points, day__gte=first, day__lte=last)
    return [
        {
            "usage_point": row.usage_point.name,
            "day": row.day,
            "starts_at": row.starts_at,
            "step_s": row.step_s,
            "kwh": [None if value != value else value for value in row.kwh],  # noqa: PLR0124  NaN
            "source": row.source,
            "quality": row.quality,
            "received_at": row.received_at,
        }
        for row in rows.select_related("usage_point").order_by("day", "usage_point__name")
    ]


def _with_parts(customers: QuerySet[Customer], user: User) -> QuerySet[Customer]:
    links = CustomerUsagePoint.objects.filter(until__isnull=True).select_related("usage_point")
    mine = Enrolment.objects.visible_to(user).select_related("program", "ven")
    consents = Consent.objects.select_related("wording")
    opened = SelfServiceLink.objects.order_by("-made_at")
    whole = mine.prefetch_related(Prefetch("consents", consents), Prefetch("links", opened))
    return customers.prefetch_related(
        Prefetch("usage_links", links),
        Prefetch("devices", EnrolledDevice.objects.filter(is_active=True).select_related("usage_point", "resource")),
        Prefetch("enrolments", whole),
    )


def _row(one: Customer) -> dict[str, Any]:
    devices = list(one.devices.all())
    kinds: dict[str, int] = defaultdict(int)
    for device in devices:
        kinds[device.kind] += 1
    return {
        "id": one.pk,
        "reference": one.reference,
        "name": one.name,
        "email": one.email,
        "customer_class": one.customer_class,
        "usage_points": [link.usage_point.name for link in one.usage_links.all()],
        "is_critical": any(link.usage_point.is_critical for link in one.usage_links.all()),
        "kinds": dict(kinds),
        "rated_kw": sum(device.rated_kw for device in devices),
        "standing": [
            {"program": each.program_id, "title": each.program.title, "status": each.status}
            for each in one.enrolments.all()
        ],
    }


def _connection(link: CustomerUsagePoint, where: dict[Any, Any]) -> dict[str, Any]:
    point = link.usage_point
    place = where.get(point.consumer_mrid)
    return {
        "usage_point": point.name,
        "since": link.since,
        "consumer_mrid": point.consumer_mrid,
        "consumer": place.consumer if place else "",
        "feeder": place.feeder if place else "",
        "is_critical": point.is_critical,
        "critical_reason": point.critical_reason,
        "rated_kw": point.rated_kw,
    }


def _device(device: EnrolledDevice) -> dict[str, Any]:
    return {
        "id": device.pk,
        "name": device.name,
        "kind": device.kind,
        "rated_kw": device.rated_kw,
        "usage_point": device.usage_point.name,
        "resource": device.resource.resource_name if device.resource else "",
    }


def _enrolment(one: Enrolment) -> dict[str, Any]:
    ven = one.ven if one.ven is not None and one.ven.withdrawn_at is None else None
    return {
        "id": one.pk,
        "program": one.program_id,
        "title": one.program.title,
        "status": one.status,
        "status_since": one.status_since,
        "status_reason": one.status_reason,
        "ven_name": ven.ven_name if ven else "",
        "last_seen_at": ven.last_seen_at if ven else None,
        "most_events_a_month": one.most_events_a_month,
        "most_hours_a_day": one.most_hours_a_day,
        "consents": [_consent(each) for each in one.consents.all()],
        "link": _link(one.links.all()),
    }


def _consent(one: Consent) -> dict[str, Any]:
    return {
        "purpose": one.wording.purpose,
        "version": one.wording.version,
        "text": one.wording.text,
        "given_at": one.given_at,
        "given_by": one.given_by,
        "revoked_at": one.revoked_at,
        "revoked_by": one.revoked_by,
    }


def _link(links: Sequence[SelfServiceLink] | QuerySet[SelfServiceLink]) -> dict[str, Any] | None:
    """The newest; the link itself nobody knows any more."""
    newest = next(iter(links), None)
    if newest is None:
        return None
    names = ("made_at", "expires_at", "used_at", "withdrawn_at")
    return {name: getattr(newest, name) for name in names}
