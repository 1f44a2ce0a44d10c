from datetime import timedelta

from django.db.models import TextChoices

DESK = "storage"  # its name in dispatch
STREAM = "storage"  # of the journal
STEP = timedelta(minutes=15)
LONGEST_TEXT = 300
# Of a schedule that was planned: a newer one comes four times an hour, and prices and charge will differ by then.
INTRADAY_GOOD_FOR = timedelta(minutes=40)
KEPT_SCHEDULES = timedelta(days=60)
KEPT_LIFESPANS = timedelta(days=400)


class Chemistry(TextChoices):
    """The engine's words (gridops/engine/storage/safety/typical.py)."""

    LFP = "lfp", "Lithium iron phosphate (LFP)"
    NMC = "nmc", "Nickel manganese cobalt (NMC)"


class AgeingLaw(TextChoices):
    """The engine's words (gridops/engine/storage/ageing/models.py)."""

    LFP_LARGE = "lfp_large", "Large LFP cells"
    LFP = "lfp", "LFP cells (Naumann)"
    NMC = "nmc", "NMC cells (Schmalstieg)"
    ANY = "any", "Any lithium-ion cell (Xu)"


class Side(TextChoices):
    """Where a limit's danger lies; the engine's words."""

    HIGH = "high", "Too high"
    LOW = "low", "Too low"


class Rung(TextChoices):
    """Of a limit, in this order; a rating has none."""

    RATING = "", "Rating"
    WARN = "warn", "Warn"
    DERATE = "derate", "Derate from"
    STOP = "stop", "Stop"
    TRIP = "trip", "Trip"


class Rating(TextChoices):
    """What a person may narrow beside the limits; names of the engine and of a plant's fields."""

    CHARGE_KW = "charge_kw", "Charging power"
    DISCHARGE_KW = "discharge_kw", "Discharging power"
    CURRENT_A = "current_a", "Current"


class SafetyLevel(TextChoices):
    """How far a plant is beyond its limits, the mildest first; names of the engine's levels."""

    NORMAL = "normal", "Normal"
    WARN = "warn", "Warning"
    DERATE = "derate", "Power reduced"
    STOP = "stop", "Stopped"
    TRIP = "trip", "Tripped"


class ChargeSource(TextChoices):
    FILTER = "filter", "Filtered from current and voltage"
    TOLD = "told", "As the battery's own management tells it"


class Horizon(TextChoices):
    DAY_AHEAD = "day_ahead", "Day ahead"
    INTRADAY = "intraday", "Rolling, of now"


class PlanOutcome(TextChoices):
    PLANNED = "planned", "Planned"
    INFEASIBLE = "infeasible", "No schedule keeps all limits"
    NO_CHARGE = "no_charge", "State of charge not known"
    NO_PRICES = "no_prices", "Prices not known"
    NO_FORECAST = "no_forecast", "Load or sun of the site not forecast"
    UNSAFE = "unsafe", "Refused by a safety limit"
    FAILED = "failed", "Not solved"


class LifespanOutcome(TextChoices):
    KNOWN = "known", "Worked out"
    NO_COURSE = "no_course", "No course of the charge is known"
    FAILED = "failed", "Could not be worked out"


class CaseState(TextChoices):
    WAITING = "waiting", "Waiting for a worker"
    DONE = "done", "Worked out"
    FAILED = "failed", "Could not be worked out"


class PlanMethod(TextChoices):
    EXACT = "exact", "Exactly, with those at its meter"
    AGGREGATED = "aggregated", "As part of its feeder's sum, shared out"
    COORDINATED = "coordinated", "With its fleet, by prices on what they share"


class PlanState(TextChoices):
    """How far a plant's schedule has come on its way to the field."""

    RUNNING = "running", "Running"
    APPROVED = "approved", "Approved, begins later"
    PROPOSED = "proposed", "Waits for approval"
    ENDED = "ended", "Its course has ended"
    PLANNED = "planned", "Planned, not proposed"
    FAILED = "failed", "No schedule"
    NONE = "none", "Not planned yet"
    OFF = "off", "Planning is off"


# What measurement points call it, what the engine does, and a unit of theirs in one of the engine's.
READING_OF = {
    "state_of_charge": ("told_soc", 0.01),
    "dc_voltage": ("dc_voltage_v", 1.0),
    "dc_current": ("dc_current_a", 1.0),
    "cell_voltage_max": ("cell_voltage_max_v", 1.0),
    "cell_voltage_min": ("cell_voltage_min_v", 1.0),
    "cell_voltage_avg": ("cell_voltage_v", 1.0),
    "temperature_max": ("temperature_max_c", 1.0),
    "temperature_min": ("temperature_min_c", 1.0),
    "insulation": ("insulation_ohm_per_v", 1.0),
    "hydrogen": ("hydrogen_ppm", 1.0),
    "smoke": ("smoke", 1.0),
}
