"""What must hold of every run, or the study says nothing."""

from typing import Final

import numpy as np

from gridops.engine.impact.figures import unserved_kw
from gridops.engine.impact.record import RunRecord, faults_of
from gridops.engine.impact.run import Check
from gridops.engine.network.model import FloatArray
from gridops.engine.reliability.indices import SECONDS_AN_HOUR

BALANCE_SHARE: Final = 1e-4  # of the energy demanded
STORE_SHARE: Final = 1e-3  # of the energy through the stores, and of their size
SERVED_SHARE: Final = 2e-3  # of the energy demanded; a spell carries the mean of its demand
SLACK: Final = 1e-6


def checks_of(record: RunRecord) -> tuple[Check, ...]:
    """Of one run alone. Where the arrays do not fit each other, that is the only check."""
    said = faults_of(record)
    shape = Check("record_is_whole", not said, float(len(said)), 0.0, " ".join(said) or "Every series is there.")
    if said:
        return (shape,)
    return (
        shape,
        _known(record),
        _energy_closes(record),
        _stores_close(record),
        _stores_stay_inside(record),
        _served_is_accounted(record),
        _no_more_than_available(record),
        _times_follow(record),
    )


def _known(record: RunRecord) -> Check:
    names = (
        "loss_kw",
        "delivered_kw",
        "demanded_kw",
        "source_kw",
        "renewable_kw",
        "genset_kw",
        "storage_kw",
        "soc_kwh",
    )
    missing = sum(int((~np.isfinite(getattr(record, name))).sum()) for name in names)
    return Check("powers_are_known", not missing, float(missing), 0.0, f"{missing} powers or charges are not known.")


def _energy_closes(record: RunRecord) -> Check:
    given = record.source_kw.sum(axis=1) + record.renewable_kw + record.genset_kw + record.storage_kw.sum(axis=1)
    apart = record.energy_kwh(np.abs(given - record.delivered_kw - record.loss_kw))
    bound = BALANCE_SHARE * max(record.energy_kwh(record.demanded_kw), 1.0)
    words = f"What is given and what is taken differ by {apart:.3g} kWh in sum over the steps."
    return Check("energy_closes", apart <= bound, apart, bound, words)


def _stores_close(record: RunRecord) -> Check:
    """What is in the store changes by what was given, taken and lost on the way; and a loss is no gain."""
    if not record.soc_kwh.size:
        return Check("stores_close", True, 0.0, 0.0, "There is no store.")
    given = record.storage_kw.T @ record.step_h
    through = np.abs(record.storage_kw).T @ record.step_h
    apart = np.abs(record.soc_kwh[-1] - record.soc_begin_kwh + given + record.storage_loss_kwh)
    bound = STORE_SHARE * (through + record.storage_kwh)
    gained = np.maximum(-record.storage_loss_kwh, 0.0)
    worst = int((np.maximum(apart, gained) - bound).argmax())
    value = float(max(apart[worst], gained[worst]))
    ok = bool((apart <= bound).all() and (gained <= bound).all())
    return Check(
        "stores_close", ok, value, float(bound[worst]), f"The worst store is {value:.3g} kWh out of its account."
    )


def _stores_stay_inside(record: RunRecord) -> Check:
    over = np.maximum(record.soc_kwh - record.storage_kwh, -record.soc_kwh).max(initial=0.0)
    bound = SLACK * max(float(record.storage_kwh.max(initial=0.0)), 1.0)
    return Check(
        "stores_stay_inside", bool(over <= bound), float(over), bound, f"Beyond empty or full by {over:.3g} kWh."
    )


def _served_is_accounted(record: RunRecord) -> Check:
    """Every kWh that was not served lies in a spell without supply, or was paid for as response."""
    end = np.where(np.isnan(record.spell_end_s), record.end_s, record.spell_end_s)
    in_spells = float(record.spell_kw @ np.maximum(end - record.spell_begin_s, 0.0)) / SECONDS_AN_HOUR
    unserved: FloatArray = unserved_kw(record)
    more = record.energy_kwh(np.maximum(-unserved, 0.0))
    apart = max(abs(record.energy_kwh(unserved) - in_spells), more)
    bound = SERVED_SHARE * max(record.energy_kwh(record.demanded_kw), 1.0)
    words = (
        f"{apart:.3g} kWh were not served and stand in no interruption and no response, or were served beyond demand."
    )
    return Check("served_is_accounted", apart <= bound, apart, bound, words)


def _no_more_than_available(record: RunRecord) -> Check:
    over = record.energy_kwh(np.maximum(record.renewable_kw - record.renewable_available_kw, 0.0))
    bound = BALANCE_SHARE * max(record.energy_kwh(record.renewable_available_kw), 1.0)
    return Check(
        "renewables_within_available", over <= bound, over, bound, f"Used beyond what there was: {over:.3g} kWh."
    )


def _times_follow(record: RunRecord) -> Check:
    """Nothing is detected before it happens, no spell ends before it begins or lies outside the run."""
    fault = record.fault_at_s
    early = sum(
        int((getattr(record, name) < fault).sum())
        for name in ("detected_s", "isolated_s", "first_restored_s", "all_restored_s")
    )
    begin, end = record.spell_begin_s, record.spell_end_s
    wrong = early + int((end < begin).sum()) + int(((begin < 0) | (begin > record.end_s)).sum())
    return Check(
        "times_follow", not wrong, float(wrong), 0.0, f"{wrong} instants lie before their cause or outside the run."
    )
