"""What a microgrid is made of, and how its controller stands."""

from enum import StrEnum

from django.db.models import IntegerChoices, TextChoices

LONGEST_TEXT = 300


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


class Known(StrEnum):
    """Where a value comes from."""

    MEASURED = "measured"
    EXPECTED = "expected"  # without a meter: what its profile has at that hour
    UNKNOWN = "unknown"
