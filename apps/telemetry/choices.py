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


# Reported on change and by interrogation only, so that silence says nothing about them.
DISCRETE = frozenset({Quantity.SWITCH_STATE, Quantity.TAP_POSITION})


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
