"""Programs as pages and the API show them; of customers only how many."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Q, Sum

from apps.demand_response.choices import EnrolmentStatus
from apps.demand_response.models import DemandProgram, EnrolledDevice
from apps.demand_response.selectors.places import feeder_names

_PLAIN = (
    *("title", "description", "objective", "is_active", "revision", "made_at", "months", "weekdays", "on_public_days"),
    *("window_from", "window_until", "notice_min", "shortest_event_min", "longest_event_min", "most_events_a_month"),
    *("most_hours_a_day", "rest_days", "most_customers", "capacity_eur_per_kw_month", "energy_eur_per_kwh"),
    *("bill_credit_eur_per_event", "penalty_eur_per_kwh", "baseline_method", "classes", "equipment"),
    *("approval_above_customers", "kept_days"),
)


def program_documents(programs: Iterable[DemandProgram]) -> list[dict[str, Any]]:
    """In three queries, however many they are."""
    rows = list(programs)
    counts = _counts(rows)
    kw = _enrolled_kw(rows)
    feeders = feeder_names()
    return [_document(one, counts[one.pk], kw.get(one.pk, 0.0), feeders) for one in rows]


def program_document(program: DemandProgram) -> dict[str, Any]:
    return program_documents([program])[0]


def _document(one: DemandProgram, counts: dict[str, int], kw: float, feeders: dict[Any, str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _PLAIN} | {
        "id": one.pk,
        "managers": sorted(manager.username for manager in one.managers.all()),
        "program_name": one.openadr_program.program_name if one.openadr_program else "",
        "feeders": [{"mrid": mrid, "name": feeders.get(mrid, "")} for mrid in one.feeder_mrids],
        "consent_purpose": one.wording.purpose,
        "consent_text": one.wording.text,
        "consent_version": one.wording.version,
        "enrolments": {status: counts.get(status, 0) for status in EnrolmentStatus.values},
        "without_identity": counts.get("waiting", 0),
        "enrolled_kw": kw,
    }


def _counts(programs: Sequence[DemandProgram]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    waiting = Q(enrolments__status=EnrolmentStatus.ENROLLED, enrolments__ven__isnull=True)
    rows = DemandProgram.objects.filter(pk__in=[one.pk for one in programs]).order_by()
    for key, status, count in rows.values_list("pk", "enrolments__status").annotate(n=Count("enrolments")):
        if status is not None:
            found[key][status] = count
    for key, count in rows.values_list("pk").annotate(n=Count("enrolments", filter=waiting)):
        found[key]["waiting"] = count
    return found


def _enrolled_kw(programs: Sequence[DemandProgram]) -> dict[int, float]:
    """Rated power of the devices of who is enrolled; what can be shed of it is for the desk to say."""
    rows = EnrolledDevice.objects.filter(
        is_active=True,
        customer__enrolments__program__in=[one.pk for one in programs],
        customer__enrolments__status=EnrolmentStatus.ENROLLED,
    ).order_by()
    return dict(rows.values_list("customer__enrolments__program").annotate(kw=Sum("rated_kw")))
