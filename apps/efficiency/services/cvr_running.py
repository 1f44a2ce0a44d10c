"""What becomes of approved experiments, round by round: each reads where things stand, so a restart loses nothing.

A reduced day goes down step by step after a power flow has said that it may, is watched by its guard each round, and
goes back when it is over, when the guard is hit, or when the experiment stops. The lowest customer comes first: what is
not known counts as too low.
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.utils import timezone

from apps.dispatch.rules.orders import Client
from apps.dispatch.services.order_checks import authority
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import live_scene
from apps.efficiency.adapters.cvr import Guard, GuardState, guard_now
from apps.efficiency.adapters.cvr_site import PERCENT, foreseen
from apps.efficiency.choices.cvr import BEGUN_DAYS, IS_LOW, NOT_YET_BACK, CvrDayState, CvrStatus
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.rules.cvr import (
    SAME_POSITION,
    carries_over,
    is_over,
    must_go_back,
    stands_there,
    stop_objection,
    wanted_taps,
    way_down,
)
from apps.efficiency.selectors.cvr_readings import voltages_now
from apps.efficiency.selectors.cvr_sites import site_of
from apps.efficiency.services.cvr_orders import Way, bring, is_step_pending, operations_of_day, taps_measured
from apps.efficiency.services.cvr_telling import (
    end_guard_alarm,
    move_day,
    move_experiment,
    note_day,
    raise_guard_alarm,
)

Clock = Callable[[], datetime]


def run_experiments(*, clock: Clock) -> int:
    """One round over all that run or are not yet back. How many there are."""
    waiting = CvrDay.objects.filter(state__in=NOT_YET_BACK).values("experiment")
    begun = CvrExperiment.objects.filter(status__in=(CvrStatus.APPROVED, CvrStatus.RUNNING))
    rows = (begun | CvrExperiment.objects.filter(pk__in=waiting)).select_related("approved_by", "made_by").distinct()
    for experiment in rows.order_by("pk"):
        _advance(experiment, clock)
    return len(rows)


def stop_experiment(*, experiment_id: int, reason: str, client: Client, as_of: datetime) -> CvrExperiment:
    """By a person: the voltage goes back in the next round. Raises Refused."""
    experiment = CvrExperiment.objects.get(pk=experiment_id)
    objection = stop_objection(experiment)
    if objection:
        raise Refused(objection)
    told = f"{client.user}: {reason}"
    if not move_experiment(experiment, CvrStatus.STOPPED, as_of=as_of, by=client.user, reason=told):
        raise Refused(f"Somebody was faster: it is {experiment.get_status_display().lower()}.")
    _drop(experiment, "The experiment was stopped before it.")
    return experiment


def _advance(experiment: CvrExperiment, clock: Clock) -> None:
    today = timezone.localdate(clock())
    if CvrStatus(experiment.status) == CvrStatus.APPROVED:
        if today < experiment.starts_on:
            return
        move_experiment(experiment, CvrStatus.RUNNING, as_of=clock())
    for day in experiment.days.filter(state__in=BEGUN_DAYS | NOT_YET_BACK):
        day.experiment = experiment
        _follow(experiment, day, today, clock)
    if CvrStatus(experiment.status) == CvrStatus.RUNNING:
        _begin(experiment, today, clock)
        _finish(experiment, today, clock)


def _follow(experiment: CvrExperiment, day: CvrDay, today: date, clock: Clock) -> None:
    state = CvrDayState(day.state)
    if state == CvrDayState.NORMAL:
        if is_over(day, today=today) or CvrStatus(experiment.status) != CvrStatus.RUNNING:
            move_day(day, CvrDayState.DONE)
    elif state in IS_LOW:
        _keep_low(experiment, day, today, clock)
    else:
        _go_back(experiment, day, clock)


def _keep_low(experiment: CvrExperiment, day: CvrDay, today: date, clock: Clock) -> None:
    over = must_go_back(day, experiment, today=today)
    if over:
        if not _carry_over(experiment, day, today):
            _turn_back(day, over if not is_over(day, today=today) else "", clock)
        return
    guard = guard_of(experiment, as_of=clock())
    if guard.state in (GuardState.HIT, GuardState.BLIND):
        _guarded(experiment, day, guard, clock)
    elif guard.state == GuardState.NEAR and CvrDayState(day.state) == CvrDayState.LOWERING:
        note = f"It goes no lower: {guard.lowest_pu:.3f} pu is less than a step above the guard."
        move_day(day, CvrDayState.REDUCED, note=note, lowered_at=day.lowered_at or clock())
    elif guard.state == GuardState.SAFE:
        _lower(experiment, day, clock)


def _lower(experiment: CvrExperiment, day: CvrDay, clock: Clock) -> None:
    if _taps_are_off(experiment, day, clock) and _is_used_up(experiment, day):
        if is_step_pending(experiment, day):
            return
        reason = (
            f"{experiment.most_operations_per_day} operations are used up on {day.day}: what lowers the voltage is "
            "undone by the transformers' own control. Put that into manual, or give it a lower target."
        )
        _stop(experiment, reason, clock)
        _turn_back(day, reason, clock)
        return
    way = bring(experiment, day, wanted_taps(experiment, day), down=True, clock=clock)
    if way is Way.GIVEN_UP:
        _turn_back(day, f"Given up for today. {day.note}", clock)
    elif way is Way.THERE and CvrDayState(day.state) == CvrDayState.LOWERING:
        move_day(day, CvrDayState.REDUCED, note="", lowered_at=day.lowered_at or clock())
    elif way is Way.ON_ITS_WAY and CvrDayState(day.state) == CvrDayState.REDUCED:
        move_day(day, CvrDayState.LOWERING)


def _is_used_up(experiment: CvrExperiment, day: CvrDay) -> bool:
    return operations_of_day(experiment, day) >= experiment.most_operations_per_day


def _taps_are_off(experiment: CvrExperiment, day: CvrDay, clock: Clock) -> bool:
    stands, wanted = taps_measured(experiment, as_of=clock()), wanted_taps(experiment, day)
    return any(not stands_there(stands.get(mrid, position), position) for mrid, position in wanted.items())


def guard_of(experiment: CvrExperiment, *, as_of: datetime) -> Guard:
    return guard_now(
        voltages_now(experiment.bellwethers, as_of=as_of),
        limit_pu=experiment.limit_pu,
        margin_pu=experiment.margin_pu,
        step_pu=max(one["step_percent"] for one in experiment.units) / PERCENT,
    )


def _guarded(experiment: CvrExperiment, day: CvrDay, guard: Guard, clock: Clock) -> None:
    """Back at once; after as many such days as were agreed on, for good."""
    is_hit = guard.state is GuardState.HIT
    name = experiment.bellwethers[guard.at]["name"] if guard.at >= 0 else ""
    words = (
        f"{guard.lowest_pu:.3f} pu at {name} is below the guard of {experiment.guard_pu:.3f} pu."
        if is_hit
        else "Too few of the watched voltages are told to know the lowest."
    )
    if not move_day(day, CvrDayState.GOING_BACK, note=words, went_back_at=clock(), guard_hit=is_hit):
        return
    raise_guard_alarm(experiment, words, as_of=clock())
    hits = experiment.days.filter(guard_hit=True).count()
    if is_hit and hits >= experiment.most_guard_days:
        _stop(experiment, f"The guard was hit on {hits} {'day' if hits == 1 else 'days'}: {words}", clock)
    _go_back(experiment, day, clock)


def _stop(experiment: CvrExperiment, reason: str, clock: Clock) -> None:
    if move_experiment(experiment, CvrStatus.STOPPED, as_of=clock(), reason=reason):
        _drop(experiment, "The experiment was stopped before it.")


def _turn_back(day: CvrDay, note: str, clock: Clock) -> None:
    move_day(day, CvrDayState.GOING_BACK, note=note, went_back_at=clock())


def _go_back(experiment: CvrExperiment, day: CvrDay, clock: Clock) -> None:
    if CvrDayState(day.state) == CvrDayState.NOT_BACK:
        _look_whether_back(experiment, day, clock)
        return
    way = bring(experiment, day, dict(day.taps_before), down=False, clock=clock)
    if way is Way.THERE:
        _back(experiment, day, clock)
    elif way is Way.GIVEN_UP and move_day(day, CvrDayState.NOT_BACK):
        raise_guard_alarm(experiment, f"not brought back: {day.note} Do it by hand.", as_of=clock())


def _look_whether_back(experiment: CvrExperiment, day: CvrDay, clock: Clock) -> None:
    """By somebody's hand."""
    stands = taps_measured(experiment, as_of=clock())
    ways = {one["mrid"]: way_down(one) for one in experiment.units}
    if all(
        mrid in stands and ways[mrid] * (before - stands[mrid]) > -SAME_POSITION
        for mrid, before in day.taps_before.items()
    ):
        _back(experiment, day, clock)


