"""Settings to dispatch, as courses: this desk proposes, a person approves, and the gateway writes them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.dispatch.choices.course import LEAST_STEP, CourseStatus
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course
from apps.dispatch.services.courses import CourseDraft, propose_course
from apps.dispatch.services.refusal import Refused
from apps.renewables.choices import STABILITY_HOURS
from apps.renewables.models import StabilityRun

DESK = "renewables"
DROOP, VOLT_VAR = "frequency-droop", "volt-var"
NEAR = 0.1  # of a setting: a course that runs and differs by less stays
NO_VOLT_VAR = 0.0
RENEWED_BEFORE = timedelta(hours=6)  # its end, so that somebody has time to decide

Steps = list[tuple[datetime, float]]


def propose_settings(run: StabilityRun, *, as_of: datetime) -> list[Course]:
    """One course a plant and setting, where none that runs does the same. Why dispatch refuses is kept with the run."""
    drafts = [draft for one in run.shares if (draft := _droop(run, one, as_of))]
    drafts += [draft for one in run.volt_var.get("plants", []) if (draft := _curve(run, one, as_of))]
    made = []
    for draft in drafts:
        try:
            made.append(propose_course(draft, as_of=as_of))
        except Refused as refusal:
            _note(run, draft, str(refusal))
    return made


def _droop(run: StabilityRun, one: dict[str, Any], as_of: datetime) -> CourseDraft | None:
    values, off = one["droop_percent"], one["off_percent"]
    steps = _steps(run.starts_at, values, as_of)
    if all(value == off for value in values) or _runs_already(one["mrid"], StepQuantity.FREQUENCY_DROOP, steps, as_of):
        return None
    most, down = max(one["kw"]), max(one["down_kw"])
    return CourseDraft(
        desk=DESK,
        kind=DROOP,
        device_mrid=UUID(one["mrid"]),
        quantity=StepQuantity.FREQUENCY_DROOP,
        steps=steps,
        ends_at=run.starts_at + timedelta(hours=STABILITY_HOURS),
        rest=off,
        title=f"{one['name']}: up to {most:.0f} kW more if a plant is lost, {down:.0f} kW less if load is",
        explanation=run.text,
        versions={"stability_run": run.pk, "engine": run.engine_version},
    )


def _curve(run: StabilityRun, one: dict[str, Any], as_of: datetime) -> CourseDraft | None:
    steps = _steps(run.starts_at, [one["percent"]], as_of)
    if one["percent"] <= NO_VOLT_VAR or _runs_already(one["mrid"], StepQuantity.VOLT_VAR, steps, as_of):
        return None
    found = run.volt_var
    return CourseDraft(
        desk=DESK,
        kind=VOLT_VAR,
        device_mrid=UUID(one["mrid"]),
        quantity=StepQuantity.VOLT_VAR,
        steps=steps,
        ends_at=run.starts_at + timedelta(hours=STABILITY_HOURS),
        rest=NO_VOLT_VAR,
        title=f"{one['name']}: {one['percent']:.0f} % reactive power against a drop of its voltage",
        explanation=(
            f"The loss of {found['loss_name']} lowers a voltage by {found['worst_drop_pu']:.3f} pu, "
            f"{found['worst_drop_with_pu']:.3f} pu with these curves; {found['allowed_drop_pu']:.3f} pu are allowed."
        ),
        versions={"stability_run": run.pk, "engine": run.engine_version},
    )


def _steps(starts_at: datetime, values: list[float], as_of: datetime) -> Steps:
    """Where the setting changes; the first at once."""
    steps = [(starts_at + timedelta(hours=n), value) for n, value in enumerate(values)]
    steps[0] = (as_of, values[0])
    spaced = [steps[0], *(step for step in steps[1:] if step[0] - as_of >= LEAST_STEP)]
    return [step for n, step in enumerate(spaced) if n == 0 or step[1] != spaced[n - 1][1]]


def _runs_already(mrid: str, quantity: StepQuantity, steps: Steps, as_of: datetime) -> bool:
    """One that somebody approved and that stands near enough at each step until it ends is left alone."""
    rows = Course.objects.filter(device_mrid=mrid, quantity=quantity, status=CourseStatus.RUNNING, ends_at__gt=as_of)
    running = rows.first()
    if running is None or running.ends_at - as_of < RENEWED_BEFORE:
        return False
    within = [(at, value) for at, value in steps if at < running.ends_at]
    return all(abs(_stands(running, at) - value) <= NEAR * abs(value) for at, value in within)


def _stands(course: Course, at: datetime) -> float:
    number = course.due(at)
    return float(course.steps[number]["value"]) if number is not None else course.rest


def _note(run: StabilityRun, draft: CourseDraft, refusal: str) -> None:
    rows = [*run.shares, *run.volt_var.get("plants", [])]
    for one in rows:
        if one["mrid"] == str(draft.device_mrid):
            one["refused"] = refusal
    run.save(update_fields=["shares", "volt_var"])
