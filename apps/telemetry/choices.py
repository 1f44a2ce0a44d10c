from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices


class Protocol(TextChoices):
    IEC104 = "iec104", "IEC 60870-5-104"
    MQTT = "mqtt", "MQTT, JSON"
    SPARKPLUG = "sparkplug", "MQTT, Sparkplug B"
    MODBUS = "modbus", "Modbus TCP, SunSpec"
    HTTP = "http", "HTTP push"


class LinkState(TextChoices):
    UNKNOWN = "unknown", "Never heard"
    UP = "up", "Up"
    DOWN = "down", "Down"


class PointState(TextChoices):
    """How the newest value of a point stands; what comes earlier here is outdone by what comes later."""

    GOOD = "good", "Good"
    DOUBTFUL = "doubtful", "Questionable"
    BAD = "bad", "Invalid"
    STALE = "stale", "Stale"
    NEVER = "never", "Never heard"


class Quantity(TextChoices):
    VOLTAGE = "voltage", "Voltage"
    ACTIVE_POWER = "active_power", "Active power"
    REACTIVE_POWER = "reactive_power", "Reactive power"
    CURRENT = "current", "Current"
    SWITCH_STATE = "switch_state", "Switch state"
    TAP_POSITION = "tap_position", "Tap position"
    VOLTAGE_SETPOINT = "voltage_setpoint", "Voltage set-point"  # of a transformer's own voltage control, in pu
    # Of battery plants and their racks, as their own controller tells them. Direct current: positive for discharge.
    STATE_OF_CHARGE = "state_of_charge", "State of charge"
    STATE_OF_HEALTH = "state_of_health", "State of health"
    DC_VOLTAGE = "dc_voltage", "Direct voltage"
    DC_CURRENT = "dc_current", "Direct current"
    CELL_VOLTAGE_MAX = "cell_voltage_max", "Highest cell voltage"
    CELL_VOLTAGE_MIN = "cell_voltage_min", "Lowest cell voltage"
    CELL_VOLTAGE_AVG = "cell_voltage_avg", "Mean cell voltage"
    TEMPERATURE_MAX = "temperature_max", "Highest temperature"
    TEMPERATURE_MIN = "temperature_min", "Lowest temperature"
    TEMPERATURE_AVG = "temperature_avg", "Mean temperature"
    INSULATION = "insulation", "Insulation"
    HYDROGEN = "hydrogen", "Hydrogen"
    SMOKE = "smoke", "Smoke"
    COOLING = "cooling", "Cooling"
    CONTACTOR = "contactor", "Contactor"
    BATTERY_EVENTS = "battery_events", "Battery events"
    CONTROL_MODE = "control_mode", "Control mode"
    INVERTER_STATE = "inverter_state", "Inverter state"
    FREQUENCY = "frequency", "Frequency"
    # Settings that stand in a device and act by themselves: see `StepQuantity` of dispatch.
    FREQUENCY_DROOP = "frequency_droop", "Frequency droop"
    VOLT_VAR = "volt_var", "Volt-var"
    # What a plant of sun or wind could give by its own account; as its active power: what is fed in is negative.
    AVAILABLE_POWER = "available_power", "Available power"
    # Of faults: what passed the wayside, and what a feeder breaker's relay measured last (primary ohms to the fault).
    FAULT_INDICATOR = "fault_indicator", "Fault indicator"
    FAULT_CURRENT = "fault_current", "Fault current"
    FAULT_REACTANCE = "fault_reactance", "Fault reactance"
    # Of microgrids, as their controller tells them: at the battery that forms the island, ...
    CONTROLLER_MODE = "controller_mode", "Controller mode"
    SHED_GROUP = "shed_group", "Load groups cut"
    # ... at the coupling switch (inside less outside, and the utility's side), ...
    SLIP_FREQUENCY = "slip_frequency", "Slip frequency"
    ANGLE_DIFFERENCE = "angle_difference", "Angle difference"
    VOLTAGE_DIFFERENCE = "voltage_difference", "Voltage difference"
    GRID_VOLTAGE = "grid_voltage", "Grid voltage"
    GRID_FREQUENCY = "grid_frequency", "Grid frequency"
    # ... and at its generators: what their fuel still gives.
    FUEL_LEVEL = "fuel_level", "Fuel level"
    UNIT_RUNNING = "unit_running", "Unit running"


