"""An evaluation with everything that follows from it, in one transaction: outcomes, records, money, the receipt."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from apps.demand_response.adapters.evaluation_documents import Measured, number
from apps.demand_response.adapters.settling import Promise, accounts, share_of_rated
from apps.demand_response.choices import EvaluationStatus
from apps.demand_response.models import CustomerOutcome, Evaluation, SegmentTrackRecord
from apps.demand_response.selectors.asked import Asked
from apps.demand_response.selectors.satisfaction import satisfaction
from apps.demand_response.selectors.worth import energy_prices, losses_saved_share, relief
from apps.demand_response.services.settlement import settle_event
from apps.dispatch.services.call_receipts import Delivered, settle_call

STEP_S = 900
ROWS = 1000


@transaction.atomic
def store(
    row: Evaluation, measured: Measured, asked: Sequence[Asked], *, temperature: float | None, as_of: datetime
) -> None:
    locked = Evaluation.objects.select_for_update().get(pk=row.pk)
    if locked.status != EvaluationStatus.WAITING:
        return
    promises = [_promise(one) for one in asked]
    outcomes = _outcomes(row, measured, asked)
    _fill(row, measured, outcomes)
    row.methods = _with_payments(measured, asked, promises, row)
    row.satisfaction = satisfaction(asked, row.program_id, outcomes, as_of=as_of)
    Evaluation.objects.filter(call=row.call_id, is_newest=True).update(is_newest=False)
    row.status, row.is_newest = EvaluationStatus.DONE, True
    row.save()
    CustomerOutcome.objects.bulk_create(outcomes, batch_size=ROWS)
    paid = settle_event(row, list(zip(asked, promises, outcomes, strict=True)), as_of=as_of)
    row.worth = _worth(row, measured, paid, as_of=as_of)
    row.save(update_fields=["worth"])
    _remember(row, asked, outcomes, temperature)
    settle_call(call=row.call, delivered=_receipt(row), as_of=as_of)


def _promise(one: Asked) -> Promise:
    part = one.participation
    hours = (part.stage.ends_at - part.stage.starts_at).total_seconds() / 3600
    most = None if one.rated_kw is None else one.rated_kw * hours
    return Promise(part.kw_p50 * hours, most, one.opted_out_before)


def _outcomes(row: Evaluation, measured: Measured, asked: Sequence[Asked]) -> list[CustomerOutcome]:
    """In the order of those asked, which is by stage."""
    found: list[CustomerOutcome] = []
    by_stage: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_stage[one.participation.stage_id].append(one)
    for stage_id, members in by_stage.items():
        figures = measured.stages[stage_id].customers
        found += [_outcome(row, one, figures, place) for place, one in enumerate(members)]
    return found


def _outcome(row: Evaluation, one: Asked, figures: Any, place: int) -> CustomerOutcome:
    return CustomerOutcome(
        evaluation=row,
        participation=one.participation,
        baseline_kwh=number(figures.baseline_kwh[place]),
        load_kwh=number(figures.load_kwh[place]),
        delivered_kwh=number(figures.delivered_kwh[place]),
        low_kwh=number(figures.low_kwh[place]),
        high_kwh=number(figures.high_kwh[place]),
        missing=int(figures.missing[place]),
        baseline_days=int(figures.baseline_days[place]),
        bias_percent=number(figures.bias_percent[place], 1),
        rrmse_percent=number(figures.rrmse_percent[place], 1),
        hours_kw=[number(kw) for kw in figures.hours_kw[place]],
        rebound_kwh=number(figures.rebound_kwh[place]),
    )


def _fill(row: Evaluation, measured: Measured, outcomes: Sequence[CustomerOutcome]) -> None:
    row.settled_customers = sum(one.missing == 0 for one in outcomes)
    row.course, row.hours, row.rebound = measured.course(), measured.by_hour(), measured.rebound()
    row.stages = [_stage(measured, key, outcomes) for key in measured.stages]
    known = [hour for hour in row.hours if hour["delivered_kw"] is not None]
    best = max(known, key=lambda hour: float(hour["delivered_kw"]), default=None)
    if best is not None:
        row.delivered_kw, row.low_kw, row.high_kw = best["delivered_kw"], best["low_kw"], best["high_kw"]
        row.delivered_kwh = number(sum(one.delivered_kwh or 0.0 for one in outcomes if one.missing == 0))


def _stage(measured: Measured, key: int, outcomes: Sequence[CustomerOutcome]) -> dict[str, Any]:
    members = [one for one in outcomes if one.participation.stage_id == key]
    stage = members[0].participation.stage
    return {
        "id": key,
        "number": stage.number,
        "starts_at": stage.starts_at.isoformat(),
        "ends_at": stage.ends_at.isoformat(),
        "asked": len(members),
        "promised_kw": [stage.expected_kw_p10, stage.expected_kw_p50, stage.expected_kw_p90],
        **measured.stage(key),
    }


def _with_payments(
    measured: Measured, asked: Sequence[Asked], promises: Sequence[Promise], row: Evaluation
) -> list[dict[str, Any]]:
    """By each method what would be paid, and how far that is from what the agreed one pays to the same customers."""
    methods = measured.methods()
    by = {one["key"]: _payments(measured, one["key"], promises, row) for one in methods}
    agreed = by.get(row.method, np.full(len(asked), np.nan))
    return [
        method
        | {
            "payment_eur": number(_known_sum(paid), 2),
            "swing_eur": number(_known_sum(paid - agreed), 2),
            "compared": int(np.isfinite(paid - agreed).sum()),
        }
        for method, paid in ((method, by[method["key"]]) for method in methods)
    ]


def _known_sum(values: np.ndarray) -> float | None:
    """None where nothing of it is known: that is not 0."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else None


