"""Shapes of loads and what measures would save there, between rows and the engine."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from apps.efficiency.adapters.saving_documents import day_text, model_document
from apps.efficiency.choices.programs import DISCOUNT_RATE
from apps.efficiency.models.programs import EfficiencyMeasure
from gridops.engine.efficiency.measures import Driver, Measure, Potential, ranked
from gridops.engine.efficiency.savings_meter import MeterHours, to_days
from gridops.engine.efficiency.shapes import Shape, shape_of

SiteShape: TypeAlias = Shape  # for whoever may not know the engine


def site_shape(hours: MeterHours) -> Shape | str:
    return shape_of(hours)


def potentials(measures: Iterable[EfficiencyMeasure], shape: Shape) -> list[tuple[EfficiencyMeasure, Potential]]:
    """The cheapest kWh first."""
    rows = {str(one.pk): one for one in measures}
    asked = [
        Measure(key, Driver(one.driver), one.share, one.saving, one.cost_per_kwh, one.upkeep_per_kwh, one.life_years)
        for key, one in rows.items()
    ]
    return [(rows[one.key], one) for one in ranked(asked, shape, DISCOUNT_RATE)]


def shape_document(shape: Shape) -> dict[str, Any]:
    names = ("days", "yearly_kwh", "base_kw", "night_kw", "peak_kw", "load_factor", "base_kwh", "busy_kwh", "dark_kwh",
             "heating_kwh", "cooling_kwh", "reason")  # fmt: skip
    told = {name: getattr(shape, name) for name in names}
    week = [float(one) if np.isfinite(one) else None for one in shape.week_kw]
    return told | {"week_kw": week, "model": model_document(shape.model) if shape.model else None}


def days_document(hours: MeterHours, shape: Shape) -> list[dict[str, Any]]:
    """Each day with its reading, its temperature and what the model says."""
    days = to_days(hours)
    foretold = shape.model.predict(days.temperature_c) if shape.model else np.full(len(days.day), np.nan)
    rows = zip(days.day, days.kwh, days.temperature_c, foretold, strict=True)
    return [
        {"day": day_text(day), "kwh": _or_none(kwh), "temperature_c": _or_none(at), "model_kwh": _or_none(said)}
        for day, kwh, at, said in rows
    ]


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
