"""From the record of a run to its figures: one number each, its unit in its name, nan where it is not known.

Two things must never look like a gain, so the figures that claims are judged by are evened out. Every kWh that was not
served counts as though it had been served in its own step, and what the stores lack or have more at the end is put
back at the mean price of the tape (`even`). Both are reckoned a second time as badly for the arm as they could have
been (`harsh`): losses by the square of what was not carried, the stores refilled at a dear hour and emptied at a cheap
one.
"""

import numpy as np

from gridops.engine.impact.outages import outage_figures
from gridops.engine.impact.rates import Rates
from gridops.engine.impact.record import SECONDS_AN_HOUR, RunRecord
from gridops.engine.network.model import FloatArray

MW = 1e-3  # in a kW
MINUTES_AN_HOUR = 60.0
YEAR_S = 365.25 * 86_400
DEAR, CHEAP = 95.0, 5.0  # percentiles of the tape's hours


def figures_of(record: RunRecord, rates: Rates | None = None) -> dict[str, float]:
    """All figures of a run."""
    rates = rates or Rates()
    told = _service(record) | _network(record) | _renewables(record) | _storage(record)
    return told | outage_figures(record, rates) | _money(record, rates) | _carbon(record, rates)


def unserved_kw(record: RunRecord) -> FloatArray:
    """(T,) demanded, not delivered, and not left untaken by agreement."""
    return np.asarray(record.demanded_kw - record.delivered_kw - record.response_kw, np.float64)


def _service(record: RunRecord) -> dict[str, float]:
    return {
        "end_s": record.end_s,
        "customers_served": record.customers_served,
        "demanded_kwh": record.energy_kwh(record.demanded_kw),
        "delivered_kwh": record.energy_kwh(record.delivered_kw),
        "responded_kwh": record.energy_kwh(record.response_kw),
        "unserved_kwh": record.energy_kwh(unserved_kw(record)),
    }


def _network(record: RunRecord) -> dict[str, float]:
    loss, delivered = record.energy_kwh(record.loss_kw), record.energy_kwh(record.delivered_kw)
    demanded = record.delivered_kw + np.maximum(unserved_kw(record), 0.0)
    # A part without supply had its share of the losses; had all carried less, losses would go by the square.
    grown = np.where(record.delivered_kw > 0, demanded / np.where(record.delivered_kw > 0, record.delivered_kw, 1), 1.0)
    even, harsh = (record.energy_kwh(record.loss_kw * grown**power) for power in (1, 2))
    return {
        "loss_kwh": loss,
        "loss_share": _share(loss, delivered),
        "loss_even_share": _share(even, record.energy_kwh(demanded)),
        "loss_harsh_share": _share(harsh, record.energy_kwh(demanded)),
        "node_minutes_outside": _minutes(record, record.nodes_outside),
        "worst_excess_pu": float(record.worst_excess_pu.max(initial=0.0)),
        "branch_minutes_over": _minutes(record, record.branches_over),
        "tap_operations": float(record.tap_operations),
        "switch_operations": float(record.switch_operations),
    }


def _renewables(record: RunRecord) -> dict[str, float]:
    used, available = record.energy_kwh(record.renewable_kw), record.energy_kwh(record.renewable_available_kw)
    return {
        "renewable_kwh": used,
        "renewable_available_kwh": available,
        "renewable_used_share": _share(used, available),
        "curtailed_kwh": available - used,
    }


def _storage(record: RunRecord) -> dict[str, float]:
    end = record.soc_kwh[-1] if record.soc_kwh.size else record.soc_begin_kwh
    return {
        "stored_end_kwh": float(end.sum()),
        "stored_change_kwh": float((end - record.soc_begin_kwh).sum()),
        "storage_kwh": float(record.storage_kwh.sum()),
        "discharged_kwh": record.energy_kwh(np.maximum(record.storage_kw, 0.0)),
        "storage_loss_kwh": float(record.storage_loss_kwh.sum()),
        "genset_kwh": record.energy_kwh(record.genset_kw),
    }