def _payments(measured: Measured, key: str, promises: Sequence[Promise], row: Evaluation) -> np.ndarray:
    kwh = np.concatenate([stage.kwh_by(key) for stage in measured.stages.values()])
    return accounts(promises, kwh, np.isnan(kwh).astype(int), row.program).total


def _worth(row: Evaluation, measured: Measured, paid: float, *, as_of: datetime) -> dict[str, Any]:
    """What was paid against what was spared, each only as far as it is known."""
    instants = measured.day.instants(measured.window.slots)
    slots = measured.sums(row.method)
    kwh = ((slots.baseline - slots.load) * measured.hours[-1])[measured.window.slots][: len(instants)]
    steps = int((instants[-1] - instants[0]).total_seconds() // STEP_S) + 1
    price, zone = energy_prices(instants[0], steps, STEP_S, as_of=as_of)
    price = price[[int((at - instants[0]).total_seconds() // STEP_S) for at in instants]]
    known = np.isfinite(price)
    energy = float((np.where(known, price, 0) * kwh).sum()) if known.any() else None
    share, more = losses_saved_share(row.call.ends_at), relief(row.call)
    return {
        "paid_eur": round(paid, 2),
        "energy_eur": number(energy, 2),
        "zone": zone,
        "unpriced": int((~known).sum()),
        "peak_eur": number(more.eur_per_kwh * float(kwh.sum()), 2) if more else None,
        "peak_eur_per_kwh": more.eur_per_kwh if more else None,
        "peak_source": more.source if more else "",
        "losses_eur": number(energy * share, 2) if energy is not None and share is not None else None,
        "losses_share": number(share),
        "promised_cost_eur": row.call.cost_eur,
    }


def _remember(
    row: Evaluation, asked: Sequence[Asked], outcomes: Sequence[CustomerOutcome], temperature: float | None
) -> None:
    by_kind: dict[str, list[tuple[Asked, CustomerOutcome]]] = defaultdict(list)
    for one, outcome in zip(asked, outcomes, strict=True):
        if one.kind and one.rated_kw and outcome.delivered_kwh is not None:
            by_kind[one.kind].append((one, outcome))
    rows = [_record(row, kind, members, temperature) for kind, members in by_kind.items()]
    SegmentTrackRecord.objects.bulk_create(rows)


def _record(
    row: Evaluation, kind: str, members: Sequence[tuple[Asked, CustomerOutcome]], temperature: float | None
) -> SegmentTrackRecord:
    hours = [
        (one.participation.stage.ends_at - one.participation.stage.starts_at).total_seconds() / 3600
        for one, _ in members
    ]
    kw = [(outcome.delivered_kwh or 0.0) / time for (_, outcome), time in zip(members, hours, strict=True)]
    rated = [one.rated_kw or 0.0 for one, _ in members]
    low, middle, high = share_of_rated(kw, rated, seed=row.pk)
    saved = sum(outcome.delivered_kwh or 0.0 for _, outcome in members)
    back = [outcome.rebound_kwh for _, outcome in members if outcome.rebound_kwh is not None]
    return SegmentTrackRecord(
        evaluation=row,
        program_id=row.program_id,
        kind=kind,
        at=row.call.starts_at,
        customers=len(members),
        opted_out=sum(one.opted_out for one, _ in members),
        rated_kw=sum(rated),
        promised_kw=sum(one.participation.kw_p50 for one, _ in members),
        delivered_kw=sum(kw),
        share_p10=low,
        share_p50=middle,
        share_p90=high,
        rebound_share=max(sum(back), 0.0) / saved if back and saved > 0 else None,
        temperature_c=temperature,
    )


def _receipt(row: Evaluation) -> Delivered:
    return Delivered(
        kw=row.delivered_kw,
        low_kw=row.low_kw,
        high_kw=row.high_kw,
        rebound_kw=row.rebound.get("highest_kw"),
        method=row.get_method_display(),
        reason="" if row.settled_customers else "No customer has readings for the whole event and a baseline.",
        versions={"evaluation": row.pk, "settled": row.settled_customers, "customers": row.customers},
    )
