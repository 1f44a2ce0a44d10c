"""From what a file says of a project to the engine's project, and from its outcome to a document."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from apps.storage.adapters.project_file import BadProject, Figure, Told
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.economics.figures import (
    InternalRate,
    internal_rate,
    modified_rate,
    net_present_value,
    payback,
)
from gridops.engine.storage.economics.project import (
    BOUNDS,
    Augmentation,
    Outcome,
    Project,
    changed,
    evaluate,
    out_of_bounds,
)
from gridops.engine.storage.economics.sensitivity import SWINGS, Bar, scenarios, tornado

PERCENT = 100
WITH_FLOWS = {"discount_rate", "finance_rate", "reinvest_rate"}
NEEDED = ("capex", "discount_rate")
_NO_ENERGY_KWH = 1.0  # stands for a capacity that is not told and that nothing depends on
_DEPENDS_ON_ENERGY = ("cycles_per_year", "services_per_year", "fade_per_year", "depth")


@dataclass(frozen=True, slots=True)
class Worth:
    """What a project comes to, as a document, and what should be said beside it."""

    document: dict[str, Any]
    notes: tuple[str, ...]


def worth(told: Told) -> Worth:
    """All figures of a project. Errors: BadProject that names row or field."""
    _refuse_unknown(told)
    if "cash_flow" in told.yearly:
        return _of_flows(told)
    project = _project(told)
    outcome = evaluate(project)
    knows_energy = "energy_kwh" in told.figures
    document: dict[str, Any] = {
        **told.text,
        **_figures(outcome),
        "years": _years(project, outcome, knows_energy=knows_energy),
        "sensitivity": [_bar(bar) for bar in tornado(project, _swings(told))],
        "scenarios": {case: _figures(each) for case, each in _scenarios(told, project).items()},
    }
    notes = [outcome.irr.reason, "" if outcome.lcos_per_mwh is not None else _no_lcos(project)]
    return Worth(document, tuple(filter(None, notes)))


def check(told: Told) -> None:
    """Everything that `worth` would refuse, without its work. Errors: BadProject."""
    _refuse_unknown(told)
    if "cash_flow" in told.yearly:
        _of_flows(told)
        return
    project = _project(told)
    for case, values in told.scenarios.items():
        try:
            changed(project, {name: figure.value for name, figure in values.items()})
        except ValueError as error:
            raise BadProject(f"scenario {case}: {error}") from None


def _refuse_unknown(told: Told) -> None:
    """Figures that nobody knows, and those out of their bounds."""
    cases = ((f"scenario '{case}'", values) for case, values in told.scenarios.items())
    for figures, bounded in ((told.figures, True), (told.sensitivity, False), *((values, True) for _, values in cases)):
        for name, figure in figures.items():
            if name not in BOUNDS:
                raise BadProject(f"{figure.place}: {name} is not known; known are {', '.join(BOUNDS)}.")
            if bounded and (reason := out_of_bounds(name, figure.value)):
                raise BadProject(f"{figure.place}: {reason}{_percent_hint(name, figure.value)}")
    for name, figure in told.sensitivity.items():
        if not 0 < figure.value < 1:
            raise BadProject(f"{figure.place}: {name} swings by {figure.value:g}; write a part of it, as 0.2 for 20 %.")


def _percent_hint(name: str, value: float) -> str:
    high = BOUNDS[name][1]
    return f" Write {value / PERCENT:g} for {value:g} %." if high <= 1 < value <= PERCENT else ""


def _of_flows(told: Told) -> Worth:
    """Cash flows year by year say everything; only rates go with them."""
    others = [name for name in told.yearly if name != "cash_flow"] + [*set(told.figures) - WITH_FLOWS]
    if others or told.scenarios or told.sensitivity:
        what = others[0] if others else "scenarios" if told.scenarios else "sensitivity"
        raise BadProject(f"{what} cannot stand beside cash flows, which say everything; leave one of them out.")
    flows = np.array([figure.value for figure in _all_years(told.yearly["cash_flow"], "cash_flow", 0)])
    if len(flows) < 2:
        raise BadProject("cash_flow: at least the years 0 and 1 are needed.")
    rate = _needed(told, "discount_rate")
    finance, reinvest = (told.figures.get(name, Figure(rate, "")).value for name in ("finance_rate", "reinvest_rate"))
    found = internal_rate(flows)
    document = {
        **told.text,
        "npv": net_present_value(rate, flows),
        **_rate(found),
        "mirr": modified_rate(flows, finance_rate=finance, reinvest_rate=reinvest),
        "payback_years": payback(flows),
        "discounted_payback_years": payback(flows, rate=rate),
        "lcos_per_mwh": None,
        "years": [{"year": year, "cash_flow": float(flow)} for year, flow in enumerate(flows)],
        "sensitivity": [],
        "scenarios": {},
    }
    return Worth(document, tuple(filter(None, (found.reason, "No LCOS: cash flows tell of no energy."))))


def _project(told: Told) -> Project:
    for name in NEEDED:
        _needed(told, name)
    years = _number_of_years(told)
    if "energy_kwh" not in told.figures:
        dependent = [name for name in _DEPENDS_ON_ENERGY if name in told.figures]
        if dependent or not ({"revenue", "discharged_mwh"} & set(told.yearly)):
            _needed(told, "energy_kwh")
    numbers: dict[str, Any] = {name: figure.value for name, figure in told.figures.items()}
    rows: dict[str, Any] = {
        name: _rows(told, name, years) for name in ("revenue", "opex", "discharged_mwh") if name in told.yearly
    }
    return Project(
        **{"energy_kwh": _NO_ENERGY_KWH, **numbers, "years": years},
        **rows,
        augmentations=_augmentations(told, years),
    )


def _needed(told: Told, name: str) -> float:
    if name not in told.figures:
        raise BadProject(f"{name} is missing; add it to the file, or give --set {name}=...")
    return told.figures[name].value


def _number_of_years(told: Told) -> int:
    if "years" in told.figures:
        figure = told.figures["years"]
        if figure.value % 1:
            raise BadProject(f"{figure.place}: years is {figure.value:g}; it must be a whole number.")
        return int(figure.value)
    rows = [year for name in ("revenue", "opex", "discharged_mwh") for year in told.yearly.get(name, ())]
    return max(rows) if rows else int(_needed(told, "years"))


def _rows(told: Told, name: str, years: int) -> FloatArray:
    figures = _all_years(told.yearly[name], name, 1)
    if len(figures) != years:
        raise BadProject(f"{name}: it is told for {len(figures)} years, but the project has {years}; give every year.")
    return np.array([figure.value for figure in figures])


def _all_years(rows: Mapping[int, Figure], name: str, first: int) -> list[Figure]:
    missing = sorted(set(range(first, max(rows) + 1)) - set(rows))
    if missing:
        raise BadProject(f"{name}: year {missing[0]} is missing; give every year from {first} to {max(rows)}.")
    return [rows[year] for year in sorted(rows)]


def _augmentations(told: Told, years: int) -> tuple[Augmentation, ...]:
    costs, energies = (told.yearly.get(name, {}) for name in ("augmentation_cost", "augmentation_kwh"))
    for year, figure in sorted({**energies, **costs}.items()):
        if year > years or figure.value < 0:
            raise BadProject(f"{figure.place}: an augmentation needs a year from 1 to {years} and 0 or more.")
    nothing = Figure(0.0, "")
    return tuple(
        Augmentation(year, costs.get(year, nothing).value, energies.get(year, nothing).value)
        for year in sorted({*costs, *energies})
    )


def _swings(told: Told) -> Mapping[str, float]:
    return {name: figure.value for name, figure in told.sensitivity.items()} or SWINGS


def _scenarios(told: Told, project: Project) -> dict[str, Outcome]:
    cases = {case: {name: figure.value for name, figure in values.items()} for case, values in told.scenarios.items()}
    try:
        return scenarios(project, cases)
    except ValueError as error:
        raise BadProject(f"scenario {error}") from None


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "npv": outcome.npv,
        **_rate(outcome.irr),
        "mirr": outcome.mirr,
        "payback_years": outcome.payback_years,
        "discounted_payback_years": outcome.discounted_payback_years,
        "lcos_per_mwh": outcome.lcos_per_mwh,
    }


def _rate(found: InternalRate) -> dict[str, Any]:
    return {"irr": found.rate, "irr_reason": found.reason, "irr_all": list(found.all_rates)}


def _years(project: Project, outcome: Outcome, *, knows_energy: bool) -> list[dict[str, Any]]:
    years, flows = outcome.years, outcome.flows
    discounted = flows / (1 + project.discount_rate) ** np.arange(len(flows))
    columns = {each.name: getattr(years, each.name) for each in fields(years)}
    if not knows_energy:
        del columns["capacity_kwh"]
    rows: list[dict[str, Any]] = [{"year": 0, **_money(flows, discounted, 0)}]
    for year in range(1, len(flows)):
        of_year = {name: float(values[year - 1]) for name, values in columns.items()}
        rows.append({"year": year, **of_year, **_money(flows, discounted, year)})
    return rows


def _money(flows: FloatArray, discounted: FloatArray, year: int) -> dict[str, float]:
    return {
        "cash_flow": float(flows[year]),
        "discounted": float(discounted[year]),
        "cumulated": float(flows[: year + 1].sum()),
    }


def _bar(bar: Bar) -> dict[str, Any]:
    figures = asdict(bar)
    return {"field": figures.pop("name"), **figures}


def _no_lcos(project: Project) -> str:
    return f"No LCOS: nothing is delivered in {project.years} years; give cycles_per_year or discharged_mwh."
