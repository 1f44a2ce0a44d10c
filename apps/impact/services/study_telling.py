"""What browsers are told of studies: that something moved; what it is they fetch."""

from apps.impact.choices.study import STREAM
from apps.impact.models import ArmRun, Study
from apps.live import services as live


def tell_of_study(study: Study, what: str) -> None:
    """Inside the transaction of the fact."""
    live.record(stream=STREAM, kind=what, subject=f"study/{study.pk}", payload={"study": study.pk})


def tell_of_run(run: ArmRun, what: str) -> None:
    payload = {"study": run.tape.study_id, "run": run.pk}
    live.record(stream=STREAM, kind=what, subject=f"study/{run.tape.study_id}", payload=payload)
