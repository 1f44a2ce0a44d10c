from datetime import timedelta

from django.db.models import TextChoices

PERIOD = timedelta(minutes=5)
STALE_AFTER = timedelta(minutes=10)  # a run that has begun and not ended: its worker is gone
KEPT_RUNS = timedelta(days=14)
DESK_SINGLE, DESK_BALANCE, DESK_VOLTAGE = "single-device", "reconfiguration", "voltage"


class RunTrigger(TextChoices):
    PERIODIC = "periodic", "Periodic"
    VIOLATION = "violation", "A limit was newly broken"
    ASKED = "asked", "Asked for"


class RunOutcome(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    NO_STATE = "no_state", "The state is not known"
    FAILED = "failed", "Failed"


UNFINISHED = frozenset({RunOutcome.QUEUED, RunOutcome.RUNNING})


class RemedyKind(TextChoices):
    """What one device, or a pair of switches, can do."""

    TAP = "tap", "Move a tap changer"
    TRANSFER = "transfer", "Close one switch, open another"
    CURTAIL = "curtail", "Limit a plant"
    STORAGE = "storage", "Charge or discharge a battery"
