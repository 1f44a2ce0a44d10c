"""Runs inside the environment of python-microgrid, for tests/studies/pymgrid.py: `export FILE` and `play IN OUT`.

The library needs numpy below 2 and is asked in a process of its own: nothing of it is imported by the product.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

warnings.filterwarnings("ignore")

STEPS = 240


def exported(number: int) -> dict[str, Any]:
    """One of the 25 as a specification for schedule_microgrid, and what the library's own control costs."""
    grid = _scenario(number)
    parts = {name: modules[0] for name, modules in grid.modules.iterdict()}
    balance, battery = parts["unbalanced_energy"], parts["battery"]
    way = float(battery.efficiency)
    series = {
        "load": [-float(each) for each in parts["load"].time_series[:STEPS, 0]],
        "sun": [float(each) for each in parts["pv"].time_series[:STEPS, 0]],
    }
    document: dict[str, Any] = {
        "name": f"pymgrid {number}",
        "currency": "money",
        "step_h": 1,
        "loads": [{"name": "load", "demand_kw": "load", "lost_load_per_kwh": float(balance.loss_load_cost)}],
        "generation": [{"name": "sun", "available_kw": "sun"}],
        "storage": [
            {
                "name": "battery",
                "charge_kw": battery.max_charge / way,
                "discharge_kw": battery.max_discharge * way,
                "energy_kwh": float(battery.max_capacity),
                "least_kwh": float(battery.min_capacity),
                "initial_kwh": float(battery.current_charge),
                "charge_efficiency": way,
                "discharge_efficiency": way,
                "wear_per_kwh_charged": battery.battery_cost_cycle * way,
                "wear_per_kwh_discharged": battery.battery_cost_cycle / way,
            }
        ],
        "terms": {"emissions_price_per_kg": 0.0},
    }
    if "genset" in parts:
        engine = parts["genset"]
        document["generators"] = [
            {
                "name": "engine",
                "rated_kw": float(engine.running_max_production),
                "least_kw": float(engine.running_min_production),
                "cost_per_kwh": float(engine.genset_cost),
                "emissions_kg_per_kwh": float(engine.co2_per_unit),
                "runs": bool(engine.init_start_up),
            }
        ]
        document["terms"]["emissions_price_per_kg"] = float(engine.cost_per_unit_co2)
    if "grid" in parts:
        _add_grid(document, series, parts["grid"])
    document["series"] = series
    return {"number": number, "modules": sorted(set(parts) & {"grid", "genset"}), "spec": document}


def _add_grid(document: dict[str, Any], series: dict[str, list[float]], grid: Any) -> None:
    table = np.asarray(grid.time_series if hasattr(grid, "time_series") else grid._time_series)[:STEPS]
    names = ("buy", "sell", "carbon", "status")
    series.update({name: [float(each) for each in table[:, column]] for column, name in enumerate(names)})
    document["grid"] = {
        "import_kw": float(grid.max_import),
        "export_kw": float(grid.max_export),
        "buy": "buy",
        "sell": "sell",
        "emissions_kg_per_kwh": "carbon",
        "status": "status",
    }
    document["terms"]["emissions_price_per_kg"] = float(grid.cost_per_unit_co2)


def _scenario(number: int) -> Any:
    from pymgrid import Microgrid  # only the library's own environment has it

    return Microgrid.from_scenario(number)


def played(number: int, done: dict[str, list[float]]) -> dict[str, float]:
    """What decisions cost in the library's own environment: charge, discharge, engine, running, grid (import +)."""
    grid = _scenario(number)
    has = {name for name, _ in grid.modules.iterdict()}
    lost, spilt, served = 0.0, 0.0, 0.0
    cost = 0.0
    for step in range(len(done["battery"])):
        control: dict[str, list[Any]] = {"battery": [done["battery"][step]]}
        room = 0.0
        if "genset" in has:
            control["genset"] = [np.array([done["running"][step], done["engine"][step]])]
            room = grid.modules["genset"][0].running_max_production - done["engine"][step]
        if "grid" in has:
            control["grid"] = [done["grid"][step]]
        _, reward, _, info = grid.step(control, normalized=False)
        cost -= float(reward)
        balance = info["unbalanced_energy"][0]
        lost += float(balance.get("provided_energy", 0.0))
        spilt += float(balance.get("absorbed_energy", 0.0))
        served += min(max(room, 0.0), float(balance.get("provided_energy", 0.0)))
    left = float(grid.modules["battery"][0].current_charge)
    return {"cost": cost, "lost_kwh": lost, "spilt_kwh": spilt, "lost_but_servable_kwh": served, "left_kwh": left}


def ruled(number: int) -> dict[str, float]:
    """The library's rule-based control, and what is left in its battery."""
    from pymgrid.algos import RuleBasedControl

    grid = _scenario(number)
    log = RuleBasedControl(grid).run(max_steps=STEPS)
    lost = float(log[("unbalanced_energy", 0, "loss_load")].sum())
    left = float(grid.modules["battery"][0].current_charge)
    return {"cost": -float(log[("balance", 0, "reward")].sum()), "lost_kwh": lost, "left_kwh": left}


def main() -> None:
    act, *paths = sys.argv[1:]
    if act == "export":
        Path(paths[0]).write_text(json.dumps([exported(number) | {"ruled": ruled(number)} for number in range(25)]))
        return
    rows = json.loads(Path(paths[0]).read_text())
    told = [{"number": row["number"], **played(row["number"], row["done"])} for row in rows]
    Path(paths[1]).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
