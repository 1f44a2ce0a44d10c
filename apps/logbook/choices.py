from django.db.models import TextChoices


class Stage(TextChoices):
    SIGNED_OUT = "signed_out", "Waits for the relief"
    COMPLETE = "complete", "Both have signed"
    WITHDRAWN = "withdrawn", "Withdrawn"


TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    Stage.SIGNED_OUT: frozenset({Stage.COMPLETE, Stage.WITHDRAWN}),
    Stage.COMPLETE: frozenset(),
    Stage.WITHDRAWN: frozenset(),
}

LONGEST_NOTE = 2000
STREAM = "logbook"
