"""What came of a specification, as one JSON document."""

from typing import Any

import numpy as np

from apps.microgrids.adapters.scheduling_fields import FloatArray
from apps.microgrids.adapters.scheduling_spec import Spec
from gridops.engine.optimization.microgrid.outlooks import Foresight, Way, ahead
from gridops.engine.optimization.microgrid.plan import GAP, Dispatch, Planned, plan
from gridops.engine.optimization.microgrid.reasons import Named, Scene, reasons
from gridops.engine.optimization.microgrid.rolling import Played, play
from gridops.engine.optimization.microgrid.without import uncontrolled

DIGITS = 6
LIMIT_S = 60.0


def answered(spec: Spec, *, limit_s: float = LIMIT_S) -> dict[str, Any]:
    """A plan that knows all series, or step by step on forecasts. Infeasible is an answer with its reason."""
    return _rolling(spec, limit_s) if spec.is_rolling else _planned(spec, limit_s)


def _planned(spec: Spec, limit_s: float) -> dict[str, Any]:
    whole = ahead(spec.truth, 0, _whole(spec))
    made = plan(spec.batteries, spec.generators, whole, spec.terms, seconds=limit_s, shared=0)
    head = {**_head(spec), "status": made.status.value, "reason": made.reason, "way_out": list(made.way_out)}
    if made.dispatch is None:
        return head
    told = made.dispatch
    scene = Scene(spec.batteries, spec.generators, whole, spec.terms, told, named(spec))
    return {
        **head,
        **_money(told.cost, told.parts, told.emissions_kg),
        "uncontrolled": _uncontrolled(spec),
        "gap": _finite(made.gap),
        "solver_s": round(made.seconds, 3),
        "steps": [_step(spec, told, step, list(reasons(scene, step))) for step in range(whole.steps)],
    }


def _whole(spec: Spec) -> Way:
    return Way(spec.truth.outlook.steps, spec.way.day_steps, Foresight.PERFECT)


def _rolling(spec: Spec, limit_s: float) -> dict[str, Any]:
    told_at: list[list[str]] = []

    def tell(outlook: Any, made: Planned, batteries: Any, generators: Any, terms: Any) -> None:
        if made.dispatch is not None:
            scene = Scene(batteries, generators, outlook, terms, made.dispatch, named(spec))
            told_at.append(list(reasons(scene, 0)))

    played = play(spec.batteries, spec.generators, spec.truth, spec.terms, spec.way, seconds=limit_s, told=tell)
    whole = not played.reason
    return {
        **_head(spec),
        "status": "optimal" if whole and played.gap <= GAP else "feasible" if whole else "infeasible",
        "reason": played.reason,
        "way_out": [],
        **_money(played.cost, played.parts, played.emissions_kg),
        "uncontrolled": _uncontrolled(spec),
        "gap": _finite(played.gap),
        "solver_s": round(played.seconds, 3),
        "steps": [_step(spec, played, step, told_at[step]) for step in range(played.steps)],
    }


def named(spec: Spec) -> Named:
    return Named(spec.storage_names, spec.generator_names, spec.plant_names, spec.load_names, spec.currency)


def _head(spec: Spec) -> dict[str, Any]:
    way = spec.way
    return {
        "name": spec.name,
        "currency": spec.currency,
        "mode": "rolling" if spec.is_rolling else "plan",
        "foresight": way.foresight.value if spec.is_rolling else Foresight.PERFECT.value,
        "horizon_steps": way.horizon_steps if spec.is_rolling else spec.truth.outlook.steps,
        "step_h": spec.truth.outlook.step_h,
    }


def _money(cost: float, parts: Any, emissions_kg: float) -> dict[str, Any]:
    return {
        "cost": round(cost, DIGITS),
        "costs": {part.value: round(value, DIGITS) for part, value in parts.items()},
        "emissions_kg": round(emissions_kg, DIGITS),
    }


def _uncontrolled(spec: Spec) -> dict[str, float]:
    """Of all steps: what nobody's control would have cost."""
    found = uncontrolled(ahead(spec.truth, 0, _whole(spec)), spec.terms)
    return {"cost": round(found.cost, DIGITS), "lost_kwh": round(found.lost_kwh, DIGITS)}


def _step(spec: Spec, told: Dispatch | Played, step: int, words: list[str]) -> dict[str, Any]:
    def by_name(names: tuple[str, ...], values: FloatArray) -> dict[str, float | None]:
        return {name: _finite(row[step]) for name, row in zip(names, values, strict=True)}

    return {
        "step": step + 1,
        "storage_kw": by_name(spec.storage_names, np.asarray(told.discharge_kw - told.charge_kw)),
        "stored_kwh": by_name(spec.storage_names, told.energy_kwh),
        "generator_kw": by_name(spec.generator_names, told.generator_kw),
        "generation_kw": by_name(spec.plant_names, told.renewable_kw),
        "curtailed_kw": by_name(spec.plant_names, told.curtailed_kw),
        "shed_kw": by_name(spec.load_names, told.shed_kw),
        "import_kw": _finite(told.import_kw[step]),
        "export_kw": _finite(told.export_kw[step]),
        "reserve_short_kwh": _finite(told.reserve_short_kwh[step]),
        "shadow_price": _finite(told.shadow_price[step]),
        "stored_value": by_name(spec.storage_names, told.stored_value),
        "reasons": words,
    }


def _finite(value: float) -> float | None:
    return round(float(value), DIGITS) + 0.0 if np.isfinite(value) else None
