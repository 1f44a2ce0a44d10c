"""The points of the field as columns, and where in the truth each of them looks."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

from gridops.protocols.iec104.types import TypeId

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


class Quantity(StrEnum):
    VOLTAGE = "voltage"
    ACTIVE_POWER = "active_power"
    REACTIVE_POWER = "reactive_power"
    CURRENT = "current"
    SWITCH_STATE = "switch_state"
    TAP_POSITION = "tap_position"
    FREQUENCY = "frequency"
    FAULT_INDICATOR = "fault_indicator"
    FAULT_CURRENT = "fault_current"
    FAULT_REACTANCE = "fault_reactance"
    VOLTAGE_SETPOINT = "voltage_setpoint"


UNIT = {
    Quantity.VOLTAGE: "kV",
    Quantity.ACTIVE_POWER: "kW",
    Quantity.REACTIVE_POWER: "kvar",
    Quantity.CURRENT: "A",
    Quantity.SWITCH_STATE: "",
    Quantity.TAP_POSITION: "",
    Quantity.FREQUENCY: "Hz",
    Quantity.FAULT_INDICATOR: "",
    Quantity.FAULT_CURRENT: "kA",
    Quantity.FAULT_REACTANCE: "ohm",
    Quantity.VOLTAGE_SETPOINT: "pu",
}


class Column(IntEnum):
    """Parts of the flat vector of the truth, in order. Terminal sign: positive from the node into the equipment."""

    NODE_VOLTAGE = 0
    NODE_P = 1  # net consumption of all that is connected to the node
    NODE_Q = 2
    LINE_P_FROM = 3
    LINE_Q_FROM = 4
    LINE_I_FROM = 5
    LINE_P_TO = 6
    LINE_Q_TO = 7
    LINE_I_TO = 8
    TRANSFORMER_P_HIGH = 9
    TRANSFORMER_Q_HIGH = 10
    TRANSFORMER_P_LOW = 11
    TRANSFORMER_Q_LOW = 12
    ELEMENT_P = 13  # loads, generators, storages
    ELEMENT_Q = 14
    SWITCH_STATE = 15  # double point: 0 travelling, 1 open, 2 closed
    TAP_POSITION = 16
    FREQUENCY = 17  # one for the whole area
    LINE_SHOWS_FROM = 18  # fault indicators
    LINE_SHOWS_TO = 19
    SWITCH_FAULT_CURRENT = 20  # relays of breakers, of the last fault
    SWITCH_FAULT_REACTANCE = 21
    TRANSFORMER_TARGET = 22  # set-points of voltage controllers


# Of what came to the plan later: such points have draws of their own, so that all others read what they always did.
APART = (Column.FREQUENCY, *list(Column)[Column.LINE_SHOWS_FROM :])


def type_of(quantity: Quantity) -> TypeId:
    if quantity is Quantity.SWITCH_STATE:
        return TypeId.M_DP_TB
    if quantity is Quantity.FAULT_INDICATOR:
        return TypeId.M_SP_TB
    return TypeId.M_ST_TB if quantity is Quantity.TAP_POSITION else TypeId.M_ME_TF


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the plan, before it becomes columns."""

    equipment_mrid: str
    equipment_name: str
    side: str
    quantity: Quantity
    column: Column
    index: int
    node: int  # where the instrument hangs
    rating: float  # full scale, in the unit of the quantity
    accuracy: float  # one standard deviation as a fraction of full scale
    period_s: float  # 0: a state, looked at in every step


@dataclass(frozen=True, slots=True)
class PointTable:
    points: tuple[Point, ...]
    mrid: tuple[str, ...]
    common_address: IntArray
    ioa: IntArray
    column: IntArray
    index: IntArray
    sigma: FloatArray
    deadband: FloatArray
    resolution: FloatArray
    period_s: FloatArray
    phase_s: FloatArray
    is_dead: BoolArray

    def __len__(self) -> int:
        return len(self.points)

    @property
    def is_state(self) -> BoolArray:
        return np.asarray(self.period_s == 0.0, dtype=np.bool_)
