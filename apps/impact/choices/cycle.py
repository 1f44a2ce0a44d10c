"""A quarter hour of the whole, stage by stage."""

from datetime import timedelta

from django.db.models import TextChoices

SLOT = timedelta(minutes=15)
SETTLES_AFTER = timedelta(hours=1)  # after its end: until then approvals and orders of what it proposed come in
KEPT_CYCLES = timedelta(days=400)
MOST_RUNS, MOST_PROPOSED = 12, 24  # shown of a kind in a stage; all are counted


class CycleStage(TextChoices):
    """In the order in which one needs the other."""

    MONITORING = "monitoring", "Monitoring"
    FORECAST = "forecast", "Forecast"
    OPTIMIZATION = "optimization", "Optimization"
    RENEWABLES = "renewables", "Renewables"
    DEMAND = "demand", "Demand response"
    STORAGE = "storage", "Storage"
    MICROGRIDS = "microgrids", "Microgrids"
    RESILIENCE = "resilience", "Incidents and resilience"
    EFFICIENCY = "efficiency", "Efficiency"
    DISPATCH = "dispatch", "Dispatch"


class StageState(TextChoices):
    IDLE = "idle", "Nothing to do"
    DONE = "done", "Done"
    DUE = "due", "Still to come"
    PARTLY = "partly", "Done in part"
    FAILED = "failed", "Without a result"
    MISSING = "missing", "Missing"


# The first that holds for one of its kinds of runs is the state of a stage.
GRAVEST_FIRST = (
    StageState.MISSING,
    StageState.FAILED,
    StageState.PARTLY,
    StageState.DUE,
    StageState.DONE,
    StageState.IDLE,
)


class CycleOutcome(TextChoices):
    RUNNING = "running", "Under way"
    COMPLETE = "complete", "Complete"
    INCOMPLETE = "incomplete", "Not complete"


# Whose proposals belong to which stage; desks that are not named belong to dispatch itself.
STAGE_OF_DESK: dict[str, CycleStage] = {
    "reconfiguration": CycleStage.OPTIMIZATION,
    "voltage": CycleStage.OPTIMIZATION,
    "single-device": CycleStage.OPTIMIZATION,
    "least-held": CycleStage.RENEWABLES,
    "renewables": CycleStage.RENEWABLES,
    "stability": CycleStage.RENEWABLES,
    "demand-response": CycleStage.DEMAND,
    "storage": CycleStage.STORAGE,
    "microgrids": CycleStage.MICROGRIDS,
    "microgrid-schedule": CycleStage.MICROGRIDS,
    "restoration": CycleStage.RESILIENCE,
    "restoration-return": CycleStage.RESILIENCE,
    "person": CycleStage.DISPATCH,
}
