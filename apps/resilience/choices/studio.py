"""Runs of the resilience studio."""

from datetime import timedelta

from django.db.models import TextChoices

LONGEST_STUDIO_TEXT = 300
STUDIO_KEPT = 20  # runs
STUDIO_STALE = timedelta(hours=2)  # a run that has begun and not ended: its worker is gone


class StudioOutcome(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


STUDIO_MOVES: dict[StudioOutcome, frozenset[StudioOutcome]] = {
    StudioOutcome.QUEUED: frozenset({StudioOutcome.RUNNING, StudioOutcome.FAILED}),
    StudioOutcome.RUNNING: frozenset({StudioOutcome.DONE, StudioOutcome.FAILED}),
    StudioOutcome.DONE: frozenset(),
    StudioOutcome.FAILED: frozenset(),
}
UNFINISHED_STUDIO = frozenset({StudioOutcome.QUEUED, StudioOutcome.RUNNING})


class MeasureKind(TextChoices):
    """As the engine calls them."""

    SWITCH = "switch", "Remote switch"
    INDICATORS = "indicators", "Fault indicators"
    UNDERGROUND = "underground", "Cable instead of line"
    TREES = "trees", "Trees cut"
    BATTERY = "battery", "Battery"
    GENERATOR = "generator", "Mobile generator"
