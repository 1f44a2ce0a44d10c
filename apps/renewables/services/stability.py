"""The next 24 hours of the area's frequency, worked out each hour and when somebody asks."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.forms.models import model_to_dict

from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import objectives_now
from apps.dispatch.services.picture import pictures
from apps.renewables.adapters.goals import area_by_goals
from apps.renewables.adapters.stability import outlook
from apps.renewables.adapters.stability_network import strengths, volt_var
from apps.renewables.adapters.stability_parts import Answerer, Losable
from apps.renewables.adapters.stability_ramps import ramp_document
from apps.renewables.choices import KEPT_STABILITY, StabilityOutcome
from apps.renewables.models import StabilityArea, StabilityRun
from apps.renewables.selectors.stability_inputs import (
    active_area,
    answerers_ahead,
    loads_ahead,
    plants_ahead,
)
from apps.renewables.services.stability_courses import propose_settings
from apps.state.adapters import ENGINE_VERSION
from apps.state.selectors.fault_levels import SOURCE_RX
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

NO_AREA = "Nothing is written about the area. An administrator enters its machines, load and limits with their source."
NO_PLANTS = "No plant of the live network has a rating, so none can be lost."
RAMP_PLANTS, RAMP_BACK, RAMP_WIDTH = 5, timedelta(hours=24), 1440


@dataclass(frozen=True, slots=True)
class _Inputs:
    area: StabilityArea
    model: NetworkModel
    plants: list[Losable]
    answerers: list[Answerer]


def look_at_stability(*, as_of: datetime) -> StabilityRun:
    """Stored, with courses of settings proposed where they would help."""
    begun = time.perf_counter()
    starts_at = as_of.replace(minute=0, second=0, microsecond=0)
    objectives = objectives_now()
    run = StabilityRun(as_of=as_of, starts_at=starts_at, engine_version=ENGINE_VERSION, objectives=objectives.stored)
    for name, value in _worked_out(objectives, as_of, starts_at).items():
        setattr(run, name, value)
    run.duration_ms = 1000 * (time.perf_counter() - begun)
    run.save()
    propose_settings(run, as_of=as_of)
    StabilityRun.objects.filter(as_of__lt=as_of - KEPT_STABILITY).delete()
    return run


def _worked_out(objectives: ObjectiveVersion, as_of: datetime, starts_at: datetime) -> dict[str, Any]:
    area, model = active_area(), assets.current_model()
    if area is None:
        return {"outcome": StabilityOutcome.NO_AREA, "text": NO_AREA}
    plants = plants_ahead(model.pk, as_of=as_of, starts_at=starts_at) if model is not None else []
    if model is None or not plants:
        return {"outcome": StabilityOutcome.NO_PLANTS, "text": NO_PLANTS}
    area = area_by_goals(area, objectives)
    answerers = answerers_ahead(model.pk, as_of=as_of, starts_at=starts_at)
    loads = loads_ahead(model.pk, as_of=as_of, starts_at=starts_at)
    found = outlook(area, plants, loads, answerers, starts_at)
    return {
        "outcome": StabilityOutcome.HOLDS if found.holds else StabilityOutcome.SHORT,
        "text": found.text[:300],
        "area": {name: value for name, value in model_to_dict(area).items() if name != "is_active"},
        "hours": found.hours,
        "response": found.response,
        "shares": found.shares,
        **_of_the_network(_Inputs(area, model, plants, answerers), as_of),
        "ramps": _ramps(area, plants, as_of),
    }


def _of_the_network(inputs: _Inputs, as_of: datetime) -> dict[str, Any]:
    """By the present state; where that is not known, it says so."""
    picture = pictures.now(as_of=as_of)
    network, point = picture.network, picture.point
    if network is None or point is None:
        return {"volt_var": {"text": f"The state of the network is not known now: {picture.reason}", "plants": []}}
    following = [one for one in inputs.plants if not one.turns]
    known = {one.mrid for one in following}
    inverters: list[Losable | Answerer] = [*following, *(one for one in inputs.answerers if one.mrid not in known)]
    lost = max(inputs.plants, key=lambda plant: float(plant.kw[0]))
    return {
        "strength": strengths(
            network, point, inverters, source_mva=settings.SOURCE_SHORT_CIRCUIT_MVA, source_rx=SOURCE_RX
        ),
        "volt_var": volt_var(network, point, lost, inputs.answerers, allowed_drop_pu=inputs.area.allowed_drop_pu),
    }


def _ramps(area: StabilityArea, plants: list[Losable], as_of: datetime) -> list[dict[str, Any]]:
    """Of the largest plants that have a meter, over the last day."""
    largest = {plant.mrid: plant for plant in sorted(plants, key=lambda one: -one.rated_kw)[: 2 * RAMP_PLANTS]}
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=largest.keys(), quantity=Quantity.ACTIVE_POWER)
    points = list(rows.order_by("id")[:RAMP_PLANTS])
    read = telemetry.samples_of(points=points, start=as_of - RAMP_BACK, end=as_of, width=RAMP_WIDTH)
    found = []
    for point in points:
        plant, series = largest[point.equipment_mrid], read[point.pk]
        told = ramp_document(series.t, series.mean, rated_kw=plant.rated_kw, percent_min=area.ramp_percent_min)
        if told is not None:
            found.append({"mrid": str(plant.mrid), "name": plant.name, "rated_kw": plant.rated_kw, **told})
    return found
