"""What one arm did to one tape: everything that figures, guards and checks are worked out from.

Rows are steps of the tape's own grid and the instants of the plant's own events: row t tells of the time since row t-1
(the first: since 0), a power being its mean over that time, a charge its value at its end. Powers are positive into the
network where they are injections and positive where they are taken for consumption and losses; money is what is paid.
"""

import hashlib
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray, IntArray

SECONDS_AN_HOUR: Final = 3600.0
STEPS: Final = (
    "loss_kw", "delivered_kw", "demanded_kw", "renewable_kw", "renewable_available_kw", "genset_kw", "worst_excess_pu",
    "price_eur_per_mwh", "imbalance_price_eur_per_mwh", "average_kg_per_mwh", "marginal_kg_per_mwh", "planned_kw",
)  # fmt: skip
COUNTS: Final = ("nodes_outside", "branches_over")
SPELLS: Final = ("spell_load", "spell_customers", "spell_begin_s", "spell_end_s", "spell_kw", "spell_fault")
# What an arm notes down by itself, without touching the plant.
OF_THE_ARM: Final = frozenset(
    {"detected_s", "isolated_s", "false_isolations", "wrong_orders", "planned_kw", "response_payment_eur", "crew_s"}
)
FAULTS: Final = ("fault_at_s", "detected_s", "isolated_s", "first_restored_s", "all_restored_s")


def _no_floats() -> FloatArray:
    return np.zeros(0)


def _no_ints() -> IntArray:
    return np.zeros(0, np.int32)


def _no_flags() -> BoolArray:
    return np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """T rows, S connections to the grid above, B batteries, K spells without supply, F faults. nan: not known."""

    time_s: FloatArray  # (T,) ends of the steps since the begin of the tape, ascending, above 0
    loss_kw: FloatArray  # (T,) technical losses of the network, not of batteries
    delivered_kw: FloatArray  # (T,) what consumers took
    demanded_kw: FloatArray  # (T,) what they would have taken with supply and without any response
    source_kw: FloatArray  # (T, S) from the grid above; below 0 into it
    renewable_kw: FloatArray  # (T,)
    renewable_available_kw: FloatArray  # (T,)
    genset_kw: FloatArray  # (T,) generators that burn
    storage_kw: FloatArray  # (T, B) into the network
    soc_kwh: FloatArray  # (T, B) in the store at the end of the row
    soc_begin_kwh: FloatArray  # (B,) at 0
    storage_kwh: FloatArray  # (B,) nominal energy
    storage_loss_kwh: FloatArray  # (B,) told by the plant: conversion, standstill, auxiliaries fed from the store
    nodes_outside: IntArray  # (T,) energised nodes outside their limits of voltage
    worst_excess_pu: FloatArray  # (T,) by how much the worst of them is outside; 0 where none is
    branches_over: IntArray  # (T,) lines and transformers above their rating, connections above their limits too
    price_eur_per_mwh: FloatArray  # (T,) day ahead
    imbalance_price_eur_per_mwh: FloatArray  # (T,)
    average_kg_per_mwh: FloatArray  # (T,) of the grid above
    marginal_kg_per_mwh: FloatArray  # (T,)
    planned_kw: FloatArray  # (T,) bought ahead, all connections together; nan where nothing was bought ahead
    tap_operations: int  # steps of tap changers
    switch_operations: int  # by order or by hand; what protection does is not one
    customers_served: float
    spell_load: IntArray = field(default_factory=_no_ints)  # (K,) number of the load
    spell_customers: IntArray = field(default_factory=_no_ints)
    spell_begin_s: FloatArray = field(default_factory=_no_floats)
    spell_end_s: FloatArray = field(default_factory=_no_floats)  # nan: not over at the end
    spell_kw: FloatArray = field(default_factory=_no_floats)  # mean demand while it was without
    spell_fault: IntArray = field(default_factory=_no_ints)  # row of the fault, -1: none
    spell_feeder: IntArray = field(default_factory=_no_ints)  # number of the feeder, -1 or empty: not known
    feeder_customers: IntArray = field(default_factory=_no_ints)  # by number of the feeder; empty: not known
    fault_at_s: FloatArray = field(default_factory=_no_floats)  # (F,)
    detected_s: FloatArray = field(default_factory=_no_floats)  # since 0, not since the fault; nan: never
    isolated_s: FloatArray = field(default_factory=_no_floats)
    first_restored_s: FloatArray = field(default_factory=_no_floats)
    all_restored_s: FloatArray = field(default_factory=_no_floats)
    fault_is_momentary: BoolArray = field(default_factory=_no_flags)  # over as soon as it was dead; empty: none is
    false_isolations: int = 0  # of what had no fault
    wrong_orders: int = 0  # refused by the plant, or that put a fault under voltage
    response_payment_eur: float = 0.0
    responded_kw: FloatArray = field(default_factory=_no_floats)  # (T,) not taken by agreement; empty: none
    crew_s: float = 0.0  # of crews at switches; the repair itself is the tape's and the same in every arm

    @property
    def step_h(self) -> FloatArray:
        """(T,) length of each row."""
        return np.asarray(np.diff(self.time_s, prepend=0.0) / SECONDS_AN_HOUR, np.float64)

    @property
    def end_s(self) -> float:
        return float(self.time_s[-1]) if len(self.time_s) else 0.0

    @property
    def response_kw(self) -> FloatArray:
        return self.responded_kw if len(self.responded_kw) else np.zeros(len(self.time_s))

    @property
    def permanent(self) -> BoolArray:
        """(F,) faults that last until they are mended."""
        momentary = self.fault_is_momentary
        return ~momentary if len(momentary) else np.ones(len(self.fault_at_s), np.bool_)

    def energy_kwh(self, power_kw: FloatArray) -> float:
        """Of (T,) or (T, n) over the whole run."""
        return float((np.asarray(power_kw).T @ self.step_h).sum())