# Reported on change and by interrogation only, so that silence says nothing about them.
DISCRETE = frozenset(
    {
        Quantity.SWITCH_STATE,
        Quantity.TAP_POSITION,
        Quantity.FAULT_INDICATOR,
        Quantity.FAULT_CURRENT,
        Quantity.FAULT_REACTANCE,
        Quantity.VOLTAGE_SETPOINT,
    }
)


class ControlKind(TextChoices):
    POSITION = "position", "Open or close"
    STEP = "step", "Step lower or higher"
    SETPOINT = "setpoint", "Set-point"
    RELEASE = "release", "Release of a set-point"


class ControlForm(TextChoices):
    """How a command is written on the wire; protocols that write values as such know only the last."""

    SINGLE = "single", "Single command"
    DOUBLE = "double", "Double command"
    STEP = "step", "Regulating step command"
    NORMALISED = "normalised", "Set-point, normalised"
    SCALED = "scaled", "Set-point, scaled"
    FLOAT = "float", "Set-point or value, as a number"


class Feedback(TextChoices):
    """When the measured value says that a command was carried out."""

    REACHED = "reached", "It stands at the value"
    WITHIN = "within", "It is no further from zero than the value"
    NONE = "none", "It does not tell"


class RequestState(TextChoices):
    WAITING = "waiting", "Waiting for the gateway"
    SENDING = "sending", "Being sent"
    ACCEPTED = "accepted", "Accepted by the field"
    REFUSED = "refused", "Refused by the field"
    NOT_SENT = "not-sent", "Never left: nothing was done"
    UNKNOWN = "unknown", "Sent, and not known whether it was done"


# Compare and swap: whoever finds another state does nothing. Nothing leads back: nothing is sent twice.
REQUEST_TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    RequestState.WAITING: frozenset({RequestState.SENDING, RequestState.NOT_SENT}),
    RequestState.SENDING: frozenset(
        {RequestState.ACCEPTED, RequestState.REFUSED, RequestState.NOT_SENT, RequestState.UNKNOWN}
    ),
    RequestState.ACCEPTED: frozenset(),
    RequestState.REFUSED: frozenset(),
    RequestState.NOT_SENT: frozenset(),
    RequestState.UNKNOWN: frozenset(),
}
OPEN_REQUESTS = frozenset(state for state, following in REQUEST_TRANSITIONS.items() if following)


class Side(StrEnum):
    NONE = ""
    FROM = "from"
    TO = "to"
    HIGH = "high"
    LOW = "low"


class Period(StrEnum):
    """How much time one table of a partitioned store holds, UTC."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DataClass(TextChoices):
    """What has a retention of its own, each made of the one before it down to the days."""

    SAMPLES = "samples", "Samples as they came"
    MINUTE = "minute", "Rollups of a minute"
    QUARTER = "quarter", "Rollups of a quarter of an hour"
    HOUR = "hour", "Rollups of an hour"
    DAY = "day", "Rollups of a day (UTC)"
    SOLUTIONS = "solutions", "Solved states, one a minute"


@dataclass(frozen=True, slots=True)
class Store:
    """A table that is partitioned by time."""

    data_class: DataClass
    parent: str
    column: str
    period: Period


@dataclass(frozen=True, slots=True)
class Level:
    """Rollups of one length."""

    store: Store
    step_s: int


def _rollup(data_class: DataClass, parent: str, period: Period, step_s: int) -> Level:
    return Level(Store(data_class, parent, "bucket", period), step_s)


SAMPLES = Store(DataClass.SAMPLES, "telemetry_sample", "ts", Period.DAY)
# From fine to coarse: each is made of the one before it, the first of samples.
LEVELS = (
    _rollup(DataClass.MINUTE, "telemetry_rollup", Period.DAY, 60),
    _rollup(DataClass.QUARTER, "telemetry_rollup_quarter", Period.MONTH, 900),
    _rollup(DataClass.HOUR, "telemetry_rollup_hour", Period.MONTH, 3600),
    _rollup(DataClass.DAY, "telemetry_rollup_day", Period.YEAR, 86_400),
)
MINUTES = LEVELS[0].store
STORES = (SAMPLES, *(level.store for level in LEVELS))
