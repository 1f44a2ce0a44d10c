"""What was done for this grid of late, from the receipts: each figure once, with its band and the rows that it is of.

Every kind of figure belongs to one desk and one unit, so nothing is counted twice; they are not added to each other.
"""

from collections.abc import Callable, Iterable, Sequence
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
    told: tuple[Callable[[datetime, datetime], Row], ...] = (
        _supply,
        _ended,
        _losses,
        _called,
        _lower_voltage,
    )
    return {
        "as_of": as_of.isoformat(),
        "since": since.isoformat(),
        "rows": [_row(one(since, as_of)) for one in told],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("key", "label", "unit", "value", "low", "high", "words")},
        "count": len(row.rows),
        "rows": [{"label": label, "url": url} for label, url in row.rows],
    }


def _supply(since: datetime, until: datetime) -> Row:
    """Customers who had supply again before the repair, by incidents in which a plan of restoration was carried out."""
    done = Proposal.objects.filter(desk=RESTORATION, status=ProposalStatus.DONE, ended_at__range=(since, until))
    numbers = set(done.values_list("trouble__source", flat=True))
    incidents = Incident.objects.filter(number__in=numbers, repaired_at__isnull=False).order_by("id")
    spared = {one.number: _spared(one) for one in incidents}
    waiting = len(numbers) - len(spared)
    return Row(
        key="supply",
        label="Customer minutes of interruption spared",
        unit="min",
        value=sum(most for _, most in spared.values()) if spared else None,
        low=sum(least for least, _ in spared.values()) if spared else None,
        high=sum(most for _, most in spared.values()) if spared else None,
        words=(
            "From supply by a plan of restoration to the repair; at least, if somebody at the switches had done the "
            f"same within the hour. {waiting} incidents are not repaired yet."
        ),
        rows=[(number, f"/incidents/{number}/") for number in spared],
    )


def _spared(incident: Incident) -> tuple[float, float]:
    """Customer minutes, at least and at most."""
    repaired_at = incident.repaired_at
    if repaired_at is None:
        return 0.0, 0.0
    steps = OutageStep.objects.filter(outage__reference=incident.number, restored_at__lt=repaired_at)
    least = most = 0.0
    for step in steps.exclude(restored_at=None):
        at = step.restored_at or repaired_at
        most += step.customers * ((repaired_at - at) / MINUTE)
        by_hand = min(step.began_at + BY_HAND, repaired_at)
        least += step.customers * (max(by_hand - at, timedelta()) / MINUTE)
    return least, most


def _taken(since: datetime, until: datetime) -> list[Receipt]:
    scored = Receipt.objects.filter(
        is_taken=True, outcome=ReceiptOutcome.SCORED, measured_at__range=(since, until), realised__isnull=False
    )
    return list(scored.select_related("proposal__trouble").order_by("id"))


def _ended(since: datetime, until: datetime) -> Row:
    found = [one for one in _taken(since, until) if Breach(one.proposal.trouble.breach) != Breach.LOSSES]
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


def _losses(since: datetime, until: datetime) -> Row:
    found = [one for one in _taken(since, until) if Breach(one.proposal.trouble.breach) == Breach.LOSSES]
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
