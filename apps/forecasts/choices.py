from django.db.models import TextChoices

# The journal of forecasts: runs, trainings, models and overrides; pages that listen read anew.
STREAM = "forecasts"


class Subject(TextChoices):
    SYSTEM = "system", "System"
    SUBSTATION = "substation", "Substation"
    FEEDER = "feeder", "Feeder"
    TRANSFORMER = "transformer", "Transformer"
    CUSTOMER = "customer", "Large customer"
    PLANT = "plant", "Plant"


class Quantity(TextChoices):
    """Positive is what the word says: load and net load out of the network, generation into it."""

    LOAD = "load", "Load"
    NET_LOAD = "net_load", "Net load"
    PV = "pv", "Solar"
    WIND = "wind", "Wind"


class Horizon(TextChoices):
    INTRADAY = "intraday", "48 h by quarter hours"
    WEEK = "week", "7 days by quarter hours"


class Rung(TextChoices):
    """The ladder of fallbacks: the first that can, forecasts."""

    FULL = "full", "Full model"
    REDUCED = "reduced", "Reduced model"
    BORROWED = "borrowed", "Model of similar series"
    SIMILAR_DAYS = "similar_days", "Similar days"
    CLIMATOLOGY = "climatology", "Usual course of the day"
    REFUSED = "refused", "None"


class ModelStatus(TextChoices):
    CANDIDATE = "candidate", "Candidate"
    ACTIVE = "active", "In use"
    REJECTED = "rejected", "No better"
    RETIRED = "retired", "Retired"


MODEL_STEPS = {
    ModelStatus.CANDIDATE: frozenset({ModelStatus.ACTIVE, ModelStatus.REJECTED}),
    ModelStatus.ACTIVE: frozenset({ModelStatus.RETIRED}),
    ModelStatus.REJECTED: frozenset({ModelStatus.ACTIVE}),
    ModelStatus.RETIRED: frozenset({ModelStatus.ACTIVE}),
}


class TrainingOutcome(TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Issuer(TextChoices):
    """Who is scored."""

    MODEL = "model", "GridOps"
    LAST_MODEL = "last_model", "Model of last month"
    PERSON = "person", "Person's override"
    LAST_WEEK = "last_week", "Last week"
    LAST_DAY = "last_day", "Last day"
    FOUR_WEEKS = "four_weeks", "Mean of four weeks"


class Held(TextChoices):
    """Whether a band holds the share of values that it promises."""

    KEPT = "kept", "As promised"
    NARROW = "narrow", "Too narrow"
    WIDE = "wide", "Too wide"
    UNKNOWN = "unknown", "Too few days"
