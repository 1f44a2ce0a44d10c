"""What a microgrid is made of, and how its controller stands."""

from enum import StrEnum

from django.db.models import IntegerChoices, TextChoices

LONGEST_TEXT = 300
STREAM = "microgrids"  # of the journal


class MemberKind(TextChoices):
    LOAD = "load", "Load"
    STORAGE = "storage", "Storage"
    GENERATOR = "generator", "Generator"
    RENEWABLE = "renewable", "Renewable"


class LoadPriority(IntegerChoices):
    """In the order in which loads are kept; the last is shed first."""

    CRITICAL = 1, "Critical"
    IMPORTANT = 2, "Important"
    DEFERRABLE = 3, "Deferrable"


class ControllerMode(IntegerChoices):
    """As the field's own controller tells it by `controller_mode`."""

    OFF = 0, "Off"
    CONNECTED = 1, "Connected"
    ISLANDED = 2, "Islanded"
    SYNCHRONISING = 3, "Synchronising"


# The part stands alone; whether it lives as well, its voltage tells.
ALONE = frozenset({ControllerMode.ISLANDED, ControllerMode.SYNCHRONISING})


class Known(TextChoices):
    """Where a value comes from."""

    MEASURED = "measured", "Measured"
    ESTIMATED = "estimated", "Estimated with the state of the network"
    SHARED = "shared", "Its share of what a meter of several reads"
    EXPECTED = "expected", "Not metered: what its profile has on average"
    UNKNOWN = "unknown", "Not known"


class FieldQuantity(StrEnum):
    """What a microgrid's controller and its devices tell, as measurement points have it."""

    MODE = "controller_mode"
    FREQUENCY = "frequency"
    SLIP = "slip_frequency"
    ANGLE = "angle_difference"
    VOLTAGE_DIFFERENCE = "voltage_difference"
    GRID_VOLTAGE = "grid_voltage"
    GRID_FREQUENCY = "grid_frequency"
    FUEL = "fuel_level"
    RUNNING = "unit_running"
    SHED_GROUP = "shed_group"
    VOLTAGE = "voltage"
    ACTIVE_POWER = "active_power"
    AVAILABLE_POWER = "available_power"
    STATE_OF_CHARGE = "state_of_charge"
    SWITCH_STATE = "switch_state"
