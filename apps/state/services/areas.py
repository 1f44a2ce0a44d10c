"""The scan of one area, by a process of its own, and what all of them said last."""

from collections.abc import Sequence
from datetime import datetime

from apps.assets import selectors as assets
from apps.state.adapters import MeterPlan
from apps.state.adapters.area_picture import Told
from apps.state.adapters.area_result import AreaResult
from apps.state.adapters.areas import AreaPlan, AreaSolver
from apps.state.models import AreaEstimate
from apps.state.services.live_state import Configuration, meter_rows
from apps.telemetry import selectors as telemetry


class UnknownAreaError(ValueError):
    """The live network has no area of that name."""


class AreaScanner:
    """Holds the warm model of one area; a new process, or a new network, starts from the stored facts alone."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._configuration: Configuration | None = None
        self._solver: AreaSolver | None = None

    def scan(self, *, as_of: datetime) -> AreaResult | None:
        """None while there is no network, or while a neighbour speaks for this area."""
        blocks = telemetry.latest_values()
        points = tuple((block.gateway_id, block.config_version) for block in blocks)
        model_id = assets.current_model_id(as_of)
        if model_id is None:
            return None
        if self._solver is None or (model_id, points) != self._configuration:
            self._solver = self._made(as_of)
            self._configuration = (model_id, points)
        result = self._solver.solve(self._solver.read(blocks, as_of))
        if result is not None:
            AreaEstimate.objects.update_or_create(
                area=self._area,
                defaults={"network_model_id": model_id, "as_of": as_of, "result": result.encoded()},
            )
        return result

    def _made(self, as_of: datetime) -> AreaSolver:
        model = assets.model_at(as_of)
        if model is None:
            raise UnknownAreaError("There is no network.")
        network, rows = assets.assembled(model), meter_rows()
        plan = AreaPlan.build(network, MeterPlan.build(rows, network))
        if self._area not in plan.names:
            raise UnknownAreaError(f"There is no area {self._area!r}; there are {', '.join(plan.names)}.")
        return AreaSolver(network, rows, plan, plan.names.index(self._area))


def area_names(as_of: datetime) -> Sequence[str]:
    model = assets.model_at(as_of)
    if model is None:
        return []
    network = assets.assembled(model)
    return AreaPlan.build(network, MeterPlan.build(meter_rows(), network)).names


def told_by_areas(names: Sequence[str], network_model_id: int) -> list[Told]:
    rows = AreaEstimate.objects.filter(network_model_id=network_model_id, area__in=names)
    return [Told(as_of, AreaResult.decoded(bytes(result))) for as_of, result in rows.values_list("as_of", "result")]
