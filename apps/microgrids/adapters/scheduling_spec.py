"""A microgrid as a document describes it, to the planner and back: what `schedule_microgrid` reads and writes."""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from apps.microgrids.adapters.scheduling_fields import Fields, FloatArray, Series, Unusable
from gridops.engine.optimization.microgrid.outlooks import Foresight, Truth, Way
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.storage.battery import Batteries

TOP = (
    "name",
    "currency",
    "step_h",
    "mode",
    "horizon_steps",
    "foresight",
    "tariff",
    "uncertainty",
    "generation",
    "storage",
    "generators",
    "grid",
    "loads",
    "terms",
    "series",
)
GENERATION = ("name", "available_kw")
STORAGE = (
    "name",
    "charge_kw",
    "discharge_kw",
    "energy_kwh",
    "least_kwh",
    "initial_kwh",
    "final_kwh",
    "charge_efficiency",
    "discharge_efficiency",
    "wear_per_kwh_charged",
    "wear_per_kwh_discharged",
)
GENERATORS = (
    "name",
    "rated_kw",
    "least_kw",
    "cost_per_kwh",
    "curve",
    "no_load_cost_per_h",
    "start_cost",
    "least_up_steps",
    "least_down_steps",
    "emissions_kg_per_kwh",
    "fuel_kwh",
    "runs",
)
GRID = ("import_kw", "export_kw", "buy", "sell", "emissions_kg_per_kwh", "status")
LOADS = ("name", "demand_kw", "priority", "lost_load_per_kwh")
TERMS = ("emissions_price_per_kg", "peak_charge_per_kw", "peak_kw", "reserve_kwh", "reserve_price", "stored_value")
CURVE = ("up_to_kw", "cost_per_kwh")
PRIORITIES = 3
DAY_H = 24.0


@dataclass(frozen=True, slots=True)
class Spec:
    name: str
    currency: str
    is_rolling: bool
    way: Way
    batteries: Batteries
    generators: Generators
    truth: Truth
    terms: Terms
    storage_names: tuple[str, ...]
    generator_names: tuple[str, ...]
    plant_names: tuple[str, ...]
    load_names: tuple[str, ...]
    load_priorities: tuple[int, ...]
    has_grid: bool


