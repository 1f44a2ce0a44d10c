"""What security and the look ahead start from: the state of now, estimated apart from the scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.state.adapters import MeterPlan, MeterRow, Readings
from apps.state.adapters.security import LiveState, Screening
from apps.telemetry import selectors as telemetry
from apps.telemetry.selectors import GatewayValues

# Another network, or another point map, and everything is made anew.
Configuration = tuple[int, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class Present:
    network: AssembledNetwork
    state: LiveState
    screening: Screening
    readings: Readings
    inputs: dict[str, int]  # as a Solution's


class Follower:
    """Holds the warm model; a new process, or a new network, starts from the stored facts alone."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._plan: MeterPlan | None = None
        self._state: LiveState | None = None
        self._screening: Screening | None = None

    def present(self, *, as_of: datetime) -> Present | None:
        """None while there is no network to look at."""
        blocks = telemetry.latest_values()
        model_id = assets.current_model_id()
        if model_id is None:
            return None
        self._configure(model_id, tuple((block.gateway_id, block.config_version) for block in blocks))
        if self._plan is None or self._state is None or self._screening is None:
            return None
        readings = self._plan.read(blocks, as_of)
        return Present(self._state.network, self._state, self._screening, readings, _versions(blocks))

    def _configure(self, model_id: int, points: tuple[tuple[int, int], ...]) -> None:
        if (model_id, points) == self._configuration:
            return
        model = assets.current_model()
        if model is None:
            return
        network = assets.assembled(model)
        self._plan = MeterPlan.build(meter_rows(), network)
        self._state, self._screening = LiveState(network, self._plan), Screening(network)
        self._configuration = (model.pk, points)


def meter_rows() -> list[MeterRow]:
    return [MeterRow(*_texts(row)) for row in telemetry.meter_rows()]


def _texts(row: tuple[Any, ...]) -> tuple[Any, ...]:
    gateway, slot, equipment, side, quantity, sigma, deadband, silence, mrid, name, unit = row
    return gateway, slot, str(equipment), side, quantity, sigma, deadband, silence, str(mrid), name, unit


def _versions(blocks: Sequence[GatewayValues]) -> dict[str, int]:
    return {str(block.gateway_id): block.latest.version for block in blocks}
