from apps.state.adapters.meters import MeterPlan, MeterRow, Readings
from apps.state.adapters.solving import ENGINE_VERSION, BadMeter, Solved, Solver
from apps.state.adapters.switch_doubts import DoubtfulSwitch
from apps.state.adapters.watch import ThresholdState, Watch, advance, starting

__all__ = [
    "ENGINE_VERSION",
    "BadMeter",
    "DoubtfulSwitch",
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
