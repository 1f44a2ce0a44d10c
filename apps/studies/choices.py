from django.db.models import TextChoices


class BaseKind(TextChoices):
    LIVE = "live", "Live"
    PAST = "past", "Past"


class StudyStatus(TextChoices):
    OPEN = "open", "Open"
    ARCHIVED = "archived", "Archived"


class ChangeKind(TextChoices):
    SWITCH = "switch", "Switch"
    SCALE = "scale", "Scale loads or generation"
    SET_POWER = "set-power", "Set a power"
    PLANT = "plant", "Add a plant"
    OUTAGE = "outage", "Take a branch out"
    TAP = "tap", "Move a tap"


class Scaled(TextChoices):
    LOAD = "load", "Loads"
    GENERATION = "generation", "Generation"
    STORAGE = "storage", "Storage"
    ALL = "all", "All of them"


class PlantKind(TextChoices):
    PV = "pv", "Solar plant"
    WIND = "wind", "Wind plant"
    LOAD = "load", "Load"
    BATTERY = "battery", "Battery"
    EV_HUB = "ev-hub", "Charging hub"


class Flowing(TextChoices):
    """Which way a plant's or a hosting question's active power goes."""

    FEEDS_IN = "feeds-in", "Feeds in"
    DRAWS = "draws", "Draws"


class Reactive(TextChoices):
    ABSORBS = "absorbs", "Absorbs reactive power"
    DELIVERS = "delivers", "Delivers reactive power"


class RunKind(TextChoices):
    POWER_FLOW = "power-flow", "Power flow"
    N_1 = "n-1", "N-1"
    HOSTING = "hosting", "Hosting capacity"
    SHORT_CIRCUIT = "short-circuit", "Short circuit"


class RunOutcome(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


# Which way the active power of a plant goes, where its kind leaves no choice.
FIXED_FLOW = {
    PlantKind.PV: Flowing.FEEDS_IN,
    PlantKind.WIND: Flowing.FEEDS_IN,
    PlantKind.LOAD: Flowing.DRAWS,
    PlantKind.EV_HUB: Flowing.DRAWS,
}
MOST_CHANGES = 200
MOST_KW = 1e6
