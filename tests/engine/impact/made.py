"""Records made by hand: a small town whose every kWh can be counted on paper."""

from dataclasses import replace
from typing import Any

import numpy as np

from gridops.engine.impact.checks import checks_of
from gridops.engine.impact.figures import figures_of
from gridops.engine.impact.record import RunRecord, record_hash
from gridops.engine.impact.run import Run

HOURS, LOAD_KW, LOSS_KW, SUN_KW = 24, 1000.0, 50.0, 200.0
CUSTOMERS = 400.0


def quiet(hours: int = HOURS, **changed: Any) -> RunRecord:
    """A day without events: 1000 kW for 400 customers, 50 kW lost, 200 kW of sun of which 50 kW are held back."""
    rows = np.ones(hours)
    whole = {
        "time_s": 3600.0 * np.arange(1, hours + 1),
        "loss_kw": LOSS_KW * rows,
        "delivered_kw": LOAD_KW * rows,
        "demanded_kw": LOAD_KW * rows,
        "source_kw": (LOAD_KW + LOSS_KW - 150.0) * rows[:, None],
        "renewable_kw": 150.0 * rows,
        "renewable_available_kw": SUN_KW * rows,
        "genset_kw": 0.0 * rows,
        "storage_kw": np.zeros((hours, 1)),
        "soc_kwh": np.full((hours, 1), 500.0),
        "soc_begin_kwh": np.array([500.0]),
        "storage_kwh": np.array([1000.0]),
        "storage_loss_kwh": np.zeros(1),
        "nodes_outside": np.zeros(hours, np.int32),
        "worst_excess_pu": 0.0 * rows,
        "branches_over": np.zeros(hours, np.int32),
        "price_eur_per_mwh": np.where(np.arange(hours) % 24 < 12, 50.0, 150.0),
        "imbalance_price_eur_per_mwh": np.where(np.arange(hours) % 24 < 12, 50.0, 150.0),
        "average_kg_per_mwh": 300.0 * rows,
        "marginal_kg_per_mwh": np.where(np.arange(hours) % 24 < 12, 400.0, 800.0),
        "planned_kw": np.full(hours, np.nan),
        "tap_operations": 0,
        "switch_operations": 0,
        "customers_served": CUSTOMERS,
    }
    return RunRecord(**{**whole, **changed})


def outage(
    record: RunRecord, *, at_h: int, hours: int, share: float = 1.0, detected_s: float = 600.0, fault: bool = True
) -> RunRecord:
    """A part of all customers is without supply for whole hours, and the record closes again."""
    dark = (np.arange(len(record.time_s)) >= at_h) & (np.arange(len(record.time_s)) < at_h + hours)
    kept = np.where(dark, 1.0 - share, 1.0)
    delivered, loss = record.delivered_kw * kept, record.loss_kw * kept
    source = delivered + loss - record.renewable_kw - record.storage_kw.sum(axis=1)
    begin, end = 3600.0 * at_h, 3600.0 * (at_h + hours)
    changed = replace(
        record,
        delivered_kw=delivered,
        loss_kw=loss,
        source_kw=source[:, None],
        spell_load=np.array([0], np.int32),
        spell_customers=np.array([round(share * CUSTOMERS)], np.int32),
        spell_begin_s=np.array([begin]),
        spell_end_s=np.array([end]),
        spell_kw=np.array([share * LOAD_KW]),
        spell_fault=np.array([0 if fault else -1], np.int32),
        spell_feeder=np.array([0], np.int32),
        feeder_customers=np.array([round(CUSTOMERS)], np.int32),
    )
    if not fault:
        return changed
    return replace(
        changed,
        fault_at_s=np.array([begin]),
        detected_s=np.array([begin + detected_s]),
        isolated_s=np.array([begin + 2 * detected_s]),
        first_restored_s=np.array([end]),
        all_restored_s=np.array([end]),
    )


def emptied(record: RunRecord, kw: float = 400.0, hour: int = 20) -> RunRecord:
    """The store gives for an hour of the dear half of the day and is not filled again."""
    given = np.zeros((len(record.time_s), 1))
    given[hour] = kw
    charge = record.soc_begin_kwh - np.cumsum(given, axis=0)
    return replace(record, storage_kw=given, soc_kwh=charge, source_kw=record.source_kw - given)


def run(record: RunRecord, arm: str, seed: int = 1, **changed: Any) -> Run:
    given = {
        "tape_hash": f"tape{seed}",
        "arm": arm,
        "seed": seed,
        "network": "paper",
        "begin": "2025-01-06T00:00:00+00:00",
        "days": record.end_s / 86_400,
        "code_version": "1",
        "figures": figures_of(record),
        "checks": checks_of(record),
        "record_hash": record_hash(record),
    }
    return Run(**{**given, **changed})


def passed(record: RunRecord) -> dict[str, bool]:
    return {check.name: check.ok for check in checks_of(record)}
