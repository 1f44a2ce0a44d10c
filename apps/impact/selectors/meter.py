"""What was done for this grid of late, from the receipts: each figure once, with its band and the rows that it is of.

Every kind of figure belongs to one desk and one unit, so nothing is counted twice; they are not added to each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.dispatch.choices.call import CallReceiptOutcome
from apps.dispatch.choices.proposal import Breach, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import CallReceipt, Proposal, Receipt
from apps.efficiency.models.cvr import CvrExperiment
from apps.incidents.choices.restoring import DESK as RESTORATION
from apps.incidents.models import Incident
from apps.state.models import OutageStep

WINDOW: Final = timedelta(days=7)
BY_HAND: Final = timedelta(hours=1)  # within which somebody at the switches would have done the same
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """`rows`: what it was reckoned from, each with where it is shown."""

    key: str
    label: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    rows: Sequence[tuple[str, str]]


def meter_document(*, as_of: datetime, window: timedelta = WINDOW) -> dict[str, Any]:
    since = as_of - window
    taken = _taken(since, as_of)
    told = (
        _supply(since, as_of),
        _ended(taken),
        _losses(taken),
        _called(since, as_of),
        _lower_voltage(since, as_of),
    )
    return {"as_of": as_of.isoformat(), "since": since.isoformat(), "rows": [_row(one) for one in told]}


def _row(row: Row) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("key", "label", "unit", "value", "low", "high", "words")},
        "count": len(row.rows),
        "rows": [{"label": label, "url": url} for label, url in row.rows],
    }


def _supply(since: datetime, until: datetime) -> Row:
    """Customers who had supply again by a plan of restoration before the repair; told is what a person would not have
    done as well, and most is until the repair."""
    done = Proposal.objects.filter(desk=RESTORATION, status=ProposalStatus.DONE, ended_at__range=(since, until))
    began = {one.trouble.source: one.decided_at for one in done.select_related("trouble").order_by("-decided_at")}
    repairs = Incident.objects.filter(number__in=began).values_list("number", "repaired_at")
    repaired = {number: at for number, at in repairs if at is not None}
    spared: dict[str, tuple[float, float]] = dict.fromkeys(repaired, (0.0, 0.0))
    for step in OutageStep.objects.filter(outage__reference__in=repaired, restored_at__isnull=False).select_related(
        "outage"
    ):
        number = step.outage.reference
        least, most = _spared(step, after=began[number], until=repaired[number])
        spared[number] = (spared[number][0] + least, spared[number][1] + most)
    least, most = (sum(pair[which] for pair in spared.values()) for which in (0, 1))
    return Row(
        key="supply",
        label="Customer minutes of interruption spared",
        unit="min",
        value=least if spared else None,
        low=least if spared else None,
        high=most if spared else None,
        words=(
            "Against somebody at the switches who does the same within the hour; at most, against waiting for the "
            f"repair. Incidents that are not repaired yet: {len(began) - len(repaired)}."
        ),
        rows=[(number, f"/incidents/{number}/") for number in sorted(spared)],
    )


def _spared(step: OutageStep, *, after: datetime | None, until: datetime) -> tuple[float, float]:
    """Customer minutes, at least and at most. Supply that came before the plan was decided on is not its doing."""
    at = step.restored_at
    if at is None or after is None or not after <= at < until:
        return 0.0, 0.0
    by_hand = min(step.began_at + BY_HAND, until)
    return step.customers * (max(by_hand - at, timedelta()) / MINUTE), step.customers * ((until - at) / MINUTE)


def _taken(since: datetime, until: datetime) -> list[Receipt]:
    scored = Receipt.objects.filter(
        is_taken=True, outcome=ReceiptOutcome.SCORED, measured_at__range=(since, until), realised__isnull=False
    )
    return list(scored.select_related("proposal__trouble").order_by("id"))


def _ended(taken: Sequence[Receipt]) -> Row:
    found = [one for one in taken if Breach(one.proposal.trouble.breach) != Breach.LOSSES]
    ended = sum(bool(one.ends) for one in found)
    return Row(
        key="troubles",
        label="Troubles that were ended",
        unit=f"of {len(found)}" if found else "",
        value=float(ended) if found else None,
        low=None,
        high=None,
        words="By the state afterwards against the same state by power flow without the remedy.",
        rows=_proposals(found),
    )


def _losses(taken: Sequence[Receipt]) -> Row:
    found = [one for one in taken if Breach(one.proposal.trouble.breach) == Breach.LOSSES]
    total = sum(one.realised or 0.0 for one in found)
    off = _spread([(one.realised or 0.0) - one.expected for one in found])
    return Row(
        key="losses",
        label="Losses lower, when it was measured",
        unit=found[0].unit if found else "kW",
        value=total if found else None,
        low=None if off is None else total - off,
        high=None if off is None else total + off,
        words="Sum of the receipts; the band is what promises and receipts lay apart, 90 %.",
        rows=_proposals(found),
    )


def _spread(apart: Sequence[float]) -> float | None:
    """Of a sum, 90 %: from the root mean square of single differences; None for fewer than two."""
    return 1.645 * sum(one**2 for one in apart) ** 0.5 if len(apart) > 1 else None


def _proposals(found: Iterable[Receipt]) -> list[tuple[str, str]]:
    return [(one.proposal.title, f"/proposals/{one.proposal_id}/") for one in found]


def _called(since: datetime, until: datetime) -> Row:
    scored = CallReceipt.objects.filter(outcome=CallReceiptOutcome.SCORED, measured_at__range=(since, until))
    found = list(scored.filter(delivered_kw__isnull=False).select_related("call").order_by("id"))
    hours = [(one.call.ends_at - one.call.starts_at) / HOUR for one in found]
    bands = [one for one in found if one.low_kw is None or one.high_kw is None]

    def energy(name: str) -> float:
        return sum((getattr(one, name) or 0.0) * span for one, span in zip(found, hours, strict=True))

    return Row(
        key="response",
        label="Energy that customers did not draw when they were called",
        unit="kWh",
        value=energy("delivered_kw") if found else None,
        low=energy("low_kw") if found and not bands else None,
        high=energy("high_kw") if found and not bands else None,
        words="Against each call's own baseline, with the band of its settlement; what comes back is not taken off.",
        rows=[(one.call.title, f"/demand/evaluation/{one.call_id}/") for one in found],
    )


def _lower_voltage(since: datetime, until: datetime) -> Row:
    found = [
        (one, one.result["saved_kwh"])
        for one in CvrExperiment.objects.filter(scored_at__range=(since, until)).order_by("id")
        if (one.result or {}).get("saved_kwh", {}).get("value") is not None
    ]

    def total(name: str) -> float | None:
        values = [saved.get(name) for _, saved in found]
        return sum(values) if values and None not in values else None

    return Row(
        key="voltage",
        label="Saved by lower voltage, over the whole of each experiment",
        unit="kWh",
        value=total("value"),
        low=total("low"),
        high=total("high"),
        words="By days drawn by lot, with the interval of each experiment.",
        rows=[(one.feeder_name, "/efficiency/cvr/") for one, _ in found],
    )
