"""Loads and generators of a pandapower network that say what each phase carries."""

import math
from collections.abc import Mapping
from typing import Any, Final

from gridops.cases.case import Generator, Load, Problem, Profile, Severity
from gridops.cases.customers import customers
from gridops.cases.mrid import mrid
from gridops.cases.pandapower_net.injections import generator_kind, largest_factor, present, profile_names
from gridops.cases.pandapower_net.yard import Yard
from gridops.cases.table import Table

_PHASES: Final = "abc"


def loads(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Load]:
    table = _table(net, "asymmetric_load", "Single-phase load", yard)
    if table is None:
        return []
    bus, powers, profile = table.buses(), _powers(table), profile_names(table, "load", profiles)
    found = []
    for i in present(table, yard):
        p_kw = sum(powers[f"p_{phase}_kw"][i] for phase in _PHASES)
        found.append(
            Load(
                mrid=mrid(yard.source, "EnergyConsumer", f"asymmetric_load/{table.keys[i]}"),
                name=table.labels[i],
                node=yard.node(bus[i]),
                p_kw=p_kw,
                q_kvar=sum(powers[f"q_{phase}_kvar"][i] for phase in _PHASES),
                profile=profile[i],
                customers=customers(profile=profile[i], peak_kw=p_kw * largest_factor(profiles.get(profile[i]))),
                **_of(powers, i),
            )
        )
    return found


def generators(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Generator]:
    table = _table(net, "asymmetric_sgen", "Single-phase generator", yard)
    if table is None:
        return []
    bus, powers, profile = table.buses(), _powers(table), profile_names(table, "generation", profiles)
    kinds, rated = table.texts("type"), table.numbers("sn_mva") * 1e3
    found = []
    for i in present(table, yard):
        p_kw = sum(powers[f"p_{phase}_kw"][i] for phase in _PHASES)
        q_kvar = sum(powers[f"q_{phase}_kvar"][i] for phase in _PHASES)
        found.append(
            Generator(
                mrid=mrid(yard.source, "GeneratingUnit", f"asymmetric_sgen/{table.keys[i]}"),
                name=table.labels[i],
                node=yard.node(bus[i]),
                kind=generator_kind(kinds[i]),
                p_kw=p_kw,
                q_kvar=q_kvar,
                rated_s_kva=math.hypot(p_kw, q_kvar) if math.isnan(rated[i]) else float(rated[i]),
                profile=profile[i],
                **_of(powers, i),
            )
        )
    return found


def _table(net: Any, name: str, kind: str, yard: Yard) -> Table | None:
    if name not in net or not len(net[name]):
        return None
    table = Table(net[name], kind)
    for label, connection in zip(table.labels, table.texts("type"), strict=True):
        if connection == "delta":
            text = "is connected between phases in the source; its powers are put between each phase and ground"
            yard.problems.append(Problem(Severity.WARNING, "between-phases", label, text))
    return table


def _powers(table: Table) -> dict[str, list[float]]:
    scale = table.numbers("scaling", 1.0) * 1e3
    found: dict[str, list[float]] = {}
    for name, unit, here in (("p", "mw", "kw"), ("q", "mvar", "kvar")):
        for phase in _PHASES:
            found[f"{name}_{phase}_{here}"] = (table.numbers(f"{name}_{phase}_{unit}", 0.0) * scale).tolist()
    return found


def _of(powers: Mapping[str, list[float]], i: int) -> dict[str, Any]:
    return {name: values[i] for name, values in powers.items()}
