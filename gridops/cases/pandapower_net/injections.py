"""What feeds and what consumes in a pandapower network."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np

from gridops.cases.case import Generator, GeneratorKind, Load, Problem, Profile, Severity, Shunt, Source, Storage
from gridops.cases.customers import customers
from gridops.cases.mrid import mrid
from gridops.cases.pandapower_net.yard import Yard
from gridops.cases.table import Table

_KINDS: Final = (
    (("pv", "lv_res", "solar", "res"), GeneratorKind.PHOTOVOLTAIC),
    (("wind", "wp"), GeneratorKind.WIND),
    (("hydro",), GeneratorKind.HYDRO),
)
_NIGHT, _NIGHT_SHARE = (23, 3), 0.1


def sources(net: Any, yard: Yard) -> list[Source]:
    """External grids, and generators that hold the reference where there is no external grid."""
    found = []
    for kind in ("ext_grid", "gen"):
        table = Table(net[kind], "External grid" if kind == "ext_grid" else "Generator")
        reference = [kind == "ext_grid" or flag for flag in table.flags("slack", default=False)]
        bus, voltage, angle = table.buses(), table.numbers("vm_pu", 1.0), table.numbers("va_degree", 0.0)
        found += [
            Source(
                mrid=mrid(yard.source, "EnergySource", f"{kind}/{table.keys[i]}"),
                name=table.labels[i],
                node=yard.node(bus[i]),
                voltage_pu=float(voltage[i]),
                angle_deg=float(angle[i]),
            )
            for i in present(table, yard)
            if reference[i]
        ]
    return found


def loads(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Load]:
    table = Table(net["load"], "Load")
    bus, p, q = _powers(table)
    classes = profile_names(table, "load", profiles)
    _warn_of_voltage_dependence(table, yard.problems)
    return [
        Load(
            mrid=mrid(yard.source, "EnergyConsumer", table.keys[i]),
            name=table.labels[i],
            node=yard.node(bus[i]),
            p_kw=p[i],
            q_kvar=q[i],
            profile=classes[i],
            customers=customers(profile=classes[i], peak_kw=p[i] * largest_factor(profiles.get(classes[i]))),
        )
        for i in present(table, yard)
    ]


def generators(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Generator]:
    """Static generators; voltage-controlled ones are imported with a fixed power, and that is said."""
    return [*_static(net, yard, profiles), *_controlled(net, yard, profiles)]


def _static(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Generator]:
    table = Table(net["sgen"], "Static generator")
    bus, p, q = _powers(table)
    classes, kinds = profile_names(table, "generation", profiles), table.texts("type")
    rated = table.numbers("sn_mva") * 1e3
    mixed = {name for name in set(classes) if name and _feeds_at_night(profiles[name])}
    _tell_of_mixed_plants(kinds, classes, mixed, yard.problems)
    return [
        Generator(
            mrid=mrid(yard.source, "GeneratingUnit", table.keys[i]),
            name=table.labels[i],
            node=yard.node(bus[i]),
            kind=_kind(kinds[i], is_mixed=classes[i] in mixed),
            p_kw=p[i],
            q_kvar=q[i],
            rated_s_kva=math.hypot(p[i], q[i]) if math.isnan(rated[i]) else float(rated[i]),
            profile=classes[i],
        )
        for i in present(table, yard)
    ]


def _controlled(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Generator]:
    table = Table(net["gen"], "Generator")
    bus, p, _ = _powers(table)
    classes, kinds, slack = (
        profile_names(table, "generation", profiles),
        table.texts("type"),
        table.flags("slack", default=False),
    )
    rated = table.numbers("sn_mva") * 1e3
    found = []
    for i in present(table, yard):
        if slack[i]:
            continue
        text = "holds a voltage in the source; imported with a fixed active power and no reactive power"
        yard.problems.append(Problem(Severity.WARNING, "voltage-control", table.labels[i], text))
        found.append(
            Generator(
                mrid=mrid(yard.source, "GeneratingUnit", f"gen/{table.keys[i]}"),
                name=table.labels[i],
                node=yard.node(bus[i]),
                kind=generator_kind(kinds[i]),
                p_kw=p[i],
                q_kvar=0.0,
                rated_s_kva=abs(p[i]) if math.isnan(rated[i]) else float(rated[i]),
                profile=classes[i],
            )
        )
    return found


def storages(net: Any, yard: Yard, profiles: Mapping[str, Profile]) -> list[Storage]:
    """In pandapower a storage's power is positive when it charges; here a discharge is positive."""
    table = Table(net["storage"], "Storage")
    bus, p, q = _powers(table)
    classes = profile_names(table, "storage", profiles)
    rated, capacity = table.numbers("sn_mva") * 1e3, table.numbers("max_e_mwh", 0.0) * 1e3
    found = [
        Storage(
            mrid=mrid(yard.source, "BatteryUnit", table.keys[i]),
            name=table.labels[i],
            node=yard.node(bus[i]),
            p_kw=0.0 - p[i],
            q_kvar=0.0 - q[i],
            rated_s_kva=math.hypot(p[i], q[i]) if math.isnan(rated[i]) else float(rated[i]),
            capacity_kwh=float(capacity[i]),
            profile=classes[i],
        )
        for i in present(table, yard)
    ]
    _note_one_way(found, profiles, yard.problems)
    return found


