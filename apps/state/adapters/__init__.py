from apps.state.adapters.meters import MeterPlan, MeterRow, Readings
from apps.state.adapters.solving import ENGINE_VERSION, BadMeter, Solved, Solver
from apps.state.adapters.watch import ThresholdState, Watch, advance, starting

__all__ = [
    "ENGINE_VERSION",
    "BadMeter",
    "MeterPlan",
    "MeterRow",
    "Readings",
    "Solved",
    "Solver",
    "ThresholdState",
    "Watch",
    "advance",
    "starting",
]
