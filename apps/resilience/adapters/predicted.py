"""Expected indices of a network as one document; `reliability_indices` prints it."""

from typing import Any

import numpy as np

from apps.resilience.adapters.grid_facts import GridFacts, feeder_of_load, switched
from apps.resilience.adapters.rates import Rates
from apps.resilience.adapters.section_file import PublishedFeeders
from gridops.engine.reliability.analytic import (
    LoadFigures,
    Switched,
    SystemFigures,
    effects,
    load_figures,
    system_figures,
)


def published_document(case: PublishedFeeders) -> dict[str, Any]:
    told = _document(case.grid, case.loads, case.feeder_of_load)
    return {"network": case.name, "source": case.source, "rates": None, "notes": []} | told


def predicted_document(name: str, facts: GridFacts, rates: Rates) -> dict[str, Any]:
    """Raises NothingToFail."""
    grid, notes = switched(facts, rates)
    told = _document(grid, list(facts.load_name), feeder_of_load(facts, grid))
    return {"network": name, "source": "", "rates": rates.document(), "notes": notes} | told


def _document(grid: Switched, loads: list[str], feeder: list[str]) -> dict[str, Any]:
    figures = load_figures(grid, effects(grid))
    names = sorted(set(feeder) - {""})
    of = np.array(feeder, dtype=object)
    return {
        "system": _told(system_figures(grid, figures)),
        "feeders": [{"feeder": name} | _told(system_figures(grid, figures, of == name)) for name in names],
        "loads": [_load(n, name, feeder[n], grid, figures) for n, name in enumerate(loads)],
    }


def _told(one: SystemFigures) -> dict[str, Any]:
    """SAIDI and CAIDI in hours, as the published tables have them."""
    return {
        "customers": one.customers,
        "saifi": _known(one.saifi),
        "saidi_h": _known(one.saidi_h),
        "caidi_h": _known(one.caidi_h),
        "asai": _known(one.asai),
        "ens_kwh": _known(one.ens_kwh),
        "aens_kwh": _known(one.aens_kwh),
        "sustained_saifi": _known(one.sustained_saifi),
        "maifi": _known(one.maifi),
    }


def _load(n: int, name: str, feeder: str, grid: Switched, figures: LoadFigures) -> dict[str, Any]:
    often = float(figures.interruptions[n])
    return {
        "load": name,
        "feeder": feeder,
        "customers": int(grid.customers[n]),
        "interruptions_per_year": often,
        "hours_each": float(figures.hours[n]) / often if often > 0 else None,
        "hours_per_year": float(figures.hours[n]),
        "ens_kwh": float(figures.ens_kwh[n]),
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
