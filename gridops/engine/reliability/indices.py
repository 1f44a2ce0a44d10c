"""Indices of IEEE Std 1366 from the steps of recorded interruptions."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

MOMENTARY_S = 300.0  # IEEE 1366, 3.21: an interruption of at most five minutes is momentary
SECONDS_AN_HOUR, SECONDS_A_MINUTE = 3600.0, 60.0


@dataclass(frozen=True, slots=True)
class Steps:
    """One row a set of customers that lost supply together and had it again together.

    A partly restored outage has several rows of the same outage number. Times are seconds since any one instant.
    """

    outage: IntArray  # (s,) number of the outage
    began_s: FloatArray
    restored_s: FloatArray  # nan: still without supply
    customers: IntArray
    lost_kw: FloatArray
    # Who they were, as pairs in any order; a step that no pair names has customers that are not known one by one.
    pair_step: IntArray  # (k,) row of the step
    pair_consumer: IntArray  # (k,) number of the consumer
    pair_customers: IntArray  # (k,) customers behind that consumer

    def rows(self, kept: BoolArray) -> "Steps":
        """Only the steps that are kept, with their pairs."""
        number = np.cumsum(kept) - 1
        pairs = kept[self.pair_step]
        return Steps(
            self.outage[kept],
            self.began_s[kept],
            self.restored_s[kept],
            self.customers[kept],
            self.lost_kw[kept],
            number[self.pair_step[pairs]].astype(np.int32),
            self.pair_consumer[pairs],
            self.pair_customers[pairs],
        )


@dataclass(frozen=True, slots=True)
class Indices:
    """nan: not known, or not defined because nobody is served or nobody was interrupted."""

    customers_served: float
    customer_interruptions: float  # sustained
    customer_minutes: float  # sustained
    momentary_interruptions: float  # customers times interruptions
    saidi_min: float
    saifi: float
    caidi_min: float
    maifi: float
    maifi_e: float
    asai: float
    ens_kwh: float
    aens_kwh: float
    cemi: tuple[float, ...]  # share of the customers with at least 1, 2, ... sustained interruptions
    celid: tuple[float, ...]  # share of the customers with a sustained interruption of at least so many hours
    open_steps: int  # not over by the end of the period; counted up to it


def durations_s(steps: Steps, end_s: float) -> FloatArray:
    """(s,) seconds without supply; of a step that is not over, until `end_s`."""
    until = np.where(np.isnan(steps.restored_s), end_s, steps.restored_s)
    return np.asarray(np.maximum(until - steps.began_s, 0.0), np.float64)


def is_momentary(steps: Steps, end_s: float) -> BoolArray:
    """(s,) over, and within five minutes. A step that is not over counts as sustained after five minutes."""
    return np.asarray(durations_s(steps, end_s) <= MOMENTARY_S, np.bool_)


def indices(
    steps: Steps,
    *,
    customers_served: float,
    period_s: float,
    end_s: float,
    most_interruptions: int = 6,
    long_hours: tuple[float, ...] = (8.0, 12.0, 24.0),
) -> Indices:
    """The indices of the steps that began within a period (IEEE 1366-2012, clauses 3 and 4).

    steps: those of the period, of one feeder or of many. customers_served: of the same; 0 or nan gives nan.
    period_s: its length, for ASAI. end_s: until when a step that is not over counts.
    ENS counts momentary steps too. MAIFI counts each momentary step, MAIFI_E each customer once an outage and only
    where no sustained interruption of the same outage followed for that customer; it needs to know them one by one
    where an outage has several steps.
    """
    seconds = durations_s(steps, end_s)
    brief = seconds <= MOMENTARY_S
    served = customers_served if customers_served > 0 else np.nan
    interrupted = float(steps.customers[~brief].sum())
    minutes = float((steps.customers * seconds)[~brief].sum()) / SECONDS_A_MINUTE
    ens = float((steps.lost_kw * seconds).sum()) / SECONDS_AN_HOUR
    momentary = float(steps.customers[brief].sum())
    return Indices(
        customers_served=float(customers_served),
        customer_interruptions=interrupted,
        customer_minutes=minutes,
        momentary_interruptions=momentary,
        saidi_min=minutes / served,
        saifi=interrupted / served,
        caidi_min=minutes / interrupted if interrupted else np.nan,
        maifi=momentary / served,
        maifi_e=_momentary_events(steps, brief) / served,
        asai=1.0 - minutes * SECONDS_A_MINUTE / (served * period_s) if period_s > 0 else np.nan,
        ens_kwh=ens,
        aens_kwh=ens / served,
        cemi=tuple(_at_least(steps, ~brief, served, most_interruptions)),
        celid=tuple(_long(steps, seconds, served, hours) for hours in long_hours),
        open_steps=int(np.isnan(steps.restored_s).sum()),
    )


def _named(steps: Steps, rows: BoolArray) -> bool:
    """Whether the customers of all these rows are known one by one."""
    known = np.bincount(steps.pair_step, weights=steps.pair_customers, minlength=len(steps.outage))
    return bool((known[rows] == steps.customers[rows]).all())


def _at_least(steps: Steps, sustained: BoolArray, served: float, most: int) -> FloatArray:
    """CEMI_n for n = 1 to most: customers with n or more sustained interruptions by customers served."""
    if not _named(steps, sustained):
        return np.full(most, np.nan)
    pairs = sustained[steps.pair_step]
    consumer, first, times = np.unique(steps.pair_consumer[pairs], return_index=True, return_counts=True)
    behind = steps.pair_customers[pairs][first]
    return (
        np.array([behind[times >= n].sum() for n in range(1, most + 1)]) / served
        if len(consumer)
        else (np.zeros(most) / served)
    )


def _long(steps: Steps, seconds: FloatArray, served: float, hours: float) -> float:
    """CELID-s: customers with a single interruption of at least so many hours by customers served."""
    rows = np.asarray((seconds >= hours * SECONDS_AN_HOUR) & (seconds > MOMENTARY_S), np.bool_)
    if not _named(steps, rows):
        return float(np.nan)
    pairs = rows[steps.pair_step]
    _, first = np.unique(steps.pair_consumer[pairs], return_index=True)
    return float(steps.pair_customers[pairs][first].sum() / served)


def _momentary_events(steps: Steps, brief: BoolArray) -> float:
    """Customers times momentary events; nan where an outage of several steps does not name its customers."""
    count = np.bincount(steps.outage, minlength=1)
    single = brief & (count[steps.outage] == 1)
    several = np.asarray(count[steps.outage] > 1, np.bool_)
    mixed = np.isin(steps.outage, steps.outage[several & brief])
    if not _named(steps, np.asarray(mixed, np.bool_)):
        return float(np.nan)
    row = steps.pair_step
    inside = mixed[row]
    keys = steps.outage[row].astype(np.int64) << 32 | steps.pair_consumer.astype(np.int64)
    lasting = np.unique(keys[inside & ~brief[row]])
    short, first = np.unique(keys[inside & brief[row]], return_index=True)
    behind = steps.pair_customers[inside & brief[row]][first]
    return float(steps.customers[single].sum() + behind[~np.isin(short, lasting)].sum())
