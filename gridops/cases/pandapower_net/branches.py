"""Lines and transformers of a pandapower network."""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gridops.cases.case import Line, Problem, Severity, Transformer
from gridops.cases.mrid import mrid
from gridops.cases.pandapower_net.yard import Yard
from gridops.cases.table import Table

Numbers = npt.NDArray[np.float64]

_MEDIUM_VOLTAGE_KV: Final = (1.0, 60.0)
ASSUMED_TARGET_PU: Final = 1.025  # SimBench's own set-point where it names one

# With what stands for a missing value.
_TRANSFORMER_COLUMNS: Final = {
    "sn_mva": math.nan,
    "vn_hv_kv": math.nan,
    "vn_lv_kv": math.nan,
    "vk_percent": math.nan,
    "vkr_percent": math.nan,
    "pfe_kw": 0.0,
    "i0_percent": 0.0,
    "shift_degree": 0.0,
    "parallel": 1.0,
    "tap_step_percent": 0.0,
    "tap_step_degree": 0.0,
}


def lines(net: Any, yard: Yard) -> list[Line]:
    """Lines in their ohms; parallel lines folded into one."""
    table = Table(net["line"], "Line")
    start, end = table.buses("from_bus"), table.buses("to_bus")
    length, parallel = table.numbers("length_km"), table.numbers("parallel", 1.0)
    r, x = table.numbers("r_ohm_per_km") * length / parallel, table.numbers("x_ohm_per_km") * length / parallel
    omega = 2 * math.pi * float(net["f_hz"])
    b_us = omega * table.numbers("c_nf_per_km", 0.0) * 1e-3 * length * parallel
    rated = table.numbers("max_i_ka", 0.0) * 1e3 * parallel * table.numbers("df", 1.0)
    zero = [_zero(table, column, length * scale) for column, scale in _zero_columns(omega, parallel).items()]
    in_service = table.flags("in_service")
    _warn_of_conductance(table, yard.problems)
    return [
        Line(
            mrid=mrid(yard.source, "ACLineSegment", table.keys[i]),
            name=table.labels[i],
            from_node=yard.end(
                joins="l", element=index, bus=start[i], name=table.labels[i], isolated=not in_service[i]
            ),
            to_node=yard.end(joins="l", element=index, bus=end[i], name=table.labels[i]),
            length_km=float(length[i]),
            r_ohm=float(r[i]),
            x_ohm=float(x[i]),
            b_us=float(b_us[i]),
            rated_a=_rating(float(rated[i])),
            r0_ohm=zero[0][i],
            x0_ohm=zero[1][i],
            b0_us=zero[2][i],
        )
        for i, index in _present(table, yard, start, end)
    ]


def _zero_columns(omega: float, parallel: Numbers) -> dict[str, Numbers]:
    return {"r0_ohm_per_km": 1 / parallel, "x0_ohm_per_km": 1 / parallel, "c0_nf_per_km": omega * 1e-3 * parallel}


def _zero(table: Table, column: str, scale: Numbers) -> list[float | None]:
    """None where the source does not say."""
    return [None if math.isnan(value) else value for value in (table.numbers(column) * scale).tolist()]


def transformers(net: Any, yard: Yard) -> list[Transformer]:
    """Two-winding transformers; parallel ones folded into one of the summed rating and losses."""
    table = Table(net["trafo"], "Transformer")
    high, low = table.buses("hv_bus"), table.buses("lv_bus")
    numbers = {column: table.numbers(column, default) for column, default in _TRANSFORMER_COLUMNS.items()}
    taps = _Taps(table, numbers["vn_lv_kv"].tolist(), numbers["tap_step_percent"].tolist())
    _warn_of_shifters(table, numbers["tap_step_degree"].tolist(), yard.problems)
    in_service, substations, groups = table.flags("in_service"), table.texts("substation"), table.texts("vector_group")
    zero_percent, zero_loss = (_zero(table, name, np.ones(len(table))) for name in ("vk0_percent", "vkr0_percent"))
    found = []
    for i, index in _present(table, yard, high, low):
        value = {column: float(values[i]) for column, values in numbers.items()}
        name = table.labels[i]
        rated_kva = value["sn_mva"] * 1e3 * value["parallel"]
        isolated = not in_service[i]
        found.append(
            Transformer(
                mrid=mrid(yard.source, "PowerTransformer", table.keys[i]),
                name=name,
                high_node=yard.end(joins="t", element=index, bus=high[i], name=name, isolated=isolated),
                low_node=yard.end(joins="t", element=index, bus=low[i], name=name),
                rated_s_kva=rated_kva,
                high_kv=value["vn_hv_kv"],
                low_kv=value["vn_lv_kv"],
                short_circuit_voltage_percent=value["vk_percent"],
                copper_loss_kw=value["vkr_percent"] / 100 * rated_kva,
                iron_loss_kw=value["pfe_kw"] * value["parallel"],
                no_load_current_percent=value["i0_percent"],
                phase_shift_deg=value["shift_degree"],
                substation=substations[i] or _substation(yard, high[i], low[i]),
                vector_group=groups[i],
                zero_short_circuit_voltage_percent=zero_percent[i],
                zero_copper_loss_kw=_share_of(zero_loss[i], rated_kva),
                **taps.of(i, yard.problems),
            )
        )
    return found


