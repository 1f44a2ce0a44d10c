"""Figures of supply and of the answer to faults, from the spells without supply of a run."""

import numpy as np

from gridops.engine.impact.rates import Rates
from gridops.engine.impact.record import RunRecord
from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.reliability.indices import SECONDS_A_MINUTE, Steps, durations_s, indices

MOST_INTERRUPTIONS = 3
DAY_S = 86_400.0
LATE = 95.0  # percentile
INSTANTS = (
    ("detect", "detected_s"),
    ("isolate", "isolated_s"),
    ("first", "first_restored_s"),
    ("all", "all_restored_s"),
)


def outage_figures(record: RunRecord, rates: Rates) -> dict[str, float]:
    """Indices of IEEE Std 1366 over the run, and how fast faults were answered."""
    steps = steps_of(record)
    told = indices(
        steps,
        customers_served=record.customers_served,
        period_s=record.end_s,
        end_s=record.end_s,
        most_interruptions=MOST_INTERRUPTIONS,
    )
    minutes = durations_s(steps, record.end_s) / SECONDS_A_MINUTE
    named = {
        "saidi_min": told.saidi_min,
        "saidi_all_min": _each(float(steps.customers @ minutes), record.customers_served),
        "saifi": told.saifi,
        "caidi_min": told.caidi_min,
        "maifi": told.maifi,
        "ens_kwh": told.ens_kwh,
        "ens_eur": rates.lost_load_eur_per_kwh * told.ens_kwh,
        "worst_feeder_saidi_min": _worst_feeder(record, steps, minutes),
    }
    named |= {f"cemi_{n}_share": share for n, share in enumerate(told.cemi, start=1)}
    named |= {f"saidi_day_{day}_min": value for day, value in enumerate(daily_saidi_min(record).tolist(), start=1)}
    return named | _answers(record)


def steps_of(record: RunRecord) -> Steps:
    """Each spell is a step of its fault; one without a fault is an outage of its own. Each names its load."""
    count = len(record.spell_load)
    own = np.arange(count) + len(record.fault_at_s)
    return Steps(
        outage=np.where(record.spell_fault >= 0, record.spell_fault, own).astype(np.int32),
        began_s=record.spell_begin_s,
        restored_s=record.spell_end_s,
        customers=record.spell_customers,
        lost_kw=record.spell_kw,
        pair_step=np.arange(count, dtype=np.int32),
        pair_consumer=record.spell_load,
        pair_customers=record.spell_customers,
    )


def daily_saidi_min(record: RunRecord) -> FloatArray:
    """(D,) all minutes of the spells that began on each day since the begin of the tape, momentary ones too."""
    steps = steps_of(record)
    days = max(int(np.ceil(record.end_s / DAY_S - 1e-9)), 1)
    day = np.clip(steps.began_s // DAY_S, 0, days - 1).astype(int)
    minutes = steps.customers * durations_s(steps, record.end_s) / SECONDS_A_MINUTE
    served = record.customers_served if record.customers_served > 0 else np.nan
    return np.asarray(np.bincount(day, minutes, days) / served, np.float64)


def _worst_feeder(record: RunRecord, steps: Steps, minutes: FloatArray) -> float:
    if not len(record.feeder_customers) or len(record.spell_feeder) != len(minutes):
        return float("nan")
    known = record.spell_feeder >= 0
    lost = np.bincount(record.spell_feeder[known], (steps.customers * minutes)[known], len(record.feeder_customers))
    served = record.feeder_customers > 0
    return float((lost[served] / record.feeder_customers[served]).max(initial=0.0))


def _answers(record: RunRecord) -> dict[str, float]:
    """Seconds from a lasting fault that took supply; what never came counts until the end of the run."""
    counted = record.permanent & _took_supply(record)
    named: dict[str, float] = {
        "faults": float(len(record.fault_at_s)),
        "faults_answered_to": float(counted.sum()),
        "false_isolations": float(record.false_isolations),
        "wrong_orders": float(record.wrong_orders),
    }
    for name, field in INSTANTS:
        came = getattr(record, field)[counted]
        waited = np.where(np.isnan(came), record.end_s, came) - record.fault_at_s[counted]
        named[f"to_{name}_median_s"] = float(np.median(waited)) if len(waited) else float("nan")
        named[f"to_{name}_p95_s"] = float(np.percentile(waited, LATE)) if len(waited) else float("nan")
        named[f"never_{name}"] = float(np.isnan(came).sum())
    return named


def _took_supply(record: RunRecord) -> BoolArray:
    took = np.zeros(len(record.fault_at_s), np.bool_)
    took[record.spell_fault[record.spell_fault >= 0]] = True
    return took


def _each(total: float, served: float) -> float:
    return total / served if served > 0 else float("nan")
