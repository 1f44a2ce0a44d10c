"""What a customer is paid for one event, and for a month of being ready."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.flexibility.days import BoolArray, FloatArray, IntArray


class Reason(StrEnum):
    """Why a customer's event came to what it came to."""

    SETTLED = "settled"
    CAPPED = "capped"
    NOTHING_SAVED = "nothing saved"
    SHORT = "short"
    OPTED_OUT = "opted out"
    NOT_SETTLED = "not settled"


@dataclass(frozen=True)
class Terms:
    """Money of one event: per kWh saved, for taking part, and per kWh that was promised and not saved."""

    energy_per_kwh: float
    credit_per_event: float
    penalty_per_kwh: float


@dataclass(frozen=True)
class Account:
    """Of M customers. delivered_kwh: NaN where unknown; promised_kwh, most_kwh: NaN where there is no such bound.

    missing: slots without a value; opted_out: before the event began, so nothing was promised any more.
    """

    delivered_kwh: FloatArray
    promised_kwh: FloatArray
    most_kwh: FloatArray
    missing: IntArray
    opted_out: BoolArray


@dataclass(frozen=True)
class Settled:
    """(M,) each; money is NaN where it cannot be settled, and penalty is negative."""

    paid_kwh: FloatArray
    short_kwh: FloatArray
    energy: FloatArray
    credit: FloatArray
    penalty: FloatArray
    reason: tuple[Reason, ...]

    @property
    def total(self) -> FloatArray:
        return np.asarray(self.energy + self.credit + self.penalty)


def settled(account: Account, terms: Terms) -> Settled:
    """Nobody pays for having used more, except as a promise that was not kept; nobody is paid above its devices."""
    unknown = ((account.missing > 0) | np.isnan(account.delivered_kwh)) & ~account.opted_out
    saved = np.where(account.opted_out, 0.0, np.maximum(np.nan_to_num(account.delivered_kwh), 0.0))
    paid = np.minimum(saved, np.where(np.isnan(account.most_kwh), np.inf, account.most_kwh))
    promised = np.where(account.opted_out, 0.0, np.nan_to_num(account.promised_kwh))
    short = np.maximum(promised - saved, 0.0)
    credit = np.where(paid > 0, terms.credit_per_event, 0.0)
    penalty = short * terms.penalty_per_kwh

    def known(amount: FloatArray) -> FloatArray:
        return np.asarray(np.where(unknown, np.nan, amount))

    return Settled(
        paid_kwh=known(paid),
        short_kwh=known(short),
        energy=known(paid * terms.energy_per_kwh),
        credit=known(credit),
        penalty=known(-penalty),
        reason=_reasons(account, unknown, saved, paid, penalty),
    )


def _reasons(
    account: Account, unknown: BoolArray, saved: FloatArray, paid: FloatArray, penalty: FloatArray
) -> tuple[Reason, ...]:
    tests = [account.opted_out, unknown, saved <= 0, paid < saved, penalty > 0]
    words = [Reason.OPTED_OUT, Reason.NOT_SETTLED, Reason.NOTHING_SAVED, Reason.CAPPED, Reason.SHORT]
    found = np.select(tests, np.arange(len(words)), len(words))
    return tuple((*words, Reason.SETTLED)[k] for k in found)


def capacity_payment(enrolled_kw: FloatArray, performance: FloatArray, per_kw_month: float) -> FloatArray:
    """(M,) of a month. performance: (M,) mean of what was saved by what was promised, NaN where nothing was asked.

    Who was never asked was ready all the same; who was is paid by what it showed, from nothing to the whole.
    """
    shown = np.where(np.isnan(performance), 1.0, np.clip(np.nan_to_num(performance), 0.0, 1.0))
    return np.asarray(enrolled_kw * shown * per_kw_month)
