"""From a wish to a call as a draft: whom to ask in which stage, checked on the feeders with what comes back."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.demand_response.adapters.people import Certainty, Member
from apps.demand_response.adapters.staging import ASKED_AGAIN_EUR, STEP, Planned, Wish, planned, reach_of
from apps.demand_response.choices import LONGEST_TEXT, StrategyStatus
from apps.demand_response.models import DemandProgram, Opportunity, Strategy
from apps.demand_response.rules import season_objection
from apps.demand_response.selectors.certainty import certainties
from apps.demand_response.selectors.members import Members, members
from apps.demand_response.services.proposing import propose
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.adapters.call_flows import StageLoads
from apps.dispatch.choices.call import Verdict
from apps.dispatch.models import Call
from apps.dispatch.rules.calls import allowed_above
from apps.dispatch.services.call_verification import CallCheck, Ground, ground_of
from apps.dispatch.services.refusal import Refused
from apps.forecasts.models import CalendarDay

FloatArray = npt.NDArray[np.float64]
TRIES = 4  # of leaving less room for what comes back
_ROOM, _LESS_ROOM = 0.95, 0.8


@dataclass(frozen=True, slots=True)
class WishedFor:
    """wanted_kw: in every quarter of an hour, as expected (P50). feeders: whose customers help; empty: everybody's."""

    starts_at: datetime
    ends_at: datetime
    wanted_kw: float
    feeders: Sequence[UUID] = ()
    opportunity: Opportunity | None = None
    supplements: Call | None = None


@dataclass(frozen=True, slots=True)
class _Tried:
    plan: Planned
    check: CallCheck
    why_staggered: str


def wished_for(told: Mapping[str, Any], opportunity: Opportunity | None) -> WishedFor:
    """By the place of an opportunity, where there is one."""
    feeders = [UUID(mrid) for mrid in opportunity.feeder_mrids] if opportunity else []
    return WishedFor(told["starts_at"], told["ends_at"], told["wanted_kw"], feeders, opportunity)


def ask_for_strategy(*, program: DemandProgram, wish: WishedFor, by: User | None, as_of: datetime) -> Strategy:
    """Stored, to be worked out by a worker. Raises WrongField, and Refused where the program may not call then."""
    starts_at, ends_at = _quarter(wish.starts_at), _quarter(wish.ends_at)
    if ends_at <= starts_at:
        raise WrongField("ends_at", "The end has to lie at least a quarter of an hour after the begin.")
    if wish.wanted_kw <= 0:
        raise WrongField("wanted_kw", "How much less is to be drawn has to be more than 0 kW.")
    notice = timedelta(0) if wish.supplements else timedelta(minutes=program.notice_min)
    if starts_at < as_of + notice:
        raise WrongField("starts_at", f"The program gives {program.notice_min} minutes notice; choose a later begin.")
    if objection := season_objection(program, starts_at, ends_at, _public_days(starts_at)):
        raise Refused(objection)
    return Strategy.objects.create(
        program=program,
        opportunity=wish.opportunity,
        supplements=wish.supplements,
        feeder_mrids=[str(mrid) for mrid in wish.feeders],
        starts_at=starts_at,
        ends_at=ends_at,
        wanted_kw=wish.wanted_kw,
        made_at=as_of,
        made_by=by,
    )


def _public_days(at: datetime) -> set[date]:
    """What people added to the calendar counts as well as the law's."""
    return set(CalendarDay.objects.filter(day=timezone.localtime(at).date()).values_list("day", flat=True))


def work_out_waiting(*, as_of: datetime) -> int:
    waiting = Strategy.objects.filter(status=StrategyStatus.WAITING).order_by("id").values_list("pk", flat=True)
    return sum(work_out(strategy_id=pk, as_of=as_of) is not None for pk in list(waiting))


def work_out(*, strategy_id: int, as_of: datetime) -> Strategy | None:
    """None where another worker has it. A call as a draft, or why there is none and what would help."""
    if not Strategy.objects.move(strategy_id, StrategyStatus.WAITING, StrategyStatus.WORKING):
        return None
    strategy = Strategy.objects.select_related("program__openadr_program", "supplements", "made_by").get(pk=strategy_id)
    begun = time.perf_counter()
    try:
        told = _worked_out(strategy, as_of)
    except Refused as refusal:
        told = {"status": StrategyStatus.INFEASIBLE, "reason": str(refusal)[:LONGEST_TEXT]}
    except Exception:
        _end(strategy, {"status": StrategyStatus.FAILED, "reason": "An error of the program; see the log of workers."})
        raise
    told["figures"] = told.get("figures", {}) | {"seconds": round(time.perf_counter() - begun, 2)}
    return _end(strategy, told | {"worked_out_at": as_of})


def _end(strategy: Strategy, told: dict[str, Any]) -> Strategy:
    status = told.pop("status")
    Strategy.objects.move(strategy.pk, StrategyStatus.WORKING, status, **told)
    strategy.refresh_from_db()
    return strategy


def _worked_out(strategy: Strategy, as_of: datetime) -> dict[str, Any]:
    program = strategy.program
    if program.openadr_program is None or not program.is_active:
        raise Refused("The program is not active: its events would reach nobody. Activate it first.")
    certainty = certainties(program.pk, as_of=as_of, at=strategy.starts_at)
    feeders = [UUID(mrid) for mrid in strategy.feeder_mrids]
    found = members(program, certainty, starts_at=strategy.starts_at, ends_at=strategy.ends_at, feeders=feeders)
    told = {"left_out": _left_out(found), "objective": _objective(strategy)[:LONGEST_TEXT]}
    if not found.callable():
        reason = "Nobody of the program can be asked at that time; see why under 'not asked'."
        return told | {"status": StrategyStatus.INFEASIBLE, "reason": reason}
    return told | _planned(strategy, found, certainty, as_of)