def read_spec(path: Path) -> Spec:
    """Raises Unusable, whose text names the field and the remedy."""
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise Unusable(f"{path}: it cannot be read ({error.strerror}); give the path of a JSON file.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Unusable(f"{path}: it is no JSON ({error}).") from None
    return spec_of(document, path.parent)


def spec_of(document: object, folder: Path) -> Spec:
    """Raises Unusable. folder: to which files of series are relative."""
    top = Fields(document, "", TOP)
    series = Series(top.raw("series"), folder)
    if not series.steps:
        raise Unusable("series: there is none; give at least one, which says how many steps there are.")
    step_h = top.number("step_h", 1.0, low=0.0, high=DAY_H, above=True)
    storage = list(top.objects("storage", STORAGE))
    machines = list(top.objects("generators", GENERATORS))
    plants = list(top.objects("generation", GENERATION))
    loads = sorted(top.objects("loads", LOADS), key=lambda each: each.whole("priority", 1, low=1, high=PRIORITIES))
    if not loads:
        raise Unusable("loads: there is none; give at least one.")
    try:
        return Spec(
            name=top.text("name", "microgrid"),
            currency=top.text("currency", "EUR"),
            is_rolling=top.choice("mode", ("rolling", "plan")) == "rolling",
            way=_way(top, step_h),
            batteries=_batteries(storage),
            generators=_generators(machines),
            truth=_truth(top, step_h, plants, loads, series),
            terms=_terms(top, loads),
            storage_names=_names(storage, "Battery"),
            generator_names=_names(machines, "Generator"),
            plant_names=_names(plants, "Plant"),
            load_names=_names(loads, "Load"),
            load_priorities=tuple(each.whole("priority", 1) for each in loads),
            has_grid=top.has("grid"),
        )
    except Unusable:
        raise
    except ValueError as fault:  # what only the whole shows
        raise Unusable(str(fault)) from None


def _names(rows: list[Fields], kind: str) -> tuple[str, ...]:
    return tuple(each.text("name", f"{kind} {number}") for number, each in enumerate(rows, start=1))


def _way(top: Fields, step_h: float) -> Way:
    day = DAY_H / step_h
    if abs(day - round(day)) > 1e-6:
        raise Unusable(f"step_h: a day has no whole number of steps of {step_h:g} h; write 1, 0.5 or 0.25.")
    return Way(
        horizon_steps=top.whole("horizon_steps", round(day), low=1, high=2000),
        day_steps=round(day),
        foresight=Foresight(top.choice("foresight", (Foresight.OWN.value, Foresight.PERFECT.value))),
        tariff_known=top.choice("tariff", ("known", "forecast")) == "known",
        scenarios=top.flag("uncertainty", False),
    )


def _batteries(rows: list[Fields]) -> Batteries:
    found = []
    for row in rows:
        energy = row.number("energy_kwh", above=True)
        least = row.number("least_kwh", 0.0, high=energy)
        initial = row.number("initial_kwh", low=least, high=energy)
        charge = row.number("charge_kw")
        final = row.number("final_kwh", least, low=least, high=energy)
        found.append(
            (
                charge,
                row.number("discharge_kw", charge),
                energy,
                row.number("charge_efficiency", 1.0, high=1.0, above=True),
                row.number("discharge_efficiency", 1.0, high=1.0, above=True),
                least,
                energy,
                initial,
                final,
                energy,
                row.number("wear_per_kwh_charged", 0.0),
                row.number("wear_per_kwh_discharged", 0.0),
                math.inf,
            )
        )
    columns = np.array(found, np.float64).reshape(len(found), len(Batteries.__slots__) - 2).T
    named = dict(zip(Batteries.__slots__, columns, strict=False))
    return Batteries(**named, depth_share=np.ones(1), depth_wear=np.zeros(1))


def _generators(rows: list[Fields]) -> Generators:
    if not rows:
        return Generators.none()
    curves = [_curve(row) for row in rows]
    deepest = max(len(each[0]) for each in curves)
    widths = [[*width, *[0.0] * (deepest - len(width))] for width, _ in curves]
    costs = [[*cost, *[cost[-1]] * (deepest - len(cost))] for _, cost in curves]
    return Generators.of(
        rated_kw=[sum(width) for width, _ in curves],
        curve=(widths, costs),
        least_kw=[row.number("least_kw", 0.0, high=row.number("rated_kw", above=True)) for row in rows],
        no_load_cost=[row.number("no_load_cost_per_h", 0.0) for row in rows],
        start_cost=[row.number("start_cost", 0.0) for row in rows],
        up_steps=[row.whole("least_up_steps", 0) for row in rows],
        down_steps=[row.whole("least_down_steps", 0) for row in rows],
        emissions_kg_per_kwh=[row.number("emissions_kg_per_kwh", 0.0) for row in rows],
        fuel_kwh=[row.number("fuel_kwh", math.inf) for row in rows],
        runs=[row.flag("runs", False) for row in rows],
    )


def _curve(row: Fields) -> tuple[list[float], list[float]]:
    """Widths and costs of the segments."""
    rated = row.number("rated_kw", above=True)
    points = list(row.objects("curve", CURVE))
    if not points:
        return [rated], [row.number("cost_per_kwh")]
    edges = [point.number("up_to_kw", above=True) for point in points]
    if any(b <= a for a, b in pairwise(edges)) or abs(edges[-1] - rated) > 1e-6 * rated:
        raise Unusable(f"{row.path}.curve: 'up_to_kw' must ascend and end at rated_kw, which is {rated:g}.")
    costs = [point.number("cost_per_kwh") for point in points]
    if any(b < a for a, b in pairwise(costs)):
        raise Unusable(f"{row.path}.curve: 'cost_per_kwh' must not fall; put what idling costs to no_load_cost_per_h.")
    return [b - a for a, b in zip([0.0, *edges], edges, strict=False)], costs


def _truth(top: Fields, step_h: float, plants: list[Fields], loads: list[Fields], series: Series) -> Truth:
    grid = Fields(top.raw("grid") if top.has("grid") else {}, "grid", GRID)
    terms = Fields(top.raw("terms") if top.has("terms") else {}, "terms", TERMS)
    wanted = None if top.has("grid") else 0.0
    status = series.of(grid, "status", 1.0 if top.has("grid") else 0.0, low=0.0, high=1.0)
    if not np.isin(status, (0.0, 1.0)).all():
        raise Unusable("grid.status: it is 1 while the grid is there and 0 while it is away; nothing between.")
    sell = series.of(grid, "sell", 0.0)
    buy = series.of(grid, "buy", wanted)
    above = np.nonzero(sell > buy)[0]
    if len(above):
        raise Unusable(f"grid.sell: in step {above[0] + 1} it lies above grid.buy; a plan would sell what it buys.")
    outlook = Outlook.of(
        step_h=step_h,
        load_kw=np.stack([series.of(each, "demand_kw", low=0.0) for each in loads])[None],
        renewable_kw=_stack([series.of(each, "available_kw", low=0.0) for each in plants], series.steps),
        buy=buy,
        sell=sell,
        import_kw=series.of(grid, "import_kw", wanted, low=0.0),
        export_kw=series.of(grid, "export_kw", 0.0, low=0.0),
        grid_kg_per_kwh=series.of(grid, "emissions_kg_per_kwh", 0.0, low=0.0),
        reserve_kwh=series.of(terms, "reserve_kwh", 0.0, low=0.0),
    )
    return Truth(outlook, status)


def _stack(rows: list[FloatArray], steps: int) -> FloatArray:
    return np.stack(rows)[None] if rows else np.zeros((1, 0, steps))


def _terms(top: Fields, loads: list[Fields]) -> Terms:
    terms = Fields(top.raw("terms") if top.has("terms") else {}, "terms", TERMS)
    lost = [each.number("lost_load_per_kwh", math.inf) for each in loads]
    return Terms.of(
        lost_load=lost,
        emissions_price=terms.number("emissions_price_per_kg", 0.0),
        peak_charge=terms.number("peak_charge_per_kw", 0.0),
        peak_kw=terms.number("peak_kw", 0.0),
        stored_value=terms.number("stored_value", 0.0),
        reserve_price=terms.number("reserve_price", 1.0),
    )
