"""SimBench networks by code. Imports pandapower and simbench: only for `python -m gridops.cases`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
import simbench

from gridops.cases.case import NetworkCase, Problem, Profile, Severity
from gridops.cases.errors import CaseError
from gridops.cases.pandapower_net.convert import convert

LICENCE: Final = (
    "Network and profiles: SimBench data set (simbench.de), made available under the Open Database License (ODbL) 1.0."
)
# The labels of the profiles are local wall time with its changes; the steps are of equal length, from this instant.
_START: Final = "2016-01-01T00:00:00+01:00"
_STEP_S: Final = 900
_STAND_IN: Final = r"_([A-Z]+\d+(?:\.\d+)?)_eq$"
_FAMILIES: Final = {
    "load": ("load",),
    "generation": ("renewables", "powerplants"),
    "storage": ("storage",),
}


def read(source: str) -> NetworkCase:
    """The network of `simbench:<code>`. Raises CaseError for an unknown code."""
    code = source.removeprefix("simbench:")
    if code not in simbench.collect_all_simbench_codes():
        raise CaseError(code, "is not a SimBench code; a code looks like 1-HVMV-urban-all-1-sw")
    net = simbench.get_simbench_net(code)
    dropped = drop_stand_ins(net)
    case = convert(
        net, source=source, name=f"SimBench {code}", licence=LICENCE, profiles=list(_profiles(net["profiles"]))
    )
    return replace(case, problems=(*case.problems, *dropped))


def drop_stand_ins(net: Any) -> list[Problem]:
    """Leave out the loads, generators and storages that stand for a grid which the network holds in full.

    The combined networks keep them ('HV2_MV3_eq' beside the buses of 'MV3.201'), which counts that grid twice.
    """
    subnets = {str(subnet).split("_")[0] for subnet in net["bus"]["subnet"]}
    present = subnets | {subnet.split(".")[0] for subnet in subnets}
    places: set[tuple[int, str]] = set()  # bus and profile: storages do not name the grid that they stand for
    problems = []
    for name in ("load", "sgen", "storage"):
        table = net[name]
        place = list(zip(table["bus"], table["profile"], strict=True))
        grid = table["subnet"].astype(str).str.extract(_STAND_IN, expand=False)
        doubled = grid.isin(present) | np.array([each in places for each in place], dtype=bool)
        places |= {each for each, left_out in zip(place, doubled, strict=True) if left_out}
        net[name] = table[~doubled]
        text = "stands for a grid that is in the network in full; left out"
        problems += [Problem(Severity.INFO, "stand-in", str(label), text) for label in table["name"][doubled]]
    return problems


def _profiles(tables: dict[str, Any]) -> Iterator[Profile]:
    for family, names in _FAMILIES.items():
        for table in names:
            if table in tables:
                yield from _of_table(family, tables[table].drop(columns="time", errors="ignore"))


def _of_table(family: str, frame: pd.DataFrame) -> Iterator[Profile]:
    columns: Iterable[str] = frame.columns
    for column in columns:
        if column.endswith("_qload"):
            continue
        name = column.removesuffix("_pload")
        p = frame[column].to_numpy(np.float32)
        paired = f"{name}_qload"
        q = frame[paired].to_numpy(np.float32) if paired in frame.columns else p
        yield Profile(f"{family}/{name}", _STEP_S, _START, p, q)