def _back(experiment: CvrExperiment, day: CvrDay, clock: Clock) -> None:
    if move_day(day, CvrDayState.DONE, went_back_at=day.went_back_at or clock()):
        end_guard_alarm(experiment, as_of=clock())


def _carry_over(experiment: CvrExperiment, day: CvrDay, today: date) -> bool:
    """Two reduced days in a row: nothing moves at midnight."""
    if CvrStatus(experiment.status) != CvrStatus.RUNNING:
        return False
    following = experiment.days.filter(day=today, state=CvrDayState.AHEAD).first()
    if following is None or not carries_over(day, following):
        return False
    following.experiment = experiment
    if not move_day(following, CvrDayState.LOWERING, taps_before=day.taps_before):
        return False
    return move_day(day, CvrDayState.DONE)


def _begin(experiment: CvrExperiment, today: date, clock: Clock) -> None:
    day = experiment.days.filter(day=today, state=CvrDayState.AHEAD).first()
    if day is None or experiment.days.filter(state__in=NOT_YET_BACK).exists():
        return
    day.experiment = experiment
    if not day.reduced:
        move_day(day, CvrDayState.NORMAL)
        return
    objection = _objection(experiment, clock)
    if objection:
        note_day(day, f"Not lowered yet: {objection}")
        return
    stands = taps_measured(experiment, as_of=clock())
    if len(stands) < len(experiment.units):
        note_day(day, "Not lowered yet: nobody knows where its taps stand.")
        return
    move_day(day, CvrDayState.LOWERING, note="", taps_before=stands)