def _money(record: RunRecord, rates: Rates) -> dict[str, float]:
    bought = record.source_kw.sum(axis=1)
    price = record.price_eur_per_mwh * MW
    surcharge = np.where(
        np.isnan(record.imbalance_price_eur_per_mwh), 0.0, record.imbalance_price_eur_per_mwh * MW - price
    )
    peak_kw = _peak_kw(record, bought, rates.peak_window_s)
    parts = {
        "energy_eur": record.energy_kwh(bought * price),
        "peak_eur": peak_kw * rates.peak_eur_per_kw_year * record.end_s / YEAR_S,
        "wear_eur": rates.wear_eur_per_kwh * record.energy_kwh(np.maximum(record.storage_kw, 0.0)),
        "genset_eur": rates.genset_eur_per_kwh * record.energy_kwh(record.genset_kw),
        "response_eur": record.response_payment_eur,
        "switching_eur": rates.switch_eur * record.switch_operations + rates.tap_eur * record.tap_operations,
        "crew_eur": rates.crew_eur_per_h * record.crew_s / SECONDS_AN_HOUR,
    }
    cost = sum(parts.values())
    whole = cost + record.energy_kwh(np.maximum(unserved_kw(record), 0.0) * price)
    even, harsh = (whole + each for each in _put_back(record, price, rates))
    imbalance = _imbalance_eur(record, bought, surcharge)
    return parts | {
        "imbalance_eur": imbalance,
        "cost_with_imbalance_eur": cost + imbalance,
        "peak_kw": peak_kw,
        "import_kwh": record.energy_kwh(np.maximum(bought, 0.0)),
        "export_kwh": record.energy_kwh(np.maximum(-bought, 0.0)),
        "cost_eur": cost,
        "cost_even_eur": even,
        "cost_harsh_eur": harsh,
        "cost_even_eur_per_customer": _share(even, record.customers_served),
    }


def _imbalance_eur(record: RunRecord, bought_kw: FloatArray, surcharge: FloatArray) -> float:
    """Of what lies beside the plan; nan where nothing was bought ahead: then nobody can tell. A windfall is below 0,
    so it is in no sum that arms are judged by."""
    planned = ~np.isnan(record.planned_kw)
    if not planned.any():
        return float("nan")
    beside = np.where(planned, bought_kw - record.planned_kw, 0.0)
    return record.energy_kwh(beside * surcharge)


def _carbon(record: RunRecord, rates: Rates) -> dict[str, float]:
    """Inventory by the hour's average of what is imported, change by its margin of what is exchanged.

    An export is no offset in the inventory. What batteries and lines lose was bought, and is in both.
    """
    bought = record.source_kw.sum(axis=1)
    burnt = rates.genset_kg_per_kwh * record.energy_kwh(record.genset_kw)
    told: dict[str, float] = {"genset_co2_kg": burnt}
    for name, power, factor in (
        ("average", np.maximum(bought, 0.0), record.average_kg_per_mwh * MW),
        ("marginal", bought, record.marginal_kg_per_mwh * MW),
    ):
        emitted = record.energy_kwh(power * factor) + burnt
        whole = emitted + record.energy_kwh(np.maximum(unserved_kw(record), 0.0) * factor)
        even, harsh = (whole + each for each in _put_back(record, factor, rates))
        told |= {f"co2_{name}_kg": emitted, f"co2_{name}_even_kg": even, f"co2_{name}_harsh_kg": harsh}
    return told


def _put_back(record: RunRecord, value_per_kwh: FloatArray, rates: Rates) -> tuple[float, float]:
    """To bring the stores to where they began, at the mean, and at worst: what lacks dear, what is over cheap."""
    if not len(record.soc_begin_kwh):
        return 0.0, 0.0
    more = float((record.soc_kwh[-1] - record.soc_begin_kwh).sum())
    mean = record.energy_kwh(value_per_kwh) / (record.end_s / SECONDS_AN_HOUR)
    bought = -more / rates.one_way_efficiency if more < 0 else -more * rates.one_way_efficiency
    return bought * mean, bought * float(np.percentile(value_per_kwh, DEAR if more < 0 else CHEAP))


def _peak_kw(record: RunRecord, bought_kw: FloatArray, window_s: float) -> float:
    """Highest mean import over a window of the clock."""
    edges = np.arange(0.0, record.end_s + window_s, window_s)
    edges[-1] = min(edges[-1], record.end_s)
    edges = np.unique(edges)
    energy = np.concatenate([[0.0], np.cumsum(bought_kw * record.step_h)])
    at = np.interp(edges, np.concatenate([[0.0], record.time_s]), energy)
    return max(float((np.diff(at) / (np.diff(edges) / SECONDS_AN_HOUR)).max(initial=0.0)), 0.0)


def _minutes(record: RunRecord, count: np.ndarray) -> float:
    return float(count @ record.step_h) * MINUTES_AN_HOUR


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
