from datetime import timedelta

from django.db.models import TextChoices

STEP = timedelta(minutes=15)
STEP_S = 900
STEPS_A_DAY = 96
QUARTER_H = 0.25
LONGEST_TEXT = 300

BAND_STEPS = 192  # 48 h
RAMP_MINUTES = (15, 60, 180)
NEED_LEVEL = 0.95  # share of the quarter hours that a need is to hold, and probability of a ramp's not being exceeded
PATHS = 1000
LEARNED_DAYS = 14  # of issues whose errors tell how they go together
JUDGED_DAYS = 7
LIKENESS_DAYS = 14
KEPT_QUARTERS = timedelta(days=800)
AVOIDED_AHEAD = timedelta(hours=24)
FIRMING_DAYS = (2, 90)


class PlantKind(TextChoices):
    """As the forecasts' quantities are called."""

    PV = "pv", "Solar"
    WIND = "wind", "Wind"


class Cause(TextChoices):
    """Why a plant gave less than it could: the first that recorded facts bear out."""

    COURSE = "course", "Course of set-points"
    ORDER = "order", "Order"
    ENVELOPE = "envelope", "Limit of the grid"
    VOLTAGE = "voltage", "Own voltage rule"
    PRICE = "price", "Negative price"
    FAULT = "fault", "Fault or offline"
    UNKNOWN = "unknown", "Not known"


class Basis(TextChoices):
    """What tells of the power that a plant could give."""

    METER = "meter", "Told by the plant"
    PEERS = "peers", "Plants like it"
    FORECAST = "forecast", "Forecast"
    BOTH = "both", "Plants like it and forecast"
    NOTHING = "nothing", "Not known"


class FirmingStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    REFUSED = "refused", "Not possible"


class OptionKind(TextChoices):
    """What could take the place of a plant's being held back."""

    BATTERY = "battery", "Battery"
    LESS_LOAD = "less_load", "Load that can wait"
    PROPOSAL = "proposal", "Proposal"


class HostingOutcome(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    NO_STATE = "no_state", "The state is not known"
    FAILED = "failed", "Failed"


UNFINISHED_HOSTING = frozenset({HostingOutcome.QUEUED, HostingOutcome.RUNNING})
HOSTING_STALE = timedelta(minutes=45)  # a run that has begun and not ended: its worker is gone
HOSTING_KEPT = 10  # runs


class HostingReactive(TextChoices):
    """What the inverters of the plants to come do with reactive power."""

    ABSORBS = "absorbs", "Absorb at the power factor"
    DELIVERS = "delivers", "Deliver at the power factor"
    VOLT_VAR = "volt-var", "Follow the voltage (IEEE 1547 category B)"


STABILITY_HOURS = 24
KEPT_STABILITY = timedelta(days=60)


class StabilityOutcome(TextChoices):
    HOLDS = "holds", "The limit is kept"
    SHORT = "short", "The limit is not kept"
    NO_AREA = "no-area", "No area is described"
    NO_PLANTS = "no-plants", "There is no plant to be lost"
