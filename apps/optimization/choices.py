from datetime import timedelta

from django.db.models import TextChoices

from apps.dispatch.choices.ahead import OfferKind

PERIOD = timedelta(minutes=5)
STALE_AFTER = timedelta(minutes=10)  # a run that has begun and not ended: its worker is gone
KIND_VOLTAGE = "set-points"  # of the voltage desk's proposals
KEPT_RUNS = timedelta(days=14)
KIND_HELD = "least-held"  # of the proposals that hold plants back by the least
DESK_SINGLE, DESK_BALANCE, DESK_VOLTAGE, DESK_HELD = "single-device", "reconfiguration", "voltage", "least-held"


LONGEST_REASON = 300
MOST_SWITCHINGS = 8  # of one answer on a stored network, unless somebody asks for more
MOST_ASKED = 40
MOST_A_DAY = 24  # operations of a device, unless a person has said otherwise


# EUR and kg of CO2 for a kWh, until somebody enters what holds here: ageing of a battery, energy that a plant does not
# feed in, work that waits, supply that is lost.
ASSUMED_RATES = {
    OfferKind.BATTERY: (0.04, 0.0),
    OfferKind.CURTAIL: (0.12, 0.35),
    OfferKind.LESS_LOAD: (0.50, 0.0),
    OfferKind.SHED: (10.0, 0.0),
}


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


class Aim(TextChoices):
    """What a study, or `manage.py optimize`, goes for; limits come before each of them."""

    LOSSES = "losses", "Least losses"
    VOLTAGES = "voltages", "Voltages near nominal"
    LIMITS = "limits", "Limits only, with few moves"


class RemedyKind(TextChoices):
    """What one device, or a pair of switches, can do."""

    TAP = "tap", "Move a tap changer"
    TRANSFER = "transfer", "Close one switch, open another"
    CURTAIL = "curtail", "Limit a plant"
    STORAGE = "storage", "Charge or discharge a battery"


class VoltageObjective(TextChoices):
    """The engine's words (gridops/engine/optimization/voltage/problem.py); limits come before each of them."""

    VIOLATIONS = "violations", "Limits only: devices move as little as they take"
    LOSS = "loss", "Losses: least energy lost in lines and transformers"
    CVR = "cvr", "Conservation: least energy drawn, by a low voltage"
    FLAT = "flat", "Flat profile: every bus near one voltage"