def _share_of(percent: float | None, rated_kva: float) -> float | None:
    return None if percent is None else percent / 100 * rated_kva


class _Taps:
    def __init__(self, table: Table, low_kv: list[float], step: list[float]) -> None:
        self.labels, self.low_kv, self.step = table.labels, low_kv, step
        self.side = table.texts("tap_side")
        self.neutral, self.position = table.integers("tap_neutral"), table.numbers("tap_pos")
        self.low, self.high = table.numbers("tap_min"), table.numbers("tap_max")
        automatic, on_load = table.numbers("autoTap", 0.0), table.flags("oltc", default=False)
        self.regulates = [bool(a) or b for a, b in zip(automatic, on_load, strict=True)]
        self.target = table.numbers("autoTapSetp")

    def of(self, i: int, problems: list[Problem]) -> dict[str, Any]:
        """The tap fields of transformer i; all neutral where there is no tap changer."""
        step = self.step[i]
        if self.side[i] not in {"hv", "lv"} or not step or math.isnan(step):
            return {}
        neutral = self.neutral[i]
        position = neutral if math.isnan(self.position[i]) else round(self.position[i])
        regulating, target = self._regulation(i, problems)
        return {
            "tap_on_high_side": self.side[i] == "hv",
            "tap_position": position,
            "tap_neutral": neutral,
            "tap_min": _whole(self.low[i], min(neutral, position)),
            "tap_max": _whole(self.high[i], max(neutral, position)),
            "tap_step_percent": step,
            "is_regulating": regulating,
            "target_pu": target,
        }

    def _regulation(self, i: int, problems: list[Problem]) -> tuple[bool, float]:
        if not self.regulates[i] or not math.isnan(self.target[i]):
            return self.regulates[i], 1.0 if math.isnan(self.target[i]) else float(self.target[i])
        below, above = _MEDIUM_VOLTAGE_KV
        if below < self.low_kv[i] < above:
            text = f"regulates to a voltage the source does not name; {ASSUMED_TARGET_PU} pu is assumed"
            problems.append(Problem(Severity.INFO, "target-assumed", self.labels[i], text))
            return True, ASSUMED_TARGET_PU
        text = "regulates to a voltage the source does not name; its tap stays where it is"
        problems.append(Problem(Severity.INFO, "target-unknown", self.labels[i], text))
        return False, 1.0


def _present(table: Table, yard: Yard, one: list[int], other: list[int]) -> Iterator[tuple[int, int]]:
    for i, index in enumerate(table.index):
        if one[i] in yard.left_out or other[i] in yard.left_out:
            continue
        yield i, index


def _substation(yard: Yard, high: int, low: int) -> str:
    found = [yard.buses[bus].substation for bus in (low, high) if bus in yard.buses]
    return next(filter(None, found), "")


def _rating(amperes: float) -> float:
    """No rating is 0; some files say so with a very large number."""
    return amperes if math.isfinite(amperes) and amperes < 1e5 else 0.0


def _whole(value: float, default: int) -> int:
    return default if math.isnan(value) else round(value)


def _warn_of_conductance(table: Table, problems: list[Problem]) -> None:
    for label, value in zip(table.labels, table.numbers("g_us_per_km", 0.0), strict=True):
        if value:
            text = f"has a shunt conductance of {value:g} uS/km; it is taken as zero"
            problems.append(Problem(Severity.WARNING, "line-conductance", label, text))


def _warn_of_shifters(table: Table, degrees: list[float], problems: list[Problem]) -> None:
    for label, value in zip(table.labels, degrees, strict=True):
        if value and not math.isnan(value):
            text = "has taps that shift the phase; only their ratio is taken"
            problems.append(Problem(Severity.WARNING, "phase-shifter", label, text))