def shunts(net: Any, yard: Yard) -> list[Shunt]:
    table = Table(net["shunt"], "Shunt")
    bus, p, q = table.buses(), table.numbers("p_mw", 0.0), table.numbers("q_mvar", 0.0)
    step, rated_kv = table.numbers("step", 1.0), table.numbers("vn_kv")
    found = []
    for i in present(table, yard):
        nominal = yard.buses[bus[i]].nominal_kv if bus[i] in yard.buses else math.nan
        scale = step[i] * 1e3 * (1.0 if math.isnan(rated_kv[i]) else (nominal / rated_kv[i]) ** 2)
        key, label = table.keys[i], table.labels[i]
        identity = mrid(yard.source, "LinearShuntCompensator", key)
        found.append(Shunt(identity, label, yard.node(bus[i]), float(p[i] * scale), float(q[i] * scale)))
    return found


def generator_kind(text: str) -> GeneratorKind:
    """The kind behind a source's free text ('PV_MV', 'Wind', 'lv_RES', 'Hydro_MV', 'Biomass_MV')."""
    lowered = text.lower()
    return next((kind for starts, kind in _KINDS if lowered.startswith(starts)), GeneratorKind.THERMAL)


def _kind(text: str, *, is_mixed: bool) -> GeneratorKind:
    named = generator_kind(text)
    return GeneratorKind.THERMAL if is_mixed and named is GeneratorKind.PHOTOVOLTAIC else named


def _feeds_at_night(profile: Profile) -> bool:
    """More than a tenth of its mean between 23 and 3 o'clock, which no sun explains."""
    hour = np.arange(len(profile.p)) * profile.step_s // 3600 % 24
    night = np.abs(profile.p[(hour >= _NIGHT[0]) | (hour < _NIGHT[1])])
    return bool(len(night)) and float(night.mean()) > _NIGHT_SHARE * float(np.abs(profile.p).mean())


def _tell_of_mixed_plants(
    kinds: Sequence[str], classes: Sequence[str], mixed: Collection[str], problems: list[Problem]
) -> None:
    told = {
        name
        for kind, name in zip(kinds, classes, strict=True)
        if name in mixed and generator_kind(kind) is GeneratorKind.PHOTOVOLTAIC
    }
    text = "is called solar but feeds at night: it stands for plants of several kinds and counts as none of them"
    problems += [Problem(Severity.INFO, "mixed-plants", name, text) for name in sorted(told)]


def _powers(table: Table) -> tuple[list[int], list[float], list[float]]:
    scale = table.numbers("scaling", 1.0) * 1e3
    p: list[float] = (table.numbers("p_mw", 0.0) * scale).tolist()
    q: list[float] = (table.numbers("q_mvar", 0.0) * scale).tolist()
    return table.buses(), p, q


def present(table: Table, yard: Yard) -> list[int]:
    """Positions of the elements in service on a bus in service."""
    bus, in_service = table.buses(), table.flags("in_service")
    left_out = [i for i in range(len(table)) if not in_service[i]]
    for i in left_out:
        text = "is out of service; left out"
        yard.problems.append(Problem(Severity.INFO, "out-of-service", table.labels[i], text))
    return [i for i in range(len(table)) if in_service[i] and bus[i] not in yard.left_out]


def profile_names(table: Table, family: str, profiles: Mapping[str, Profile]) -> list[str]:
    names = [f"{family}/{text}" if text else "" for text in table.texts("profile")]
    return [name if name in profiles else "" for name in names]


def largest_factor(profile: Profile | None) -> float:
    return float(profile.p.max()) if profile is not None else 1.0


def _warn_of_voltage_dependence(table: Table, problems: list[Problem]) -> None:
    columns = ("const_z_percent", "const_i_percent", "const_z_p_percent", "const_i_p_percent")
    shares = sum(table.numbers(column, 0.0) for column in columns)
    for label, share in zip(table.labels, shares, strict=True):  # type: ignore[arg-type]
        if share:
            text = "depends on its voltage in the source; imported as constant power"
            problems.append(Problem(Severity.WARNING, "voltage-dependent-load", label, text))


def _note_one_way(found: list[Storage], profiles: Mapping[str, Profile], problems: list[Problem]) -> None:
    for name in sorted({storage.profile for storage in found if storage.profile}):
        if profiles[name].p.min() >= -1e-4:
            text = "never charges: the source's factors all have one sign, and they are played as they are"
            problems.append(Problem(Severity.INFO, "storage-one-way", name, text))
