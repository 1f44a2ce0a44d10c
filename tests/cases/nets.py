"""The smallest pandapower-shaped networks, as plain tables."""

from typing import Any

import pandas as pd

from gridops.cases.case import NetworkCase
from gridops.cases.checks import examined
from gridops.cases.pandapower_net.convert import convert

EMPTY = ("switch", "ext_grid", "gen", "load", "sgen", "storage", "shunt", "trafo", "line")


def two_buses(**tables: list[dict[str, Any]]) -> dict[str, Any]:
    """A source at bus 0, a line to bus 1, and what is given besides."""
    rows: dict[str, list[dict[str, Any]]] = {
        "bus": [bus("A"), bus("B", place=(0.01, 0.0))],
        "ext_grid": [{"bus": 0, "name": "Grid", "vm_pu": 1.02}],
        "line": [line()],
        **tables,
    }
    net: dict[str, Any] = {name: pd.DataFrame(rows.get(name, [])) for name in ("bus", *EMPTY)}
    return {**net, "f_hz": 50.0}


def bus(name: str, *, kv: float = 20.0, place: tuple[float, float] = (0.0, 0.0), **more: Any) -> dict[str, Any]:
    geo = f'{{"type": "Point", "coordinates": [{place[0]}, {place[1]}]}}'
    return {"name": name, "vn_kv": kv, "type": "b", "in_service": True, "geo": geo, **more}


def line(**given: Any) -> dict[str, Any]:
    return {
        "name": "L",
        "from_bus": 0,
        "to_bus": 1,
        "length_km": 2.0,
        "r_ohm_per_km": 0.1,
        "x_ohm_per_km": 0.2,
        "c_nf_per_km": 100.0,
        "max_i_ka": 0.3,
        "parallel": 1,
        "df": 1.0,
        "in_service": True,
        **given,
    }


def trafo(**given: Any) -> dict[str, Any]:
    return {
        "name": "T",
        "hv_bus": 0,
        "lv_bus": 1,
        "sn_mva": 10.0,
        "vn_hv_kv": 110.0,
        "vn_lv_kv": 20.0,
        "vk_percent": 10.0,
        "vkr_percent": 0.5,
        "pfe_kw": 8.0,
        "i0_percent": 0.05,
        "shift_degree": 150.0,
        "tap_side": "hv",
        "tap_neutral": 0,
        "tap_min": -9,
        "tap_max": 9,
        "tap_pos": 2,
        "tap_step_percent": 1.5,
        "tap_changer_type": None,
        "parallel": 1,
        "in_service": True,
        **given,
    }


def case(net: dict[str, Any], **given: Any) -> NetworkCase:
    return examined(convert(net, source="test.json", name="Test", licence="", **given))


def codes(found: NetworkCase) -> set[str]:
    return {problem.code for problem in found.problems}
