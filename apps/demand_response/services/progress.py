"""What runs, as the customers' equipment tells of it: who answers, who opts out, what is delivered."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from apps.demand_response.adapters.staging import STEP
from apps.demand_response.choices import Answer
from apps.demand_response.models import Participation, StageProgress
from apps.dispatch.choices.call import CALLS, StageStatus
from apps.dispatch.models import CallStage
from apps.live import services as live
from apps.openadr.selectors.reports import Reading, readings

USAGE, BASELINE, STATE = "USAGE", "BASELINE", "OPERATING_STATE"
NORMAL = "NORMAL"
_OPTED_OUT = frozenset({"IDLE_OPTED_OUT", "RUNNING_OPTED_OUT"})
_ANSWERS = {
    "RUNNING_CURTAILED": Answer.TAKES_PART,
    "IDLE_CURTAILED": Answer.TAKES_PART,
    NORMAL: Answer.DECLINED,
    "ERROR": Answer.FAULTY,
    "SGD_ERROR_CONDITION": Answer.FAULTY,
} | dict.fromkeys(_OPTED_OUT, Answer.OPTED_OUT)
_LISTENED = timedelta(minutes=30)  # to what comes after the last rebound


class _Heard(NamedTuple):
    """Of one VEN in one quarter of an hour; kWh of the intervals of which both are known."""

    used: float
    baseline: float
    hours: float


def follow_reports(*, as_of: datetime) -> int:
    """Stages that were sent, until a while after their rebound. How many have news."""
    rows = CallStage.objects.filter(openadr_event__isnull=False, call__settled_at__gt=as_of - _LISTENED).exclude(
        status=StageStatus.CANCELLED
    )
    return sum(_follow(stage, as_of) for stage in rows.defer("ven_ids", "response"))


@transaction.atomic
def _follow(stage: CallStage, as_of: datetime) -> bool:
    told = readings([stage.openadr_event_id]) if stage.openadr_event_id else []
    people = {one.ven_id: one for one in Participation.objects.filter(stage=stage)}
    mine = [one for one in told if one.ven_id in people]
    if not mine:
        return False
    heard = _heard(mine)
    changed = _answered(stage, people, mine, heard, as_of)
    news = _noted(stage, people, heard, as_of)
    if changed or news:
        payload = {"id": stage.call_id, "stage": stage.number}
        live.record(stream=CALLS, kind="call.progress", subject=str(stage.call_id), payload=payload)
    return changed or news


def _heard(told: Iterable[Reading]) -> dict[tuple[int, datetime], _Heard]:
    """By VEN and quarter of an hour, of all its resources together."""
    last: dict[tuple[int, str, datetime, str], tuple[float, float]] = {}
    for one in told:
        if one.payload_type in (USAGE, BASELINE) and isinstance(one.value, float):
            last[one.ven_id, one.resource_name, one.starts_at, one.payload_type] = (one.value, one.duration_s)
    sums: dict[tuple[int, datetime], list[float]] = defaultdict(lambda: [0.0, 0.0])
    spans: dict[tuple[int, datetime], dict[datetime, float]] = defaultdict(dict)
    for (ven, resource, at, kind), (used, length_s) in last.items():
        baseline = last.get((ven, resource, at, BASELINE))
        if kind != USAGE or baseline is None:
            continue
        key = (ven, _quarter(at))
        sums[key][0] += used
        sums[key][1] += baseline[0]
        spans[key][at] = length_s / 3600
    return {key: _Heard(used, base, sum(spans[key].values())) for key, (used, base) in sums.items()}


def _answered(
    stage: CallStage,
    people: dict[int, Participation],
    told: Sequence[Reading],
    heard: dict[tuple[int, datetime], _Heard],
    as_of: datetime,
) -> bool:
    """What each said last, and its energy within the stage."""
    words: dict[int, str] = {}
    reports: dict[int, int] = {}
    for one in told:
        reports[one.ven_id] = max(one.report_id, reports.get(one.ven_id, 0))
        if one.payload_type == STATE and isinstance(one.value, str) and _counts(stage, one.starts_at, one.value):
            words[one.ven_id] = one.value
    energy: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (ven, at), quarter in heard.items():
        if stage.starts_at <= at < stage.ends_at:
            energy[ven][0] += quarter.used
            energy[ven][1] += quarter.baseline
    changed = [
        one for ven, one in people.items() if ven in reports and _took(one, words.get(ven), energy.get(ven), as_of)
    ]
    Participation.objects.bulk_update(changed, _KEPT, batch_size=2000)
    return bool(changed)


def _counts(stage: CallStage, at: datetime, word: str) -> bool:
    """Before it begins equipment may say that it will take part or not; normal it is then in any case."""
    return at < stage.ends_at and (at >= stage.starts_at or word != NORMAL)


_KEPT = ["answer", "last_report_at", "used_kwh", "said_baseline_kwh", "opted_out_at", "opt_out_reason", "opted_out_by"]


def _took(one: Participation, word: str | None, energy: Sequence[float] | None, as_of: datetime) -> bool:
    before = (one.answer, one.used_kwh, one.said_baseline_kwh)
    one.answer = _ANSWERS[word].value if word in _ANSWERS else one.answer
    if energy is not None:
        one.used_kwh, one.said_baseline_kwh = energy
    if word in _OPTED_OUT and one.opted_out_at is None:
        one.opted_out_at, one.opted_out_by, one.opt_out_reason = as_of, "the equipment", "Reported over OpenADR."
    if (one.answer, one.used_kwh, one.said_baseline_kwh) == before and one.last_report_at is not None:
        return False
    one.last_report_at = as_of
    return True


def _noted(
    stage: CallStage, people: dict[int, Participation], heard: dict[tuple[int, datetime], _Heard], as_of: datetime
) -> bool:
    by_quarter: dict[datetime, list[tuple[int, _Heard]]] = defaultdict(list)
    for (ven, at), one in heard.items():
        if one.hours > 0:
            by_quarter[at].append((ven, one))
    rows = [
        StageProgress(
            stage=stage,
            at=at,
            told=len(those),
            planned_kw=sum(people[ven].kw_p50 for ven, _ in those) if stage.starts_at <= at < stage.ends_at else 0.0,
            used_kw=sum(one.used / one.hours for _, one in those),
            baseline_kw=sum(one.baseline / one.hours for _, one in those),
            noted_at=as_of,
        )
        for at, those in sorted(by_quarter.items())
    ]
    known = {row.at: (row.told, row.used_kw, row.baseline_kw) for row in StageProgress.objects.filter(stage=stage)}
    fresh = [row for row in rows if known.get(row.at) != (row.told, row.used_kw, row.baseline_kw)]
    StageProgress.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["stage", "at"],
        update_fields=["told", "planned_kw", "used_kw", "baseline_kw", "noted_at"],
    )
    return bool(fresh)


def _quarter(at: datetime) -> datetime:
    step = int(STEP.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // step * step, at.tzinfo)