def arrays_of(record: RunRecord) -> dict[str, npt.NDArray[np.generic]]:
    """Every field as an array, numbers as arrays without a dimension: what a file keeps."""
    return {each.name: np.asarray(getattr(record, each.name)) for each in fields(RunRecord)}


def record_of(arrays: dict[str, npt.NDArray[np.generic]]) -> RunRecord:
    """The other way. A field that has a default may be missing; any other raises KeyError with its name."""
    values = {
        each.name: _value(arrays[each.name], whole=each.type is int)
        for each in fields(RunRecord)
        if each.name in arrays or (each.default is MISSING and each.default_factory is MISSING)
    }
    return RunRecord(**values)


def record_hash(record: RunRecord) -> str:
    """SHA-256 of all that the plant shows, bit for bit: whoever does nothing to it has the same as another."""
    digest = hashlib.sha256()
    for name, value in arrays_of(record).items():
        if name in OF_THE_ARM:
            continue
        digest.update(f"{name}{value.dtype.kind}{value.shape}".encode() + np.ascontiguousarray(value, "<f8").tobytes())
    return digest.hexdigest()


def faults_of(record: RunRecord) -> tuple[str, ...]:
    """Sentences about what is wrong with the shape of a record; empty where nothing is."""
    rows, batteries = len(record.time_s), len(record.soc_begin_kwh)
    wanted: dict[str, tuple[int, ...]] = {name: (rows,) for name in (*STEPS, *COUNTS)}
    wanted |= {"storage_kw": (rows, batteries), "soc_kwh": (rows, batteries)}
    wanted |= {"storage_kwh": (batteries,), "storage_loss_kwh": (batteries,)}
    wanted |= {name: (len(record.spell_load),) for name in SPELLS}
    wanted |= {name: (len(record.fault_at_s),) for name in FAULTS}
    said = [
        f"{name} has the shape {np.shape(getattr(record, name))}; it needs {shape}."
        for name, shape in wanted.items()
        if np.shape(getattr(record, name)) != shape
    ]
    if not rows or not (np.diff(record.time_s, prepend=0.0) > 0).all():
        said.append("time_s must begin above 0 and rise from row to row.")
    if record.source_kw.ndim != 2 or len(record.source_kw) != rows:
        said.append(f"source_kw has the shape {record.source_kw.shape}; it needs {rows} rows.")
    return tuple(said)


def _value(array: npt.NDArray[np.generic], *, whole: bool) -> Any:
    if array.ndim:
        return array
    return int(array.item()) if whole else float(array.item())
