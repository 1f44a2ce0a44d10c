"""What meters and callers tell: taken in once, however often it is sent, each row by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.assets.models import EnergyConsumer, NetworkModel, UsagePoint
from apps.incidents.choices.incident import LONGEST_WORDS, ReportKind
from apps.incidents.models import SupplyReport

AHEAD = timedelta(minutes=5)  # clocks of meters may be that much before ours
OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Report:
    """One row, already of the right types; who tells names the consumer or the connection."""

    index: int
    kind: ReportKind
    external_id: str
    at: datetime
    consumer_mrid: UUID | None
    usage_point: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    taken: int
    repeated: int
    refused: list[dict[str, object]]


@transaction.atomic
def take_reports(*, reports: Sequence[Report], refused: Sequence[Mapping[str, object]], as_of: datetime) -> Taken:
    """refused: rows that could not even be read."""
    consumers = _consumers_of(reports)
    refusals = [dict(one) for one in refused]
    rows: dict[tuple[str, str], SupplyReport] = {}
    repeated = 0
    for report in reports:
        reason = _objection(report, consumers, as_of)
        consumer = consumers[report.index]
        if reason or consumer is None:
            refusals.append({"index": report.index, "reason": reason})
            continue
        key = (report.kind.value, report.external_id)
        repeated += key in rows
        rows.setdefault(key, _row(report, consumer, as_of))
    known = _known(rows)
    fresh = [row for key, row in rows.items() if key not in known]
    SupplyReport.objects.bulk_create(fresh, ignore_conflicts=True)
    return Taken(len(fresh), repeated + len(known), sorted(refusals, key=lambda one: int(str(one["index"]))))


def _known(rows: Mapping[tuple[str, str], SupplyReport]) -> set[tuple[str, str]]:
    found = SupplyReport.objects.filter(
        kind__in={kind for kind, _ in rows}, external_id__in=[external for _, external in rows]
    )
    return set(found.values_list("kind", "external_id")) & set(rows)


def _consumers_of(reports: Sequence[Report]) -> dict[int, UUID | None]:
    """By index of the row: the consumer that it is about, None where nothing of that name is known."""
    names = {report.usage_point for report in reports if report.consumer_mrid is None}
    by_name = dict(UsagePoint.objects.filter(name__in=names).values_list("name", "consumer_mrid"))
    wanted = {report.index: report.consumer_mrid or by_name.get(report.usage_point) for report in reports}
    known = set(
        EnergyConsumer.objects.filter(
            model__in=NetworkModel.objects.current(), mrid__in={one for one in wanted.values() if one}
        ).values_list("mrid", flat=True)
    )
    return {index: mrid if mrid in known else None for index, mrid in wanted.items()}


def _objection(report: Report, consumers: Mapping[int, UUID | None], as_of: datetime) -> str:
    if report.at > as_of + AHEAD:
        return "at: this lies in the future; send the instant at which the meter or the caller told it."
    if report.at < as_of - OLDEST:
        return "at: this is more than 7 days ago; only what is new belongs here."
    if consumers[report.index] is None:
        name = "consumer_mrid" if report.consumer_mrid else "usage_point"
        return f"{name}: the present network has no consumer of that name; compare it with the list of connections."
    return ""


def _row(report: Report, consumer: UUID, as_of: datetime) -> SupplyReport:
    return SupplyReport(
        kind=report.kind,
        external_id=report.external_id,
        consumer_mrid=consumer,
        usage_point=report.usage_point,
        at=report.at,
        received_at=as_of,
        text=report.text[:LONGEST_WORDS],
    )
