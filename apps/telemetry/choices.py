from enum import StrEnum

from django.db.models import TextChoices


class Protocol(TextChoices):
    IEC104 = "iec104", "IEC 60870-5-104"
    HTTP = "http", "HTTP push"


class LinkState(TextChoices):
    UNKNOWN = "unknown", "Never heard"
    UP = "up", "Up"
    DOWN = "down", "Down"


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
