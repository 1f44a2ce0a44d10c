"""Studies of benefits: arms that replay the same tapes, their runs, and what is claimed of such systems."""

from datetime import timedelta

from django.db.models import TextChoices

STREAM = "impact"  # of the journal
LONGEST_STUDY_TEXT = 500
MOST_TRIES = 3  # of an arm's run: a worker that is lost thrice over it is no accident
SILENT_AFTER = timedelta(minutes=2)  # a run without a beat so long has lost its worker
BEAT_S = 5.0
TELL_EVERY = 0.05  # of a run: smaller steps are kept, but not told to browsers

MOST_SEEDS, MOST_DAYS, MOST_WORKERS = 500, 366, 256


class Arm(TextChoices):
    NOTHING = "A0", "Nothing is done"
    USUAL = "A1", "Competent business as usual"
    GRIDOPS = "A2", "GridOps as it ships"
    FORESIGHT = "A3", "Perfect foresight"


class Purpose(TextChoices):
    MEASURED = "measured", "Measured"
    PLACEBO = "placebo", "Placebo: every actuator locked"
    SHUFFLED = "shuffled", "The future shuffled"


class ClaimVerdict(TextChoices):
    BETTER = "better", "Better"
    WORSE = "worse", "Worse"
    NO_DIFFERENCE = "no_difference", "No difference shown"
    NOT_CREDITED = "not_credited", "Better only if all that is in doubt counts for it"
    NOT_MEASURED = "not_measured", "Not measured"
    VOID = "void", "No claim: a check of the study failed"


class StudyState(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CALLED_OFF = "called_off", "Called off"


STUDY_MOVES: dict[StudyState, frozenset[StudyState]] = {
    StudyState.QUEUED: frozenset({StudyState.RUNNING, StudyState.FAILED, StudyState.CALLED_OFF}),
    StudyState.RUNNING: frozenset({StudyState.DONE, StudyState.FAILED, StudyState.CALLED_OFF}),
    StudyState.DONE: frozenset(),
    StudyState.FAILED: frozenset(),
    StudyState.CALLED_OFF: frozenset(),
}
UNFINISHED_STUDIES = frozenset({StudyState.QUEUED, StudyState.RUNNING})


class RunState(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CALLED_OFF = "called_off", "Called off"


# A run whose worker is lost waits again.
RUN_MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.DONE, RunState.FAILED, RunState.CALLED_OFF}),
    RunState.RUNNING: frozenset({RunState.QUEUED, RunState.DONE, RunState.FAILED, RunState.CALLED_OFF}),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CALLED_OFF: frozenset(),
}
UNFINISHED_RUNS = frozenset({RunState.QUEUED, RunState.RUNNING})
