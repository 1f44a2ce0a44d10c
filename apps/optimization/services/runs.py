"""The desks look at the live state: each five minutes, when a limit is newly broken or by more, when somebody asks."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.services.autonomy import act_alone
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live, NoState, live_scene
from apps.dispatch.services.troubles import watch_troubles
from apps.optimization.choices import KEPT_RUNS, PERIOD, STALE_AFTER, RunOutcome, RunTrigger
from apps.optimization.models import OptimizationRun
from apps.optimization.services.answers import answered
from apps.optimization.services.least_held import LeastHeld
from apps.optimization.services.optimised import LoadBalancing
from apps.optimization.services.plan import Desk, MakeDesk
from apps.optimization.services.single_device import SingleDevices
from apps.optimization.services.voltage_desk import VoltageRegulation, keep_plans
from apps.state.models import Solution

DESKS: tuple[MakeDesk, ...] = (SingleDevices, LoadBalancing, LeastHeld)
MOST_TROUBLES = 10
GROWN_LOADING, GROWN_VOLTAGE = 0.05, 0.01
_TELL_EVERY = 25

Clock = Callable[[], datetime]


class Busy(Refused):
    """Another run has not ended."""


def begin_run(
    *, trigger: RunTrigger, as_of: datetime, by: User | None = None, feeder: UUID | None = None
) -> OptimizationRun:
    """feeder: whose voltages are planned whatever they are.

    Raises Busy while another is under way: two at once would propose against each other.
    """
    _give_up_stale(as_of)
    try:
        with transaction.atomic():
            run = OptimizationRun.objects.create(trigger=trigger, as_of=as_of, asked_by=by, asked_feeder_mrid=feeder)
            if by is not None:
                audit.record(
                    actor=by, action="optimization.asked", target=f"optimization/{run.pk}", detail={}, at=as_of
                )
            return run
    except IntegrityError as taken:
        raise Busy("A run is under way. Its progress is shown; ask again when it has ended.") from taken


def due_trigger(*, as_of: datetime) -> RunTrigger | None:
    """Cheap enough to be asked often: by the newest scan's own list of violations."""
    last = OptimizationRun.objects.defer("base").order_by("-id").first()
    if last is None or as_of - last.as_of >= PERIOD:
        return RunTrigger.PERIODIC
    newest = Solution.objects.defer("frame").newest()
    broken = _excesses(newest)
    known = {(mrid, kind): excess for mrid, kind, excess in last.inputs.get("violations", [])}
    grown = [one for one, excess in broken.items() if one not in known or excess - known[one] >= _more(one[1])]
    return RunTrigger.VIOLATION if grown else None


def begin_if_due(*, as_of: datetime) -> OptimizationRun | None:
    trigger = due_trigger(as_of=as_of)
    if trigger is None:
        return None
    try:
        return begin_run(trigger=trigger, as_of=as_of)
    except Busy:
        return None


def give_up(*, run: OptimizationRun, reason: str, as_of: datetime) -> None:
    _keep(run, outcome=RunOutcome.FAILED, text=reason[:400], finished_at=as_of)


def carry_out(*, run_id: int, clock: Clock) -> OptimizationRun:
    run = OptimizationRun.objects.get(pk=run_id)
    begun = time.perf_counter()
    if run.outcome != RunOutcome.QUEUED:
        return run
    _keep(run, outcome=RunOutcome.RUNNING, stage="The state of now")
    try:
        done = _looked(run, live_scene(as_of=clock()))
    except NoState as unknown:
        done = {"outcome": RunOutcome.NO_STATE, "text": str(unknown)[:400]}
    except Exception as fault:
        _keep(run, outcome=RunOutcome.FAILED, text=f"It ended early: {fault}"[:400], finished_at=clock())
        raise
    _keep(run, **done, stage="", progress=1.0, finished_at=clock(), duration_ms=1000 * (time.perf_counter() - begun))
    return run


def forget_runs(*, as_of: datetime) -> int:
    return OptimizationRun.objects.filter(as_of__lt=as_of - KEPT_RUNS).delete()[0]


def _looked(run: OptimizationRun, live: Live) -> dict[str, Any]:
    newest = live.solution
    violations = sorted((*one, excess) for one, excess in _excesses(newest).items())
    _keep(run, network_model=live.model, solution=newest, inputs=live.versions | {"violations": violations})
    troubles = watch_troubles(live)
    voltages = VoltageRegulation(live)
    desks: list[Desk] = [*(make(live) for make in DESKS), voltages]
    told = []
    looked_at = [*troubles[: MOST_TROUBLES - 1], *troubles[-1:]] if len(troubles) > MOST_TROUBLES else troubles
    for number, trouble in enumerate(looked_at):
        share = number / len(looked_at)
        _keep(run, stage=str(trouble)[:200], progress=share)
        told.append(answered(live, trouble, desks, _teller(run, trouble)))
    _keep(run, stage="Voltages ahead")
    voltages.look_after(asked=run.asked_feeder_mrid)
    keep_plans(run, voltages)
    by_rule = act_alone(as_of=live.as_of)
    base = live.scene.base.packed() if any(one["tried"] for one in told) else b""
    return {
        "outcome": RunOutcome.DONE,
        "text": _sentence(troubles, told, by_rule),
        "troubles": told,
        "tried": sum(one["tried"] for one in told),
        "proposed": sum(len(one["proposals"]) for one in told),
        "approved_by_rule": len(by_rule),
        "engine_version": live.versions["engine"],
        "base": base,
    }


def _teller(run: OptimizationRun, trouble: Trouble) -> Callable[[int], None]:
    def tell(count: int) -> None:
        if count % _TELL_EVERY == 0:
            _keep(run, stage=f"{trouble}: {count} ways tried"[:200])

    return tell


def _sentence(troubles: Sequence[Trouble], told: Sequence[dict[str, Any]], by_rule: Sequence[Proposal]) -> str:
    broken = sum(trouble.limit is not None for trouble in troubles)
    if not broken:
        return "No limit is broken."
    count = sum(len(one["proposals"]) for one in told)
    rule = f" {len(by_rule)} approved by a rule." if by_rule else ""
    left = f" {len(troubles) - MOST_TROUBLES} more were left for the next run." if len(troubles) > MOST_TROUBLES else ""
    troubled = "1 trouble" if broken == 1 else f"{broken} troubles"
    return f"{troubled}, {sum(one['tried'] for one in told)} ways tried, {count} proposed.{rule}{left}"


def _excesses(solution: Solution | None) -> dict[tuple[str, str], float]:
    """By how much of the limit each is broken."""
    rows = solution.violations if solution else []
    return {
        (str(one["equipment_mrid"]), str(one["kind"])): round(abs(one["value"] - one["limit"]) / one["limit"], 4)
        for one in rows
    }


def _more(kind: str) -> float:
    """The growth, in shares of the limit, that makes a remedy of before too small."""
    return GROWN_LOADING if kind == "overload" else GROWN_VOLTAGE


def _give_up_stale(as_of: datetime) -> None:
    rows = OptimizationRun.objects.unfinished().filter(as_of__lt=as_of - STALE_AFTER)
    rows.update(outcome=RunOutcome.FAILED, text="Its worker did not end it.", finished_at=as_of)


def _keep(run: OptimizationRun, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=list(fields))
