"""Terms of a program and measures of customers as accounts, and back as sums with reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.demand_response.adapters.packed_days import FloatArray
from apps.demand_response.choices import LineKind
from apps.demand_response.models import CustomerOutcome, DemandProgram
from gridops.engine.flexibility.performance import share_band
from gridops.engine.flexibility.satisfaction import Fairness, fairness
from gridops.engine.flexibility.settlement import Account, Reason, Settled, Terms, capacity_payment, settled

ENOUGH_DAYS = 2
KWH, EVENT, KW = "kWh", "event", "kW"


@dataclass(frozen=True)
class Promise:
    """Of one customer in a stage. most_kwh: what its devices could do at most, None where none are known."""

    promised_kwh: float
    most_kwh: float | None
    opted_out: bool


@dataclass(frozen=True)
class Sum:
    kind: LineKind
    quantity: float | None
    unit: str
    rate_eur: float
    amount_eur: float | None
    reason: str


def accounts(promises: Sequence[Promise], kwh: FloatArray, missing: np.ndarray, program: DemandProgram) -> Settled:
    terms = Terms(program.energy_eur_per_kwh, program.bill_credit_eur_per_event, program.penalty_eur_per_kwh)
    account = Account(
        delivered_kwh=kwh,
        promised_kwh=np.array([one.promised_kwh for one in promises]),
        most_kwh=np.array([np.nan if one.most_kwh is None else one.most_kwh for one in promises]),
        missing=missing,
        opted_out=np.array([one.opted_out for one in promises], dtype=bool),
    )
    return settled(account, terms)


def sums_of(found: Settled, row: int, outcome: CustomerOutcome, promise: Promise, program: DemandProgram) -> list[Sum]:
    """The lines of one customer and event; always one of energy, so that nobody is left out without a reason."""
    reason = _reason(found.reason[row], outcome, promise)
    paid, energy = _known(found.paid_kwh[row]), _known(found.energy[row])
    lines = [Sum(LineKind.ENERGY, paid, KWH, program.energy_eur_per_kwh, energy, reason)]
    credit = _known(found.credit[row])
    if credit:
        lines.append(Sum(LineKind.CREDIT, 1.0, EVENT, credit, credit, "Took part and saved energy."))
    penalty = _known(found.penalty[row])
    if penalty:
        short = _known(found.short_kwh[row])
        words = f"{short:.2f} kWh less than the {promise.promised_kwh:.2f} kWh that were planned."
        lines.append(Sum(LineKind.PENALTY, short, KWH, -program.penalty_eur_per_kwh, penalty, words))
    return lines


def _reason(reason: Reason, outcome: CustomerOutcome, promise: Promise) -> str:
    if reason is Reason.OPTED_OUT:
        return "Opted out before the event; nothing was asked and nothing is paid."
    if reason is Reason.NOT_SETTLED:
        return f"Not settled: {_what_is_missing(outcome)}"
    used = f"{outcome.baseline_kwh:.2f} kWh expected, {outcome.load_kwh:.2f} kWh used"
    if reason is Reason.NOTHING_SAVED:
        return f"{used}: nothing was saved."
    if reason is Reason.CAPPED:
        return f"{used}; paid up to the {promise.most_kwh:.2f} kWh that the enrolled devices can do."
    return f"{used}."


def _what_is_missing(outcome: CustomerOutcome) -> str:
    if outcome.load_kwh is None:
        return f"{outcome.missing} intervals of a quarter of an hour have no reading."
    if outcome.baseline_days < ENOUGH_DAYS:
        return "too few earlier days like this one have readings for a baseline."
    return f"{outcome.missing} intervals have no baseline."


def capacity_sum(enrolled_kw: float | None, performance: float | None, program: DemandProgram) -> Sum:
    """Readiness of a month."""
    rate = program.capacity_eur_per_kw_month
    if enrolled_kw is None:
        return Sum(LineKind.CAPACITY, None, KW, rate, None, "Not settled: no device with a rated power is enrolled.")
    shown = np.array([np.nan if performance is None else performance])
    amount = float(capacity_payment(np.array([enrolled_kw]), shown, rate)[0])
    words = (
        "Enrolled and not called in this month."
        if performance is None
        else f"{min(max(performance, 0), 1):.0%} of what was planned was delivered in the events of this month."
    )
    return Sum(LineKind.CAPACITY, enrolled_kw, KW, rate, amount, words)


def share_of_rated(delivered_kw: Sequence[float | None], rated_kw: Sequence[float], *, seed: int) -> list[float | None]:
    """P10, P50, P90 of customers together; the draw is the same whenever it is repeated."""
    kw = np.array([np.nan if one is None else one for one in delivered_kw], dtype=float)
    return [_known(one) for one in share_band(kw, np.array(rated_kw, dtype=float), np.random.default_rng(seed))]


def fair(burden: Sequence[float]) -> Fairness:
    return fairness(np.array(burden, dtype=float))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
