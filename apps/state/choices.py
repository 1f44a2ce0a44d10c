from enum import IntEnum

from django.db.models import TextChoices


class Outcome(TextChoices):
    SOLVED = "solved", "Solved"
    DIVERGED = "diverged", "Did not converge"
    BLIND = "blind", "No usable measurements"


class Supply(IntEnum):
    UNKNOWN = 0
    LIVE = 1
    DEAD = 2
    UNOBSERVABLE = 3


class Provenance(IntEnum):
    NONE = 0
    MEASURED = 1
    ESTIMATED = 2
    PSEUDO = 3
    STALE = 4


class Violation(IntEnum):
    NONE = 0
    VOLTAGE_LOW = 1
    VOLTAGE_HIGH = 2
    OVERLOAD = 3


class Position(IntEnum):
    OPEN = 0
    CLOSED = 1
    INTERMEDIATE = 2
    UNKNOWN = 3


GRID_TOPIC = "grid"
SYSTEM_TOPIC = "system"
SECURITY_TOPIC = "security"


class SecurityOutcome(TextChoices):
    SECURE = "secure", "Secure"
    INSECURE = "insecure", "Not secure"
    UNKNOWN = "unknown", "Not known"


class SecurityTrigger(TextChoices):
    PERIODIC = "periodic", "Periodic"
    TOPOLOGY = "topology", "A switch moved"


class LookAheadOutcome(TextChoices):
    DONE = "done", "Done"
    NO_HISTORY = "no_history", "Not enough history"
    UNKNOWN = "unknown", "Not known"


class OutageSource(TextChoices):
    INCIDENT = "incident", "An incident of this control room"
    FILE = "file", "A file of records"


class OutageCause(TextChoices):
    """After the causes of IEEE 1782."""

    EQUIPMENT = "equipment", "Equipment"
    LIGHTNING = "lightning", "Lightning"
    WEATHER = "weather", "Weather other than lightning"
    VEGETATION = "vegetation", "Vegetation"
    WILDLIFE = "wildlife", "Wildlife"
    PUBLIC = "public", "People and vehicles"
    SUPPLY = "supply", "Loss of the supply from above"
    PLANNED = "planned", "Planned work"
    OTHER = "other", "Other"
    UNKNOWN = "unknown", "Unknown"