def _planned(strategy: Strategy, found: Members, certainty: Mapping[str, Certainty], as_of: datetime) -> dict[str, Any]:
    wish = _wish(strategy)
    concerned = sorted({one.feeder for one in found.callable() if one.feeder is not None})
    reach = reach_of(wish, certainty)
    ground = ground_of(
        feeder_mrids=concerned, starts_at=wish.starts_at, ends_at=wish.starts_at + reach * STEP, as_of=as_of
    )
    staging: list[str] = []
    plan = planned(found.rows, certainty, wish, feeders=concerned, room_kw=None)
    if not plan.asked.ok:
        return _impossible(plan, f"{strategy.wanted_kw:,.0f} kW cannot be had from who may be asked.")
    tried = _tried(ground, plan, "")
    for number in range(TRIES):
        if tried.check.verdict != Verdict.REBOUND_PEAK:
            break
        staging.extend(tried.check.sentences[:3])
        why = f"Staggered: {tried.check.sentences[0]}"
        room = _room(ground, concerned, reach, share=_ROOM * _LESS_ROOM**number)
        plan = planned(found.rows, certainty, wish, feeders=concerned, room_kw=room)
        if not plan.asked.ok:
            return _impossible(plan, why.replace("Staggered: ", "")) | {"staging": staging}
        tried = _tried(ground, plan, why)
    return _told(strategy, tried, ground, staging, as_of)


def _told(strategy: Strategy, tried: _Tried, ground: Ground, staging: list[str], as_of: datetime) -> dict[str, Any]:
    plan = tried.plan
    if not tried.check.verdict.is_passed:
        words = [*tried.check.sentences, "Ask for less, for a shorter time, or at another hour."]
        return {
            "status": StrategyStatus.INFEASIBLE,
            "reason": tried.check.verdict.label[:LONGEST_TEXT],
            "relaxation": words,
            "staging": staging,
        }
    staging.append(_staging_words(plan))
    with transaction.atomic():
        call = propose(strategy, plan, ground=ground, why_staggered=tried.why_staggered, as_of=as_of)
    low, middle, high = plan.kw
    return {
        "status": StrategyStatus.READY,
        "call": call,
        "kw_p10": low,
        "kw_p50": middle,
        "kw_p90": high,
        "cost_eur": plan.cost_eur,
        "customers": sum(len(stage.members) for stage in plan.stages),
        "staging": staging,
        "figures": {
            "solver": "HiGHS",
            "solver_seconds": round(plan.asked.seconds, 3),
            "gap": round(plan.asked.gap, 4),
            "asked_before": _asked_before([one for stage in plan.stages for one in stage.members]),
        },
    }


def _impossible(plan: Planned, reason: str) -> dict[str, Any]:
    return {
        "status": StrategyStatus.INFEASIBLE,
        "reason": reason[:LONGEST_TEXT],
        "relaxation": list(plan.asked.relaxation) or [plan.asked.reason],
    }


def _tried(ground: Ground, plan: Planned, why: str) -> _Tried:
    stages = [
        StageLoads(
            number,
            stage.starts_at,
            stage.ends_at,
            {str(mrid): kw for mrid, kw in stage.response.items()},
            stage.rebound_kw,
        )
        for number, stage in enumerate(plan.stages, 1)
    ]
    return _Tried(plan, ground.check(stages), why)


def _room(ground: Ground, feeders: Sequence[UUID], reach: int, *, share: float) -> FloatArray:
    """Up to the peak that each feeder would have had, and a share of what is no new peak yet.

    The first step that is wanted is the first of the hours.
    """
    course = {feeder.mrid: own.load_kw for feeder, own in zip(ground.hours.feeders, ground.before.feeders, strict=True)}
    found = np.full((len(feeders), reach), np.inf)
    for row, mrid in enumerate(feeders):
        load = course.get(str(mrid))
        if load is not None:
            count = min(len(load), reach)
            peak = float(load.max())
            found[row, :count] = peak + share * allowed_above(peak) - load[:count]
    return found


def _wish(strategy: Strategy) -> Wish:
    program, length = strategy.program, strategy.ends_at - strategy.starts_at
    return Wish(
        starts_at=strategy.starts_at,
        steps=length // STEP,
        wanted_kw=strategy.wanted_kw,
        shortest=-(-program.shortest_event_min // 15),
        longest=max(program.longest_event_min // 15, 1),
        eur_per_event=program.bill_credit_eur_per_event,
        eur_per_kwh=program.energy_eur_per_kwh,
    )


def _quarter(at: datetime) -> datetime:
    """The next full quarter of an hour; itself if it is one."""
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-at.timestamp() // step) * step, UTC)


def _left_out(found: Members) -> dict[str, int]:
    counted = Counter(one.left_out for one in found.rows if one.left_out)
    return dict(counted + Counter(found.not_at_all))


def _objective(strategy: Strategy) -> str:
    return (
        f"Least cost: what the program pays for the event and its energy, and {ASKED_AGAIN_EUR:.2f} EUR for each event "
        f"that a customer had this month; at least {strategy.wanted_kw:,.0f} kW (P50) in every quarter of an hour."
    )


def _staging_words(plan: Planned) -> str:
    count = len(plan.stages)
    return "One stage: all are asked for the same time." if count == 1 else f"{count} stages, by begin and end."


def _asked_before(people: Sequence[Member]) -> dict[str, int]:
    return {str(events): count for events, count in sorted(Counter(one.asked_before for one in people).items())}