def _objection(experiment: CvrExperiment, clock: Clock) -> str:
    """Why it must not go down now. The cheap questions first."""
    guard = guard_of(experiment, as_of=clock())
    if guard.state is not GuardState.SAFE:
        return f"the lowest of its watched voltages leaves no room ({guard.lowest_pu:.3f} pu, {guard.state.value})."
    if experiment.approved_by is None:
        return "nobody answers for it."
    refusal = next((text for unit in experiment.units if (text := _authority(experiment, unit["mrid"]))), "")
    return refusal or _by_power_flow(experiment, clock)


def _authority(experiment: CvrExperiment, mrid: str) -> str:
    return authority(experiment.approved_by, UUID(mrid)).reason if experiment.approved_by else ""


def _by_power_flow(experiment: CvrExperiment, clock: Clock) -> str:
    try:
        live = live_scene(as_of=clock())
    except Refused as unknown:
        return str(unknown)
    site = site_of(live, experiment.feeder_mrid)
    if site is None:
        return "the live network does not have the feeder any more."
    found = foreseen(live.scene, experiment.units, experiment.steps_down, site.nodes)
    if found.objection:
        return found.objection
    if not np.isfinite(found.lowest_pu) or found.lowest_pu < experiment.guard_pu:
        return f"by power flow {found.lowest_at} would have {found.lowest_pu:.3f} pu, below the guard."
    return ""


def _finish(experiment: CvrExperiment, today: date, clock: Clock) -> None:
    passed = experiment.days.filter(state=CvrDayState.AHEAD, day__lt=today)
    for day in passed:
        day.experiment = experiment
        move_day(day, CvrDayState.DROPPED, note=day.note or "Nobody carried it out: the control room was not running.")
    if today > experiment.ends_on and not experiment.days.filter(state__in=BEGUN_DAYS | NOT_YET_BACK).exists():
        move_experiment(experiment, CvrStatus.FINISHED, as_of=clock())


def _drop(experiment: CvrExperiment, note: str) -> None:
    for day in experiment.days.filter(state=CvrDayState.AHEAD):
        day.experiment = experiment
        move_day(day, CvrDayState.DROPPED, note=note)
