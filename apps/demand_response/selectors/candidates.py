"""What decides whether customers may take part: three queries, however many they are."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from apps.demand_response.models import Customer, CustomerUsagePoint, EnrolledDevice
from apps.demand_response.rules import Candidate
from apps.demand_response.selectors.places import places


def candidates(customers: Collection[Customer]) -> dict[int, Candidate]:
    keys = [one.pk for one in customers]
    points = _points(keys)
    where = places(mrid for rows in points.values() for mrid, _ in rows)
    kinds = _kinds(keys)
    return {
        one.pk: Candidate(
            customer_class=one.customer_class,
            feeders=frozenset(
                place.feeder_mrid
                for mrid, _ in points[one.pk]
                if mrid in where and (place := where[mrid]).feeder_mrid is not None
            ),
            kinds=frozenset(kinds[one.pk]),
            is_critical=any(critical for _, critical in points[one.pk]),
            has_usage_point=bool(points[one.pk]),
        )
        for one in customers
    }


def _points(keys: Collection[int]) -> dict[int, list[tuple[UUID | None, bool]]]:
    rows = CustomerUsagePoint.objects.filter(customer__in=keys, until__isnull=True, usage_point__is_active=True)
    found: dict[int, list[tuple[UUID | None, bool]]] = defaultdict(list)
    for key, mrid, is_critical in rows.values_list(
        "customer_id", "usage_point__consumer_mrid", "usage_point__is_critical"
    ):
        found[key].append((mrid, is_critical))
    return found


def _kinds(keys: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = EnrolledDevice.objects.filter(customer__in=keys, is_active=True)
    for key, kind in rows.values_list("customer_id", "kind"):
        found[key].add(kind)
    return found
